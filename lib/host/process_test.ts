/** Running real programs: output, codes, input, time limits, lines as they come. */
import assert from "node:assert/strict";
import { processHost } from "./process.ts";

const { run } = processHost;

Deno.test("both streams and the exit code are the result; a failure is no exception", async () => {
  const result = await run(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  assert.deepEqual([result.code, result.stdout, result.stderr], [3, "out\n", "err\n"]);
});

Deno.test("a program that does not exist is code 127, one that may not be run 126", async () => {
  for (const program of ["/no/such/program", "rxdx-no-such-program"]) {
    const missing = await run([program]);
    assert.equal(missing.code, 127);
    assert.match(missing.stderr, /command not found/);
  }
  await assert.rejects(run(["true"], { cwd: "/no/such/directory" }), "a mistake of ours");
  const path = await Deno.makeTempFile();
  try {
    assert.equal((await run([path])).code, 126);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("words reach the program as they are: no shell, no splitting", async () => {
  const words = ["a b", "$HOME", "`id`", "*", "", "it's", "x\ny"];
  const result = await run(["printf", "%s|", ...words]);
  assert.equal(result.stdout, words.join("|") + "|");
});

Deno.test("input is given on stdin, whole; a program that does not read it is no error", async () => {
  const text = "x".repeat(300_000);
  assert.equal((await run(["cat"], { stdin: text })).stdout, text);
  assert.equal((await run(["true"], { stdin: text })).code, 0);
});

Deno.test("without input stdin is empty, never the terminal", async () => {
  assert.equal((await run(["cat"])).stdout, "");
});

Deno.test("variables are added to the environment, the directory is the given one", async () => {
  const result = await run(["sh", "-c", 'echo "$RXDX_TEST_VALUE $PATH"; pwd'], {
    env: { RXDX_TEST_VALUE: "v" },
    cwd: "/",
  });
  assert.match(result.stdout, /^v \/.*\n\/\n$/);
});

Deno.test("a program that takes too long is ended, with code 124", async () => {
  const began = performance.now();
  assert.equal((await run(["sleep", "20"], { timeoutMs: 100 })).code, 124);
  assert.ok(performance.now() - began < 5000);
});

Deno.test("an aborted program is ended", async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  const began = performance.now();
  const result = await run(["sleep", "20"], { signal: abort.signal });
  assert.notEqual(result.code, 0);
  assert.ok(performance.now() - began < 5000);
});

Deno.test("after an abort nothing is started", async () => {
  const result = await run(["sleep", "20"], { signal: AbortSignal.abort() });
  assert.equal(result.code, 143);
});

Deno.test("lines are told as they come, progress bars state by state, the last one without an end", async () => {
  const lines: string[] = [];
  await run(["printf", "one\\ntwo\\r50%%\\r100%%\\nlast"], { onLine: (line) => lines.push(line) });
  assert.deepEqual(lines, ["one", "two", "50%", "100%", "last"]);
});

Deno.test("a program cut in the middle of a character is read whole", async () => {
  const text = "ü✓🔑".repeat(50_000);
  assert.equal((await run(["cat"], { stdin: text })).stdout, text);
});
