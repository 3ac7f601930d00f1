/** What ssh is asked with, and what its complaints mean to an operator. */
import assert from "node:assert/strict";
import { parseCopyTarget } from "../../../answers/rules_copies.ts";
import { again } from "./place.ts";
import { quoted, sshCommand, sshFailure, type SshTarget } from "./ssh.ts";

const target = (text: string) => parseCopyTarget(text) as SshTarget;
const NAS = target("sftp://backup@nas:2222/rxdx");
const NONE = { ssh_key: "", known_hosts: "", rclone_config: "" };

Deno.test("ssh never asks, never learns a host by itself, and uses the key that is meant", () => {
  const argv = sshCommand(NAS, { ...NONE, ssh_key: "/k", known_hosts: "/h" }, {
    subsystem: "sftp",
  });
  const line = argv.join(" ");
  for (
    const words of [
      ...["BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "-i /k"],
      ...["IdentitiesOnly=yes", "UserKnownHostsFile=/h", "GlobalKnownHostsFile=/dev/null"],
      ...["-p 2222", "-l backup", "-s -- nas sftp"],
    ]
  ) assert.ok(line.includes(words), words);
  const plain = sshCommand(target("sftp://nas/x"), NONE, { command: "true" });
  assert.deepEqual(plain.slice(-3), ["--", "nas", "true"]);
  for (const word of ["-p", "-l", "-i"]) assert.ok(!plain.includes(word), "ssh's own, then");
});

Deno.test("every complaint has a code and a next command", () => {
  const of = (said: string, settings = NONE) => {
    const { code, hint = "" } = sshFailure(NAS, settings, said);
    return [code, hint] as const;
  };
  const changed = of(
    "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
  );
  assert.equal(changed[0], "copy_host_key_changed");
  assert.match(changed[1], /ssh-keygen -R '\[nas\]:2222'/);
  assert.equal(of("Host key verification failed.")[0], "copy_host_unknown");
  assert.match(
    of("Host key verification failed.", { ...NONE, known_hosts: "/h" })[1],
    /ssh-keyscan -p 2222 nas >> \/h/,
  );
  assert.equal(of("backup@nas: Permission denied (publickey).")[0], "copy_login_refused");
  assert.equal(of("subsystem request failed on channel 0")[0], "copy_no_sftp");
  assert.equal(of("ssh could not be started: not found")[0], "copy_no_ssh");
  for (
    const said of [
      "ssh: connect to host nas port 2222: Connection refused",
      "ssh: Could not resolve hostname nas: Name or service not known",
      "Connection timed out during banner exchange",
      "client_loop: send disconnect: Broken pipe",
    ]
  ) assert.equal(of(said)[0], "copy_target_down", said);
  assert.equal(of("something else")[0], "copy_failed");
});

Deno.test("paths are quoted for the shell there, and targets for the one here", () => {
  assert.equal(quoted("a'b c"), `'a'\\''b c'`);
  assert.equal(again(NAS), "rxdx-setup backup copy --to sftp://backup@nas:2222/rxdx");
  assert.equal(again(target("b@nas:my files")), "rxdx-setup backup copy --to 'b@nas:my files'");
});
