/** `init`: sets a stack up, by the wizard or unattended. Run again it changes what was said. */
import { newKeyPair } from "../../backup/age.ts";
import { Cancelled, EXIT, type ExitCode, invalidAnswers, SetupError } from "../../errors.ts";
import { findChanges } from "../../operations/changes.ts";
import { dropDraft } from "../../operations/draft.ts";
import { gatherInit, type InitRequest } from "../../operations/gather.ts";
import { checkUnchanged, inputsOf } from "../../operations/pinned.ts";
import { bundleSettings, checkPlan } from "../../operations/bundle/judge.ts";
import type { VerifiedBundle } from "../../operations/bundle/verify.ts";
import { type Prepared, prepareInit } from "../../operations/prepare.ts";
import type { Plan } from "../../plan/plan.ts";
import { quoted } from "../../steps/command_line.ts";
import { canShowFullScreen } from "../../tui/terminal_guard.ts";
import { bringUp, bringUpEngine, preflight } from "../bring_up.ts";
import { notIssued, orderAfterwards } from "../certificates.ts";
import { openBundle } from "../bundle_flow.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { absolute } from "../context.ts";
import { locked } from "../execute.ts";
import { explainJson, explainText } from "../explain_text.ts";
import { decideHandEdits, handEditChoice, withDecisions } from "../hand_edits.ts";
import { canShowKey, makeRecoveryKey } from "../recovery_key.ts";
import { reviewPage } from "../review_page.ts";
import { dirFlag, summary } from "../summary.ts";
import { wizardSession, writeAnswers } from "../wizard_session.ts";

interface Flags {
  readonly answers?: string;
  readonly set?: readonly string[];
  readonly env?: string;
  readonly name?: string;
  readonly demo: boolean;
  readonly bundle?: string;
  readonly key?: string;
  readonly allowUnsigned?: boolean;
  readonly secretsFile?: string;
  readonly saveAnswers?: string;
  readonly handEdits?: string;
  readonly start: boolean;
  readonly engine: boolean;
  readonly explain?: boolean;
}

/** What is to be made true, and what it was planned from. */
interface Agreed {
  readonly request: InitRequest;
  readonly prepared: Prepared;
  readonly inputs: string;
  readonly start: boolean;
  /** True when nothing has to be confirmed any more. */
  readonly yes: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const choice = handEditChoice(flags.handEdits);
  const bundle = flags.bundle === undefined
    ? undefined
    : await openBundle(context, flags.bundle, flags);
  const request = await requestOf(context, flags, bundle);
  const unattended = flags.demo || flags.answers !== undefined || !context.interactive;
  const agreed = unattended
    ? await withoutWizard(context, flags, request)
    : await byWizard(context, flags, request);
  if (bundle !== undefined) await checkPlan(host, agreed.prepared.plan, bundle);
  const decisions = await decideHandEdits(context, agreed.prepared, choice);
  if (unattended && !agreed.yes) await confirm(context, "Go ahead?");
  if (flags.saveAnswers !== undefined) {
    const path = absolute(host, flags.saveAnswers);
    await writeAnswers(context, path, agreed.prepared.plan);
    out.note(`The answers are saved: ${path}`);
  }
  return await locked(context, "init", async () => {
    await checkUnchanged(host, dir, agreed.inputs);
    let prepared = withDecisions(agreed.prepared, decisions);
    if (agreed.start && await bringUpEngine(context, prepared, flags.engine)) {
      // Now that the engine answers, volumes and containers can be seen as well.
      prepared = withDecisions(await prepareInit(host, agreed.request), decisions);
      await preflight(context, prepared);
    }
    await bringUp(context, "init", prepared, { start: agreed.start });
    await dropDraft(host, dir);
    const { failure } = agreed.start
      ? await orderAfterwards(context, prepared.plan)
      : { failure: undefined };
    await summary(context, prepared, agreed.start);
    if (agreed.start && !flags.demo && wantsRecoveryKey(context, prepared.plan)) {
      out.result("");
      await makeRecoveryKey(context, await newKeyPair());
    }
    if (!agreed.start) out.note("Nothing was started.");
    if (failure !== undefined) throw notIssued(context, failure);
    return EXIT.ok;
  });
}

/** Once, for a stack that is backed up, where somebody sees it; elsewhere `doctor` asks for one. */
function wantsRecoveryKey(context: CommandContext, { answers }: Plan): boolean {
  const { environment, backups } = answers;
  return environment !== "development" && backups.enabled && backups.recipients.length === 0 &&
    canShowKey(context);
}

async function requestOf(
  context: CommandContext,
  flags: Flags,
  bundle: VerifiedBundle | undefined,
): Promise<InitRequest> {
  const answersFile = await readGiven(context, flags.answers, "--answers");
  const secretsFile = await readGiven(context, flags.secretsFile, "--secrets-file");
  return {
    dir: context.dir,
    settings: [...(bundle === undefined ? [] : bundleSettings(bundle)), ...flags.set ?? []],
    demo: flags.demo,
    ...(flags.env === undefined ? {} : { environment: flags.env }),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(answersFile === undefined ? {} : { answersFile }),
    ...(secretsFile === undefined ? {} : { secretsFile }),
  };
}

async function withoutWizard(
  context: CommandContext,
  flags: Flags,
  request: InitRequest,
): Promise<Agreed> {
  const { host, out, dir } = context;
  // The demo answers everything with defaults; without a terminal there is nobody to confirm them.
  const yes = context.flags.yes || (flags.demo && !context.interactive);
  if (!context.interactive && !yes) {
    throw new SetupError({
      code: "no_terminal",
      message: "There is no terminal to ask on.",
      hint: "rxdx-setup init --demo --yes, or --answers FILE --yes, or --set key=value … --yes",
      exit: EXIT.usage,
    });
  }
  const inputs = await inputsOf(host, dir);
  const prepared = await prepareInit(host, request);
  await preflight(context, prepared, flags.start);
  if (!out.json) {
    const changes = await findChanges(host, prepared);
    const options = { colors: out.colors, columns: REVIEW_COLUMNS, dirFlag: dirFlag(context) };
    if (flags.explain === true) out.note(`${explainText(prepared.plan, out.colors)}\n`);
    out.note(`${reviewPage(prepared, changes, options)}\n`);
  } else if (flags.explain === true) {
    out.noteJson({ event: { type: "explain", ...explainJson(prepared.plan) } });
  }
  return { request, prepared, inputs, start: flags.start, yes };
}

/** The smallest terminal that is promised; what is printed may be read again in a log. */
const REVIEW_COLUMNS = 80;

/** For the wizard the owner of any port may be asked. */
const EVERY_PORT = Array.from({ length: 65_535 }, (_, index) => index + 1);

async function byWizard(
  context: CommandContext,
  flags: Flags,
  request: InitRequest,
): Promise<Agreed> {
  const { host, out, signal } = context;
  const gathered = await gatherInit(host, request, EVERY_PORT);
  if (gathered.problems.length > 0) throw invalidAnswers(gathered.problems);
  const session = await wizardSession(context, gathered);
  const plain = context.flags.accessible || !canShowFullScreen(host.terminal, host.env);
  try {
    const { said, start } = plain
      ? await (await import("../../tui/wizard/plain.ts")).runPlainWizard({ host, session })
      : await (await import("../../tui/wizard/run.ts")).runWizard({
        host,
        session,
        signal,
        color: out.colors.isColorSupported,
      });
    const reviewed = session.reviewed();
    if (reviewed === undefined) throw new TypeError("agreed to without a review");
    return {
      request: { ...request, you: said.you, typedSecrets: said.secrets },
      ...reviewed,
      start: start && flags.start,
      yes: true,
    };
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    const again = quoted(["rxdx-setup", "init", ...dirFlag(context)]);
    throw new Cancelled(
      gathered.install === undefined
        ? `Nothing was installed. Your answers are kept, without passwords: ${again}`
        : `Nothing was changed. Your answers are kept, without passwords: ${again}`,
    );
  }
}

async function readGiven(
  context: CommandContext,
  path: string | undefined,
  flag: string,
): Promise<{ path: string; text: string } | undefined> {
  if (path === undefined) return undefined;
  const text = await context.host.files.readText(absolute(context.host, path));
  if (text !== undefined) return { path, text };
  throw new SetupError({
    code: "file_not_found",
    message: `${flag} ${path}: there is no such file.`,
    hint: "Check the path; it is relative to the present directory.",
    exit: EXIT.answers,
  });
}
