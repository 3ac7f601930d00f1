/** `tls issue`: gets a certificate from a certificate authority (ACME) and serves it. */
import type { Answers } from "../../answers/schema.ts";
import { EXIT, type ExitCode, invalidAnswers } from "../../errors.ts";
import { parseAnswers } from "../../answers/parse.ts";
import type { Tree } from "../../answers/tree.ts";
import type { Install } from "../../operations/install.ts";
import { prepareApply } from "../../operations/prepare.ts";
import { bundleOf, transportOf } from "../../operations/tls/acme_scene.ts";
import { rehearse } from "../../operations/tls/acme_order_steps.ts";
import { acmeSteps } from "../../operations/tls/acme_steps.ts";
import { configurationStep, withTls } from "../../operations/tls/configuration_step.ts";
import { renewalSteps } from "../../operations/tls/schedule.ts";
import { LETS_ENCRYPT_STAGING } from "../../tls/acme/settings.ts";
import { certificateResult } from "../certificate_text.ts";
import { acmeSceneOf, certificatesOf, needNginx, needOwnTls, sceneOf } from "../certificates.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

interface Flags {
  readonly email?: string;
  readonly directory?: string;
  readonly caBundle?: string;
  readonly profile?: string;
  readonly acceptTerms: boolean;
  readonly rehearse: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out } = context;
  const { install, scene: present } = await certificatesOf(context);
  needOwnTls(context, present.plan, "letsencrypt");
  await needNginx(present);
  const wanted = checked(install, flags);
  const accepted = await acceptTerms(context, wanted);
  const after = withTls(install, accepted.answers.tls);
  // Every rule over all of the answers, before anything is asked of the CA.
  const { plan } = await prepareApply(host, after);
  const scene = acmeSceneOf(sceneOf(context, plan));
  await bundleOf(scene);
  const { settings } = scene;
  const ca = new URL(settings.directoryUrl).host;
  if (flags.rehearse) return await rehearsal(context, scene);
  const practice = settings.stagingUrl === undefined
    ? ""
    : `\nFirst it is rehearsed at ${new URL(settings.stagingUrl).host}.`;
  out.note(
    `${ca} is asked for a certificate for ${settings.names.join(", ")}.${practice}\n` +
      "It asks this server for a token on port 80. Requests under way end first; the present\n" +
      "certificate is served until the new one is proven, and kept.",
  );
  await confirm(context, "Go ahead?");
  return await locked(context, "tls issue", async () => {
    await execute(context, "tls issue", [
      configurationStep(host, install, after),
      ...acmeSteps(scene),
      ...await renewalSteps(host, plan, plan.facts),
    ]);
    await certificateResult(context, scene);
    return EXIT.ok;
  });
}

/** The flags over what stands in rxdx.yml, each by its own rule. */
function checked(install: Install, flags: Flags): Install {
  const { tls } = install.answers;
  const answers = {
    ...install.answers,
    tls: {
      ...tls,
      mode: "letsencrypt",
      email: flags.email ?? tls.email,
      directory: flags.directory ?? tls.directory,
      ca_bundle: flags.caBundle ?? tls.ca_bundle,
      profile: flags.profile ?? tls.profile,
      accept_terms: flags.acceptTerms || tls.accept_terms,
    },
  };
  const parsed = parseAnswers(answers as unknown as Tree);
  if (!parsed.ok) throw invalidAnswers(parsed.problems, "the flags");
  return withTls(install, parsed.answers.tls);
}

/** Asked once; without a terminal the rule about `tls.accept_terms` says what to do. */
async function acceptTerms(context: CommandContext, install: Install): Promise<Install> {
  const { tls } = install.answers;
  if (tls.accept_terms || !context.interactive) return install;
  const plan = { ...(await certificatesOf(context)).scene.plan, answers: install.answers };
  const scene = acmeSceneOf(sceneOf(context, plan));
  const transport = await transportOf(scene, context.signal);
  const { meta } = await transport.directory();
  const terms = meta?.termsOfService ?? "(it names none)";
  const { askYesNo } = await import("../../tui/prompts.ts");
  const yes = await askYesNo(
    context.host,
    `Terms of service of ${transport.ca}: ${terms}\nAccept?`,
  );
  const accepted: Partial<Answers["tls"]> = { ...tls, accept_terms: yes };
  return withTls(install, accepted);
}

/** The whole way at the staging CA; nothing is put in place. */
async function rehearsal(
  context: CommandContext,
  scene: ReturnType<typeof acmeSceneOf>,
): Promise<ExitCode> {
  const url = scene.settings.stagingUrl ?? LETS_ENCRYPT_STAGING;
  const ca = new URL(url).host;
  await confirm(context, `Rehearse at ${ca}? Nothing is put in place.`);
  return await locked(context, "tls issue --rehearse", async () => {
    await execute(context, "tls issue --rehearse", [{
      id: "acme-rehearse",
      title: `Rehearse at ${ca}`,
      isDone: () => Promise.resolve(false),
      run: (report, signal) => rehearse(scene, url, report, signal),
    }]);
    if (context.out.json) {
      context.out.resultJson({
        schema: 1,
        rehearsed: true,
        directory: url,
        names: scene.settings.names,
      });
    } else context.out.result(`${ca} issued a certificate for practice: the real order will work.`);
    return EXIT.ok;
  });
}
