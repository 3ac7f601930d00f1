/** Asks every target whether it answers and what lies there. Changes nothing; nothing it finds is an exception. */
import { type CopyTarget, copyTargets } from "../../../answers/rules_copies.ts";
import { targetState } from "../../../backup/copies.ts";
import { backupsAmong } from "../../../backup/names.ts";
import { SetupError } from "../../../errors.ts";
import type { Check } from "../../../plan/check.ts";
import { type BackupScene, knownBackups } from "../scene.ts";
import { openPlace } from "./open.ts";
import type { Entry } from "./place.ts";
import { sameFileSystem } from "./plan.ts";
import { readCopies } from "./state.ts";

export interface TargetLook {
  readonly target: CopyTarget;
  readonly ok: boolean;
  /** Backups of this stack there, the newest first; empty where it does not answer. */
  readonly files: readonly Entry[];
  readonly reason?: string;
  readonly hint?: string;
  /** A directory on the disk of the backups: lost with them. */
  readonly beside?: true;
}

/** Milliseconds for each target. */
const LOOK_MS = 20_000;

/** @param targets all of `backups.copy_to` where none is named */
export async function lookAtTargets(
  scene: BackupScene,
  targets: readonly CopyTarget[] = copyTargets(scene.install.answers.backups.copy_to),
): Promise<TargetLook[]> {
  return await Promise.all(targets.map((target) => lookAt(scene, target)));
}

async function lookAt(scene: BackupScene, target: CopyTarget): Promise<TargetLook> {
  const { host, install } = scene;
  const said = (error: unknown): TargetLook => ({
    target,
    ok: false,
    files: [],
    reason: error instanceof Error ? error.message.replace(`${target.text}: `, "") : String(error),
    ...(error instanceof SetupError && error.hint !== undefined ? { hint: error.hint } : {}),
  });
  const over = new AbortController();
  const late = host.clock.sleep(LOOK_MS, over.signal).then(
    () => said(new Error(`it did not answer in ${LOOK_MS / 1000} s.`)),
    () => said(new Error("it was not asked.")),
  );
  const asked = (async (): Promise<TargetLook> => {
    const place = await openPlace(host, target, install.answers.backups);
    try {
      const entries = await place.list(false);
      const names = backupsAmong(entries.map((each) => each.name), install.answers.name);
      const sizes = new Map(entries.map((each) => [each.name, each.size]));
      const beside = target.kind === "directory" &&
        (await sameFileSystem(scene, target.path)).startsWith("same");
      return {
        target,
        ok: true,
        files: names.map(({ file }) => ({ name: file, size: sizes.get(file) ?? 0 })),
        ...(beside ? { beside: true as const } : {}),
      };
    } finally {
      await place.close();
    }
  })().catch(said);
  const look = await Promise.race([asked, late]);
  over.abort();
  return look;
}

/** One line for each target, for `check` and `doctor`. */
export async function copyChecks(scene: BackupScene): Promise<Check[]> {
  const { host, install } = scene;
  const [looks, state, local] = await Promise.all([
    lookAtTargets(scene),
    readCopies(host, install.dir),
    knownBackups(host, install),
  ]);
  return looks.map((look, index): Check => {
    const id = `backup-copies-${index + 1}`;
    const title = "Copies";
    const { text } = look.target;
    if (!look.ok) {
      const detail = `${text}: ${look.reason}`;
      return {
        id,
        title,
        state: "fail",
        detail,
        ...(look.hint === undefined ? {} : { hint: look.hint }),
      };
    }
    const { failure, copies } = targetState(state, text);
    const count = `${text} answers, ${look.files.length} ${
      look.files.length === 1 ? "copy" : "copies"
    }`;
    const hint = "rxdx-setup backup copy";
    if (failure !== undefined) {
      return {
        id,
        title,
        state: "warn",
        detail: `${count}; the last try failed: ${failure.reason}`,
        hint,
      };
    }
    const gone = Object.keys(copies).filter((file) =>
      !look.files.some(({ name, size }) => name === file && size === copies[file]?.bytes)
    );
    if (gone.length > 0) {
      return {
        id,
        title,
        state: "warn",
        detail: `${count}; missing, or of another size: ${gone.join(", ")}`,
        hint,
      };
    }
    const [newest] = local;
    if (
      newest !== undefined && newest.record?.proof?.ok !== false &&
      copies[newest.file] === undefined
    ) {
      return { id, title, state: "warn", detail: `${count}; not yet of ${newest.file}`, hint };
    }
    return look.beside === true
      ? {
        id,
        title,
        state: "warn",
        detail: `${count}, on the same disk as the backups: whatever takes one takes both`,
        hint: "rxdx-setup config set backups.copy_to=…, another disk or machine",
      }
      : { id, title, state: "ok", detail: count };
  });
}
