import assert from "node:assert/strict";
import fc from "fast-check";
import { SetupError } from "../errors.ts";
import { ChunkedDecoder, streamRequest } from "./net_stream.ts";

const encoder = new TextEncoder();

function chunked(parts: readonly Uint8Array[]): Uint8Array {
  const out: number[] = [];
  for (const part of parts) {
    out.push(...encoder.encode(`${part.length.toString(16)};ext=1\r\n`), ...part, 0x0d, 0x0a);
  }
  out.push(...encoder.encode("0\r\nTrailer: x\r\n\r\n"));
  return Uint8Array.from(out);
}

Deno.test("chunked coding: the payload comes out whole, wherever the stream is cut", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 }),
    fc.array(fc.nat(30), { maxLength: 30 }),
    (parts, cuts) => {
      const decoder = new ChunkedDecoder();
      const stream = chunked(parts);
      const payload: number[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        payload.push(...decoder.push(stream.subarray(at, at + cut)));
        at += cut;
      }
      assert.deepEqual(payload, parts.flatMap((part) => [...part]));
      assert.equal(decoder.done, true);
    },
  ));
});

Deno.test("chunked coding: what is not it is refused", () => {
  for (const bad of ["zz\r\n", "\r\n", "-1\r\n", "123456789\r\n"]) {
    assert.throws(() => new ChunkedDecoder().push(encoder.encode(bad)), TypeError, bad);
  }
});

/** A server that answers every connection with these pieces and then closes or stays. */
async function serve(
  pieces: readonly string[],
  stay: boolean,
  use: (socketPath: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const socketPath = `${dir}/s`;
  const listener = Deno.listen({ transport: "unix", path: socketPath });
  const connections: Deno.UnixConn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await connection.read(new Uint8Array(4096));
      for (const piece of pieces) {
        await connection.write(encoder.encode(piece));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      if (!stay) connection.close();
    }
  })();
  try {
    await use(socketPath);
  } finally {
    listener.close();
    await serving.catch(() => undefined);
    for (const each of connections) {
      try {
        each.close();
      } catch {
        // Closed already.
      }
    }
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("an answer is read whether chunked, counted or ended by closing", async () => {
  const answers = [
    [
      "HTTP/1.1 200 OK\r\nTransfer-Enc",
      "oding: chunked\r\n\r\n3\r\nab",
      "c\r\n2\r\nde\r\n0\r\n\r\n",
    ],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "cde"],
    ["HTTP/1.1 200 OK\r\n\r", "\nab", "cde"],
  ];
  for (const answer of answers) {
    await serve(answer, false, async (socketPath) => {
      const response = await streamRequest({ socketPath, path: "/" });
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "abcde");
    });
  }
});

Deno.test("an answer that is cut short is an error, not an end", async () => {
  await serve(
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
    false,
    async (socketPath) => {
      const response = await streamRequest({ socketPath, path: "/" });
      await assert.rejects(response.text(), TypeError);
    },
  );
});

Deno.test("an abort ends a body that has no end, and closes the connection", async () => {
  await serve(
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"],
    true,
    async (socketPath) => {
      const controller = new AbortController();
      const response = await streamRequest({ socketPath, path: "/", signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      await assert.rejects(response.text(), { name: "AbortError" });
    },
  );
});

Deno.test("nobody listens, and nobody answers: both are connection_failed", async () => {
  const code = { name: "SetupError", code: "connection_failed" };
  await assert.rejects(streamRequest({ socketPath: "/nonexistent/s", path: "/" }), code);
  await serve([], true, async (socketPath) => {
    const error = await streamRequest({ socketPath, path: "/", timeoutMs: 30 }).catch((e) => e);
    assert.ok(error instanceof SetupError);
    assert.match(error.message, /timed out/);
  });
});
