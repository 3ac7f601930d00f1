/**
 * What a certificate authority says when it refuses (RFC 8555, 6.7; RFC 7807), and what helps against it.
 * Pure.
 */
import { EXIT, SetupError } from "../../errors.ts";

/** A problem document; `type` without the ACME prefix: `dns`, `rateLimited`. */
export interface AcmeProblem {
  readonly type: string;
  readonly detail: string;
  /** HTTP status of the answer, or of the one that a challenge met. */
  readonly status: number | undefined;
  /** Which name each part is about. */
  readonly parts: readonly {
    readonly name: string;
    readonly type: string;
    readonly detail: string;
  }[];
}

const PREFIX = "urn:ietf:params:acme:error:";
/** A page of HTML in place of a problem says nothing more after this many characters. */
const LONGEST_DETAIL = 400;

function oneLine(value: unknown): string {
  const text = (typeof value === "string" ? value : "").replace(/[\s\p{Cc}]+/gu, " ").trim();
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL - 1)}…` : text;
}

interface Wire {
  readonly type?: unknown;
  readonly detail?: unknown;
  readonly status?: unknown;
  readonly subproblems?: unknown;
  readonly identifier?: { readonly value?: unknown };
}

function isWire(value: unknown): value is Wire {
  return typeof value === "object" && value !== null;
}

/** Reads a problem document; what is none becomes `type: ""` with the text as detail. */
export function readProblem(value: unknown, status?: number): AcmeProblem {
  if (!isWire(value) || typeof value.type !== "string") {
    return { type: "", detail: oneLine(value), status, parts: [] };
  }
  const parts = (Array.isArray(value.subproblems) ? value.subproblems : []).filter(isWire)
    .map((each) => ({
      name: oneLine(each.identifier?.value),
      type: oneLine(each.type).replace(PREFIX, ""),
      detail: oneLine(each.detail),
    }));
  return {
    type: value.type.replace(PREFIX, ""),
    detail: oneLine(value.detail),
    status: typeof value.status === "number" ? value.status : status,
    parts,
  };
}

/** Type → what it means and what helps. The CA's own words come along. */
const ADVICE: Readonly<Record<string, readonly [meaning: string, hint: string]>> = {
  accountDoesNotExist: ["the CA does not know this account any more", "rxdx-setup tls issue"],
  accountRefused: [
    "the CA refuses the account",
    "Check tls.eab_kid in rxdx.yml and RXDX_SECRET_ACME_EAB_KEY against what the CA gave you",
  ],
  badCSR: [
    "the CA refuses the request for the certificate",
    "Check domain and aliases in rxdx.yml",
  ],
  caa: [
    "a CAA record of the domain forbids this CA to issue",
    "Add the CA to the CAA records of the domain, or remove them: dig CAA DOMAIN",
  ],
  connection: [
    "the CA could not reach this server on port 80",
    "Open port 80 to the internet: firewall, security group, router; then rxdx-setup tls issue",
  ],
  dns: [
    "the CA found no usable address of the name",
    "Let the name's A and AAAA records lead to this server; then rxdx-setup tls issue",
  ],
  externalAccountRequired: [
    "the CA wants accounts to be bound to one of its customers",
    "Set tls.eab_kid in rxdx.yml and give the key as RXDX_SECRET_ACME_EAB_KEY",
  ],
  incorrectResponse: [
    "the CA reached another server than this one, or a cache in front of it",
    "Let the name lead to this server, also over IPv6; then rxdx-setup tls issue",
  ],
  invalidContact: ["the CA refuses the e-mail address", "Correct or empty tls.email in rxdx.yml"],
  invalidProfile: [
    "the CA does not offer this profile",
    "Correct or empty tls.profile in rxdx.yml",
  ],
  rateLimited: [
    "the CA's limit on requests is reached",
    "Wait; the timer tries again by itself. Limits: https://letsencrypt.org/docs/rate-limits/",
  ],
  rejectedIdentifier: [
    "the CA does not issue for this name",
    "Use a name of yours in public DNS, or tls.mode=self-signed",
  ],
  serverInternal: ["the CA has a failure of its own", "The timer tries again by itself"],
  tls: ["the CA met a TLS failure at this server", "rxdx-setup tls show"],
  unauthorized: [
    "the CA got the wrong answer from the name's server",
    "Let the name lead to this server, also over IPv6; then rxdx-setup tls issue",
  ],
  unsupportedIdentifier: [
    "the CA does not issue for this kind of name",
    "Use a name in public DNS as domain; addresses need a CA and a profile that allow them",
  ],
  userActionRequired: [
    "the CA's terms have changed, and want to be read again",
    "Read what the CA links to, then rxdx-setup tls issue",
  ],
};

/** A refusal by the CA. `retryAt`: not before then, where the CA named a time. */
export class AcmeError extends SetupError {
  readonly problem: AcmeProblem;
  readonly retryAt: Date | undefined;

  constructor(problem: AcmeProblem, options: { ca: string; retryAt?: Date | undefined }) {
    const [meaning, hint] = ADVICE[problem.type] ?? ["the CA refuses", "rxdx-setup tls show"];
    const details = [
      problem.detail,
      ...problem.parts.map((part) => `${part.name}: ${part.detail}`),
    ].filter((text) => text !== "");
    const status = problem.status === undefined ? "" : `HTTP ${problem.status}`;
    const words = details.length > 0 ? details.join("; ") : status;
    super({
      code: problem.type === "" ? "acme_refused" : `acme_${snake(problem.type)}`,
      message: `${options.ca}: ${meaning}${words === "" ? "" : ` (${words})`}.`,
      hint,
      exit: EXIT.apply,
    });
    this.problem = problem;
    this.retryAt = options.retryAt;
  }
}

function snake(type: string): string {
  return type.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().replace(/[^a-z0-9_]/g, "");
}
