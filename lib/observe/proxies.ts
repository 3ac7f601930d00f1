/** Proxy variables as programs read them. What is kept of them can be shown: logins are taken out. Pure. */
import type { Proxies } from "../plan/facts.ts";

/**
 * `http://user:word@proxy:3128` → `http://proxy:3128`. Works on text that is no address too: what
 * stands before the last `@` is left out.
 */
export function withoutLogin(proxy: string): string {
  return proxy.trim().replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, "$1");
}

/** The lower-case spelling wins, as it does in curl; an empty variable is none. */
export function environmentProxies(env: Readonly<Record<string, string>>): Proxies {
  const value = (name: string) => env[name] || env[name.toUpperCase()] || "";
  const all = value("all_proxy");
  return {
    http: withoutLogin(value("http_proxy") || all),
    https: withoutLogin(value("https_proxy") || all),
    no: value("no_proxy").trim(),
  };
}
