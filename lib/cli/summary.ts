/** What an operator needs after a start: address, fingerprint, login, next command. */
import { quoted } from "../steps/command_line.ts";
import type { Prepared } from "../operations/prepare.ts";
import { certificatePath } from "../tls/store.ts";
import { readCertificate } from "../tls/certificate.ts";
import type { CommandContext } from "./context.ts";

export async function summary(
  context: CommandContext,
  prepared: Prepared,
  started: boolean,
): Promise<void> {
  const { host, out } = context;
  const { plan } = prepared;
  const pem = await host.files.readText(certificatePath(plan.dir)).catch(() => undefined);
  const fingerprint = pem === undefined || plan.answers.tls.mode !== "self-signed"
    ? undefined
    : readCertificate(pem)?.fingerprint;
  const hasPassword = plan.secrets.ADMIN_PASSWORD.reveal() !== "";
  const where = `${plan.dir}/.env`;
  if (out.json) {
    out.resultJson({
      schema: 1,
      dir: plan.dir,
      url: plan.url,
      started,
      certificate_sha256: fingerprint ?? null,
      admin: { email: plan.adminEmail, password_file: hasPassword ? where : null },
    });
    return;
  }
  const c = out.resultColors;
  const status = ["rxdx-setup", "status", ...dirFlag(context)];
  const lines = [
    started ? `${c.green("●")} ${c.bold("RxDx is running.")}` : c.bold("The files are written."),
    "",
    `  Address      ${c.bold(plan.url)}`,
    ...(fingerprint === undefined
      ? []
      : [`  Certificate  self-signed, SHA-256${wrapFingerprint(fingerprint)}`]),
    `  Login        ${plan.adminEmail}`,
    ...(hasPassword ? [`  Password     ADMIN_PASSWORD in ${where}`] : []),
    "",
    started
      ? `  Watch it:    ${quoted(status)}`
      : `  Start it:    ${quoted(["rxdx-setup", "apply", ...dirFlag(context)])}`,
  ];
  out.result(lines.join("\n"));
}

/** 95 characters do not fit beside the label on 80 columns. */
function wrapFingerprint(fingerprint: string): string {
  const half = Math.ceil(fingerprint.length / 2);
  return `\n               ${fingerprint.slice(0, half)}\n               ${
    fingerprint.slice(half)
  }`;
}

/** Only when the directory is not the usual one. */
export function dirFlag(context: Pick<CommandContext, "host" | "dir">): string[] {
  const usual = context.host.system.uid === 0
    ? "/opt/rxdx"
    : `${context.host.env["HOME"] ?? ""}/rxdx`;
  return context.dir === usual ? [] : ["--dir", context.dir];
}
