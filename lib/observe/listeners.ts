/**
 * Which program listens on which port, from /proc alone: no `ss`, no `netstat`, nothing to
 * install. Without root the owners of other users' sockets stay unknown.
 */
import type { Host } from "../host/types.ts";
import type { Listener } from "../plan/facts.ts";

interface Socket {
  readonly port: number;
  readonly address: string;
  readonly inode: string;
}

/** State TCP_LISTEN in /proc/net/tcp. */
const LISTEN = "0A";

/** The kernel prints addresses as little-endian 32-bit words in hexadecimal. */
export function decodeAddress(hex: string): string {
  const bytes =
    hex.match(/.{8}/g)?.flatMap((word) =>
      (word.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16))
    ) ?? [];
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.every((byte) => byte === 0)) return "::";
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255) {
    return bytes.slice(12).join(".");
  }
  const groups = Array.from(
    { length: 8 },
    (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return groups.join(":").replace(/(^|:)0(:0)+(:|$)/, "::");
}

/** Parses /proc/net/tcp or tcp6. */
export function parseSockets(text: string): Socket[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address, port] = (fields[1] ?? "").split(":");
    if (fields[3] !== LISTEN || address === undefined || port === undefined) return [];
    return [{
      port: parseInt(port, 16),
      address: decodeAddress(address),
      inode: fields[9] ?? "",
    }];
  });
}

/** Finds the process of each inode by looking through the open files of all processes. */
async function owners(host: Host, inodes: ReadonlySet<string>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const name of await host.files.list("/proc")) {
    if (found.size === inodes.size) break;
    if (!/^\d+$/.test(name)) continue;
    // Processes end while we look, and others' files may not be read.
    const descriptors = await host.files.list(`/proc/${name}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await host.files.readLink(`/proc/${name}/fd/${descriptor}`)
        .catch(() => undefined);
      const inode = /^socket:\[(\d+)\]$/.exec(target ?? "")?.[1];
      if (inode !== undefined && inodes.has(inode) && !found.has(inode)) {
        found.set(inode, Number(name));
      }
    }
  }
  return found;
}

/** Every TCP listener of this machine; with owners only for the ports that are asked for. */
export async function listeners(host: Host, ofInterest: ReadonlySet<number>): Promise<Listener[]> {
  const sockets: Socket[] = [];
  for (const path of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    sockets.push(...parseSockets(await host.files.readText(path).catch(() => undefined) ?? ""));
  }
  const wanted = new Set(
    sockets.filter((each) => ofInterest.has(each.port)).map((each) => each.inode),
  );
  const pids = wanted.size === 0 ? new Map<string, number>() : await owners(host, wanted);
  return await Promise.all(sockets.map(async ({ port, address, inode }) => {
    const pid = pids.get(inode);
    if (pid === undefined) return { port, address };
    const name = (await host.files.readText(`/proc/${pid}/comm`).catch(() => ""))?.trim();
    return { port, address, pid, ...(name === undefined || name === "" ? {} : { process: name }) };
  }));
}
