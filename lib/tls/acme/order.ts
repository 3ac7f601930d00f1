/**
 * One order at a certificate authority, from the names to the certificate (RFC 8555, 7.4). What an
 * order needs to be finished is on disk before each request, so that a run killed anywhere is continued by
 * the next one instead of ordering anew.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Account } from "./account.ts";
import { certificateRequest } from "./csr.ts";
import { newKey } from "./jws.ts";
import { appendLedger, namesKey } from "./ledger.ts";
import { dropPending, type PendingOrder, readPending, writePending } from "./pending.ts";
import { webrootPath } from "./places.ts";
import { AcmeError, readProblem } from "./problem.ts";
import { identifierOf } from "./settings.ts";
import type { AcmeAnswer, AcmeTransport } from "./transport.ts";

interface WireOrder {
  readonly status: "pending" | "ready" | "processing" | "valid" | "invalid";
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
  readonly error?: unknown;
}

interface WireAuthorization {
  readonly status: string;
  readonly identifier: { readonly value: string };
  readonly challenges: readonly {
    readonly type: string;
    readonly url: string;
    readonly token: string;
    readonly status: string;
    readonly error?: unknown;
  }[];
}

export interface OrderRequest {
  readonly transport: AcmeTransport;
  readonly account: Account;
  readonly dir: string;
  readonly directoryUrl: string;
  readonly names: readonly string[];
  readonly profile: string;
  /** The certificate that the new one takes the place of, as ARI names it. */
  readonly replaces?: string | undefined;
  readonly detail: (text: string) => void;
}

/** Milliseconds that a CA may take for a validation, and for the certificate. */
const VALIDATION_MS = 120_000;
const ISSUANCE_MS = 120_000;
/** Between two looks where the CA names no time. */
const LOOK_MS = 500;

/** Problems that may be about `replaces` alone. */
const REFERENCE: ReadonlySet<string> = new Set([
  "alreadyReplaced",
  "malformed",
  "unauthorized",
  "conflict",
  "serverInternal",
]);

export class Order {
  readonly #request: OrderRequest;
  readonly #pending: PendingOrder;
  #state: WireOrder;

  private constructor(request: OrderRequest, pending: PendingOrder, state: WireOrder) {
    this.#request = request;
    this.#pending = pending;
    this.#state = state;
  }

  /** The order that a run before left, where it is the same one; else a new one. */
  static async open(request: OrderRequest): Promise<Order> {
    return await Order.#resume(request) ?? await Order.#create(request);
  }

  static async #resume(request: OrderRequest): Promise<Order | undefined> {
    const { transport, account, dir, directoryUrl, names, profile } = request;
    const { host } = transport;
    const pending = await readPending(host, dir, directoryUrl);
    if (pending === undefined) return undefined;
    const same = pending.names === namesKey(names) && pending.profile === profile &&
      pending.account === account.url;
    if (same) {
      try {
        const answer = await post(request, pending.url, undefined);
        const state = answer.json as WireOrder;
        if (state.status !== "invalid") {
          request.detail(`continuing the order of ${pending.at}`);
          return new Order(request, pending, state);
        }
      } catch (error) {
        // The CA has forgotten it.
        if (!(error instanceof AcmeError)) throw error;
      }
    }
    await dropPending(host, dir, directoryUrl);
    return undefined;
  }

  static async #create(request: OrderRequest): Promise<Order> {
    const { transport, account, dir, directoryUrl, names, profile, replaces } = request;
    const { host } = transport;
    const { newOrder, renewalInfo } = await transport.directory();
    const at = new Date(host.clock.now().getTime() - (transport.skewMs ?? 0)).toISOString();
    const key = await newKey();
    await appendLedger(host, dir, {
      at,
      event: "ordered",
      directory: directoryUrl,
      names: namesKey(names),
    });
    const payload = {
      identifiers: names.map(identifierOf),
      ...(profile === "" ? {} : { profile }),
    };
    const replacing = replaces !== undefined && renewalInfo !== undefined;
    let answer: AcmeAnswer;
    try {
      answer = await post(request, newOrder, { ...payload, ...(replacing ? { replaces } : {}) });
    } catch (error) {
      // RFC 9773, 5: a CA may refuse the reference (replaced already, another account's) or stumble over
      // it (a certificate of a database that it has lost); the order itself is not at fault. What is, is
      // refused the second time as well.
      const about = error instanceof AcmeError && replacing && REFERENCE.has(error.problem.type);
      if (!about) throw error;
      answer = await post(request, newOrder, payload);
    }
    const pending: PendingOrder = {
      schema: 1,
      directory: directoryUrl,
      account: account.url,
      url: new URL(answer.headers["location"] ?? "", newOrder).href,
      names: namesKey(names),
      profile,
      key,
      at,
    };
    await writePending(host, dir, pending);
    return new Order(request, pending, answer.json as WireOrder);
  }

  /** URL of the order. */
  get url(): string {
    return this.#pending.url;
  }

  /** Milliseconds by which this machine's clock is ahead of the CA's. */
  get skewMs(): number | undefined {
    return this.#request.transport.skewMs;
  }

  /** Key of the certificate to come, PKCS #8. */
  get key(): string {
    return this.#pending.key;
  }

  /** Proves every name, by a file that the running nginx serves. */
  async authorize(): Promise<void> {
    const { transport, dir, account } = this.#request;
    const { files } = transport.host;
    if (this.#state.status !== "pending") return;
    const tokens = `${webrootPath(dir)}/.well-known/acme-challenge`;
    await files.mkdir(tokens, 0o755);
    const thumbprint = await account.signer.thumbprint();
    const written: string[] = [];
    try {
      for (const url of this.#state.authorizations) {
        const found = (await this.#post(url)).json as WireAuthorization;
        if (found.status === "valid") continue;
        const challenge = found.challenges.find((each) => each.type === "http-01");
        if (challenge === undefined) throw noHttp(transport.ca, found.identifier.value);
        // RFC 8555, 8.3: base64url; anything else must not become a file name.
        if (!/^[A-Za-z0-9_-]{16,200}$/.test(challenge.token)) throw oddToken(transport.ca);
        const path = `${tokens}/${challenge.token}`;
        written.push(path);
        await files.writeAtomic(path, `${challenge.token}.${thumbprint}`, { mode: 0o644 });
        this.#request.detail(`${transport.ca} asks ${found.identifier.value}`);
        if (challenge.status === "pending") await this.#post(challenge.url, {});
        await this.#untilValid(url);
      }
    } finally {
      for (const path of written) await files.remove(path).catch(() => undefined);
    }
  }

  async #untilValid(url: string): Promise<void> {
    const { transport } = this.#request;
    const from = transport.host.clock.monotonic();
    for (;;) {
      const answer = await this.#post(url);
      const { status, challenges, identifier } = answer.json as WireAuthorization;
      if (status === "valid") return;
      if (status !== "pending") {
        const error = challenges.find((each) => each.error !== undefined)?.error;
        const problem = readProblem(error);
        const detail = `${identifier.value}: ${problem.detail}`;
        throw new AcmeError({ ...problem, detail }, { ca: transport.ca });
      }
      if (transport.host.clock.monotonic() - from > VALIDATION_MS) {
        throw tooLong(transport.ca, `validate ${identifier.value}`, VALIDATION_MS);
      }
      await transport.pause(answer, LOOK_MS);
    }
  }

  /** Asks for the certificate and waits for it. Returns the chain as PEM, the leaf first. */
  async certificate(): Promise<string> {
    const { transport, names } = this.#request;
    const from = transport.host.clock.monotonic();
    let asked = false;
    for (;;) {
      const answer = await this.#post(this.url);
      this.#state = answer.json as WireOrder;
      const { status, finalize, certificate } = this.#state;
      if (status === "valid" && certificate !== undefined) {
        return normalized((await this.#post(certificate)).text);
      }
      if (status === "invalid") {
        throw new AcmeError(readProblem(this.#state.error), { ca: transport.ca });
      }
      if (status === "ready" && !asked) {
        asked = true;
        this.#request.detail(`${transport.ca} signs`);
        await this.#post(finalize, { csr: await certificateRequest(names, this.key) });
        continue;
      }
      if (transport.host.clock.monotonic() - from > ISSUANCE_MS) {
        throw tooLong(transport.ca, "issue the certificate", ISSUANCE_MS);
      }
      await transport.pause(answer, LOOK_MS);
    }
  }

  #post(url: string, payload?: unknown): Promise<AcmeAnswer> {
    return post(this.#request, url, payload);
  }
}

function post({ transport, account }: OrderRequest, url: string, payload: unknown) {
  return transport.post({ url, payload, signer: account.signer, account: account.url });
}

/** Only the certificates, one line end each; a CA may put text between. */
function normalized(text: string): string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block.replace(/\r/g, "")}\n`).join("");
}

function noHttp(ca: string, name: string): SetupError {
  return new SetupError({
    code: "acme_no_http01",
    message:
      `${ca} offers no HTTP-01 challenge for ${name}; wildcards are among the names that need ` +
      "another one.",
    hint:
      "Name each host in domain and aliases, or tls.mode=files with a certificate made elsewhere.",
    exit: EXIT.apply,
  });
}

function oddToken(ca: string): SetupError {
  return new SetupError({
    code: "acme_odd_token",
    message: `${ca} sent a token that is not base64url.`,
    hint: "This is not a usable ACME server; check tls.directory.",
    exit: EXIT.apply,
  });
}

function tooLong(ca: string, what: string, ms: number): SetupError {
  return new SetupError({
    code: "acme_too_long",
    message: `${ca} did not ${what} within ${ms / 1000} s.`,
    hint: "The order is kept and continued: rxdx-setup tls renew",
    exit: EXIT.apply,
  });
}
