/** The archive comes back as it was, from our reader and from the machine's own tar. */
import assert from "node:assert/strict";
import { gunzip, gzip, readTar, writeTar } from "./tar.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const FILES = [
  { path: "root/empty.txt", bytes: bytes("") },
  { path: "root/block.txt", bytes: bytes("x".repeat(512)) },
  { path: "root/ü.txt", bytes: bytes("ü🔑\n") },
  { path: `root/${"d".repeat(60)}/${"f".repeat(90)}.log`, bytes: bytes("long name") },
];

Deno.test("files come back", async () => {
  const archive = await gzip(writeTar(FILES, new Date("2026-03-14T10:15:00Z")));
  assert.deepEqual(
    readTar(await gunzip(archive)).map((file) => ({ ...file, bytes: [...file.bytes] })),
    FILES.map((file) => ({ ...file, bytes: [...file.bytes] })),
  );
});

Deno.test("the machine's own tar reads it", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const archive = writeTar(FILES, new Date("2026-03-14T10:15:00Z"));
    await Deno.writeFile(`${dir}/a.tar`, archive);
    const { code, stderr } = await new Deno.Command("tar", {
      args: ["-xf", `${dir}/a.tar`, "-C", dir],
      stderr: "piped",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    for (const { path, bytes } of FILES) {
      assert.deepEqual(await Deno.readFile(`${dir}/${path}`), bytes);
      const { mode, mtime } = await Deno.stat(`${dir}/${path}`);
      assert.deepEqual([(mode ?? 0) & 0o777, mtime?.toISOString()], [
        0o600,
        "2026-03-14T10:15:00.000Z",
      ]);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a damaged archive and a name that does not fit are errors", () => {
  const archive = writeTar(FILES.slice(0, 2), new Date(0));
  assert.throws(() => readTar(archive.subarray(0, 1100)), /damaged/);
  assert.throws(
    () => writeTar([{ path: "x".repeat(101), bytes: bytes("") }], new Date(0)),
    RangeError,
  );
});
