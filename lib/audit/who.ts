/**
 * Who is at work, as far as this machine knows: names from /etc/passwd rather than from variables
 * that anybody can set, the login that the kernel remembers, and where the SSH session comes from.
 */
import type { Host } from "../host/types.ts";
import type { Who } from "./entry.ts";

/** What the kernel writes where nobody logged in: 2³² − 1. */
const NO_LOGIN = 4_294_967_295;

/** How far up it is looked for an SSH session: shell, sudo, su, tmux and some more. */
const ANCESTORS = 16;

async function textOf(host: Host, path: string): Promise<string> {
  return await host.files.readText(path).catch(() => undefined) ?? "";
}

function nameOf(passwd: string, uid: number): string | null {
  for (const line of passwd.split("\n")) {
    const [name = "", , id] = line.split(":");
    if (name !== "" && Number(id) === uid && id !== "") return name;
  }
  return null;
}

/** `198.51.100.7 52114 192.0.2.10 22` → the first; nothing that is no address gets into a record. */
function addressOf(connection: string | undefined): string | null {
  const address = connection?.split(" ")[0] ?? "";
  return /^[0-9A-Fa-f.:%a-z]{2,64}$/.test(address) ? address : null;
}

/** sudo takes SSH_CONNECTION away; the session's own processes still have it. */
async function fromAncestors(host: Host): Promise<string | null> {
  let pid = "self";
  for (let up = 0; up < ANCESTORS; up++) {
    const parent = /^PPid:\s+(\d+)$/m.exec(await textOf(host, `/proc/${pid}/status`))?.[1];
    if (parent === undefined || Number(parent) <= 1) return null;
    pid = parent;
    const environment = await textOf(host, `/proc/${pid}/environ`);
    const found = environment.split("\0").find((each) => each.startsWith("SSH_CONNECTION="));
    if (found !== undefined) return addressOf(found.slice("SSH_CONNECTION=".length));
  }
  return null;
}

/** Never throws: what cannot be found out is `null`. */
export async function whoIs(host: Host): Promise<Who> {
  const { uid } = host.system;
  const [passwd, loginuid] = await Promise.all([
    textOf(host, "/etc/passwd"),
    textOf(host, "/proc/self/loginuid"),
  ]);
  const login = loginuid.trim() === "" ? NO_LOGIN : Number(loginuid);
  const sudo = host.env["SUDO_USER"] ?? "";
  return {
    uid,
    user: nameOf(passwd, uid),
    login: login === NO_LOGIN ? null : nameOf(passwd, login) ?? String(login),
    sudo_user: /^[^\s:]{1,64}$/.test(sudo) ? sudo : null,
    ssh_from: addressOf(host.env["SSH_CONNECTION"] ?? host.env["SSH_CLIENT"]) ??
      await fromAncestors(host),
  };
}
