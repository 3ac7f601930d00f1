/** Files of a release from the network: redirects followed, HTTPS only but for this machine itself. */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host, WebStream } from "../../host/types.ts";

/** Nothing new for so long: the connection has stalled. */
const STALL_MS = 30_000;
const MAX_REDIRECTS = 5;

/** Checksums, signatures and changelogs are texts of some kilobytes. */
const MAX_TEXT_BYTES = 4 * 2 ** 20;

function notFetched(url: string, why: string): SetupError {
  return new SetupError({
    code: "download_failed",
    message: `${url} cannot be had: ${why}. Nothing was changed.`,
    hint: "Check the version, the network and https_proxy, then run the same command again.",
    exit: EXIT.apply,
  });
}

function checked(url: string): string {
  const { protocol, hostname } = new URL(url);
  const here = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  if (protocol === "https:" || protocol === "http:" && here) return url;
  throw notFetched(url, "it is not an https address");
}

async function open(host: Host, from: string, signal: AbortSignal): Promise<WebStream> {
  let url = from;
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const stallMs = Number(host.env["RXDX_STALL_SECONDS"] ?? 0) * 1000 || STALL_MS;
    const answer = await host.net.open({ url: checked(url), stallMs, signal })
      .catch((error: unknown) => {
        signal.throwIfAborted();
        throw notFetched(from, error instanceof Error ? error.message.replace(/\.$/, "") : "?");
      });
    if (answer.status === 200) return answer;
    answer.close();
    const location = answer.headers["location"];
    if (answer.status < 300 || answer.status > 399 || location === undefined) {
      throw notFetched(from, `the server answers ${answer.status}`);
    }
    url = new URL(location, url).href;
  }
  throw notFetched(from, "it is redirected without an end");
}

/** The bytes of a file as they come; `size` is what the server says, if it does. */
export async function* downloaded(
  host: Host,
  url: string,
  signal: AbortSignal,
  size: (bytes: number | undefined) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const answer = await open(host, url, signal);
  try {
    const length = Number(answer.headers["content-length"] ?? Number.NaN);
    size(Number.isSafeInteger(length) ? length : undefined);
    yield* answer.body;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SetupError)) throw error;
    throw notFetched(url, error.message.replace(/\.$/, ""));
  } finally {
    answer.close();
  }
}

/** A small file, as bytes: what is signed is bytes. */
export async function downloadedText(
  host: Host,
  url: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of downloaded(host, url, signal)) {
    parts.push(chunk);
    total += chunk.length;
    if (total > MAX_TEXT_BYTES) throw notFetched(url, "it has no end");
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
