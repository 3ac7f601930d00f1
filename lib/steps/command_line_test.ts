/** What is pasted into a shell is read by it as it was meant. */
import assert from "node:assert/strict";
import { quoted } from "./command_line.ts";

Deno.test("a command line is quoted so that a shell reads back the same words", () => {
  assert.equal(quoted(["docker", "compose", "up"]), "docker compose up");
  assert.equal(quoted(["a b", "it's", "", "$HOME", "*"]), `'a b' 'it'\\''s' '' '$HOME' '*'`);
  assert.equal(quoted(["--set=a=b", "/x/y:z", "a@b", "50%"]), "--set=a=b /x/y:z a@b 50%");
});
