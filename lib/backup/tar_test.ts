/** The stream of tar: held against the machine's own tar, cut anywhere, damaged anywhere. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  memberOf,
  partPath,
  readTarStream,
  TAR_END,
  tarHeader,
  tarPadding,
  tarParts,
} from "./tar.ts";

const MODIFIED = new Date("2026-03-14T10:15:00Z");

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob(await Array.fromAsync(chunks) as BlobPart[]).arrayBuffer());
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* archive(data: Uint8Array, partBytes: number, chunk: number) {
  const text = new TextEncoder().encode("hello\n");
  yield tarHeader({ path: "config/a.txt", size: text.length, mode: 0o640, modified: MODIFIED });
  yield text;
  yield tarPadding(text.length);
  yield tarHeader({ path: "config/l", size: 0, mode: 0o777, modified: MODIFIED, link: "a.txt" });
  yield* tarParts("data", pieces(data, chunk), { partBytes, modified: MODIFIED });
  yield TAR_END;
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<Map<string, number[]>> {
  const files = new Map<string, number[]>();
  let current: number[] = [];
  for await (const event of readTarStream(chunks)) {
    if (event.type === "data") current.push(...event.bytes);
    else {
      const name = memberOf(event.path) ?? event.path;
      current = files.get(name) ?? [];
      files.set(name, current);
    }
  }
  return files;
}

Deno.test("parts are numbered, and say which member they belong to", () => {
  assert.equal(partPath("database.dump", 42), "database.dump.000042");
  assert.equal(memberOf("database.dump.000042"), "database.dump");
  assert.equal(memberOf("globals.sql"), undefined);
});

Deno.test("whatever goes in comes out, however the stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 6000 }),
      fc.constantFrom(512, 1024, 2048),
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 3000 }),
      async (data, partBytes, chunk, cut) => {
        const bytes = await bytesOf(archive(data, partBytes, chunk));
        assert.equal(bytes.length % 512, 0);
        const files = await read(pieces(bytes, cut));
        assert.deepEqual(files.get("data"), [...data]);
        assert.equal(files.get("config/a.txt")?.length, 6);
        assert.deepEqual(files.get("config/l"), []);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("the machine's own tar reads it, and joins the parts in order", async () => {
  const data = crypto.getRandomValues(new Uint8Array(5000));
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, await bytesOf(archive(data, 1024, 700)));
    const list = await new Deno.Command("tar", { args: ["-tvf", path] }).output();
    const text = new TextDecoder().decode(list.stdout);
    assert.match(text, /-rw-r----- .* 6 2026-03-14 .* config\/a\.txt/);
    assert.match(text, /config\/l -> a\.txt/);
    assert.match(text, /data\.000004\n$/);
    const args = ["-xOf", path, "--wildcards", "data.*"];
    const joined = await new Deno.Command("tar", { args }).output();
    assert.deepEqual(joined.stdout, data);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("an archive that ends early, or has a damaged header, is refused", async () => {
  const bytes = await bytesOf(archive(new Uint8Array(3000), 1024, 700));
  for (let end = 0; end < bytes.length - 1024; end += 100) {
    await assert.rejects(read(pieces(bytes.subarray(0, end), 512)), /ends too early/);
  }
  const changed = bytes.slice();
  changed[0] = (changed[0] ?? 0) ^ 1;
  await assert.rejects(read(pieces(changed, 512)), /wrong checksum/);
});
