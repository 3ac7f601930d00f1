/** How ssh is asked, and what its complaints mean. */
import type { CopyTarget } from "../../../answers/rules_copies.ts";
import type { SetupError } from "../../../errors.ts";
import { again, copyError, type CopySettings } from "./place.ts";

export type SshTarget = Extract<CopyTarget, { kind: "sftp" }>;

/** Seconds until nobody counts as answering. */
const CONNECT_SECONDS = 15;

/** Words before the host: no prompt, no unknown host, nothing forwarded, no key but the one that is meant. */
export function sshCommand(
  { user, host, port }: SshTarget,
  { ssh_key: key, known_hosts: known }: CopySettings,
  words: { readonly subsystem: string } | { readonly command: string },
): string[] {
  const option = (name: string, value: string) => ["-o", `${name}=${value}`];
  return [
    "ssh",
    ...option("BatchMode", "yes"),
    ...option("StrictHostKeyChecking", "yes"),
    ...option("UpdateHostKeys", "no"),
    ...option("ConnectTimeout", String(CONNECT_SECONDS)),
    ...option("ServerAliveInterval", "15"),
    ...option("ServerAliveCountMax", "4"),
    ...option("ClearAllForwardings", "yes"),
    ...option("ControlMaster", "no"),
    ...option("ControlPath", "none"),
    "-a",
    "-x",
    "-T",
    ...(key === ""
      ? []
      : ["-i", key, ...option("IdentitiesOnly", "yes"), ...option("IdentityAgent", "none")]),
    ...(known === ""
      ? []
      : [...option("UserKnownHostsFile", known), ...option("GlobalKnownHostsFile", "/dev/null")]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === "" ? [] : ["-l", user]),
    ...("subsystem" in words ? ["-s", "--", host, words.subsystem] : ["--", host, words.command]),
  ];
}

/** For a shell on the other side. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function lastLine(text: string): string {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").at(-1) ?? "";
}

/** What ssh said, as an error with the next command. */
export function sshFailure(
  target: SshTarget,
  { known_hosts: known }: CopySettings,
  said: string,
): SetupError {
  const { host, port, user } = target;
  const login = `${user === "" ? "" : `${user}@`}${host}`;
  const by = `ssh ${port === undefined ? "" : `-p ${port} `}${login}`;
  const place = port === undefined || port === 22 ? host : `[${host}]:${port}`;
  const file = known === "" ? "" : ` -f ${known}`;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/i.test(said)) {
    return copyError(
      "copy_host_key_changed",
      target,
      "the host key is another than the known one. Somebody may stand in between, or the machine was " +
        "set up anew. Nothing was sent.",
      `Compare the fingerprint with its operator; only then: ssh-keygen -R '${place}'${file}; ${by}`,
    );
  }
  if (/Host key verification failed|No .*host key is known/i.test(said)) {
    return copyError(
      "copy_host_unknown",
      target,
      "the host key is not known here, and nobody could be asked. Nothing was sent.",
      known === ""
        ? `${by}   (as the user of the timer; compare the fingerprint, then answer yes)`
        : `ssh-keyscan${
          port === undefined ? "" : ` -p ${port}`
        } ${host} >> ${known}   (then compare ` +
          `the fingerprint: ssh-keygen -l -f ${known})`,
    );
  }
  if (/Permission denied \(|Too many authentication failures|No such identity/i.test(said)) {
    return copyError(
      "copy_login_refused",
      target,
      `the login was refused: ${lastLine(said)}`,
      "Put the public half of the key into authorized_keys of the target; backups.ssh_key names the key",
    );
  }
  if (/subsystem request failed/i.test(said)) {
    return copyError(
      "copy_no_sftp",
      target,
      "it offers no SFTP.",
      "Let its sshd have: Subsystem sftp internal-sftp",
    );
  }
  if (/not found$|could not be started/i.test(said) && said.includes("ssh could not")) {
    return copyError(
      "copy_no_ssh",
      target,
      "ssh is not installed here.",
      "apt-get install openssh-client",
    );
  }
  const down =
    /Connection (?:refused|timed out|closed|reset)|Could not resolve|No route to host|unreachable|timed out|Broken pipe/i;
  return copyError(
    down.test(said) ? "copy_target_down" : "copy_failed",
    target,
    down.test(said) ? `it does not answer: ${lastLine(said)}` : lastLine(said) || "it failed",
    down.test(said) ? `${by} true; then ${again(target)}` : again(target),
  );
}
