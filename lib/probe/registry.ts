/**
 * Does an address answer as an image registry, and does the login hold? Follows the token exchange of
 * the distribution specification, as `docker login` does. Called by the wizard and `check registry`.
 */
import type { Host, WebAnswer } from "../host/types.ts";
import type { Secret } from "../plan/secret.ts";
import { answered, failed, networkRemedies, type ProbeResult } from "./result.ts";
import { jsonOf, member } from "./web.ts";

export interface RegistrySettings {
  /** As `images.registry`: host and port, with a path or without. */
  readonly registry: string;
  /** Empty: no login. */
  readonly username: string;
  readonly password: Secret;
}

const ANSWER_MS = 10_000;

/** Where Docker itself goes for names without a host. */
const HUB = "registry-1.docker.io";

/** The host of an image name and the path behind it, by the rule of the reference grammar. */
export function registryHost(registry: string): { host: string; path: string } {
  const [first = "", ...rest] = registry.split("/");
  const isHost = /[.:]/.test(first) || first === "localhost";
  if (!isHost) return { host: HUB, path: registry };
  return { host: first === "docker.io" ? HUB : first, path: rest.join("/") };
}

/** Docker speaks plain HTTP with registries on the machine itself, and with no others. */
function schemes(host: string): readonly string[] {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || name.startsWith("127.")
    ? ["https", "http"]
    : ["https"];
}

function basic({ username, password }: RegistrySettings): string {
  const bytes = new TextEncoder().encode(`${username}:${password.reveal()}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** `Bearer realm="https://…",service="…"` */
function challenge(header: string): ReadonlyMap<string, string> {
  return new Map(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1] ?? "", match[2] ?? ""]),
  );
}

async function ping(host: Host, server: string): Promise<{ base: string; answer: WebAnswer }> {
  let failure: unknown;
  for (const scheme of schemes(server)) {
    const base = `${scheme}://${server}`;
    try {
      return { base, answer: await host.net.fetch({ url: `${base}/v2/`, timeoutMs: ANSWER_MS }) };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Docker's word for it, and ours where a proxy took the header away. */
function isRegistry({ status, headers, text }: WebAnswer): boolean {
  if (status === 401) return headers["www-authenticate"] !== undefined;
  return status === 200 &&
    (headers["docker-distribution-api-version"] !== undefined || /^\s*(\{\s*\})?\s*$/.test(text));
}

/** The status of a request with the login, and the header that it was made with. */
interface LoggedIn {
  readonly status: number | "insecure";
  readonly authorization?: string;
}

/** Logs in by the way that the registry asked for. */
async function login(
  host: Host,
  base: string,
  header: string,
  settings: RegistrySettings,
  path: string,
): Promise<LoggedIn> {
  const anonymous = settings.username === "";
  const tryWith = async (authorization: string): Promise<LoggedIn> => {
    const { status } = await host.net.fetch({
      url: `${base}/v2/`,
      timeoutMs: ANSWER_MS,
      headers: { authorization },
    });
    return { status, authorization };
  };
  if (/^basic\b/i.test(header)) {
    return anonymous ? { status: 401 } : await tryWith(basic(settings));
  }
  const asked = challenge(header);
  const realm = asked.get("realm") ?? "";
  if (!URL.canParse(realm)) return { status: 400 };
  const url = new URL(realm);
  // The login must not travel in clear because a registry said so.
  if (!anonymous && url.protocol === "http:" && !base.startsWith("http://")) {
    return { status: "insecure" };
  }
  if (asked.has("service")) url.searchParams.set("service", asked.get("service") ?? "");
  if (path !== "") url.searchParams.set("scope", `repository:${path}/backend:pull`);
  const given = await host.net.fetch({
    url: url.href,
    timeoutMs: ANSWER_MS,
    ...(anonymous ? {} : { headers: { authorization: basic(settings) } }),
  });
  if (given.status !== 200) return { status: given.status };
  const answer = jsonOf(given.text);
  const token = member(answer, "token") ?? member(answer, "access_token");
  if (typeof token !== "string" || token === "") return { status: 401 };
  return await tryWith(`Bearer ${token}`);
}

/** Pages of tags that are read at most; a registry gives a hundred or more on each. */
const PAGES = 20;

/**
 * All tags of `REGISTRY/backend`.
 *
 * @throws an error of the network, or one that says what the registry answered
 */
export async function registryTags(host: Host, settings: RegistrySettings): Promise<string[]> {
  const { host: server, path } = registryHost(settings.registry);
  const { base, answer } = await ping(host, server);
  const { authorization } = answer.status === 401
    ? await login(host, base, answer.headers["www-authenticate"] ?? "", settings, path)
    : {};
  const tags: string[] = [];
  let next: string | undefined = `/v2/${path === "" ? "" : `${path}/`}backend/tags/list?n=1000`;
  for (let page = 0; next !== undefined && page < PAGES; page++) {
    const { status, text, headers }: WebAnswer = await host.net.fetch({
      url: new URL(next, base).href,
      timeoutMs: ANSWER_MS,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    });
    if (status !== 200) throw new Error(`${server} does not list its tags (HTTP ${status})`);
    const found = member(jsonOf(text), "tags");
    if (Array.isArray(found)) tags.push(...found.filter((each) => typeof each === "string"));
    next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(headers["link"] ?? "")?.[1];
    // The login goes to the registry it is for, and nowhere else.
    if (next !== undefined && new URL(next, base).origin !== new URL(base).origin) break;
  }
  return tags;
}

export async function testRegistry(host: Host, settings: RegistrySettings): Promise<ProbeResult> {
  if (settings.registry === "") {
    return failed("No registry is set.", "Set images.registry, e.g. registry.example.com/rxdx");
  }
  const { host: server, path } = registryHost(settings.registry);
  const port = Number(/:(\d+)$/.exec(server)?.[1] ?? 443);
  const name = server.replace(/:\d+$/, "");
  return await answered(async () => {
    const { base, answer } = await ping(host, server);
    if (!isRegistry(answer)) {
      return failed(
        `${server} answers (HTTP ${answer.status}), but not as an image registry.`,
        "images.registry must begin with the registry's host and port, e.g. registry.example.com:5000",
      );
    }
    const { username } = settings;
    if (answer.status === 200) {
      const unused = username === "" ? "" : "; it asks for no login";
      return { ok: true, detail: `${server} is an image registry${unused}.` };
    }
    const { status } = await login(
      host,
      base,
      answer.headers["www-authenticate"] ?? "",
      settings,
      path,
    );
    if (status === 200) {
      return {
        ok: true,
        detail: username === ""
          ? `${server} is an image registry and lets anybody pull.`
          : `${server} accepts the login of ${username}.`,
      };
    }
    if (status === "insecure") {
      return failed(
        `${server} wants the login sent unencrypted; it was not sent.`,
        "Its token service must be reached by https",
      );
    }
    if (username === "") {
      return failed(
        `${server} wants a login.`,
        "Set images.username and give the password as RXDX_SECRET_REGISTRY_PASSWORD",
      );
    }
    return [400, 401, 403].includes(status)
      ? failed(
        `${server} refuses the login of ${username} (HTTP ${status}).`,
        `Check it: docker login ${server} --username ${username}`,
      )
      : failed(`The login at ${server} ended with HTTP ${status}.`, "Try again in a minute");
  }, {
    ...networkRemedies(name, port, "images.registry"),
    certificate_untrusted: "Docker must trust it too: put its authority's certificate into " +
      `/etc/docker/certs.d/${server}/ca.crt and into the system's store`,
  });
}
