/** `init`: sets a stack up, unattended or from questions. Run again it changes what was asked. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { findChanges, isEmpty } from "../../operations/changes.ts";
import { findInstall } from "../../operations/install.ts";
import { checkUnchanged, inputsOf } from "../../operations/pinned.ts";
import { type InitRequest, type Prepared, prepareInit } from "../../operations/prepare.ts";
import { bringUp, bringUpEngine, preflight } from "../bring_up.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { absolute } from "../context.ts";
import { locked } from "../execute.ts";
import { explainJson, explainText } from "../explain_text.ts";
import { changesText, sizingText, valuesText } from "../review.ts";
import { summary } from "../summary.ts";
import { warningsText } from "../warnings_text.ts";

interface Flags {
  readonly answers?: string;
  readonly set?: readonly string[];
  readonly env?: string;
  readonly demo: boolean;
  readonly secretsFile?: string;
  readonly start: boolean;
  readonly engine: boolean;
  readonly explain?: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out } = context;
  const answersFile = await readGiven(context, flags.answers, "--answers");
  const secretsFile = await readGiven(context, flags.secretsFile, "--secrets-file");
  let request: InitRequest = {
    dir: context.dir,
    settings: flags.set ?? [],
    demo: flags.demo,
    ...(flags.env === undefined ? {} : { environment: flags.env }),
    ...(answersFile === undefined ? {} : { answersFile }),
    ...(secretsFile === undefined ? {} : { secretsFile }),
  };
  const unattended = flags.demo || flags.answers !== undefined;
  // The demo answers everything with defaults; without a terminal there is nobody to confirm them.
  const agreed = context.flags.yes || (flags.demo && !context.interactive);
  if (!context.interactive && !agreed) {
    throw new SetupError({
      code: "no_terminal",
      message: "There is no terminal to ask on.",
      hint: "rxdx-setup init --demo --yes, or --answers FILE --yes, or --set key=value … --yes",
      exit: EXIT.usage,
    });
  }
  let reviewed = await inputsOf(host, context.dir);
  let prepared = await prepareInit(host, request);
  if (context.interactive && !unattended) {
    const { wizard } = await import("../../tui/wizard.ts");
    const exists = await findInstall(host, context.dir) !== undefined;
    request = { ...request, you: await wizard(host, prepared.plan.answers, exists) };
    reviewed = await inputsOf(host, context.dir);
    prepared = await prepareInit(host, request);
  }
  await preflight(context, prepared, flags.start);
  await showReview(context, prepared, flags.explain === true);
  if (!agreed) await confirm(context, "Go ahead?");
  return await locked(context, "init", async () => {
    await checkUnchanged(host, context.dir, reviewed);
    if (flags.start && await bringUpEngine(context, prepared, flags.engine)) {
      // Now that the engine answers, volumes and containers can be seen as well.
      prepared = await prepareInit(host, request);
      await preflight(context, prepared);
    }
    await bringUp(context, "init", prepared, { start: flags.start });
    await summary(context, prepared, flags.start);
    if (!flags.start) out.note("Nothing was started (--no-start).");
    return EXIT.ok;
  });
}

async function showReview(
  context: CommandContext,
  prepared: Prepared,
  explain: boolean,
): Promise<void> {
  const { out } = context;
  if (out.json) {
    if (explain) out.noteJson({ event: { type: "explain", ...explainJson(prepared.plan) } });
    return;
  }
  const c = out.colors;
  const changes = await findChanges(context.host, prepared);
  out.note(`${c.bold("Configuration")}\n${valuesText(prepared, c)}\n`);
  out.note(`${c.bold("Resources")}\n${sizingText(prepared)}\n`);
  if (explain) out.note(`${explainText(prepared.plan, c)}\n`);
  const warnings = warningsText(prepared.plan, c);
  if (warnings !== "") out.note(warnings);
  if (isEmpty(changes)) out.note("The machine already matches this.");
  else out.note(changesText(prepared, changes, c));
  if (prepared.generated.length > 0) {
    out.note(`\n${c.bold("Secrets")}\n  generated: ${prepared.generated.join(", ")}`);
  }
  out.note("");
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
