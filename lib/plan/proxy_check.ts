/** Proxies: are they complete, and does Docker know them too? Pure; part of the machine's checks. */
import { type Check, check, clip } from "./check.ts";
import type { Facts, Proxies } from "./facts.ts";

const DAEMON_PAGE = "https://docs.docker.com/engine/daemon/proxy/";

/** True when requests to this machine itself go past the proxy. */
function sparesThisMachine({ no }: Proxies): boolean {
  const entries = no.split(",").map((each) => each.trim().toLowerCase());
  return entries.some((each) => each === "*" || each === "localhost");
}

/** `http proxy:3128, https proxy:3128`, with the address once when it is one. */
function spelled({ http, https }: Proxies): string {
  if (http === https) return http;
  return [http === "" ? "" : `http ${http}`, https === "" ? "" : `https ${https}`]
    .filter((each) => each !== "").join(", ");
}

export function proxyCheck(facts: Facts): Check {
  const as = (state: Check["state"], detail: string, hint?: string) =>
    check("proxy", "Proxy", state, detail, hint);
  const { proxies, engine } = facts;
  const daemon = engine.proxies ?? { http: "", https: "", no: "" };
  const own = spelled(proxies);
  const others = spelled(daemon);
  if (own === "") return as("ok", others === "" ? "none" : `Docker: ${others}`);
  const shown = clip(own, 30);
  if (!sparesThisMachine(proxies)) {
    return as(
      "warn",
      `${shown}; no_proxy lacks localhost`,
      `export no_proxy=${proxies.no === "" ? "" : `${proxies.no},`}localhost,127.0.0.1`,
    );
  }
  if (engine.state === "running" && others === "") {
    return as(
      "warn",
      `${shown}; Docker knows no proxy`,
      `Pulling images may need it there too: ${DAEMON_PAGE}`,
    );
  }
  return as("ok", own);
}
