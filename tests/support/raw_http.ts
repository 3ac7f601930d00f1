/**
 * Requests whose every header can be counted, over plain HTTP or TLS, to a name of one's own choosing: what
 * `fetch` hides is what the tests of the edge are about.
 */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface RawRequest {
  readonly port: number;
  readonly path: string;
  readonly tls?: boolean;
  readonly method?: string;
  /** Host header and SNI. */
  readonly name?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Only this much of the body is sent before the answer is awaited. */
  readonly timeoutMs?: number;
}

export interface RawAnswer {
  readonly status: number;
  /** Name in lower case → every value that came, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

export const NAME = "rxdx.example.org";

export function ask(wanted: RawRequest): Promise<RawAnswer> {
  const { tls = true, name = NAME, body } = wanted;
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: wanted.port,
      path: wanted.path,
      method: wanted.method ?? "GET",
      headers: { host: name, ...wanted.headers },
      timeout: wanted.timeoutMs ?? 20_000,
    };
    const answered = (message: IncomingMessage) => {
      const headers = new Map<string, string[]>();
      for (let index = 0; index < message.rawHeaders.length; index += 2) {
        const key = (message.rawHeaders[index] ?? "").toLowerCase();
        headers.set(key, [...headers.get(key) ?? [], message.rawHeaders[index + 1] ?? ""]);
      }
      const chunks: Uint8Array[] = [];
      message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      const done = async () => {
        const text = await new Blob(chunks as BlobPart[]).text();
        resolve({ status: message.statusCode ?? 0, headers, body: text });
      };
      message.once("end", done);
      message.once("error", done);
    };
    const sent = tls
      ? httpsRequest({
        ...options,
        agent: new HttpsAgent({ keepAlive: false }),
        rejectUnauthorized: false,
        ...(/^[\d.]+$/.test(name) ? {} : { servername: name }),
      }, answered)
      : httpRequest({ ...options, agent: new HttpAgent({ keepAlive: false }) }, answered);
    sent.once("timeout", () => sent.destroy(new Error("timed out")));
    sent.once("error", reject);
    sent.end(body);
  });
}
