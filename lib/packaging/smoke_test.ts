import assert from "node:assert/strict";
import type { CommandResult } from "../host/types.ts";
import { smokeFault } from "./smoke.ts";

function answer(argument: string, stdout: string, code = 0, stderr = ""): CommandResult {
  return { argv: ["/dist/rxdx-setup", argument], code, stdout, stderr };
}

const HELP = answer("--help", "Usage: rxdx-setup <command>\n");

Deno.test("the program in its version passes, with its name before the version or without", () => {
  assert.equal(smokeFault("0.1.0", [answer("--version", "0.1.0\n"), HELP]), undefined);
  assert.equal(smokeFault("0.1.0", [answer("--version", "rxdx-setup 0.1.0\n"), HELP]), undefined);
});

Deno.test("a file that is just Deno again is found out", () => {
  const deno = answer("--version", "deno 2.9.6 (stable)\nv8 15.0.245\ntypescript 6.0.3\n");
  assert.match(smokeFault("0.1.0", [deno, HELP]) ?? "", /says "deno 2\.9\.6 \(stable\)"/);
  const help = answer("--help", "Usage: deno [OPTIONS] [COMMAND]\n");
  assert.match(smokeFault("0.1.0", [answer("--version", "0.1.0\n"), help]) ?? "", /--help/);
});

Deno.test("another version, a failure and silence are found out", () => {
  assert.match(smokeFault("0.1.0", [answer("--version", "10.1.0\n"), HELP]) ?? "", /instead of/);
  assert.match(
    smokeFault("0.1.0", [answer("--version", "", 1, "error: no\nmore\n"), HELP]) ?? "",
    /^--version ended with 1: error: no$/,
  );
  assert.equal(smokeFault("0.1.0", []), "it was not asked");
});
