/** Programs and files as streams, on the real machine. */
import assert from "node:assert/strict";
import { SetupError } from "../errors.ts";
import { filesHost } from "./files.ts";
import { processHost } from "./process.ts";

const decode = (chunks: readonly Uint8Array[]) =>
  new TextDecoder().decode(new Uint8Array(chunks.flatMap((each) => [...each])));

Deno.test("a program is fed and read as bytes", async () => {
  const cat = processHost.pipe(["cat"]);
  const reading = Array.fromAsync(cat.output);
  await cat.write("one ");
  await cat.write(new TextEncoder().encode("two"));
  await cat.end();
  assert.equal(decode(await reading), "one two");
  assert.deepEqual(await cat.ended(), { code: 0, stderr: "" });
});

Deno.test("a program that ends without reading is no error; its code and complaint tell", async () => {
  const program = processHost.pipe(["sh", "-c", "echo no >&2; exit 3"]);
  const reading = Array.fromAsync(program.output);
  const piece = new Uint8Array(1_000_000);
  for (let each = 0; each < 5; each++) await program.write(piece);
  await program.end();
  await reading;
  assert.deepEqual(await program.ended(), { code: 3, stderr: "no\n" });
  program.kill();
});

Deno.test("aborting ends a program, and one that is not there is told", async () => {
  const abort = new AbortController();
  const sleep = processHost.pipe(["sleep", "60"], { signal: abort.signal });
  abort.abort();
  await Array.fromAsync(sleep.output);
  assert.notEqual((await sleep.ended()).code, 0);
  assert.throws(
    () => processHost.pipe(["no-such-program-here"]),
    (error: unknown) => error instanceof SetupError && error.code === "command_not_found",
  );
});

Deno.test("a file is written and read piece by piece, with its mode from the first byte", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const path = `${dir}/a`;
    const sink = await filesHost.openSink(path, 0o600);
    const half = crypto.getRandomValues(new Uint8Array(65_536));
    for (let each = 0; each < 10; each++) await sink.write(half);
    await sink.sync();
    sink.close();
    assert.equal((await filesHost.stat(path))?.mode, 0o600);
    const pieces = await Array.fromAsync(filesHost.openSource(path));
    assert.ok(pieces.length > 1);
    assert.equal(pieces.reduce((sum, each) => sum + each.length, 0), 655_360);
    await assert.rejects(filesHost.openSink(path, 0o600), /exist/);
    await assert.rejects(Array.fromAsync(filesHost.openSource(`${dir}/none`)));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
