/** Byte streams become lines, however the network cuts them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameDecoder, LineSplitter, MAX_LINE_BYTES, type OutputLine } from "./frames.ts";

const encoder = new TextEncoder();

/** A frame as the Engine API sends it: stream type, three zero bytes, length, payload. */
function frame(stream: "stdout" | "stderr", payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  bytes[0] = stream === "stderr" ? 2 : 1;
  new DataView(bytes.buffer).setUint32(4, payload.length);
  bytes.set(payload, 8);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Cuts bytes at the given places, each a fraction of the whole. */
function cut(bytes: Uint8Array, fractions: readonly number[]): Uint8Array[] {
  const places = fractions.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.slice(from, places[index] ?? bytes.length));
}

function decode(chunks: readonly Uint8Array[]): OutputLine[] {
  const decoder = new FrameDecoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

const line = fc.string({ unit: "grapheme", maxLength: 40 })
  .map((text) => text.replace(/[\r\n]/g, " "));
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

Deno.test("lines of both streams survive any cutting of frames and chunks (3,000 runs)", () => {
  const frames = fc.array(
    fc.record({
      stream: fc.constantFrom("stdout" as const, "stderr" as const),
      // A frame may hold half a line, or many.
      lines: fc.array(line, { minLength: 1, maxLength: 4 }),
      open: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(frames, fractions, (sent, places) => {
      const texts = { stdout: "", stderr: "" };
      const bytes = join(sent.map(({ stream, lines, open }) => {
        const text = lines.join("\n") + (open ? "" : "\n");
        texts[stream] += text;
        return frame(stream, encoder.encode(text));
      }));
      const received = decode(cut(bytes, places));
      for (const stream of ["stdout", "stderr"] as const) {
        const wanted = texts[stream].split("\n");
        if (wanted.at(-1) === "") wanted.pop();
        assert.deepEqual(
          received.filter((each) => each.stream === stream).map((each) => each.text),
          wanted,
        );
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a frame cut in the middle of a character, of its header, of its payload", () => {
  const bytes = join([
    frame("stdout", encoder.encode("grün ✓")),
    frame("stdout", encoder.encode(" 🔑\n")),
    frame("stderr", encoder.encode("end\n")),
  ]);
  const wanted = [{ stream: "stdout", text: "grün ✓ 🔑" }, { stream: "stderr", text: "end" }];
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(decode([bytes.slice(0, at), bytes.slice(at)]), wanted, `cut at ${at}`);
  }
  assert.deepEqual(decode([...bytes].map((byte) => Uint8Array.of(byte))), wanted);
});

Deno.test("an empty frame is nothing, and carriage returns before line ends go", () => {
  assert.deepEqual(
    decode([
      frame("stdout", new Uint8Array(0)),
      frame("stdout", encoder.encode("a\r\n\r\nb\rc\n")),
    ]),
    ["a", "", "b\rc"].map((text) => ({ stream: "stdout", text })),
  );
});

Deno.test("an unfinished line is delivered at the end, once", () => {
  const decoder = new FrameDecoder();
  assert.deepEqual(decoder.push(frame("stdout", encoder.encode("no end"))), []);
  assert.deepEqual(decoder.end(), [{ stream: "stdout", text: "no end" }]);
  assert.deepEqual(decoder.end(), []);
});

Deno.test("a line without an end is cut, so that memory stays bounded", () => {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  const chunk = new Uint8Array(1000).fill(120);
  for (let index = 0; index < 200; index++) lines.push(...splitter.push(chunk));
  lines.push(...splitter.end());
  assert.equal(lines.join("").length, 200_000);
  for (const each of lines) assert.ok(each.length <= MAX_LINE_BYTES + 1000);
  assert.ok(lines.length >= 3);
});

Deno.test("bytes that are no text become replacement characters, not an exception", () => {
  assert.deepEqual(new LineSplitter().push(Uint8Array.of(0xff, 0xfe, 0x0a)), ["��"]);
});
