/** Values of `.env` that take some working out: addresses, origins, where sources lie. Pure. */
import { type Plan, urlOf } from "../plan/plan.ts";
import { Secret } from "../plan/secret.ts";

/** The password is part of a URL: everything but RFC 3986 unreserved characters is encoded. */
export function encodeUserInfo(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** From inside a container the machine itself is `host.docker.internal`, not `localhost`. */
export function seenFromContainer(url: string): string {
  return url.replace(
    /^(https?:\/\/)(localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)/,
    "$1host.docker.internal",
  );
}

export function databaseUrl({ answers, secrets }: Plan): Secret {
  const { user, name } = answers.database;
  const password = encodeUserInfo(secrets.POSTGRES_PASSWORD.reveal());
  return new Secret(`postgresql+asyncpg://${user}:${password}@postgres:5432/${name}`);
}

/** A JSON list, never comma-separated: the application would not start. */
export function corsOrigins({ answers, names }: Plan): string {
  const { environment, application } = answers;
  if (environment === "development") return JSON.stringify(["*"]);
  // Names in lower case, as browsers send them.
  const own = names.server.map((domain) => urlOf({ ...answers, domain }));
  return JSON.stringify([...new Set([...own, ...application.cors_origins])]);
}

/**
 * A port of nginx as Compose publishes it. Docker hands IPv6 connections on through a program of its
 * own, and all of them arrive from the gateway of the network: the address that a proxy on this machine
 * arrives from too. Where that proxy is believed, every IPv6 client would be. So it gets IPv4 only.
 */
export function publishedAs({ answers }: Plan, port: number): string {
  return answers.tls.mode === "external" ? `0.0.0.0:${port}` : String(port);
}

/** Where the sources lie that development mounts. */
export function sourceOf({ answers, origin }: Plan, service: "backend" | "frontend"): string {
  if (answers.images.source === "demo") return `./demo/${service}`;
  return origin?.kind === "build" ? `${origin.dir}/${service}` : `./${service}`;
}
