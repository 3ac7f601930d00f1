/**
 * `upgrade`: another version of the application, of PostgreSQL within its major, of nginx, or of what
 * rxdx-setup writes. Backup, change, judgement; or back by itself.
 */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { newerTags } from "../../images/version.ts";
import { checkPlan } from "../../operations/bundle/judge.ts";
import { checkUnchanged, inputsOf, needOwnStack } from "../../operations/pinned.ts";
import { checkDataHasSecrets } from "../../operations/preflight.ts";
import { readPending, unfinished as rotationUnfinished } from "../../operations/rotate/pending.ts";
import { judgeRelease } from "../../operations/upgrade/prepare_steps.ts";
import { readUnfinished } from "../../operations/upgrade/records.ts";
import { isUpToDate, planUpgrade, type Upgrade } from "../../operations/upgrade/upgrade.ts";
import { Secret } from "../../plan/secret.ts";
import { registryTags } from "../../probe/registry.ts";
import { fromTo, unfinishedText, type UpgradeRecord } from "../../upgrade/record.ts";
import { namedBundle, openBundle } from "../bundle_flow.ts";
import { confirm } from "../confirm.ts";
import { absolute, type CommandContext } from "../context.ts";
import { locked } from "../execute.ts";
import { decideHandEdits, handEditChoice, withDecisions } from "../hand_edits.ts";
import { needEngine } from "../stack_look.ts";
import { broughtBack, comeBack, finishCommit, runUpgrade } from "../upgrade_flow.ts";
import { secondsText } from "../seconds_text.ts";
import { upgradeJson, upgradeText } from "../upgrade_text.ts";

interface Flags {
  readonly to?: string;
  readonly bundle?: string;
  readonly key?: string;
  readonly allowUnsigned?: boolean;
  readonly check: boolean;
  readonly handEdits?: string;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, dir } = context;
  const choice = handEditChoice(flags.handEdits);
  const engine = new Engine(host);
  await needEngine(engine);
  if (flags.bundle !== undefined && flags.to !== undefined) {
    throw new SetupError({
      code: "conflicting_flags",
      message: "--bundle names the version already; it takes no --to.",
      hint: "rxdx-setup upgrade --bundle FILE",
      exit: EXIT.usage,
    });
  }
  const pending = await readUnfinished(host, dir);
  const named = await namedBundle(context, flags);
  const bundle = named === undefined ? undefined : await openBundle(context, named, flags);
  const to = bundle === undefined ? flags.to : undefined;
  const wanted: Wanted = { to, bundle: bundle?.file };
  if (flags.check) return await check(context, wanted, pending);
  if (pending !== undefined) {
    const other = to !== undefined && to !== pending.to.version ||
      bundle !== undefined && bundle.file !== pending.to.settings.file;
    if (other) throw unfinished(pending);
    return await goOn(context, pending, flags);
  }
  // Between two passwords is no time for two versions as well.
  const rotation = await readPending(host, dir);
  if (rotation !== undefined) throw rotationUnfinished(rotation);
  const reviewed = await inputsOf(host, dir);
  const install = await needOwnStack(host, engine, dir);
  const upgrade = await planUpgrade(host, { install, ...wanted, absolute: from(context) });
  if (bundle !== undefined) await checkPlan(host, upgrade.prepared.plan, bundle);
  if (isUpToDate(upgrade)) return await nothing(context, upgrade);
  return await agreeAndRun(context, upgrade, choice, reviewed);
}

/** The version that was named. */
interface Wanted {
  readonly to: string | undefined;
  /** Absolute path of a verified bundle. */
  readonly bundle: string | undefined;
}

function from({ host }: CommandContext): (path: string) => string {
  return (path) => absolute(host, path);
}

/** Shows it, asks, and does it. */
async function agreeAndRun(
  context: CommandContext,
  planned: Upgrade,
  choice: ReturnType<typeof handEditChoice>,
  reviewed: string | UpgradeRecord,
): Promise<ExitCode> {
  const { host, out, dir } = context;
  checkDataHasSecrets(planned.prepared);
  // What is here can be judged now; what has yet to come, when it is here.
  if (planned.record.phase === "preparing" && planned.changes.images.length === 0) {
    await judgeRelease(planned);
  }
  if (out.json) out.noteJson({ event: { type: "plan", ...upgradeJson(planned) } });
  else out.note(`${upgradeText(planned, out.colors)}\n`);
  const { prepared } = planned;
  const decided = withDecisions(prepared, await decideHandEdits(context, prepared, choice));
  const upgrade = { ...planned, prepared: decided };
  await confirm(
    context,
    `Upgrade ${fromTo(upgrade.record)}?`,
    "What would be done stands above; if that is meant, give --yes",
  );
  return await locked(context, "upgrade", async () => {
    if (typeof reviewed === "string") await checkUnchanged(host, dir, reviewed);
    else await checkSame(context, reviewed);
    const { downtime, backup } = await runUpgrade(context, upgrade);
    const { from: was, to } = upgrade.record;
    if (out.json) {
      out.resultJson({
        schema: 1,
        from: was.version,
        to: to.version,
        backup: backup ?? null,
        downtime_seconds: downtime,
      });
    } else {
      out.result([
        `${to.version} runs and is healthy (${fromTo(upgrade.record)}).`,
        `Users were without the application for ${secondsText(downtime)}.`,
        ...(backup === undefined ? [] : [`The backup before it is ${backup}, proven.`]),
        "Back to the version before: rxdx-setup rollback",
      ].join("\n"));
    }
    return EXIT.ok;
  });
}

/** Tags of the registry that are newer than the installed one; or why they are not known. */
async function newer(
  { host }: CommandContext,
  { running }: Upgrade,
): Promise<{ readonly tags: readonly string[]; readonly failure?: string }> {
  const { answers, secrets } = running.install;
  const { source, registry, username } = answers.images;
  if (source !== "registry") return { tags: [] };
  const password = new Secret(secrets.REGISTRY_PASSWORD ?? "");
  try {
    const tags = await registryTags(host, { registry, username, password });
    return { tags: newerTags(tags, running.version.version) };
  } catch (error) {
    return { tags: [], failure: error instanceof Error ? error.message : String(error) };
  }
}

async function nothing(context: CommandContext, upgrade: Upgrade): Promise<ExitCode> {
  const { out } = context;
  const { tags, failure } = await newer(context, upgrade);
  const { version } = upgrade.running.version;
  if (out.json) {
    out.resultJson({ schema: 1, from: version, to: version, newer_tags: tags });
    return EXIT.ok;
  }
  out.result([
    `Nothing to upgrade: ${version} is what rxdx.yml names, in its newest content.`,
    ...(tags.length === 0 ? [] : [newerText(tags)]),
    ...(failure === undefined ? [] : [`Newer tags are not known: ${failure}`]),
    ...upgrade.unknown.map((each) => `Not asked: ${each}`),
  ].join("\n"));
  return EXIT.ok;
}

function newerText(tags: readonly string[]): string {
  const [newest] = tags;
  return `The registry has ${tags.slice(0, 5).join(", ")}${
    tags.length > 5 ? ` and ${tags.length - 5} more` : ""
  }: rxdx-setup upgrade --to ${newest}`;
}

/** `--check`: what there is. Changes nothing, and asks nothing. */
async function check(
  context: CommandContext,
  wanted: Wanted,
  pending: UpgradeRecord | undefined,
): Promise<ExitCode> {
  const { host, out, dir } = context;
  if (pending !== undefined) {
    if (out.json) {
      out.resultJson({ schema: 1, available: true, unfinished: unfinishedText(pending) });
    } else {out.result(
        `${unfinishedText(pending)}\nGo on: rxdx-setup upgrade; or back: rxdx-setup rollback`,
      );}
    return EXIT.pending;
  }
  const install = await needOwnStack(host, new Engine(host), dir);
  const upgrade = await planUpgrade(host, { install, ...wanted, absolute: from(context) });
  const { tags, failure } = await newer(context, upgrade);
  const available = !isUpToDate(upgrade) || tags.length > 0;
  const unknown = [...upgrade.unknown, ...(failure === undefined ? [] : [failure])];
  if (out.json) {
    out.resultJson({ ...upgradeJson(upgrade), available, newer_tags: tags, unknown });
  } else if (isUpToDate(upgrade)) await nothing(context, upgrade);
  else {
    out.result(upgradeText(upgrade, out.resultColors));
    if (tags.length > 0) out.result(`\n${newerText(tags)}`);
  }
  return available ? EXIT.pending : EXIT.ok;
}

function unfinished(pending: UpgradeRecord): SetupError {
  return new SetupError({
    code: "upgrade_unfinished",
    message: unfinishedText(pending),
    hint: "rxdx-setup upgrade goes on with it; rxdx-setup rollback returns to the version before",
    exit: EXIT.usage,
  });
}

/**
 * Between the look and the lock another run may have gone on with it.
 *
 * @throws SetupError `changed_meanwhile` (exit 5)
 */
async function checkSame({ host, dir }: CommandContext, pending: UpgradeRecord): Promise<void> {
  if (JSON.stringify(await readUnfinished(host, dir)) === JSON.stringify(pending)) return;
  throw new SetupError({
    code: "changed_meanwhile",
    message: "Another run went on with the upgrade meanwhile. Nothing was done.",
    hint: "rxdx-setup status; then run the same command again",
    exit: EXIT.apply,
  });
}

/** Goes on with what did not come to its end. Also what `apply` does then. */
export async function goOn(
  context: CommandContext,
  pending: UpgradeRecord,
  flags: Pick<Flags, "handEdits"> = {},
): Promise<ExitCode> {
  const { host, out, dir } = context;
  out.note(`${unfinishedText(pending)}\n`);
  switch (pending.phase) {
    case "rolling-back":
      throw new SetupError({
        code: "rollback_unfinished",
        message: unfinishedText(pending),
        hint: "rxdx-setup rollback",
        exit: EXIT.usage,
      });
    case "committed":
      return await locked(context, "upgrade", async () => {
        await checkSame(context, pending);
        await finishCommit(context);
        out.result(`${pending.to.version} runs; the upgrade is over.`);
        return EXIT.ok;
      });
    case "returning":
      await confirm(context, `Go on with the way back to ${pending.from.version}?`);
      return await locked(context, "upgrade", async () => {
        await checkSame(context, pending);
        const outcome = await comeBack(context, pending);
        throw new SetupError({
          code: "upgrade_failed",
          message: `The upgrade ${fromTo(pending)} had failed. ${broughtBack(pending, outcome)}`,
          hint: "rxdx-setup audit show; then rxdx-setup upgrade",
          exit: EXIT.apply,
        });
      });
    default: {
      const choice = handEditChoice(flags.handEdits);
      const install = await needOwnStack(host, new Engine(host), dir);
      const request = { install, to: undefined, absolute: from(context), pending };
      return await agreeAndRun(context, await planUpgrade(host, request), choice, pending);
    }
  }
}
