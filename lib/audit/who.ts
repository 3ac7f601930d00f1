/**
 * Who is at work, as far as this machine knows: names from /etc/passwd rather than from variables
 * that anybody can set, the login that the kernel remembers, and where the SSH session comes from.
 */
import type { Host } from "../host/types.ts";
import type { Who } from "./entry.ts";

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

/** Never throws: what cannot be found out is `null`. */
export async function whoIs(host: Host): Promise<Who> {
  const { uid } = host.system;
  const [passwd, { loginUid, sshConnection }] = await Promise.all([
    textOf(host, "/etc/passwd"),
    host.system.session(),
  ]);
  const sudo = host.env["SUDO_USER"] ?? "";
  return {
    uid,
    user: nameOf(passwd, uid),
    login: loginUid === undefined ? null : nameOf(passwd, loginUid) ?? String(loginUid),
    sudo_user: /^[^\s:]{1,64}$/.test(sudo) ? sudo : null,
    ssh_from: addressOf(host.env["SSH_CONNECTION"] ?? sshConnection),
  };
}
