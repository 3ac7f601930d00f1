/** Which backup is meant: by file, by name, by time, or the newest. */
import { parseBackupFile, recordFile } from "../../backup/names.ts";
import { type KnownBackup, parseRecord } from "../../backup/record.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { backupsIn } from "../backup/scene.ts";
import { quoted } from "../../steps/command_line.ts";

export interface Wanted {
  /** A name as `backup list` shows it, or `latest`; the newest when absent. */
  readonly name?: string;
  /** The newest that is not younger. */
  readonly at?: string;
  /** Absolute path of a file or a directory, instead of the stack's own directory. */
  readonly from?: string;
}

/** A backup and where it lies. */
export interface Chosen extends KnownBackup {
  readonly path: string;
}

/** The stack whose backups are looked through, where one is installed. */
interface Own {
  readonly directory: string;
  readonly stack: string;
}

const EXAMPLE = 'rxdx-setup backup restore --at "2026-03-14 02:00"';

/** The end of that day, minute or second in UTC, as backups are named; another zone where it says so. */
export function parseMoment(text: string): Date {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?\s*(Z|[+-]\d\d:\d\d)?)?$/
    .exec(text.trim());
  const [, day, minutes, seconds, zone] = match ?? [];
  const at = new Date(
    minutes === undefined
      ? `${day}T23:59:59.999Z`
      : `${day}T${minutes}${seconds ?? ":59"}.999${zone ?? "Z"}`,
  );
  if (day !== undefined && !Number.isNaN(at.getTime())) return at;
  throw new SetupError({
    code: "usage",
    message: `--at ${text} is no time.`,
    hint: `${EXAMPLE} (UTC), or --at 2026-03-14 for the last one of that day`,
    exit: EXIT.usage,
  });
}

/** @throws SetupError `usage` (exit 2), `no_backup` (exit 4) */
export async function chooseBackup(
  host: Host,
  own: Own | undefined,
  wanted: Wanted,
): Promise<Chosen> {
  const { name, at, from } = wanted;
  if (name !== undefined && at !== undefined) {
    throw new SetupError({
      code: "usage",
      message: "A name and --at name two backups.",
      hint: EXAMPLE,
      exit: EXIT.usage,
    });
  }
  const info = from === undefined ? undefined : await host.files.stat(from);
  if (from !== undefined && info === undefined) throw none(`There is no ${from}.`);
  if (from !== undefined && info?.kind === "file") {
    if (name !== undefined || at !== undefined) {
      throw new SetupError({
        code: "usage",
        message: `${from} is one backup already.`,
        hint: `rxdx-setup backup restore --from ${quoted([from])}`,
        exit: EXIT.usage,
      });
    }
    return await oneFile(host, from, info.size, info.modified);
  }
  const directory = from ?? own?.directory;
  if (directory === undefined) {
    throw new SetupError({
      code: "not_installed",
      message: "There is no stack here, so that it has to be said where the backup is.",
      hint: "rxdx-setup backup restore --from /path/to/rxdx-20260314T020000Z.tar.age " +
        "--identity-file key.txt",
      exit: EXIT.prerequisite,
    });
  }
  const found = await backupsIn(host, directory, from === undefined ? own?.stack : undefined);
  const all = found.map((each): Chosen => ({ ...each, path: `${directory}/${each.file}` }));
  if (all.length === 0) throw none(`There is no backup in ${directory}.`);
  if (name !== undefined && name !== "latest") {
    const file = name.replace(/^.*\//, "");
    const named = all.find((each) => each.file === file || each.file === `${file}.tar.age`);
    if (named !== undefined) return named;
    throw none(`There is no backup ${name} in ${directory}.`);
  }
  // What a restore has replaced is wanted by its name alone: somebody was glad to be rid of it.
  const candidates = all.filter(({ record }) => record?.before_restore !== true);
  const stacks = new Set(candidates.map(({ stack }) => stack));
  if (stacks.size > 1) {
    throw new SetupError({
      code: "usage",
      message: `${directory} holds backups of several stacks: ${[...stacks].sort().join(", ")}.`,
      hint: `Name one: rxdx-setup backup restore ${candidates[0]?.file} --from ${
        quoted([directory])
      }`,
      exit: EXIT.usage,
    });
  }
  const moment = at === undefined ? undefined : parseMoment(at);
  const chosen = candidates.find((each) => moment === undefined || each.at <= moment);
  if (chosen !== undefined) return chosen;
  const oldest = candidates.at(-1)?.file;
  throw none(
    moment === undefined || oldest === undefined
      ? `${directory} holds only states that a restore has replaced; give the name of one.`
      : `No backup in ${directory} is as old as ${moment.toISOString()}; the oldest is ${oldest}.`,
  );
}

function none(message: string): SetupError {
  return new SetupError({
    code: "no_backup",
    message,
    hint: "rxdx-setup backup list",
    exit: EXIT.prerequisite,
  });
}

async function oneFile(host: Host, path: string, size: number, modified: Date): Promise<Chosen> {
  const file = path.replace(/^.*\//, "");
  const record = parseRecord(
    await host.files.readText(`${path.slice(0, -file.length)}${recordFile(file)}`)
      .catch(() => undefined),
  );
  const named = parseBackupFile(file) ?? { file, stack: "", at: modified };
  // A record of that name may be of another backup, where the file was renamed.
  const belongs = record !== undefined && record.file === file;
  return { ...named, size, path, ...(belongs ? { record } : {}) };
}
