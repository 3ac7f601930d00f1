/** `backup restore --take-back`: gives up an interrupted restore whose new state does not become ready. */
import { EXIT, type ExitCode, SetupError } from "../errors.ts";
import { Engine } from "../engine/client.ts";
import type { Created } from "../operations/backup/create_steps.ts";
import { type BackupScene, backupScene } from "../operations/backup/scene.ts";
import { needInstall } from "../operations/install.ts";
import { needOwnStack } from "../operations/pinned.ts";
import { databaseUp } from "../operations/restore/application.ts";
import { settleStep } from "../operations/restore/settle.ts";
import { readState } from "../operations/restore/target.ts";
import type { Step } from "../steps/step.ts";
import { confirmByName } from "./confirm.ts";
import type { CommandContext } from "./context.ts";
import { execute, locked } from "./execute.ts";
import { safetySteps } from "./restore_flow.ts";
import { needEngine } from "./stack_look.ts";

export async function takeBackRestore(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const state = await readState(host, dir);
  if (state === undefined) throw nothingToTakeBack();
  const engine = new Engine(host);
  await needEngine(engine);
  await needOwnStack(host, engine, dir);
  const install = await needInstall(host, dir);
  out.note(
    `The restore of ${state.file} did not come to its end.\n` + (
      state.phase === "drop"
        ? "The state before it is being removed already: it is finished.\n"
        : state.phase === "start"
        ? "What it has restored, and what was written to it since, is backed up; then the state\n" +
          "before it serves again.\n"
        : "The state before it serves again.\n"
    ),
  );
  if (!context.flags.yes) {
    await confirmByName(context, "Take it back?", install.answers.name, undefined, "--yes");
  }
  let how = "nothing";
  let given: Created | undefined;
  await locked(context, "backup restore", async () => {
    const scene = await backupScene(host, install);
    // Between the two states there is nothing that could be backed up; nobody can have written then.
    const used = (await readState(host, dir))?.phase === "start";
    await execute(context, "backup restore", [
      databaseStep(scene),
      ...(used ? safetySteps(scene, (made) => given = made) : []),
      settleStep(scene, (found) => how = found, { takeBack: true }),
    ]);
  });
  const file = given?.record.file;
  if (out.json) {
    out.resultJson({ schema: 1, settled: how, file: state.file, given_up: file ?? null });
  } else {
    out.result(`The restore of ${state.file} is ${how}.`);
    if (file !== undefined) {
      out.result(`What was given up: rxdx-setup backup restore ${file.replace(/\.tar\.age$/, "")}`);
    }
  }
  return EXIT.ok;
}

function databaseStep(scene: BackupScene): Step {
  return {
    id: "restore-database",
    title: "Start the database, where it does not run",
    isDone: () => Promise.resolve(false),
    run: (report, signal) => databaseUp(scene, report, signal),
  };
}

function nothingToTakeBack(): SetupError {
  return new SetupError({
    code: "nothing_to_take_back",
    message: "No restore was interrupted here.",
    hint: "The state before a restore that ended is a backup: rxdx-setup backup list",
    exit: EXIT.usage,
  });
}
