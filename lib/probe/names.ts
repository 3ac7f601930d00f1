/**
 * Asks where names lead: the name servers of this machine past its own `/etc/hosts`, and that file by
 * itself, because what stands only there leads no other machine anywhere. Called by the wizard when a
 * domain is given, and by `check`.
 */
import type { CaaAnswer, CaaRecord, Host, NameAnswer } from "../host/types.ts";
import type { Check } from "../plan/check.ts";
import { nameCheck, type NameFacts, needsNoLookUp } from "../plan/name_check.ts";

/** Milliseconds for each of two name servers; together below the 3 s that a screen may wait. */
const ANSWER_MS = 1_400;

/** systemd-resolved answers from `/etc/hosts` too; behind it are the servers that it asks. */
const RESOLVED_STUB = /^127\.0\.0\.5[34]$/;

/** Addresses of `nameserver` lines. */
export function nameServers(text: string): string[] {
  return [...text.matchAll(/^[ \t]*nameserver[ \t]+([0-9a-fA-F.:]+)/gm)].map((match) =>
    match[1] ?? ""
  );
}

/** Addresses of a name in the text of `/etc/hosts`. */
export function hostsEntries(text: string, name: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return names.some((each) => each.toLowerCase() === name.toLowerCase()) ? [address] : [];
  });
}

async function servers(host: Host): Promise<string[]> {
  const listed = nameServers(await host.files.readText("/etc/resolv.conf") ?? "");
  if (listed.length > 0 && listed.every((each) => RESOLVED_STUB.test(each))) {
    const behind = nameServers(
      await host.files.readText("/run/systemd/resolve/resolv.conf") ?? "",
    );
    if (behind.length > 0) return behind;
  }
  // resolv.conf(5): without any, the one on this machine is asked.
  return listed.length > 0 ? listed : ["127.0.0.1"];
}

async function ask(
  host: Host,
  name: string,
  type: "A" | "AAAA",
  asked: readonly string[],
): Promise<NameAnswer> {
  let answer: NameAnswer = { state: "silent" };
  for (const server of asked.slice(0, 2)) {
    answer = await host.net.lookUp({ name, type, server, timeoutMs: ANSWER_MS });
    if (answer.state !== "silent") break;
  }
  return answer;
}

/** Never throws; takes at most 3 s however many names there are. */
export async function measureNames(host: Host, names: readonly string[]): Promise<NameFacts[]> {
  const asked = await servers(host).catch(() => ["127.0.0.1"]);
  const file = await host.files.readText("/etc/hosts").catch(() => undefined) ?? "";
  return await Promise.all(names.map(async (name): Promise<NameFacts> => {
    if (needsNoLookUp(name)) return { name, dns: "none", addresses: [], hosts: [] };
    const answers = await Promise.all(
      (["A", "AAAA"] as const).map((type) => ask(host, name, type, asked)),
    );
    const addresses = answers.flatMap((each) => each.state === "found" ? each.addresses : []);
    const dns = addresses.length > 0
      ? "found"
      : answers.some((each) => each.state === "silent")
      ? "silent"
      : "none";
    return { name, dns, addresses, hosts: hostsEntries(file, name) };
  }));
}

/** One check a name. `addresses`: those of this machine. Never throws; at most 3 s. */
export async function checkNames(
  host: Host,
  names: readonly string[],
  addresses: readonly string[],
): Promise<Check[]> {
  const found = await measureNames(host, names);
  return found.map((each) => nameCheck(each, addresses));
}

/**
 * The CAA records that hold for a name: its own, else those of the nearest parent that has any (RFC 8659,
 * 3). Never throws; `silent` when a name server gave no answer on the way.
 */
export async function measureCaa(
  host: Host,
  name: string,
): Promise<{ readonly state: CaaAnswer["state"]; readonly records: readonly CaaRecord[] }> {
  const [server = "127.0.0.1"] = await servers(host).catch(() => ["127.0.0.1"]);
  const labels = name.split(".");
  for (let cut = 0; cut < labels.length; cut++) {
    const answer = await host.net.lookUpCaa({
      name: labels.slice(cut).join("."),
      server,
      timeoutMs: ANSWER_MS,
    });
    if (answer.state === "found") return answer;
    if (answer.state === "silent") return { state: "silent", records: [] };
  }
  return { state: "none", records: [] };
}
