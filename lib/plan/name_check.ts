/**
 * Does a name lead to this machine? The operator is warned, never stopped: behind a router, a proxy or
 * before the record exists, another answer can be right. Pure: judges what `probe/names.ts` found.
 */
import { isIpAddress } from "../answers/rules.ts";
import { type Check, check, clip } from "./check.ts";

export interface NameFacts {
  readonly name: string;
  /** What the name servers said; `silent`: none answered. */
  readonly dns: "found" | "none" | "silent";
  /** From the name servers, A before AAAA. */
  readonly addresses: readonly string[];
  /** From `/etc/hosts` of this machine. */
  readonly hosts: readonly string[];
}

/** One spelling for each address: IPv6 has many. */
function canonical(address: string): string {
  const plain = address.replace(/%.*$/, "").toLowerCase();
  if (!plain.includes(":")) return plain;
  return URL.canParse(`http://[${plain}]/`) ? new URL(`http://[${plain}]/`).hostname : plain;
}

const isLoopback = (address: string) => /^127\./.test(address) || canonical(address) === "[::1]";

/** True for what is never looked up: an address, or this machine's name for itself. */
export function needsNoLookUp(name: string): boolean {
  return isIpAddress(name) || name === "localhost" || name.endsWith(".localhost");
}

function literal(
  name: string,
  own: ReadonlySet<string>,
): readonly [Check["state"], string, string?] {
  if (isLoopback(name)) return ["ok", "this machine, reachable from itself alone"];
  if (own.has(canonical(name))) return ["ok", "an address of this machine"];
  return [
    "warn",
    "an address, but not one of this machine",
    "Right if a router or proxy at that address passes the ports on to this machine",
  ];
}

function found(
  { addresses }: NameFacts,
  own: ReadonlySet<string>,
  first: string,
): readonly [Check["state"], string, string?] {
  const elsewhere = addresses.filter((each) => !own.has(canonical(each)));
  const here = addresses.filter((each) => own.has(canonical(each)));
  if (elsewhere.length === 0) return ["ok", `resolves to this machine (${here.join(", ")})`];
  const record = elsewhere.every((each) => each.includes(":")) ? "AAAA" : "A";
  const hint = "Right if a router or proxy there passes the ports on to this machine; " +
    (here.length > 0 ? `else remove that ${record} record` : `else point the record to ${first}`);
  return here.length > 0
    ? ["warn", `resolves to this machine, but also to ${elsewhere.join(", ")}`, hint]
    : ["warn", `resolves to ${clip(elsewhere.join(", "), 32)}, not this machine`, hint];
}

/** `addresses`: those of this machine, the best first. */
export function nameCheck(facts: NameFacts, addresses: readonly string[]): Check {
  const { name, dns, hosts } = facts;
  const own = new Set(addresses.map(canonical));
  const first = addresses[0]?.replace(/%.*$/, "") ?? "this machine's address";
  const as = (state: Check["state"], detail: string, hint?: string) =>
    check(`name-${name}`, name, state, detail, hint);
  if (name === "localhost" || name.endsWith(".localhost")) {
    return as("ok", "this machine, reachable from itself alone");
  }
  if (isIpAddress(name)) return as(...literal(name, own));
  if (dns === "found") return as(...found(facts, own, first));
  const local = `/etc/hosts has ${hosts.join(", ")}`;
  const record = `Create the record: ${name}  A  ${first}`;
  if (dns === "none") {
    return hosts.length > 0
      ? as("warn", `only known here: ${local}`, `Other machines do not know it. ${record}`)
      : as("warn", "does not resolve", `${record}  (or a line in each client's /etc/hosts)`);
  }
  return hosts.length > 0
    ? as("warn", `no name server answers; ${local}`, "Other machines may not know the name")
    : as("unknown", "no name server answers", "cat /etc/resolv.conf shows which are asked");
}
