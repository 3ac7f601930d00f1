/**
 * A backup restored where no stack is: a new server, a second directory, or after `uninstall --purge`. First the
 * configuration becomes a healthy stack by the very steps of `init`, then the data are put into it.
 */
import { PARTS } from "../backup/restore_state.ts";
import { EXIT, type ExitCode, SetupError } from "../errors.ts";
import { findChanges } from "../operations/changes.ts";
import { type BackupScene, backupScene } from "../operations/backup/scene.ts";
import type { InitRequest } from "../operations/gather.ts";
import { needInstall } from "../operations/install.ts";
import { type Prepared, prepareInit } from "../operations/prepare.ts";
import { withAdministrator } from "../operations/restore/administrator.ts";
import type { Chosen } from "../operations/restore/choose.ts";
import {
  checkEmpty,
  filesFor,
  freshDoneStep,
  placeStep,
  readFresh,
  withFiles,
} from "../operations/restore/configuration.ts";
import { neededBytes } from "../operations/restore/look.ts";
import { uploadsVolumeOf } from "../plan/plan.ts";
import { quoted } from "../steps/command_line.ts";
import { bringUp, bringUpEngine, preflight } from "./bring_up.ts";
import { opening } from "./commands/backup_restore.ts";
import type { Flags } from "./commands/backup_restore.ts";
import { confirm } from "./confirm.ts";
import type { CommandContext } from "./context.ts";
import { execute, locked } from "./execute.ts";
import { decideHandEdits, handEditChoice, withDecisions } from "./hand_edits.ts";
import { addressHint } from "./hints.ts";
import {
  orderNow,
  type Restored,
  restoreInto,
  type RestoreOrder,
  type RestoreWish,
} from "./restore_flow.ts";
import { freshHeader, movedText, restoredJson, restoredText } from "./restore_text.ts";
import { reviewPage } from "./review_page.ts";
import { dirFlag } from "./summary.ts";

const REVIEW_COLUMNS = 80;

export async function restoreFresh(
  context: CommandContext,
  flags: Flags,
  chosen: Chosen,
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const choice = handEditChoice(flags.handEdits);
  const { key, opened } = await opening(context, flags, chosen);
  const parts = partsOf(flags);
  const wish: RestoreWish = { chosen, key, opened, parts, skipBackup: flags.skipBackup };
  const files = filesFor(opened.configuration, parts.length > 0);
  const configuration = files.get("rxdx.yml");
  if (configuration === undefined || !files.has(".env")) throw noConfiguration(chosen);
  const begun = await readFresh(host, dir);
  const goesOn = begun?.sha256 === opened.sha256;
  if (begun !== undefined && !goesOn) throw otherBackup(dir);
  if (!goesOn) await checkEmpty(host, dir, files);
  const request: InitRequest = {
    dir,
    settings: withAdministrator(flags.set ?? [], new TextDecoder().decode(configuration.bytes)),
    demo: false,
    ...(flags.name === undefined ? {} : { name: flags.name }),
  };
  const seen = goesOn && begun.placed ? host : withFiles(host, dir, files);
  const prepared = await prepareInit(seen, request);
  await preflight(context, prepared);
  if (!goesOn) checkVolumes(prepared, parts);
  const needed = neededBytes(opened.manifest, parts);
  const c = flags.dryRun ? out.resultColors : out.colors;
  const shown = out.json ? "" : [
    freshHeader({ chosen, manifest: opened.manifest, parts, dir, needed }, host.clock.now(), c),
    reviewPage(prepared, await findChanges(seen, prepared), {
      colors: c,
      columns: REVIEW_COLUMNS,
      dirFlag: dirFlag(context),
      unattended: false,
    }),
    ...mailNote(prepared),
  ].join("\n\n");
  if (flags.dryRun) {
    if (out.json) out.resultJson({ schema: 1, restored: false, dir, file: chosen.file, parts });
    else out.result(shown);
    return EXIT.ok;
  }
  out.note(`${shown}\n`);
  const decisions = await decideHandEdits(context, prepared, choice);
  await confirm(
    context,
    "Restore it here?",
    "What would be done stands above; if that is meant: --yes",
  );
  const from = host.clock.monotonic();
  const restored = await locked(context, "backup restore", async () => {
    if (!goesOn) await checkEmpty(host, dir, files);
    await execute(context, "backup restore", [placeStep(host, dir, opened.sha256, files)]);
    let ready = withDecisions(await prepareInit(host, request), decisions);
    if (await bringUpEngine(context, ready, flags.engine)) {
      ready = withDecisions(await prepareInit(host, request), decisions);
      await preflight(context, ready);
    }
    await bringUp(context, "backup restore", ready, { start: true });
    const scene = await backupScene(host, await needInstall(host, dir));
    // Brought to its end by the start, where the run before was killed behind the exchange.
    const ended = goesOn && await readFresh(host, dir) === undefined;
    const done: Restored | undefined = ended || parts.length === 0
      ? undefined
      : await restoreInto(context, scene, wish, await freshOrder(context, scene, wish, goesOn));
    await execute(context, "backup restore", [freshDoneStep(host, dir)]);
    return done;
  });
  const seconds = Math.round((host.clock.monotonic() - from) / 100) / 10;
  const { url, answers } = prepared.plan;
  if (out.json) {
    out.resultJson({
      schema: 1,
      dir,
      url,
      total_seconds: seconds,
      ...(restored === undefined ? { restored: true } : restoredJson(restored, chosen)),
    });
    return EXIT.ok;
  }
  if (restored !== undefined) out.result(restoredText(restored, chosen));
  const moved = movedText({ url, seconds, recipients: answers.backups.recipients.length });
  out.result(addressHint(moved, dirFlag(context)));
  return EXIT.ok;
}

/**
 * A stack that was made a moment ago holds nothing. One that a run before this one has made may have served
 * since, and been worked in.
 */
async function freshOrder(
  context: CommandContext,
  scene: BackupScene,
  wish: RestoreWish,
  goesOn: boolean,
): Promise<RestoreOrder> {
  const order = await orderNow(context, scene, wish);
  return goesOn ? order : { ...order, safety: false };
}

/** @throws SetupError `not_installed` (exit 4) for data that have no stack to go into */
function partsOf({ only = [] }: Flags): RestoreWish["parts"] {
  const said = only.flatMap((each) => each.split(","));
  if (said.length === 0) return PARTS;
  if (said.includes("configuration")) return PARTS.filter((each) => said.includes(each));
  throw new SetupError({
    code: "not_installed",
    message: "There is no stack here that these data could go into.",
    hint: "Leave --only out, and the configuration of the backup is restored with them",
    exit: EXIT.prerequisite,
  });
}

function otherBackup(dir: string): SetupError {
  return new SetupError({
    code: "restore_under_way",
    message: `${dir} is being filled from another backup; that did not come to its end.`,
    hint: `Run it again with that one; or restore into another directory: --dir ${quoted([dir])}2`,
    exit: EXIT.apply,
  });
}

function noConfiguration({ file }: Chosen): SetupError {
  return new SetupError({
    code: "backup_damaged",
    message: `${file} holds no configuration.`,
    hint: "Set a stack up with `rxdx-setup init`, then restore the data into it",
    exit: EXIT.unhealthy,
  });
}

/**
 * Data of a stack whose directory was lost are still in its volumes: they get their configuration back, and are
 * not replaced by accident.
 *
 * @throws SetupError `volume_exists` (exit 4)
 */
function checkVolumes({ plan }: Prepared, parts: RestoreWish["parts"]): void {
  const there = volumesInTheWay(plan, parts);
  if (there.length === 0) return;
  throw new SetupError({
    code: "volume_exists",
    message: `${there.join(" and ")} of a stack of this name exist${
      there.length === 1 ? "s" : ""
    } already: data are in there.`,
    hint: "Give it its configuration back: rxdx-setup backup restore --only configuration …; or " +
      `restore beside it: --name ${plan.answers.name}2. Only if its data may go: ` +
      `docker volume rm ${there.map((each) => each.split(" ").at(-1)).join(" ")}`,
    exit: EXIT.prerequisite,
  });
}

/** Volumes that a restore of these parts would replace the content of. */
export function volumesInTheWay(
  { answers, dataVolume, facts }: Pick<Prepared["plan"], "answers" | "dataVolume" | "facts">,
  parts: RestoreWish["parts"],
): string[] {
  const uploads = uploadsVolumeOf(answers);
  return [
    ...(parts.length > 0 && facts.volumes.includes(dataVolume)
      ? [`the database volume ${dataVolume}`]
      : []),
    ...(parts.includes("uploads") && facts.volumes.includes(uploads)
      ? [`the uploads volume ${uploads}`]
      : []),
  ];
}

/** Two stacks that read one mailbox take each other's messages away. */
function mailNote({ plan: { answers } }: Prepared): string[] {
  const { imap, email } = answers;
  const talks = [
    ...(imap.host === "" ? [] : [`reads the mailbox at ${imap.host} (--set imap.host= for none)`]),
    ...(email.host === "" ? [] : [`sends mail by ${email.host} (--set email.host= for none)`]),
  ];
  return talks.length === 0
    ? []
    : [`While the old stack runs too: this one also ${talks.join(", and ")}.`];
}
