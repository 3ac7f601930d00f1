/** `backup restore`: puts a backup back, into the stack it was made of or into an empty directory. */
import { type Part, PARTS, type RestoreState } from "../../backup/restore_state.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { Engine } from "../../engine/client.ts";
import { keysFor } from "../../operations/backup/keys.ts";
import { backupDirectory, backupScene, backupsIn } from "../../operations/backup/scene.ts";
import { findInstall, needInstall } from "../../operations/install.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { chooseBackup, type Chosen } from "../../operations/restore/choose.ts";
import { readFresh } from "../../operations/restore/configuration.ts";
import { openBackup } from "../../operations/restore/open.ts";
import { Meter } from "../../operations/backup/meter.ts";
import { settleStep } from "../../operations/restore/settle.ts";
import { readLastRestore } from "../../operations/restore/record.ts";
import { readState } from "../../operations/restore/target.ts";
import { confirm, confirmByName } from "../confirm.ts";
import { absolute, type CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { addressHint } from "../hints.ts";
import { looking } from "../looking.ts";
import { orderNow, planRestore, restoreInto, type RestoreWish } from "../restore_flow.ts";
import { planJson, planText, restoredJson, restoredText } from "../restore_text.ts";
import { needEngine } from "../stack_look.ts";
import { dirFlag } from "../summary.ts";
import { quoted } from "../../steps/command_line.ts";

export interface Flags {
  readonly at?: string;
  readonly from?: string;
  readonly only?: readonly string[];
  readonly identityFile?: string;
  readonly passphraseFile?: string;
  readonly skipBackup: boolean;
  readonly takeBack: boolean;
  readonly dryRun: boolean;
  readonly set?: readonly string[];
  readonly name?: string;
  readonly handEdits?: string;
  readonly engine: boolean;
}

const CONFIGURATION = "configuration";

export async function run(
  context: CommandContext,
  flags: Flags,
  ...names: readonly string[]
): Promise<ExitCode> {
  const { host, dir } = context;
  if (flags.takeBack) {
    const { takeBackRestore } = await import("../restore_take_back.ts");
    return await takeBackRestore(context);
  }
  const parts = wantedParts(flags.only ?? []);
  const install = await findInstall(host, dir);
  const own = install === undefined
    ? undefined
    : { directory: backupDirectory(install), stack: install.answers.name };
  const wanted = wantedOf(context, flags, names);
  // Where `uninstall --purge` has been, the backups are what it has left.
  const left = `${dir}/backups`;
  const useLeft = own === undefined && flags.from === undefined &&
    (await backupsIn(host, left)).length > 0;
  const chosen = await chooseBackup(host, own, useLeft ? { ...wanted, from: left } : wanted);
  const fresh = install === undefined || await readFresh(host, dir) !== undefined;
  if (fresh) {
    const { restoreFresh } = await import("../restore_fresh.ts");
    return await restoreFresh(context, flags, chosen);
  }
  if (flags.set !== undefined || flags.name !== undefined || parts.includes(CONFIGURATION)) {
    const last = await readLastRestore(host, dir);
    const done = last?.file === chosen.file
      ? ` ${last.parts.join(" and ")} of ${last.file} were last put back into it at ${last.at}.`
      : "";
    throw new SetupError({
      code: "usage",
      message: `There is a stack in ${dir}. The configuration of a backup goes into an empty ` +
        "directory only, and settings are changed with `config set`." + done,
      hint: `rxdx-setup backup restore --from ${quoted([chosen.path])} --dir ${quoted([dir])}2`,
      exit: EXIT.usage,
    });
  }
  return await restoreHere(context, flags, chosen, parts as readonly Part[]);
}

/** @throws SetupError `usage` (exit 2) */
function wantedParts(only: readonly string[]): readonly (Part | typeof CONFIGURATION)[] {
  const known: readonly string[] = [...PARTS, CONFIGURATION];
  const said = only.flatMap((each) => each.split(","));
  const wrong = said.find((each) => !known.includes(each));
  if (wrong !== undefined) {
    throw new SetupError({
      code: "usage",
      message: `--only ${wrong}: there is no such part of a backup.`,
      hint: `--only takes ${known.join(", ")}; may be repeated`,
      exit: EXIT.usage,
    });
  }
  return said.length === 0
    ? PARTS
    : known.filter((each) => said.includes(each)) as (Part | typeof CONFIGURATION)[];
}

function wantedOf({ host }: CommandContext, flags: Flags, names: readonly string[]) {
  const [name] = names;
  if (names.length > 1) {
    throw new SetupError({
      code: "usage",
      message: "One backup at a time.",
      hint: "rxdx-setup backup restore NAME",
      exit: EXIT.usage,
    });
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(flags.at === undefined ? {} : { at: flags.at }),
    ...(flags.from === undefined ? {} : { from: absolute(host, flags.from) }),
  };
}

/** Keys, and the whole backup read once: see `openBackup`. */
export async function opening(
  context: CommandContext,
  flags: Flags,
  chosen: Chosen,
): Promise<Pick<RestoreWish, "key" | "opened">> {
  const { host, dir, signal } = context;
  const { identityFile, passphraseFile } = flags;
  const key = await keysFor(host, dir, {
    ...(identityFile === undefined ? {} : { identityFile: absolute(host, identityFile) }),
    ...(passphraseFile === undefined ? {} : { passphraseFile: absolute(host, passphraseFile) }),
  });
  const opened = await looking(
    context,
    { id: "restore-open", title: `Read ${chosen.file} to its end`, index: 0, total: 2 },
    (report) => {
      const meter = new Meter(host, report);
      meter.what = "checked";
      return openBackup(host, chosen, key, { signal, onBytes: (count) => meter.add(count) });
    },
  );
  return { key, opened };
}

async function agreeToFinish(context: CommandContext, { file }: RestoreState): Promise<void> {
  context.out.note(
    `${file} is restored and in place since a run that was interrupted. The state before it is still ` +
      "kept; to have it back: rxdx-setup backup restore --take-back",
  );
  await confirm(
    context,
    "Remove the state before it for good, and go on?",
    "rxdx-setup start finishes that restore, rxdx-setup backup restore --take-back takes it back",
  );
}

async function restoreHere(
  context: CommandContext,
  flags: Flags,
  chosen: Chosen,
  parts: readonly Part[],
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const engine = new Engine(host);
  await needEngine(engine);
  const present = await needOwnStack(host, engine, dir);
  const first = await backupScene(host, present);
  const left = flags.dryRun ? undefined : await readState(host, dir);
  if (left !== undefined) {
    // Brought to its end it has no way back: that is agreed to, and not a part of looking at another.
    if (left.phase === "start") await agreeToFinish(context, left);
    // What is there now is to be seen first, and between two states nothing is.
    await locked(context, "backup restore", async () => {
      await execute(context, "backup restore", [settleStep(first)]);
    });
  }
  const wish: RestoreWish = {
    chosen,
    parts,
    skipBackup: flags.skipBackup,
    ...await opening(context, flags, chosen),
  };
  const plan = await planRestore(context, first, wish);
  const say = (text: string) => addressHint(text, dirFlag(context));
  if (flags.dryRun) {
    if (out.json) out.resultJson({ schema: 1, restored: false, plan: planJson(plan) });
    else out.result(say(planText(plan, host.clock.now(), out.resultColors)));
    return EXIT.ok;
  }
  if (out.json) out.noteJson({ event: { type: "plan", ...planJson(plan) } });
  else out.note(say(planText(plan, host.clock.now(), out.colors)));
  if (!context.flags.yes) {
    await confirmByName(
      context,
      "This replaces what is there now.",
      plan.stack,
      undefined,
      "--yes",
    );
  }
  return await locked(context, "backup restore", async () => {
    const scene = await backupScene(host, await needInstall(host, dir));
    const order = plan.safety || wish.skipBackup ? plan : await orderNow(context, scene, wish);
    const restored = await restoreInto(context, scene, wish, order);
    if (out.json) out.resultJson({ schema: 1, ...restoredJson(restored, chosen) });
    else {
      out.result(say(restoredText(restored, chosen)));
      const rows = restored.last.parts.includes("database");
      if (rows) out.result("Accounts and passwords are those of the backup.");
    }
    return EXIT.ok;
  });
}
