/**
 * Talks to a certificate authority (RFC 8555): its directory, nonces, signed requests, and the retries
 * that the protocol asks for. All traffic goes over `Host.net.fetch`, so proxies and private authorities
 * hold here as everywhere. Called by `account.ts`, `order.ts` and `renewal_info.ts`.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host, WebAnswer } from "../../host/types.ts";
import type { Signer } from "./jws.ts";
import { AcmeError, readProblem } from "./problem.ts";

/** What a CA says of itself. URLs absolute. */
export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** RFC 9773; absent where the CA has none. */
  readonly renewalInfo?: string;
  readonly meta?: {
    readonly termsOfService?: string;
    readonly caaIdentities?: readonly string[];
    readonly externalAccountRequired?: boolean;
    /** Name → what it is for. */
    readonly profiles?: Readonly<Record<string, string>>;
  };
}

export interface AcmeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON; `undefined` when it is none. */
  readonly json: unknown;
}

export interface TransportOptions {
  readonly host: Host;
  readonly directoryUrl: string;
  /** PEM texts of a private CA's roots. */
  readonly authorities: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds for one answer; validation happens between requests, not in them. */
const ANSWER_MS = 30_000;
/** A nonce may be refused at any time (RFC 8555, 6.5); a CA that refuses this many is broken. */
const NONCE_TRIES = 20;
/** Tries after a broken connection or a failure of the server, with the pauses between them. */
const PAUSES_MS = [1_000, 3_000, 9_000];
/** The longest that a CA's Retry-After is waited for within a run. */
const PATIENCE_MS = 30_000;

/** Failures of the network after which the same request may be sent again. */
const TRANSIENT = new Set([
  "connection_closed",
  "connection_failed",
  "connection_refused",
  "connection_timed_out",
]);

/** Seconds or a date (RFC 9110, 10.2.3), as a moment. */
export function retryAfter(value: string | undefined, now: Date): Date | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return new Date(now.getTime() + Number(value) * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : new Date(at);
}

export class AcmeTransport {
  /** Host name of the CA, for messages. */
  readonly ca: string;
  /** Milliseconds by which this machine's clock is ahead of the CA's, by its last answer. */
  skewMs: number | undefined;
  readonly #options: TransportOptions;
  #directory: Directory | undefined;
  /** Each answer brings the nonce of the next request. */
  #nonce: string | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.ca = new URL(options.directoryUrl).host;
  }

  get host(): Host {
    return this.#options.host;
  }

  /** @throws SetupError when the CA cannot be reached or this is no directory */
  async directory(): Promise<Directory> {
    if (this.#directory !== undefined) return this.#directory;
    const answer = await this.get(this.#options.directoryUrl);
    const found = answer.json as Partial<Directory> | undefined;
    const { newNonce, newAccount, newOrder } = found ?? {};
    if (
      answer.status !== 200 || typeof newNonce !== "string" || typeof newAccount !== "string" ||
      typeof newOrder !== "string"
    ) {
      throw new SetupError({
        code: "acme_no_directory",
        message: `${this.#options.directoryUrl} is not the directory of an ACME server ` +
          `(HTTP ${answer.status}).`,
        hint: "Correct tls.directory in rxdx.yml, or empty it for Let's Encrypt.",
        exit: EXIT.prerequisite,
      });
    }
    this.#directory = { ...found, newNonce, newAccount, newOrder };
    return this.#directory;
  }

  /** An unsigned request. Retried as the protocol asks; any status is a value. */
  async get(url: string): Promise<AcmeAnswer> {
    return await this.#persistently(() => this.#fetch({ url }));
  }

  /**
   * A signed request; `payload` undefined is POST-as-GET.
   *
   * @throws AcmeError when the CA refuses; SetupError when it cannot be reached
   */
  async post(request: {
    readonly url: string;
    readonly payload: unknown;
    readonly signer: Signer;
    readonly account?: string | undefined;
  }): Promise<AcmeAnswer> {
    const { url, payload, signer, account } = request;
    for (let tries = 1;; tries++) {
      const answer = await this.#persistently(async () => {
        const nonce = await this.#takeNonce();
        const body = JSON.stringify(await signer.sign({ url, nonce, payload, account }));
        return await this.#fetch({ url, body });
      });
      if (answer.status < 400) return answer;
      const problem = readProblem(answer.json ?? answer.text, answer.status);
      if (problem.type === "badNonce" && tries < NONCE_TRIES) continue;
      throw new AcmeError(problem, {
        ca: this.ca,
        retryAt: retryAfter(answer.headers["retry-after"], this.host.clock.now()),
      });
    }
  }

  /** Waits as long as an answer says it takes, or `usualMs`. */
  async pause(answer: Pick<AcmeAnswer, "headers">, usualMs: number): Promise<void> {
    const { clock } = this.host;
    const now = clock.now();
    const at = retryAfter(answer.headers["retry-after"], now);
    const wanted = at === undefined ? usualMs : at.getTime() - now.getTime();
    await clock.sleep(Math.min(PATIENCE_MS, Math.max(200, wanted)), this.#options.signal);
  }

  async #takeNonce(): Promise<string> {
    const kept = this.#nonce;
    this.#nonce = undefined;
    if (kept !== undefined) return kept;
    const { newNonce } = await this.directory();
    await this.#fetch({ url: newNonce, head: true });
    const fresh = this.#nonce as string | undefined;
    this.#nonce = undefined;
    if (fresh !== undefined) return fresh;
    throw new SetupError({
      code: "acme_no_nonce",
      message: `${this.ca} gives no nonce; it is not an ACME server, or a proxy takes it away.`,
      hint: "Let the proxy pass the header Replay-Nonce, or exempt the CA with no_proxy.",
      exit: EXIT.prerequisite,
    });
  }

  /** Again after a broken connection, a failure of the server, or a short Retry-After. */
  async #persistently(send: () => Promise<AcmeAnswer>): Promise<AcmeAnswer> {
    const { clock } = this.host;
    for (let tries = 0;; tries++) {
      const pause = PAUSES_MS[tries];
      try {
        const answer = await send();
        if (answer.status !== 429 && answer.status < 500 || pause === undefined) return answer;
        const now = clock.now();
        const at = retryAfter(answer.headers["retry-after"], now);
        const wait = at === undefined ? pause : at.getTime() - now.getTime();
        if (wait > PATIENCE_MS) return answer;
        await clock.sleep(Math.max(pause, wait), this.#options.signal);
      } catch (error) {
        const transient = error instanceof SetupError && TRANSIENT.has(error.code);
        if (!transient || pause === undefined) throw this.#explained(error);
        await clock.sleep(pause, this.#options.signal);
      }
    }
  }

  async #fetch(
    request: { readonly url: string; readonly body?: string; readonly head?: boolean },
  ): Promise<AcmeAnswer> {
    const { host, authorities, signal } = this.#options;
    signal?.throwIfAborted();
    const answer: WebAnswer = await host.net.fetch({
      url: request.url,
      method: request.head === true ? "HEAD" : request.body === undefined ? "GET" : "POST",
      ...(request.body === undefined ? {} : {
        headers: { "content-type": "application/jose+json" },
        body: request.body,
      }),
      authorities,
      timeoutMs: ANSWER_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    this.#nonce = answer.headers["replay-nonce"] ?? this.#nonce;
    const said = Date.parse(answer.headers["date"] ?? "");
    if (!Number.isNaN(said)) this.skewMs = host.clock.now().getTime() - said;
    return { ...answer, json: jsonOf(answer.text) };
  }

  /** Trust and reach of the CA have remedies of their own. */
  #explained(error: unknown): unknown {
    if (!(error instanceof SetupError) || error instanceof AcmeError) return error;
    const hints: Readonly<Record<string, string>> = {
      certificate_untrusted:
        "A private CA: name its roots in tls.ca_bundle. Otherwise check the clock: date",
      name_not_found: "Check tls.directory in rxdx.yml and this machine's name servers.",
    };
    return new SetupError({
      code: "acme_unreachable",
      message: `The certificate authority cannot be reached. ${error.message}`,
      hint: hints[error.code] ??
        "Outgoing HTTPS must be open, or https_proxy be set. The timer tries again by itself.",
      exit: EXIT.apply,
      cause: error,
    });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
