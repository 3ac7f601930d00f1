/**
 * A GET whose answer is read as it comes, for files of any size: proxies of the environment, the
 * system's certificate authorities, an end to waiting when nothing comes any more. The `open` of
 * `Host.net`.
 */
import { netError } from "./net_failure.ts";
import type { NetHost, WebOpenRequest, WebStream } from "./net_types.ts";
import { trustedAuthorities } from "./trust.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { isLoopback } from "./web.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives back what the answer holds. */
  release(): void;
}

async function throughRuntime(url: URL, signal: AbortSignal): Promise<Answer> {
  const client = Deno.createHttpClient({
    caCerts: await trustedAuthorities(),
    poolMaxIdlePerHost: 0,
  });
  try {
    const answer = await fetch(url, {
      client,
      signal,
      redirect: "manual",
      // What is compressed on the way would not have the checksum of the file.
      headers: { "user-agent": "rxdx-setup", "accept-encoding": "identity" },
    });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: answer.body ?? new Blob([]).stream(),
      release: () => client.close(),
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Straight to this machine: a proxy, asked for `localhost`, would answer for itself. */
async function direct(
  url: URL,
  signal: AbortSignal,
  request: NetHost["request"],
): Promise<Answer> {
  const answer = await request({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 80),
    path: url.pathname + url.search,
    headers: { host: url.host },
    signal,
  });
  return { ...answer, status: answer.status, release: () => answer.close() };
}

/**
 * The real `Host.net.open`; `request` is the plain one of `net.ts`.
 */
export function webOpen(
  request: NetHost["request"],
): (wanted: WebOpenRequest) => Promise<WebStream> {
  return async (wanted) => {
    const url = new URL(wanted.url);
    const stop = new AbortController();
    const { signal } = stop;
    const cancelled = () => stop.abort(wanted.signal?.reason);
    if (wanted.signal?.aborted === true) cancelled();
    else wanted.signal?.addEventListener("abort", cancelled, { once: true });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = () => {
      clearTimeout(timer);
      const late = new DOMException("timed out", "TimeoutError");
      timer = setTimeout(() => stop.abort(late), wanted.stallMs);
    };
    const end = () => {
      clearTimeout(timer);
      wanted.signal?.removeEventListener("abort", cancelled);
    };
    const failed = (error: unknown) => {
      end();
      wanted.signal?.throwIfAborted();
      // The plain client's own error says less than its cause does.
      const cause = error instanceof Error && error.name === "SetupError" ? error.cause : error;
      return netError(url.host, signal.aborted ? signal.reason : cause);
    };
    wait();
    const asked = url.protocol === "http:" && isLoopback(url.hostname)
      ? direct(url, signal, request)
      : throughRuntime(url, signal);
    let answer: Answer;
    try {
      answer = await unlessAborted(asked, signal);
    } catch (error) {
      // One that comes all the same is nobody's any more.
      asked.then((late) => late.release(), () => undefined);
      throw failed(error);
    }
    let closed = false;
    const close = () => {
      end();
      if (closed) return;
      closed = true;
      answer.release();
    };
    async function* pieces(): AsyncGenerator<Uint8Array> {
      const chunks = answer.body[Symbol.asyncIterator]();
      try {
        for (;;) {
          const chunk = await unlessAborted(chunks.next(), signal);
          if (chunk.done === true) break;
          clearTimeout(timer);
          yield chunk.value;
          wait();
        }
      } catch (error) {
        throw failed(error);
      } finally {
        // Not waited for: it may be the one that does not answer.
        chunks.return?.().catch(() => undefined);
        close();
      }
    }
    return { status: answer.status, headers: answer.headers, body: pieces(), close };
  };
}
