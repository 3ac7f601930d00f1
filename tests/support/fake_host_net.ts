/**
 * HTTP answers that the test scripted: the `net` of the fake host, above all the Docker Engine API.
 * A request that nobody expected fails the test, and so does an expectation that was never met.
 */
import { EXIT, SetupError } from "../../lib/errors.ts";
import type {
  ByteConnection,
  CaaAnswer,
  HandshakeOptions,
  HttpRequest,
  HttpResponse,
  NameAnswer,
  NameQuestion,
  NetFailure,
  NetHost,
  TrustedRoots,
  WebAnswer,
  WebOpenRequest,
  WebRequest,
  WebStream,
} from "../../lib/host/types.ts";
import type { Killed } from "./fake_host_failures.ts";

export interface Reply {
  readonly status?: number;
  /** Text, bytes in chunks, or a value that is sent as JSON. */
  readonly body?: string | readonly Uint8Array[] | AsyncIterable<Uint8Array>;
  readonly json?: unknown;
}

/** `refused`: nothing listens there. */
export type NetAnswer = Reply | "refused" | ((request: HttpRequest) => Reply | "refused");

/** What an absolute address answers, or how asking it fails. */
export type WebReply =
  | Partial<WebAnswer>
  | NetFailure
  | ((request: WebRequest) => Partial<WebAnswer> | NetFailure);

interface Route {
  readonly method: string;
  readonly path: string | RegExp;
  readonly answer: NetAnswer;
  readonly times: number | undefined;
  met: number;
}

const encoder = new TextEncoder();

export class FakeNet implements NetHost {
  readonly requests: HttpRequest[] = [];
  /** Requests to absolute addresses. */
  readonly fetched: WebRequest[] = [];
  /** `A www.example.com` → what every name server says; what is missing has no address. */
  readonly names = new Map<string, NameAnswer>();
  /** Name → its CAA records; what is missing has none. */
  readonly caa = new Map<string, CaaAnswer>();
  /** What a TLS server presents; nothing listens where it is undefined. */
  served: ((options: HandshakeOptions) => Promise<readonly string[]>) | undefined;
  readonly #web = new Map<string, WebReply>();
  readonly #routes: Route[] = [];
  readonly #unexpected: string[] = [];
  readonly #dead: () => Killed | undefined;

  constructor(dead: () => Killed | undefined) {
    this.#dead = dead;
  }

  /** Must be asked exactly `times` times. The path is compared without its query when it is a text. */
  expect(method: string, path: string | RegExp, answer: NetAnswer, times = 1): this {
    this.#routes.push({ method, path, answer, times, met: 0 });
    return this;
  }

  /** May be asked any number of times, never included. Later routes win over earlier ones. */
  allow(method: string, path: string | RegExp, answer: NetAnswer): this {
    this.#routes.push({ method, path, answer, times: undefined, met: 0 });
    return this;
  }

  /** What an absolute address answers from here on. */
  web(url: string, reply: WebReply): this {
    this.#web.set(url, reply);
    return this;
  }

  // Properties, not methods: the program may copy the host's parts into another one.

  readonly fetch = async (request: WebRequest): Promise<WebAnswer> => {
    await Promise.resolve();
    this.fetched.push(request);
    const known = this.#web.get(request.url);
    if (known === undefined) {
      this.#unexpected.push(`${request.method ?? "GET"} ${request.url}`);
      throw new Error(`unexpected request: ${request.url}`);
    }
    const reply = typeof known === "function" ? known(request) : known;
    if (typeof reply !== "string") return { status: 200, headers: {}, text: "", ...reply };
    throw netFailure(reply, new URL(request.url).host);
  };

  /** As `fetch`; bytes come in pieces of 1,000. */
  readonly open = async ({ url }: WebOpenRequest): Promise<WebStream> => {
    const { status, headers, text } = await this.fetch({ url, timeoutMs: 0 });
    const bytes = this.files.get(url) ?? encoder.encode(text);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 1000) {
        yield await Promise.resolve(bytes.subarray(at, at + 1000));
      }
    }
    return { status, headers, body: pieces(), close: () => undefined };
  };

  /** What is no text behind an address. */
  readonly files = new Map<string, Uint8Array>();

  /** A file behind an address. */
  file(url: string, bytes: Uint8Array): this {
    this.files.set(url, bytes);
    return this.web(url, {});
  }

  readonly connect = ({ host, port }: { host: string; port: number }): Promise<ByteConnection> =>
    Promise.reject(netFailure("connection_refused", `${host}:${port}`));

  readonly lookUp = async ({ type, name }: NameQuestion): Promise<NameAnswer> => {
    await Promise.resolve();
    return this.names.get(`${type} ${name}`) ?? { state: "none" };
  };

  readonly lookUpCaa = async ({ name }: { name: string }): Promise<CaaAnswer> => {
    await Promise.resolve();
    return this.caa.get(name) ?? { state: "none" };
  };

  /** What is trusted; a test that needs any puts it there. */
  roots: TrustedRoots = { everybody: [], machine: [] };

  readonly trustedRoots = async (): Promise<TrustedRoots> => {
    await Promise.resolve();
    return this.roots;
  };

  readonly servedCertificates = async (options: HandshakeOptions): Promise<readonly string[]> => {
    await Promise.resolve();
    if (this.served === undefined) {
      throw netFailure("connection_refused", `${options.host}:${options.port}`);
    }
    return await this.served(options);
  };

  problems(): string[] {
    return [
      ...this.#unexpected.map((line) => `unexpected request: ${line}`),
      ...this.#routes.filter(({ times, met }) => times !== undefined && met !== times)
        .map(({ method, path, times, met }) =>
          `expected ${times} ×, met ${met} ×: ${method} ${String(path)}`
        ),
    ];
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    await Promise.resolve();
    const dead = this.#dead();
    if (dead !== undefined) throw dead;
    request.signal?.throwIfAborted();
    this.requests.push(request);
    const method = request.method ?? "GET";
    const fitting = this.#routes.filter((route) =>
      route.method === method && pathFits(route.path, request.path) &&
      (route.times === undefined || route.met < route.times)
    );
    const route = fitting.find((each) => each.times !== undefined) ?? fitting.at(-1);
    if (route === undefined) {
      this.#unexpected.push(`${method} ${decodeURIComponent(request.path)}`);
      throw new Error(`unexpected request: ${method} ${request.path}`);
    }
    route.met++;
    const answer = typeof route.answer === "function" ? route.answer(request) : route.answer;
    if (answer === "refused") {
      throw new SetupError({
        code: "connection_failed",
        message: `No answer from ${request.socketPath ?? request.host}: ECONNREFUSED`,
        exit: EXIT.prerequisite,
      });
    }
    return response(answer);
  }
}

/** A failure of the network as the real host throws it. */
export function netFailure(code: NetFailure, where: string): SetupError {
  return new SetupError({
    code,
    message: `No connection to ${where}: ${code.replaceAll("_", " ")}.`,
    exit: EXIT.prerequisite,
  });
}

function pathFits(wanted: string | RegExp, path: string): boolean {
  return typeof wanted === "string" ? path.split("?")[0] === wanted : wanted.test(path);
}

function response(reply: Reply): HttpResponse {
  const body = reply.json === undefined ? reply.body ?? "" : JSON.stringify(reply.json);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (typeof body === "string") {
      if (body !== "") yield encoder.encode(body);
    } else yield* body;
  }
  return {
    status: reply.status ?? 200,
    headers: {},
    body: chunks(),
    async text() {
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of chunks()) text += decoder.decode(chunk, { stream: true });
      return text + decoder.decode();
    },
    close: () => undefined,
  };
}
