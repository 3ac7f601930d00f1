/** What lies at a target, and what follows: which backups are missing there, and which have had their time. */
import { backupsAmong, isOrphanRecord, isPartial } from "../../../backup/names.ts";
import { isRebuilt, type KnownBackup, parseRecord } from "../../../backup/record.ts";
import { recordFile } from "../../../backup/names.ts";
import { type Candidate, decideKept } from "../../../backup/retention.ts";
import { targetState } from "../../../backup/copies.ts";
import { type BackupScene, knownBackups } from "../scene.ts";
import { again, copyError, type Entry, type Place } from "./place.ts";
import { readCopies } from "./state.ts";

export interface CopyPlan {
  /** Of this stack, as they lie there. */
  readonly there: readonly Entry[];
  /** To be copied, the newest first. */
  readonly missing: readonly KnownBackup[];
  /** What a killed run has left there. */
  readonly leftovers: readonly string[];
  /** Copies whose record there does not tell of the last proof. */
  readonly stale: readonly KnownBackup[];
}

/**
 * @param only the one backup that is meant, whatever retention says of it
 * @throws SetupError where the target does not answer or cannot be what it was
 */
export async function planCopies(
  scene: BackupScene,
  place: Place,
  only?: KnownBackup,
): Promise<CopyPlan> {
  const { host, install } = scene;
  const { name: stack } = install.answers;
  const entries = await place.list(true);
  const names = entries.map((each) => each.name);
  const sizes = new Map(entries.map((each) => [each.name, each.size]));
  const state = targetState(await readCopies(host, install.dir), place.target.text);
  await checkMounted(scene, place, entries, Object.keys(state.copies).length);
  const local = await knownBackups(host, install);
  const isThere = ({ file, size }: KnownBackup) =>
    sizes.get(file) === size && state.copies[file] !== undefined;
  const wanted = only === undefined ? await keptOf(place, scene, entries, local) : [only];
  return {
    there: backupsAmong(names, stack).map(({ file }) => ({
      name: file,
      size: sizes.get(file) ?? 0,
    })),
    missing: wanted.filter((each) => !isThere(each)),
    leftovers: names.filter((name) => isPartial(name, stack) || isOrphanRecord(name, stack, names)),
    stale: local.filter((each) =>
      isThere(each) && state.copies[each.file]?.proof_at !== (each.record?.proof?.at ?? "")
    ),
  };
}

/** Backups here that retention keeps, beside what lies there; what failed its proof is not passed on. */
async function keptOf(
  place: Place,
  scene: BackupScene,
  entries: readonly Entry[],
  local: readonly KnownBackup[],
): Promise<KnownBackup[]> {
  const here = new Map(local.map((each) => [each.file, each]));
  const { name: stack, backups } = scene.install.answers;
  const known = backupsAmong([
    ...new Set([...entries.map((each) => each.name), ...here.keys()]),
  ], stack);
  const candidates = await Promise.all(known.map(async (each) => ({
    ...each,
    ...await marksOf(scene, place, each.file, here.get(each.file)),
  })));
  return decideKept(candidates, backups.keep).flatMap(({ backup, because }) => {
    const own = here.get(backup.file);
    return own === undefined || because.length === 0 || own.record?.proof?.ok === false
      ? []
      : [own];
  });
}

/** What retention asks of a backup: by the record here, by what is remembered, by the record there. */
async function marksOf(
  { host, install }: BackupScene,
  place: Place,
  file: string,
  local: KnownBackup | undefined,
): Promise<Pick<Candidate, "proven" | "beforeRestore">> {
  const here = local?.record;
  const { copies } = targetState(await readCopies(host, install.dir), place.target.text);
  const known = copies[file];
  const remembered = here === undefined || isRebuilt(here)
    ? known?.before_restore
    : here.before_restore === true;
  const asked = remembered === undefined || (here === undefined && known === undefined);
  const there = asked ? parseRecord(await place.readText(recordFile(file))) : undefined;
  const proven = here === undefined
    ? (known ?? { proven: there?.proof?.ok }).proven
    : here.proof?.ok;
  return {
    ...(proven === undefined ? {} : { proven }),
    beforeRestore: remembered ?? there?.before_restore === true,
  };
}

/** Copies there that retention does not keep: never the newest, never the last verified one. */
export async function outdated(scene: BackupScene, place: Place): Promise<string[]> {
  const { host, install } = scene;
  const names = (await place.list(false)).map((each) => each.name);
  const here = new Map((await knownBackups(host, install)).map((each) => [each.file, each]));
  const candidates = await Promise.all(
    backupsAmong(names, install.answers.name).map(async (each) => ({
      ...each,
      ...await marksOf(scene, place, each.file, here.get(each.file)),
    })),
  );
  return decideKept(candidates, install.answers.backups.keep)
    .filter(({ because }) => because.length === 0)
    .map(({ backup }) => backup.file);
}

/**
 * A directory on the backups' own file system where copies are known to have been, and none is: the disk is
 * not mounted, and the copy would fill the wrong one.
 */
async function checkMounted(
  scene: BackupScene,
  place: Place,
  entries: readonly Entry[],
  known: number,
): Promise<void> {
  const { target } = place;
  if (target.kind !== "directory") return;
  const same = await sameFileSystem(scene, target.path);
  if (same === "same-directory") {
    throw copyError(
      "copy_target_is_source",
      target,
      "it is the directory of the backups itself.",
      "rxdx-setup config set backups.copy_to=/mnt/nas/rxdx",
    );
  }
  const lost = known > 0 && backupsAmong(
        entries.map((each) => each.name),
        scene.install.answers.name,
      ).length === 0;
  if (same === "same" && lost) {
    throw copyError(
      "copy_target_not_mounted",
      target,
      `${known} copies were there, and it is empty and on the disk of the backups: it is not mounted.`,
      `mount ${target.path}; then ${again(target)}`,
    );
  }
}

/** Whether a directory lies where the backups lie; `unknown` where stat cannot tell. */
export async function sameFileSystem(
  { host, directory }: Pick<BackupScene, "host" | "directory">,
  path: string,
): Promise<"same" | "other" | "same-directory" | "unknown"> {
  const { code, stdout } = await host.process.run([
    ...["stat", "--dereference", "--format=%d %i", "--", directory, path],
  ]);
  const [here, there] = stdout.trim().split("\n").map((line) => line.split(" "));
  if (code !== 0 || here === undefined || there === undefined) return "unknown";
  if (here[0] !== there[0]) return "other";
  return here[1] === there[1] ? "same-directory" : "same";
}
