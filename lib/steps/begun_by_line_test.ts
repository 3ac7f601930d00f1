/** A program that waits for its line: nothing before it, and all of its own input behind it. */
import assert from "node:assert/strict";
import { theHost } from "../host/real.ts";
import { BEGIN, begunByLine } from "./begun_by_line.ts";

const run = (argv: readonly string[], stdin: string) =>
  theHost().process.run(["sh", ...begunByLine(argv)], { stdin });

Deno.test("the line is taken away, and nothing of what follows", async () => {
  const { code, stdout } = await run(["cat"], `${BEGIN}./a b\0./c\n`);
  assert.deepEqual([code, stdout], [0, "./a b\0./c\n"]);
});

Deno.test("words arrive as they are, and so does the program's end", async () => {
  const words = ["it's", '"$HOME"', "a  b", ""];
  const { stdout } = await run(["printf", "<%s>", ...words], BEGIN);
  assert.equal(stdout, words.map((word) => `<${word}>`).join(""));
  assert.equal((await run(["sh", "-c", "exit 7"], BEGIN)).code, 7);
});

Deno.test("without the line it does not begin, and says so by its end", async () => {
  const { code, stdout } = await run(["echo", "begun"], "");
  assert.equal(stdout, "");
  assert.equal(code, 125);
});
