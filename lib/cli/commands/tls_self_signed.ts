/** `tls self-signed`: makes a new self-signed certificate and serves it. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { configurationStep, withTls } from "../../operations/tls/configuration_step.ts";
import { selfSignedSteps } from "../../operations/tls/own_steps.ts";
import { certificatesOf, needOwnTls } from "../certificates.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { certificateResult } from "../certificate_text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out } = context;
  const { install, scene } = await certificatesOf(context);
  const { plan } = scene;
  needOwnTls(context, plan, "self-signed");
  const changes = plan.answers.tls.mode === "self-signed"
    ? ""
    : `\ntls.mode in rxdx.yml becomes self-signed; it is ${plan.answers.tls.mode} now.`;
  out.note(
    `A new certificate for ${plan.names.certificate.join(", ")}\n` +
      `takes the place of the present one, which is kept. Requests under way end first.${changes}\n` +
      "Browsers will ask again whether to trust it.",
  );
  await confirm(context, "Go ahead?");
  return await locked(context, "tls self-signed", async () => {
    const after = withTls(install, { mode: "self-signed" });
    const next = { ...scene, plan: { ...plan, answers: after.answers } };
    await execute(context, "tls self-signed", [
      configurationStep(host, install, after),
      ...selfSignedSteps(next),
    ]);
    await certificateResult(context, next);
    return EXIT.ok;
  });
}
