/**
 * The new values on disk while not everything has taken them, and the dates of rotations. From the first
 * step of a rotation to its last, every secret's value that works stands in `.env` or here: whatever ends
 * the program, the next run goes on with the same values (criterion S6).
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import {
  type Dates,
  datesText,
  parseDates,
  parsePending,
  type Pending,
  pendingNames,
  type Rotatable,
} from "../../secrets/rotation.ts";
import { quoted } from "../../steps/command_line.ts";
import type { Step } from "../../steps/step.ts";

export function pendingPath(dir: string): string {
  return `${dir}/.rxdx/rotation.json`;
}

export function datesPath(dir: string): string {
  return `${dir}/.rxdx/secrets.json`;
}

/** @throws SetupError `rotation_unreadable` (exit 5): it may hold the only password that works */
export async function readPending(host: Host, dir: string): Promise<Pending | undefined> {
  const text = await host.files.readText(pendingPath(dir));
  if (text === undefined) return undefined;
  const pending = parsePending(text);
  if (pending !== undefined) return pending;
  throw new SetupError({
    code: "rotation_unreadable",
    message: `${pendingPath(dir)} holds the new secrets of an unfinished rotation and cannot be ` +
      "read: it was edited.",
    hint: "Move it away, then make the database follow .env: rxdx-setup secrets rotate --adopt",
    exit: EXIT.apply,
  });
}

/** So long a rotation may be under way: it waits for every container to become healthy. */
const FRESH_MS = 15 * 60_000;

/** What a look at the stack says of it; also where the file cannot be read, which is told by `rotate`. */
export async function rotationFinding(
  host: Host,
  dir: string,
): Promise<{ readonly secrets: readonly string[]; readonly fresh: boolean } | undefined> {
  const text = await host.files.readText(pendingPath(dir)).catch(() => undefined);
  if (text === undefined) return undefined;
  const pending = parsePending(text);
  if (pending === undefined) return { secrets: ["secrets"], fresh: false };
  const age = host.clock.now().getTime() - Date.parse(pending.at);
  return { secrets: pendingNames(pending), fresh: age < FRESH_MS };
}

/** What is said wherever somebody has to go on with it first. */
export function unfinished(pending: Pending): SetupError {
  return new SetupError({
    code: "rotation_unfinished",
    message: `A rotation of ${pendingNames(pending).join(", ")}, begun at ${pending.at}, did not ` +
      "come to its end.",
    hint: "Go on with it: rxdx-setup secrets rotate",
    exit: EXIT.apply,
  });
}

/** @throws SetupError `rotation_unfinished`, `rotation_unreadable` (exit 5) while one waits for its end */
export async function checkNoneUnfinished(host: Host, dir: string): Promise<void> {
  const pending = await readPending(host, dir);
  if (pending !== undefined) throw unfinished(pending);
}

export function readDates(host: Host, dir: string): Promise<Dates> {
  return host.files.readText(datesPath(dir)).catch(() => undefined).then(parseDates);
}

/**
 * What an interrupted run left is put back by an undo as it was: that run told the database, and this one
 * does not know.
 *
 * @param isSafeToForget asked before an undo removes the file: false while anything has a value of it
 */
export function pendingStep(
  host: Host,
  dir: string,
  pending: Pending,
  isSafeToForget: () => Promise<boolean>,
): Step {
  const text = JSON.stringify(pending, null, 2) + "\n";
  let before: string | undefined;
  return {
    id: "rotation-pending",
    title: "Keep the new values aside until everything has taken them",
    facts: () => ({ secrets: pendingNames(pending).join(",") }),
    isDone: async () => await host.files.readText(pendingPath(dir)) === text,
    run: async () => {
      before = await host.files.readText(pendingPath(dir));
      await host.files.mkdir(`${dir}/.rxdx`, 0o700);
      await host.files.writeAtomic(pendingPath(dir), text, { mode: 0o600 });
    },
    undo: async () => {
      if (before !== undefined) {
        await host.files.writeAtomic(pendingPath(dir), before, { mode: 0o600 });
        return;
      }
      if (!await isSafeToForget()) {
        throw new SetupError({
          code: "rotation_unfinished",
          message: "The database or .env has a new value already; it stays in " +
            `${pendingPath(dir)}.`,
          hint: "rxdx-setup secrets rotate",
          exit: EXIT.apply,
        });
      }
      await host.files.remove(pendingPath(dir));
    },
  };
}

/** `.env`, the receipt, journal and record, twice while they are replaced, and something over. */
const ROOM_BYTES = 2 * 2 ** 20;

/** A disk that is nearly full is found before anything is changed, and not in the middle. */
export function roomStep(host: Host, dir: string): Step {
  const free = async () => (await host.files.space(dir)).freeBytes;
  return {
    id: "rotation-room",
    title: "Check that there is room on the disk",
    check: true,
    isDone: async () => await free() >= ROOM_BYTES,
    run: async () => {
      throw new SetupError({
        code: "disk_full",
        message:
          `Only ${Math.floor(await free() / 1024)} KiB are free at ${dir}; a rotation wants ` +
          `${ROOM_BYTES / 2 ** 20} MiB. Nothing was changed.`,
        hint: `Free some space (df -h ${quoted([dir])}) and run the same command again.`,
        exit: EXIT.apply,
      });
    },
  };
}

/**
 * The last step: dates first, so that a kill between the two costs nothing. Behind it nothing is taken back:
 * what an undo would go back to is forgotten.
 */
export function forgetStep(
  host: Host,
  dir: string,
  rotated: readonly Rotatable[],
  at: string,
): Step {
  return {
    id: "rotation-forget",
    title: "Forget the former values",
    barrier: true,
    isDone: async () => {
      if (await host.files.stat(pendingPath(dir)) !== undefined) return false;
      const dates = await readDates(host, dir);
      return rotated.every((name) => dates[name] === at);
    },
    run: async () => {
      const dates = {
        ...await readDates(host, dir),
        ...Object.fromEntries(rotated.map((name) => [name, at])),
      };
      await host.files.writeAtomic(datesPath(dir), datesText(dates), { mode: 0o600 });
      await host.files.remove(pendingPath(dir));
    },
  };
}
