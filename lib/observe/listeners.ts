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

/** Parses /proc/net/tcp and tcp6, one after the other. */
export function parseSockets(text: string): Socket[] {
  return text.split("\n").flatMap((line) => {
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

/** Lines of `find -printf '%p %l\n'`: inode → pid. The first holder of a socket is its owner. */
export function parseOwners(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^\/proc\/(\d+)\/fd\/\d+ socket:\[(\d+)\]$/.exec(line);
    if (match === null || found.has(match[2] ?? "")) continue;
    found.set(match[2] ?? "", Number(match[1]));
  }
  return found;
}

/**
 * Every TCP listener of this machine; with owners only when one of the ports asked for is taken,
 * because looking through the open files of all processes takes a while.
 *
 * The kernel's files are read by `cat` and `find`: the runtime lets only fully privileged programs
 * open /proc, and this one is not built to be one.
 */
export async function listeners(host: Host, ofInterest: ReadonlySet<number>): Promise<Listener[]> {
  const tables = await host.process.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
  const sockets = parseSockets(tables.stdout);
  const wanted = sockets.filter((each) => ofInterest.has(each.port));
  if (wanted.length === 0) return sockets.map(({ port, address }) => ({ port, address }));
  // Its exit code tells of processes that ended meanwhile and of others' files; neither matters.
  const files = await host.process.run([
    "find",
    "/proc",
    "-maxdepth",
    "3",
    "-path",
    "/proc/[0-9]*/fd/*",
    "-lname",
    "socket:*",
    "-printf",
    "%p %l\\n",
  ]);
  const pids = parseOwners(files.stdout);
  return await Promise.all(sockets.map(async ({ port, address, inode }) => {
    const pid = ofInterest.has(port) ? pids.get(inode) : undefined;
    if (pid === undefined) return { port, address };
    const name = (await host.process.run(["cat", `/proc/${pid}/comm`])).stdout.trim();
    return { port, address, pid, ...(name === "" ? {} : { process: name }) };
  }));
}
