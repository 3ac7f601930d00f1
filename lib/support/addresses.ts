/**
 * Replaces addresses of people in logs, of computers and of mail, by names that stay the same within
 * one bundle: a visit can be followed through all logs, and nobody learns whose it was. Pure.
 */
import { isIpAddress } from "../answers/rules.ts";

export interface Pseudonyms {
  text(text: string): string;
  /** Different addresses replaced so far. */
  readonly size: number;
}

const EMAIL =
  /[A-Za-z0-9._%+-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}/g;
const IPV4 =
  /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)/g;
/** Anything with two colons; {@link isIpAddress} has the last word. */
const IPV6 =
  /(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,40}:[0-9A-Fa-f:]*(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])/g;

/** Says nothing of anybody: this machine itself, any address, a network's own. */
function impersonal(address: string): boolean {
  return /^(?:127\.|0\.0\.0\.0$|255\.)/.test(address) || address === "::1" || address === "::" ||
    /\.0$/.test(address) && /^(?:\d+\.){3}0$/.test(address);
}

/** @param keep addresses that help and belong to no visitor: of this machine, of the containers */
export function pseudonyms(keep: (address: string) => boolean = () => false): Pseudonyms {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const nameFor = (kind: string, address: string): string => {
    const key = address.toLowerCase();
    const known = names.get(key);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const name = `[${kind}-${count}]`;
    names.set(key, name);
    return name;
  };
  const ip = (kind: string) => (address: string) =>
    impersonal(address) || keep(address) || !isIpAddress(address)
      ? address
      : nameFor(kind, address);
  return {
    text: (text) =>
      text.replace(EMAIL, (address) => nameFor("email", address.replace("%40", "@")))
        .replace(IPV6, ip("ip6")).replace(IPV4, ip("ip4")),
    get size() {
      return names.size;
    },
  };
}

/** True for an IPv4 address inside one of the networks, `172.18.0.0/16`. */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const ranges = networks.flatMap((network) => {
    const [base = "", prefix = ""] = network.split("/");
    const bits = Number(prefix);
    const from = ipv4(base);
    return from === undefined || !Number.isInteger(bits) || bits < 8 || bits > 32
      ? []
      : [{ from: Math.floor(from / 2 ** (32 - bits)), size: 2 ** (32 - bits) }];
  });
  return (address) => {
    const at = ipv4(address);
    return at !== undefined && ranges.some(({ from, size }) => Math.floor(at / size) === from);
  };
}

function ipv4(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part > 255)) return;
  return parts.reduce((value, part) => value * 256 + part, 0);
}
