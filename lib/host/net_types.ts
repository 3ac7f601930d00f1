/**
 * The network's part of the contract between the program and the machine: HTTP, byte connections,
 * name servers, mail. Known to everybody as part of `types.ts`.
 */
import type { Secret } from "../plan/secret.ts";

export interface HttpRequest {
  /** A unix socket; otherwise `host` and `port`. */
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  /** Path with query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds until the response headers must be there. */
  readonly timeoutMs?: number;
  /**
   * For a GET over a unix socket whose answer has no end: the body comes in as few and as large
   * pieces as the socket has, however small the server sends them.
   */
  readonly stream?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it arrives. Must be read to its end or abandoned with `close`. */
  readonly body: AsyncIterable<Uint8Array>;
  text(): Promise<string>;
  close(): void;
}

/**
 * Ways in which the network fails, told apart because each has another remedy: code of the
 * `SetupError` that {@link NetHost.fetch} and {@link NetHost.connect} throw.
 */
export type NetFailure =
  | "name_not_found"
  | "connection_refused"
  | "connection_timed_out"
  | "host_unreachable"
  | "certificate_untrusted"
  | "tls_failed"
  | "connection_closed"
  | "connection_failed";

/** A request to an absolute `http://` or `https://` address. */
export interface WebRequest {
  readonly url: string;
  readonly method?: "GET" | "POST" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM texts of authorities that are trusted beside the system's: a private CA's own server. */
  readonly authorities?: readonly string[];
  /** Milliseconds for the whole answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** An answer of which at most {@link MAX_WEB_BYTES} were read. */
export interface WebAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What {@link NetHost.open} is asked for. */
export interface WebOpenRequest {
  readonly url: string;
  /** Milliseconds until the answer begins, and within it until more comes. */
  readonly stallMs: number;
  readonly signal?: AbortSignal;
}

/** An answer of any size, as it comes. */
export interface WebStream {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end, or given up with `close`. Throws a `SetupError` as `fetch` does. */
  readonly body: AsyncIterable<Uint8Array>;
  close(): void;
}

/** Bytes of a body beyond which {@link NetHost.fetch} stops reading; no probe needs as many. */
export const MAX_WEB_BYTES = 2 ** 20;

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly tls: boolean;
  /** Milliseconds until the connection, and each later read on it, must have answered. */
  readonly timeoutMs: number;
}

/** A stream of bytes in both directions. Every method throws a `SetupError` on {@link NetFailure}. */
export interface ByteConnection {
  /** The next bytes; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
  /** Changes to TLS on the same connection (STARTTLS). */
  startTls(): Promise<void>;
  close(): void;
}

/** What a name server says: addresses, that there are none, or nothing in time. */
export type NameAnswer =
  | { readonly state: "found"; readonly addresses: readonly string[] }
  | { readonly state: "none" }
  | { readonly state: "silent" };

export interface NameQuestion {
  /** A host name without trailing dot; never completed with a search domain. */
  readonly name: string;
  readonly type: "A" | "AAAA";
  /** Address of the name server to ask, port 53. */
  readonly server: string;
  readonly timeoutMs: number;
}

/** One record of RFC 8659: which authorities may issue for a name. */
export interface CaaRecord {
  readonly critical: boolean;
  /** `issue`, `issuewild`, `iodef`. */
  readonly tag: string;
  readonly value: string;
}

export type CaaAnswer =
  | { readonly state: "found"; readonly records: readonly CaaRecord[] }
  | { readonly state: "none" }
  | { readonly state: "silent" };

/** PEM texts, each with any number of certificates. */
export interface TrustedRoots {
  /** Mozilla's list, as every browser has it. */
  readonly everybody: readonly string[];
  /** What this machine trusts besides: a company's own authority. */
  readonly machine: readonly string[];
}

/** A TLS handshake in which nothing is verified: what does a server serve? */
export interface HandshakeOptions {
  readonly host: string;
  readonly port: number;
  /** SNI; without it none is sent. */
  readonly serverName?: string;
  readonly timeoutMs: number;
}

export interface NetHost {
  /** Throws a `SetupError` with code `connection_failed` when nothing answers. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Over the proxy that `http_proxy`, `https_proxy` and `no_proxy` name. Redirects are not
   * followed, the system's certificate authorities are trusted. Throws a `SetupError` whose code is
   * a {@link NetFailure}.
   */
  fetch(request: WebRequest): Promise<WebAnswer>;
  /** A GET like {@link NetHost.fetch}, whose answer is read as it comes: a file of any size. */
  open(request: WebOpenRequest): Promise<WebStream>;
  /** A connection over TCP; throws a `SetupError` whose code is a {@link NetFailure}. */
  connect(options: ConnectOptions): Promise<ByteConnection>;
  /** Asks a name server, past `/etc/hosts`. Never throws. */
  lookUp(question: NameQuestion): Promise<NameAnswer>;
  /** Asks a name server for CAA records of exactly this name. Never throws. */
  lookUpCaa(question: Omit<NameQuestion, "type">): Promise<CaaAnswer>;
  /** Whose certificates are trusted, and by whom. */
  trustedRoots(): Promise<TrustedRoots>;
  /**
   * The certificates a server presents, the leaf first, as PEM. Throws a `SetupError` whose code is
   * a {@link NetFailure}.
   */
  servedCertificates(options: HandshakeOptions): Promise<readonly string[]>;
}

/** A mail server and how to log in to it. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** Empty: no login. */
  readonly user: string;
  readonly password: Secret;
  /** STARTTLS is demanded; on port 465 TLS from the first byte. False: never TLS. */
  readonly tls: boolean;
  /** Milliseconds until each step of the conversation must have been answered. */
  readonly timeoutMs: number;
}

export interface MailMessage extends MailServer {
  readonly from: string;
  readonly replyTo?: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** `<local@domain>`; one is made where it is absent. */
  readonly messageId?: string;
  /** Identifiers of earlier messages of the same conversation, oldest first. */
  readonly references?: readonly string[];
}

/** How a mail server fails, beyond {@link NetFailure}. */
export type MailFailure =
  | NetFailure
  | "starttls_missing"
  | "login_missing"
  | "login_refused"
  | "sender_refused"
  | "recipient_refused"
  | "message_refused";

export interface MailHost {
  /**
   * Gives a message to an SMTP server. Resolves with the server's last words. Throws a `SetupError`
   * whose code is a {@link MailFailure} and whose message carries the server's own words, never the
   * password.
   */
  send(message: MailMessage): Promise<string>;
  /** Logs in and leaves again, sending nothing; fails as {@link send} does. */
  login(server: MailServer): Promise<void>;
}
