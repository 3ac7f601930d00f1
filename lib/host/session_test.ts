/** The login of a process, as the real machine tells it. */
import assert from "node:assert/strict";
import { parseSession, type session } from "./session.ts";

Deno.test("a login and a connection are read; what is not there is absent", () => {
  assert.deepEqual(parseSession("1000\n198.51.100.7 5 192.0.2.1 22\n"), {
    loginUid: 1000,
    sshConnection: "198.51.100.7 5 192.0.2.1 22",
  });
  assert.deepEqual(parseSession("4294967295\n"), {});
  assert.deepEqual(parseSession("\n198.51.100.7 5 192.0.2.1 22\n"), {
    sshConnection: "198.51.100.7 5 192.0.2.1 22",
  });
  assert.deepEqual(parseSession(""), {});
});

Deno.test("an SSH connection is found through processes that do not have it", async () => {
  // As under sudo: the session's shell has the variable, what it starts has not.
  const module = new URL("session.ts", import.meta.url).href;
  const code = `import { session } from "${module}"; console.log(JSON.stringify(await session()))`;
  const child = new Deno.Command("sh", {
    // `; true` keeps the shell from handing its place to the program.
    args: ["-c", `env -u SSH_CONNECTION "$0" eval "$1"; true`, Deno.execPath(), code],
    env: { SSH_CONNECTION: "2001:db8::7 52114 192.0.2.1 22" },
    stdout: "piped",
  });
  const { stdout } = await child.output();
  const found = JSON.parse(new TextDecoder().decode(stdout)) as Awaited<ReturnType<typeof session>>;
  assert.equal(found.sshConnection, "2001:db8::7 52114 192.0.2.1 22");
});
