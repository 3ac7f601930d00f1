/** `tls undo`: serves the certificate before the present one again. */
import type { Answers } from "../../answers/schema.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { configurationStep, withTls } from "../../operations/tls/configuration_step.ts";
import { previousSteps } from "../../operations/tls/own_steps.ts";
import { nameText, readCertificate } from "../../tls/certificate.ts";
import { type LivePair, readPrevious } from "../../tls/store.ts";
import { certificateResult } from "../certificate_text.ts";
import { certificatesOf, needOwnTls } from "../certificates.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

/** The mode under which `apply` leaves such a certificate alone. */
function modeFor(pair: LivePair, present: Answers["tls"]): Partial<Answers["tls"]> {
  const source = pair.meta?.source ?? "self-signed";
  if (source === "self-signed") return { mode: "self-signed" };
  if (source === "acme" && present.mode === "letsencrypt") return {};
  return { mode: "files", cert: "", key: "", chain: "" };
}

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const { install, scene } = await certificatesOf(context);
  const { plan } = scene;
  needOwnTls(context, plan, "self-signed");
  const previous = await readPrevious(host, dir);
  const info = previous === undefined ? undefined : readCertificate(previous.certificate);
  if (previous === undefined || info === undefined) {
    throw new SetupError({
      code: "no_previous_certificate",
      message: "There is no certificate before the present one.",
      hint: "rxdx-setup tls show",
      exit: EXIT.usage,
    });
  }
  out.note(
    `Served again: ${info.names.join(", ")}, issued by ${nameText(info.issuer)}, until ` +
      `${info.notAfter.toISOString().slice(0, 10)}.`,
  );
  await confirm(context, "Go ahead?");
  return await locked(context, "tls undo", async () => {
    const after = withTls(install, modeFor(previous, plan.answers.tls));
    const next = { ...scene, plan: { ...plan, answers: after.answers } };
    await execute(context, "tls undo", [
      configurationStep(host, install, after),
      ...previousSteps(next),
    ]);
    await certificateResult(context, next);
    return EXIT.ok;
  });
}
