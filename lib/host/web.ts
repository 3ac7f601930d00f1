/**
 * HTTP and HTTPS to absolute addresses, for the probes: proxies of the environment, the system's
 * certificate authorities, a limit on time and size. The `fetch` of `Host.net`.
 */
import { netError } from "./net_failure.ts";
import { MAX_WEB_BYTES, type NetHost, type WebAnswer, type WebRequest } from "./net_types.ts";
import { trustedAuthorities } from "./trust.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** True for names and addresses of this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Reads to the end or to the limit, whichever comes first. */
async function textOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    bytes += chunk.length;
    if (bytes >= MAX_WEB_BYTES) break;
  }
  return text + decoder.decode();
}

/** An address without what may be secret in it: user, path and query of a webhook are. */
function shown(url: URL): string {
  return url.host;
}

/** Straight to this machine: a proxy, asked for `localhost`, would answer for itself. */
async function direct(
  url: URL,
  wanted: WebRequest,
  signal: AbortSignal,
  request: NetHost["request"],
): Promise<WebAnswer> {
  const body = wanted.body === undefined ? undefined : new TextEncoder().encode(wanted.body);
  const answer = await request({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 80),
    method: wanted.method ?? "GET",
    path: url.pathname + url.search,
    headers: {
      ...wanted.headers,
      host: url.host,
      ...(body === undefined ? {} : { "content-length": String(body.length) }),
    },
    ...(body === undefined ? {} : { body }),
    signal,
  });
  try {
    return { status: answer.status, headers: answer.headers, text: await textOf(answer.body) };
  } finally {
    answer.close();
  }
}

async function throughRuntime(
  url: URL,
  wanted: WebRequest,
  signal: AbortSignal,
): Promise<WebAnswer> {
  // Its own client each: no connection outlives the request. Proxies it takes from the environment.
  const client = Deno.createHttpClient({
    caCerts: [...await trustedAuthorities(), ...wanted.authorities ?? []],
    poolMaxIdlePerHost: 0,
  });
  try {
    const answer = await fetch(url, {
      client,
      signal,
      redirect: "manual",
      method: wanted.method ?? "GET",
      headers: { "user-agent": "rxdx-setup", ...wanted.headers },
      ...(wanted.body === undefined ? {} : { body: wanted.body }),
    });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      text: await textOf(answer.body),
    };
  } finally {
    client.close();
  }
}

/** The real `Host.net.fetch`; `request` is the plain one of `net.ts`. */
export function webFetch(request: NetHost["request"]): NetHost["fetch"] {
  return async (wanted) => {
    const url = new URL(wanted.url);
    const limit = AbortSignal.timeout(wanted.timeoutMs);
    const signal = wanted.signal === undefined ? limit : AbortSignal.any([limit, wanted.signal]);
    try {
      const asked = url.protocol === "http:" && isLoopback(url.hostname)
        ? direct(url, wanted, signal, request)
        : throughRuntime(url, wanted, signal);
      return await unlessAborted(asked, signal);
    } catch (error) {
      wanted.signal?.throwIfAborted();
      // The plain client's own error says less than its cause does.
      const cause = error instanceof Error && error.name === "SetupError" ? error.cause : error;
      throw netError(shown(url), limit.aborted ? limit.reason : cause);
    }
  };
}
