/**
 * Whether a certificate authority will be able to check a name, judged from what this machine can see:
 * name servers, CAA records, and a token fetched through the public name. What is wrong decides what
 * helps, so wrong DNS, a closed port and a router that does not turn around are told apart. Pure.
 */
import type { CaaRecord } from "../host/types.ts";

/** What came back for `http://NAME/.well-known/acme-challenge/TOKEN`. */
export type TokenFinding =
  | { readonly state: "ours" }
  /** Somebody answered, but not with our token. */
  | { readonly state: "other"; readonly status: number; readonly server: string }
  /** Code of the network failure. */
  | { readonly state: "failed"; readonly code: string };

export interface NameFindings {
  readonly name: string;
  /** `skipped` for an address, which nobody looks up. */
  readonly dns: "found" | "none" | "silent" | "skipped";
  /** A and AAAA. */
  readonly addresses: readonly string[];
  readonly caa: {
    readonly state: "found" | "none" | "silent";
    readonly records: readonly CaaRecord[];
  };
  readonly token: TokenFinding;
}

export interface PreflightScene {
  /** Addresses of this machine that others can see. */
  readonly ownAddresses: readonly string[];
  /** Names by which the CA calls itself in CAA records; empty when it does not tell. */
  readonly caaIdentities: readonly string[];
  /** False for a private CA, which may see another DNS and another port than this machine. */
  readonly isPublic: boolean;
}

export interface Verdict {
  /** `stop`: an order would fail and count against a limit. `doubt`: it may work. */
  readonly level: "ok" | "doubt" | "stop";
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const OK: Verdict = { level: "ok", code: "reachable", message: "", hint: "" };

/** The part of an `issue` value that names an authority (RFC 8659, 4.2). */
function issuerOf({ value }: CaaRecord): string {
  return (value.split(";")[0] ?? "").trim().toLowerCase();
}

function caaVerdict({ name, caa }: NameFindings, identities: readonly string[]): Verdict {
  const issue = caa.records.filter((each) => each.tag.toLowerCase() === "issue");
  if (caa.state !== "found" || issue.length === 0 || identities.length === 0) return OK;
  const allowed = issue.map(issuerOf).filter((each) => each !== "");
  if (allowed.some((each) => identities.includes(each))) return OK;
  return {
    level: "stop",
    code: "caa_forbids",
    message: `The CAA records of ${name} allow ${
      allowed.length === 0 ? "no authority" : allowed.join(", ")
    } to issue, and not ${identities.join(" or ")}.`,
    hint: `Add to the zone: ${name}. CAA 0 issue "${identities[0]}"`,
  };
}

function nameVerdict(found: NameFindings, scene: PreflightScene): Verdict {
  const { name, dns, addresses, token } = found;
  const foreign = addresses.filter((each) => !scene.ownAddresses.includes(each));
  const own = addresses.length > foreign.length;
  const where = addresses.join(", ");
  if (token.state === "ours") {
    return foreign.length > 0 && own
      ? {
        level: "doubt",
        code: "some_addresses_elsewhere",
        message: `${name} also leads to ${foreign.join(", ")}, which is not this machine; the CA ` +
          "may ask there.",
        hint: "Remove the A or AAAA records that do not lead here, or forward their port 80.",
      }
      : OK;
  }
  if (dns === "none") {
    return {
      level: "stop",
      code: "name_not_in_dns",
      message: `${name} has no A or AAAA record.`,
      hint: scene.ownAddresses.length === 0
        ? "Add an A record that leads to this server."
        : `Add to the zone: ${name}. A ${scene.ownAddresses[0]} (or the router's public address)`,
    };
  }
  if (token.state === "other") {
    return {
      level: "stop",
      code: "another_server_answers",
      message: `${name}${where === "" ? "" : ` (${where})`} is answered by another server` +
        `${token.server === "" ? "" : ` (${token.server})`}, with HTTP ${token.status}.`,
      hint: foreign.length > 0 && !own
        ? "Let the name lead to this server, or forward port 80 to it."
        : "Something else answers port 80 here or before it: rxdx-setup check machine",
    };
  }
  if (own || dns === "skipped") {
    return {
      level: "stop",
      code: "port_closed",
      message:
        `${name} leads to this machine (${where || name}), but nothing answers on its port ` +
        `80 (${token.code.replaceAll("_", " ")}).`,
      hint: "ports.http must be 80, or port 80 be forwarded to it; open it in the firewall",
    };
  }
  // The address is not one of ours: the router's, or wrong. Only somebody outside could tell.
  return {
    level: "doubt",
    code: "cannot_tell_from_here",
    message: `${name} leads to ${where || "an address that is not known here"}, which is not an ` +
      `address of this machine, and from here nothing answers (${
        token.code.replaceAll("_", " ")
      }). ` +
      'Behind a router that is usual (it does not turn traffic around, "NAT hairpin"); otherwise the ' +
      "DNS is wrong or port 80 closed.",
    hint: `From another network: curl -i http://${name}/health`,
  };
}

/** One verdict a name, the worst first. A private CA's own view may differ: nothing stops it. */
export function judgeNames(names: readonly NameFindings[], scene: PreflightScene): Verdict[] {
  const rank = { stop: 0, doubt: 1, ok: 2 } as const;
  return names.flatMap((
    found,
  ) => [caaVerdict(found, scene.caaIdentities), nameVerdict(found, scene)])
    .filter((each) => each.level !== "ok")
    .map((each): Verdict => scene.isPublic ? each : { ...each, level: "doubt" })
    .sort((a, b) => rank[a.level] - rank[b.level]);
}
