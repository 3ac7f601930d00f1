/** HTTP Strict Transport Security (RFC 6797): when, and for how long. Pure. */
import type { Answers } from "../answers/schema.ts";
import type { Trust } from "./store.ts";

const DAY_S = 86_400;

/** Two years and subdomains are what https://hstspreload.org asks for at least; a year is its minimum. */
const VALUES: Readonly<Record<Answers["tls"]["hsts"], string>> = {
  auto: "",
  off: "",
  day: `max-age=${DAY_S}`,
  year: `max-age=${365 * DAY_S}; includeSubDomains`,
  preload: `max-age=${2 * 365 * DAY_S}; includeSubDomains; preload`,
};

/**
 * The header's value while a certificate is served, empty for none. Never with a self-signed one: a browser
 * that was told once refuses a certificate it does not trust, without a way past the warning.
 */
export function hstsFor(
  hsts: Answers["tls"]["hsts"],
  trust: Trust,
): string {
  if (trust === "nobody") return "";
  // Short at first (T2): a mistake heals in a day.
  return hsts === "auto" ? trust === "everybody" ? VALUES.day : "" : VALUES[hsts];
}
