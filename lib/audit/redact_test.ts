/** A command line keeps what explains it, and none of what must not be seen. */
import assert from "node:assert/strict";
import { whoIs } from "./who.ts";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { redactedArgv } from "./redact.ts";

const M = "********";

Deno.test("what is said stays, what is secret goes", () => {
  const cases: readonly (readonly [said: string[], kept: string[]])[] = [
    [["apply", "--yes"], ["apply", "--yes"]],
    [["config", "set", "ports.https=8443"], ["config", "set", "ports.https=8443"]],
    [["init", "--set", "alerts.webhook=https://h.example.com/T0/B1"], [
      "init",
      "--set",
      `alerts.webhook=${M}`,
    ]],
    [["init", "--password", "hunter2"], ["init", "--password", M]],
    [["init", "--password=hunter2"], ["init", `--password=${M}`]],
    [["init", "--secrets-file", "/root/s"], ["init", "--secrets-file", "/root/s"]],
    [["x", "https://ana:hunter2@h.example.com/"], ["x", `https://ana:${M}@h.example.com/`]],
    [["x", "before-K4n4ry-after"], ["x", `before-${M}-after`]],
  ];
  for (const [said, kept] of cases) assert.deepEqual(redactedArgv(said, ["K4n4ry"]), kept);
});

Deno.test("who it is comes from the kernel and /etc/passwd, the address from the session", () => {
  const session = { loginUid: 1000, sshConnection: "2001:db8::7 5 192.0.2.1 22" };
  return withFakeHost({ env: { SUDO_USER: "ana", USER: "forged" }, session }, async (host) => {
    host.files.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/:/bin/sh\n");
    assert.deepEqual(await whoIs(host), {
      uid: 0,
      user: "root",
      login: "ana",
      sudo_user: "ana",
      ssh_from: "2001:db8::7",
    });
  });
});

Deno.test("where nothing is known, nothing is made up", () =>
  withFakeHost({ env: { SUDO_USER: "a b", SSH_CONNECTION: "<script> 1" } }, async (host) => {
    assert.deepEqual(await whoIs(host), {
      uid: 0,
      user: null,
      login: null,
      sudo_user: null,
      ssh_from: null,
    });
  }));
