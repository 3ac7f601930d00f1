/** `doctor`: everything that can be checked without asking the outside, each with cause and remedy. */
import type { CheckState } from "../../plan/check.ts";
import type { DoctorResult, Finding, FixId } from "../../doctor/check.ts";
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { FIX_TEXT, fixesOf, fixSteps } from "../../operations/doctor/fixes.ts";
import { lookForReclaimable, reclaimText } from "../../operations/doctor/reclaim.ts";
import type { Install } from "../../operations/install.ts";
import { checkUnchanged, inputsOf, needOwnStack } from "../../operations/pinned.ts";
import { checkDataHasSecrets, checkPorts } from "../../operations/preflight.ts";
import { prepareApply } from "../../operations/prepare.ts";
import { checkNoneUnfinished } from "../../operations/rotate/pending.ts";
import { checkServices } from "../../operations/services.ts";
import { checksText } from "../checks_text.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { runDoctor } from "../doctor_look.ts";
import { execute, locked } from "../execute.ts";

interface Flags {
  readonly fix?: boolean;
  readonly prune?: boolean;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...services: readonly string[]
): Promise<ExitCode> {
  checkServices(services);
  if (flags.prune === true && flags.fix !== true) {
    throw new SetupError({
      code: "usage",
      message: "--prune says what --fix may remove; without --fix nothing is changed.",
      hint: "rxdx-setup doctor --fix --prune",
      exit: EXIT.usage,
    });
  }
  const { host, dir } = context;
  const reviewed = await inputsOf(host, dir);
  const install = await needOwnStack(host, new Engine(host), dir);
  const look = await withProgress(
    context,
    (onProgress) => runDoctor(context, install, { services, onProgress }),
  );
  if (flags.fix !== true) return told(context, look);
  const fixes = fixesOf(look.checks, flags.prune === true);
  if (fixes.length === 0) {
    const wrong = look.result === "fail" || look.result === "warn";
    if (wrong) context.out.note("Nothing of this can be mended from here; see the hints.");
    return told(context, look);
  }
  return await mend(context, { install, reviewed, look, fixes, services });
}

/** Shows what would be done, asks, does it, and looks again. */
async function mend(
  context: CommandContext,
  of: {
    readonly install: Install;
    /** What {@link install} was read from. */
    readonly reviewed: string;
    readonly look: DoctorResult;
    readonly fixes: readonly FixId[];
    readonly services: readonly string[];
  },
): Promise<ExitCode> {
  const { install, look, fixes, services } = of;
  const { host, dir, out } = context;
  const engine = new Engine(host);
  const prepared = await prepareApply(host, install);
  checkDataHasSecrets(prepared);
  if (fixes.some((each) => ["apply", "restart", "start", "certificate"].includes(each))) {
    checkPorts(prepared.plan);
  }
  const steps = await fixSteps(host, engine, prepared, look.checks, fixes);
  const wrong = look.checks.filter((each) => each.fix !== null && fixes.includes(each.fix));
  const prune = fixes.includes("prune")
    ? await lookForReclaimable(host, engine, prepared).then(reclaimText, () => FIX_TEXT.prune)
    : "";
  out.note(
    [
      ...wrong.map(({ title, detail }) => `${title}: ${detail}`),
      "",
      "To mend it:",
      ...fixes.map((each, index) => `  ${index + 1}. ${each === "prune" ? prune : FIX_TEXT[each]}`),
      "",
      "Data and configuration are not touched.",
    ].join("\n"),
  );
  await confirm(context, "Go ahead?");
  return await locked(context, "doctor", async () => {
    await checkUnchanged(host, dir, of.reviewed);
    await checkNoneUnfinished(host, dir);
    await execute(context, "doctor", steps);
    const again = await needOwnStack(host, engine, dir);
    return told(context, await runDoctor(context, again, { services }));
  });
}

/** What is worst stands last, where the eye is when the command has ended. */
const ORDER: readonly CheckState[] = ["ok", "unknown", "warn", "fail"];

function told({ out }: CommandContext, { result, checks }: DoctorResult): ExitCode {
  if (out.json) {
    out.resultJson({ schema: 1, result, checks: checks.map(({ fix: _, ...each }) => each) });
  } else {
    const sorted = ORDER.flatMap((state) => checks.filter((each) => each.state === state));
    out.result(checksText(sorted.map(asCheck), out.resultColors));
  }
  return result === "fail" ? EXIT.unhealthy : EXIT.ok;
}

function asCheck({ id, title, state, detail, hint }: Finding) {
  return { id, title, state, detail, ...(hint === null ? {} : { hint }) };
}

/** Milliseconds after which a terminal is told how far it is. */
const PATIENCE_MS = 1_000;

async function withProgress<T>(
  { host, out }: CommandContext,
  body: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const shown = host.terminal.stderrIsTerminal && !out.json && !out.accessible;
  const from = host.clock.monotonic();
  let written = false;
  try {
    return await body((done, total) => {
      if (!shown || host.clock.monotonic() - from < PATIENCE_MS) return;
      written = true;
      host.terminal.err(`\r\x1b[KLooking: ${done} of ${total} …`);
    });
  } finally {
    if (written) host.terminal.err("\r\x1b[K");
  }
}
