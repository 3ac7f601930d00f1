/** What the world sees: published ports, requests in nginx's log, readiness, names in a container. Pure. */
import { type Found, found } from "./check.ts";

/** One port that a container publishes. */
export interface Published {
  readonly service: string;
  /** `0.0.0.0`, `::`, `127.0.0.1`. */
  readonly address: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

export interface PortFacts {
  readonly published: readonly Published[];
  /** Services whose ports the plan publishes to everybody: nginx. */
  readonly open: readonly string[];
  /** Services whose ports the plan publishes on this machine alone. */
  readonly loopback: readonly string[];
  /** True when ufw is switched on. */
  readonly ufw: boolean;
}

const isLoopback = (address: string) => /^127\.|^::1$/.test(address);

/**
 * Docker publishes past ufw and firewalld: what is published to everybody is reachable, whatever the
 * firewall says.
 */
export function judgePorts({ published, open, loopback, ufw }: PortFacts): Found {
  const title = "Published ports";
  const describe = (each: Published) =>
    `${each.service} on ${each.address === "" ? "0.0.0.0" : each.address}:${each.hostPort}`;
  const wrong = published.filter(({ service, address }) =>
    !open.includes(service) && !(loopback.includes(service) && isLoopback(address))
  );
  const [first] = wrong;
  const past = ufw ? " ufw does not keep them out: Docker publishes past it." : "";
  if (first !== undefined) {
    const everybody = wrong.some((each) => !isLoopback(each.address));
    return found(
      "ports-published",
      title,
      everybody ? "fail" : "warn",
      `Not meant to be reachable${everybody ? " from outside" : ""}: ` +
        `${[...new Set(wrong.map(describe))].join(", ")}.${everybody ? past : ""}`,
      { hint: "Look into docker-compose.override.yml; then rxdx-setup apply" },
    );
  }
  const ports = [
    ...new Set(
      published.filter((each) => !isLoopback(each.address))
        .map((each) => each.hostPort),
    ),
  ].sort((a, b) => a - b);
  return found(
    "ports-published",
    title,
    "ok",
    (ports.length === 0
      ? "none to the outside"
      : `${ports.join(", ")} to the outside, as planned`) +
      (ports.length > 0 ? past.replace("keep them out", "cover them").replace(/\.$/, "") : ""),
  );
}

/** What the last lines of the access log say. */
export interface RequestFacts {
  readonly requests: number;
  /** Longer than two seconds. */
  readonly slow: number;
  readonly slowest: { readonly uri: string; readonly seconds: number } | undefined;
  /** Answered with 500 to 599. */
  readonly failed: number;
}

const SLOW_SECONDS = 2;

/** Counts the lines that are access-log entries; others are passed over. */
export function countRequests(lines: readonly string[]): RequestFacts {
  let [requests, slow, failed] = [0, 0, 0];
  let slowest: RequestFacts["slowest"];
  for (const line of lines) {
    if (!line.startsWith("{")) continue;
    let entry: { request_time?: unknown; status?: unknown; uri?: unknown };
    try {
      entry = JSON.parse(line) as typeof entry;
    } catch {
      continue;
    }
    const [seconds, status] = [Number(entry.request_time), Number(entry.status)];
    if (Number.isNaN(seconds) || Number.isNaN(status)) continue;
    const uri = String(entry.uri ?? "");
    // A WebSocket is meant to stay open.
    if (status === 101) continue;
    requests++;
    if (status >= 500) failed++;
    if (seconds <= SLOW_SECONDS) continue;
    slow++;
    if (slowest === undefined || seconds > slowest.seconds) slowest = { uri, seconds };
  }
  return { requests, slow, slowest, failed };
}

/** Below it a share says nothing. */
const ENOUGH_REQUESTS = 20;

export function judgeRequests({ requests, slow, slowest, failed }: RequestFacts): Found {
  const title = "Requests";
  if (requests === 0) return found("requests", title, "ok", "none in the log yet");
  const share = (count: number) => count / requests;
  const slowText = slowest === undefined
    ? ""
    : `, ${slow} slower than ${SLOW_SECONDS} s (${slowest.uri}: ${slowest.seconds.toFixed(1)} s)`;
  const bad = requests >= ENOUGH_REQUESTS && (share(slow) > 0.05 || share(failed) > 0.05);
  return found(
    "requests",
    title,
    requests >= ENOUGH_REQUESTS && share(failed) > 0.5 ? "fail" : bad ? "warn" : "ok",
    `of the last ${requests}: ${failed} failed (5xx)${slowText}`,
    {
      hint: bad
        ? share(failed) > 0.05
          ? "rxdx-setup logs --tail 100 backend"
          : "rxdx-setup logs --tail 200 nginx (request_time, upstream_response_time)"
        : "",
    },
  );
}

/** What the backend's readiness answers; `status` 0 when it does not. */
export interface ReadinessFacts {
  readonly status: number;
  readonly body: string;
}

export function judgeReadiness({ status, body }: ReadinessFacts): Found {
  const title = "Readiness";
  if (status === 200) {
    return found("readiness", title, "ok", "database and graph answer the backend");
  }
  if (status === 0) {
    return found("readiness", title, "fail", "The backend does not answer in its own container", {
      hint: "rxdx-setup logs --tail 100 backend",
    });
  }
  const failing = failingChecks(body);
  return found(
    "readiness",
    title,
    "fail",
    `The backend answers ${status}: ` +
      (failing.length === 0 ? "it is not ready" : `${failing.join(", ")} not ready`),
    {
      hint: failing.some((each) => each.startsWith("graph")) && failing.length === 1
        ? "rxdx-setup doctor postgres (AGE and graph)"
        : "rxdx-setup logs --tail 100 backend; rxdx-setup doctor postgres",
    },
  );
}

/** `graph_database (InvalidSchemaName)` */
function failingChecks(body: string): string[] {
  try {
    const { checks } = JSON.parse(body) as { checks?: Record<string, unknown> };
    return Object.entries(checks ?? {}).flatMap(([name, said]) => {
      const { status, error } =
        (typeof said === "object" && said !== null ? said : { status: said }) as {
          status?: unknown;
          error?: unknown;
        };
      if (status === "healthy" || status === true || status === "ok") return [];
      return [error === undefined ? name : `${name} (${String(error).slice(0, 80)})`];
    });
  } catch {
    return [];
  }
}

/** Names that were asked for in the backend's container. */
export interface ContainerNames {
  /** `undefined`: nothing there can look names up. */
  readonly resolved: ReadonlyMap<string, boolean> | undefined;
  /** The name of the database's container; without it nothing works. */
  readonly inner: string;
}

export function judgeContainerNames({ resolved, inner }: ContainerNames): Found {
  const title = "Names inside";
  if (resolved === undefined) {
    return found("dns-container", title, "unknown", "could not be looked up in the backend");
  }
  const missing = [...resolved].filter(([, ok]) => !ok).map(([name]) => name);
  if (missing.length === 0) {
    return found("dns-container", title, "ok", `found: ${[...resolved.keys()].join(", ")}`);
  }
  const broken = missing.includes(inner);
  return found(
    "dns-container",
    title,
    broken ? "fail" : "warn",
    `In the backend's container DNS does not resolve ${missing.join(", ")}`,
    {
      hint: broken
        ? "docker compose exec backend cat /etc/resolv.conf (127.0.0.11 is Docker's); " +
          "docker compose up -d --force-recreate"
        : "docker compose exec backend getent hosts NAME; cat /etc/resolv.conf (the host's servers)",
    },
  );
}
