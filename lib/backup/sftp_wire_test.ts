/** SFTP as bytes: what was written is read back, however the stream was cut, and what is no SFTP is refused. */
import assert from "node:assert/strict";
import { isDirectory, packets, Reader, TYPE, Writer } from "./sftp_wire.ts";

async function read(chunks: readonly Uint8Array[]) {
  return await Array.fromAsync(packets(ReadableStream.from(chunks)));
}

const joined = (parts: readonly Uint8Array[]) => {
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

Deno.test("packets come out as they went in, cut anywhere", async () => {
  const first = new Writer().u32(7).text("näme").u64(5_000_000_000).packet(TYPE.write);
  const second = new Writer().u32(8).bytes(new Uint8Array([1, 2, 3])).mode(0o600).packet(
    TYPE.open,
  );
  const whole = joined([first, second]);
  for (const size of [1, 2, 3, 5, 7, whole.length]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += size) chunks.push(whole.slice(at, at + size));
    const found = await read(chunks);
    assert.deepEqual(found.map((each) => each.type), [TYPE.write, TYPE.open]);
    const reader = new Reader(found[0]?.body ?? new Uint8Array());
    assert.deepEqual([reader.u32(), reader.text(), reader.u64()], [7, "näme", 5_000_000_000]);
    const other = new Reader(found[1]?.body ?? new Uint8Array());
    assert.equal(other.u32(), 8);
    assert.deepEqual([...other.bytes()], [1, 2, 3]);
    assert.deepEqual(other.attributes(), { mode: 0o600 });
  }
});

Deno.test("attributes of every kind are passed over to the next", () => {
  const body = new Writer().u32(0x8000_000f).u64(42).u32(1).u32(2).u32(0o040755).u32(3).u32(4)
    .u32(1).text("type@x").text("value").text("after").packet(TYPE.name).slice(5);
  const reader = new Reader(body);
  const attributes = reader.attributes();
  assert.deepEqual(attributes, { size: 42, mode: 0o040755 });
  assert.ok(isDirectory(attributes));
  assert.equal(reader.text(), "after");
});

Deno.test("what a login script prints is no packet, and an answer that is cut is an error", async () => {
  await assert.rejects(read([new TextEncoder().encode("Welcome to the NAS\n")]), /no SFTP server/);
  assert.deepEqual(await read([new Writer().u32(1).packet(TYPE.data).slice(0, 6)]), []);
  const short = new Writer().u32(100).packet(TYPE.data).slice(5);
  assert.throws(() => new Reader(short).bytes(), RangeError);
});
