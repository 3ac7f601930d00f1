/** What every probe of a service answers, and how a failure of the network becomes such an answer. */
import { SetupError } from "../errors.ts";

export interface ProbeResult {
  readonly ok: boolean;
  /** A sentence; never with a secret. */
  readonly detail: string;
  /** What to do, best as a command or a setting. */
  readonly hint?: string;
}

/** A failed probe. */
export function failed(detail: string, hint = ""): ProbeResult {
  return { ok: false, detail, ...(hint === "" ? {} : { hint }) };
}

/** What helps against each failure, by the code of the error. */
export type Remedies = Readonly<Record<string, string>>;

/** Remedies that hold for any service. `what` is the setting that names it. */
export function networkRemedies(host: string, port: number, what: string): Remedies {
  return {
    name_not_found: `Check ${what}; getent hosts ${host} shows what this machine knows`,
    connection_refused: `Check ${what} and that the service is running there`,
    connection_timed_out: `A firewall may drop it: port ${port} must be open from this machine`,
    host_unreachable: "ip route shows which networks this machine reaches",
    certificate_untrusted:
      "A company's own authority: put its certificate into /usr/local/share/ca-certificates/NAME.crt " +
      "and run sudo update-ca-certificates",
    tls_failed: "The service may speak without TLS on that port; check port and tls",
    connection_closed: "The service hung up; its log says why",
  };
}

/**
 * Runs a probe; a failure of the network becomes an answer.
 *
 * @throws what is no `SetupError`: that is a bug of ours
 */
export async function answered(
  probe: () => Promise<ProbeResult>,
  remedies: Remedies,
): Promise<ProbeResult> {
  try {
    return await probe();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return failed(error.message, error.hint ?? remedies[error.code]);
  }
}

/** Foreign text on one line, short, without what moves a terminal's cursor. */
export function quotedWords(text: string, columns = 160): string {
  // deno-lint-ignore no-control-regex -- that is what is taken out
  const line = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}
