/**
 * What went wrong on the network, out of the many ways in which the runtime and the libraries say it.
 * Each kind has another remedy, so the probes must be able to tell them apart.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { NetFailure } from "./net_types.ts";

/** Codes of `node:net`, `node:tls`, `node:dns` and their meaning here. */
const CODES: Readonly<Record<string, NetFailure>> = {
  ENOTFOUND: "name_not_found",
  EAI_AGAIN: "name_not_found",
  EDNS: "name_not_found",
  ECONNREFUSED: "connection_refused",
  ETIMEDOUT: "connection_timed_out",
  EHOSTUNREACH: "host_unreachable",
  ENETUNREACH: "host_unreachable",
  ENETDOWN: "host_unreachable",
  ECONNRESET: "connection_closed",
  EPIPE: "connection_closed",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate_untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate_untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate_untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate_untrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate_untrusted",
  CERT_HAS_EXPIRED: "certificate_untrusted",
};

/** What the texts say, the more telling first: a TLS error is often wrapped in a connection error. */
const TEXTS: readonly (readonly [pattern: RegExp, failure: NetFailure])[] = [
  [
    /invalid peer certificate|certificate has expired|altnames|unable to verify|self.signed/i,
    "certificate_untrusted",
  ],
  [/corrupt message|InvalidContentType|handshake|tls alert|HandshakeFailure/i, "tls_failed"],
  [/dns error|lookup address|name or service not known|getaddrinfo|ENOTFOUND/i, "name_not_found"],
  [/connection refused|ECONNREFUSED/i, "connection_refused"],
  [/timed out|timeout/i, "connection_timed_out"],
  [/unreachable|no route/i, "host_unreachable"],
  [
    /reset by peer|broken pipe|unexpected (eof|end)|closed before|close_notify/i,
    "connection_closed",
  ],
];

/** Every message and code of an error and its causes. */
function wordsOf(error: unknown): { codes: string[]; text: string } {
  const codes: string[] = [];
  const texts: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; depth++) {
    if ("code" in at && typeof at.code === "string") codes.push(at.code);
    texts.push(at.name === "TimeoutError" ? "timed out" : "", at.message);
    at = at.cause;
  }
  return { codes, text: texts.join("\n") };
}

/** The kind of a failure. */
export function failureOf(error: unknown): NetFailure {
  const { codes, text } = wordsOf(error);
  const byText = TEXTS.find(([pattern]) => pattern.test(text))?.[1];
  if (byText === "certificate_untrusted" || byText === "tls_failed") return byText;
  const byCode = codes.map((code) => CODES[code]).find((each) => each !== undefined);
  return byCode ?? byText ?? "connection_failed";
}

/** In the middle of "No connection to …: ". */
const MEANING: Readonly<Record<NetFailure, string>> = {
  name_not_found: "the name does not resolve",
  connection_refused: "nothing listens there (connection refused)",
  connection_timed_out: "no answer in time",
  host_unreachable: "there is no way to that address",
  certificate_untrusted: "its certificate is not trusted",
  tls_failed: "it does not speak TLS there",
  connection_closed: "the other side closed the connection",
  connection_failed: "it failed",
};

/** Why a certificate was refused, as far as the texts say. */
export function certificateFault(error: unknown): string | undefined {
  const { codes, text } = wordsOf(error);
  const words = `${codes.join(" ")} ${text}`;
  if (/expired/i.test(words)) return "it has expired";
  if (/NotValidForName|ALTNAME|altnames/i.test(words)) return "it is for another name";
  if (/NotValidYet|not yet valid/i.test(words)) return "it is not valid yet";
  if (/UnknownIssuer|self.signed|SELF_SIGNED|VERIFY|ISSUER/i.test(words)) {
    return "this machine does not know its issuer";
  }
  return undefined;
}

/** The error to throw; `where` is host and port, or an address without secrets. */
export function netError(where: string, cause: unknown): SetupError {
  if (cause instanceof SetupError) return cause;
  const code = failureOf(cause);
  const fault = code === "certificate_untrusted" ? certificateFault(cause) : undefined;
  return new SetupError({
    code,
    message: `No connection to ${where}: ${MEANING[code]}` +
      (fault === undefined ? "." : `; ${fault}.`),
    exit: EXIT.prerequisite,
    cause,
  });
}
