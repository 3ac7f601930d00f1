/** A failed command becomes an error that can be pasted and understood. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { Cancelled, EXIT, SetupError } from "../errors.ts";
import { mustRun, tail } from "./command.ts";
import { quoted } from "./command_line.ts";

Deno.test("a command line is quoted so that a shell reads back the same words", () => {
  assert.equal(quoted(["docker", "compose", "up"]), "docker compose up");
  assert.equal(quoted(["a b", "it's", "", "$HOME", "*"]), `'a b' 'it'\\''s' '' '$HOME' '*'`);
  assert.equal(quoted(["--set=a=b", "/x/y:z", "a@b", "50%"]), "--set=a=b /x/y:z a@b 50%");
});

Deno.test("the tail is the last lines that say something", () => {
  assert.equal(tail("a\n\nb\r\n   \nc\n"), "a\nb\nc");
  assert.equal(tail(Array.from({ length: 50 }, (_, i) => `${i}`).join("\n"), 2), "48\n49");
  assert.equal(tail(""), "");
});

Deno.test("success is the result; failure is the command, its code and the end of its words", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(["good"], { stdout: "yes" })
      .expect(["bad", "a b"], { code: 3, stderr: "line 1\nline 2\n", stdout: "ignored" })
      .expect(["silent"], { code: 1 })
      .expect(["loud"], { code: 1, stdout: "only stdout" });
    assert.equal((await mustRun(host, ["good"])).stdout, "yes");
    await assert.rejects(
      mustRun(host, ["bad", "a b"], { code: "went_bad", hint: "do this", exit: EXIT.unhealthy }),
      (error) =>
        error instanceof SetupError && error.code === "went_bad" && error.hint === "do this" &&
        error.exit === EXIT.unhealthy &&
        error.message === "`bad 'a b'` ended with 3:\nline 1\nline 2",
    );
    await assert.rejects(
      mustRun(host, ["silent"]),
      (error) =>
        error instanceof SetupError && error.exit === EXIT.apply &&
        error.message === "`silent` ended with 1.",
    );
    await assert.rejects(mustRun(host, ["loud"]), /:\nonly stdout/);
  }));

Deno.test("a command that ended because of Ctrl-C is the cancellation, not a failure", () =>
  withFakeHost({}, async (host) => {
    const abort = new AbortController();
    host.process.expect(["slow"], () => {
      abort.abort(new Cancelled());
      return { code: 143 };
    });
    await assert.rejects(mustRun(host, ["slow"], { signal: abort.signal }), Cancelled);
  }));
