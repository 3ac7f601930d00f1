/**
 * The steps that bring backups to one target: under a partial name, compared there byte by byte through its
 * SHA-256, and only then under its own name. A run that was killed leaves a partial file, which the next
 * removes; whatever happens there, the backup here is not touched.
 */
import { createHash } from "node:crypto";
import { targetState } from "../../../backup/copies.ts";
import { partialFile, recordFile } from "../../../backup/names.ts";
import {
  type BackupRecord,
  isRebuilt,
  type KnownBackup,
  parseRecord,
  recordText,
} from "../../../backup/record.ts";
import { EXIT, SetupError } from "../../../errors.ts";
import type { Host } from "../../../host/types.ts";
import type { Step, StepReport } from "../../../steps/step.ts";
import { Meter, sizeText } from "../meter.ts";
import type { BackupScene } from "../scene.ts";
import { again, copyError, type Place, type Transfer } from "./place.ts";
import { type CopyPlan, outdated } from "./plan.ts";
import { changeCopies, readCopies } from "./state.ts";

/** Left free at the target. */
const SPARE_BYTES = 16 * 2 ** 20;

interface CopyScene {
  readonly scene: BackupScene;
  readonly place: Place;
}

/** @param prune false for one that was asked for by name */
export function copySteps(copy: CopyScene, plan: CopyPlan, prune: boolean): Step[] {
  return [
    sweepStep(copy, plan),
    ...plan.missing.flatMap((backup) => {
      const done = { yes: false };
      return [
        spaceStep(copy, backup),
        sendStep(copy, backup, done),
        compareStep(copy, backup, done),
      ];
    }),
    ...(plan.stale.length === 0 ? [] : [recordsStep(copy, plan.stale)]),
    ...(prune ? [pruneStep(copy)] : []),
  ];
}

/** `20260314T020000Z`, for the ids of steps. */
function stamp({ file }: KnownBackup): string {
  return file.replace(/\.tar\.age$/, "").replace(/^.*-/, "").toLowerCase();
}

function sweepStep({ place }: CopyScene, plan: CopyPlan): Step {
  let left = plan.leftovers.length;
  return {
    id: "copy-sweep",
    title: `Remove what an interrupted copy left at ${place.target.text}`,
    isDone: () => Promise.resolve(left === 0),
    run: async () => {
      for (const name of plan.leftovers) await place.remove(name);
      left = 0;
    },
  };
}

/** Bytes of what has that name at the target; `undefined` where nothing has. */
async function sizeThere(place: Place, file: string): Promise<number | undefined> {
  return (await place.list(false)).find((each) => each.name === file)?.size;
}

function spaceStep({ place }: CopyScene, backup: KnownBackup): Step {
  const enough = async () => {
    const free = await place.free();
    const ok = free === undefined || free >= backup.size + SPARE_BYTES ||
      (await sizeThere(place, backup.file)) === backup.size;
    return { free, ok };
  };
  return {
    id: `copy-space-${stamp(backup)}`,
    title: "Check that there is room for it",
    check: true,
    isDone: async () => (await enough()).ok,
    run: async () => {
      const { free = 0 } = await enough();
      throw copyError(
        "copy_target_full",
        place.target,
        `${sizeText(free)} are free, and ${backup.file} needs ${sizeText(backup.size)}.`,
        `Free some space there; then ${again(place.target)}`,
      );
    },
  };
}

function transfer(
  host: Host,
  report: StepReport,
  signal: AbortSignal,
  what: string,
): Transfer & { readonly meter: Meter } {
  const meter = new Meter(host, report);
  meter.what = what;
  return { signal, onBytes: (count) => meter.add(count), meter };
}

function sendStep(
  { scene, place }: CopyScene,
  backup: KnownBackup,
  done: { yes: boolean },
): Step {
  const { host, directory } = scene;
  const partial = partialFile(backup.file);
  return {
    id: `copy-send-${stamp(backup)}`,
    title: `Copy ${backup.file} to ${place.target.text}`,
    isDone: async () => {
      // A whole file of that name may be a copy that nobody remembers: then it is only compared.
      done.yes = await sizeThere(place, backup.file) === backup.size;
      return done.yes;
    },
    run: async (report, signal) => {
      // Without its sum nobody can tell which of the two is whole.
      if (!hasSum(backup) && await sizeThere(place, backup.file) !== undefined) {
        throw otherThere(place, backup);
      }
      try {
        await place.put(
          `${directory}/${backup.file}`,
          partial,
          transfer(host, report, signal, "sent"),
        );
      } catch (error) {
        // Half a file is of no use to anybody; where that fails too, the next run does it.
        await place.remove(partial).catch(() => undefined);
        throw error;
      }
    },
    undo: async () => {
      await place.remove(partial).catch(() => undefined);
    },
  };
}

async function localSum(host: Host, path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of host.files.openSource(path)) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}

function compareStep(
  { scene, place }: CopyScene,
  backup: KnownBackup,
  done: { yes: boolean },
): Step {
  const { host, directory, install } = scene;
  const { file, record, size } = backup;
  const path = `${directory}/${file}`;
  return {
    id: `copy-compare-${stamp(backup)}`,
    title: "Compare its SHA-256 there, then give it its name",
    isDone: () => Promise.resolve(false),
    run: async (report, signal) => {
      const name = done.yes ? file : partialFile(file);
      const wanted = record?.sha256 || await localSum(host, path, signal);
      const found = await place.sum(name, transfer(host, report, signal, "read back"));
      if (found !== wanted) {
        // Whose fault it is decides what to do: the file here may have changed since it was written, and
        // then what lies there may be the only whole one.
        if (done.yes && !hasSum(backup)) throw otherThere(place, backup);
        if (await localSum(host, path, signal) !== wanted) throw damagedHere(path);
        await place.remove(name);
        throw copyError(
          "copy_damaged",
          place.target,
          `${file} arrived as another file (SHA-256) and was removed there.`,
          again(place.target),
        );
      }
      if (record !== undefined) await tellRecord(place, record, wanted);
      if (!done.yes) await place.rename(name, file);
      const proof = record?.proof;
      await changeCopies(host, install.dir, place.target.text, (copies) => ({
        ...copies,
        [file]: {
          at: host.clock.now().toISOString(),
          bytes: size,
          sha256: wanted,
          proof_at: proof?.at ?? "",
          ...(proof === undefined ? {} : { proven: proof.ok }),
          ...(record === undefined || isRebuilt(record)
            ? {}
            : { before_restore: record.before_restore === true }),
        },
      }));
    },
  };
}

/** What was written down with a backup tells whether it is still the same; a record that was lost does not. */
function hasSum({ record }: KnownBackup): boolean {
  return record !== undefined && record.sha256 !== "";
}

/**
 * Puts the record beside a copy. Where it was lost here, the one there of the same file is the better one,
 * and is only told of the proof.
 *
 * @param sha256 of the copy, as it was compared
 */
async function tellRecord(place: Place, record: BackupRecord, sha256: string | undefined) {
  const name = recordFile(record.file);
  const there = isRebuilt(record) ? parseRecord(await place.readText(name)) : undefined;
  const { proof } = record;
  if (there !== undefined && there.sha256 === sha256) {
    await place.putText(recordText(proof === undefined ? there : { ...there, proof }), name);
  } else if (record.sha256 !== "") await place.putText(recordText(record), name);
}

function otherThere({ target }: Place, { file }: KnownBackup): SetupError {
  return copyError(
    "copy_differs",
    target,
    `another ${file} lies there, and without its record here nobody can tell which is whole. Both stay.`,
    `rxdx-setup backup verify ${file}; then remove the wrong one by hand`,
  );
}

function damagedHere(path: string): SetupError {
  return new SetupError({
    code: "backup_damaged",
    message: `${path} is another file than was written (SHA-256); it was not passed on.`,
    hint: "rxdx-setup backup create; and look at the disk: sudo dmesg | tail -50",
    exit: EXIT.unhealthy,
  });
}

/** A proof that came after the copy is worth knowing there too: retention and a fresh server go by it. */
function recordsStep({ scene, place }: CopyScene, stale: readonly KnownBackup[]): Step {
  const { host, install } = scene;
  let done = false;
  return {
    id: "copy-records",
    title: "Tell of the last proofs beside the copies",
    isDone: () => Promise.resolve(done),
    run: async () => {
      const known = targetState(await readCopies(host, install.dir), place.target.text).copies;
      for (const { file, record } of stale) {
        if (record === undefined) continue;
        await tellRecord(place, record, record.sha256 || known[file]?.sha256);
        await changeCopies(host, install.dir, place.target.text, (copies) => {
          const known = copies[file];
          if (known === undefined) return copies;
          const { proven: _, ...rest } = known;
          const { proof } = record;
          const told = { ...rest, proof_at: proof?.at ?? "" };
          return { ...copies, [file]: proof === undefined ? told : { ...told, proven: proof.ok } };
        });
      }
      done = true;
    },
  };
}

/** Retention as here, over what lies there. */
function pruneStep({ scene, place }: CopyScene): Step {
  const { host, install } = scene;
  return {
    id: "copy-prune",
    title: `Remove copies at ${place.target.text} that backups.keep does not keep`,
    isDone: async () => (await outdated(scene, place)).length === 0,
    run: async (report) => {
      for (const file of await outdated(scene, place)) {
        report.detail(file);
        // The record last: without its copy it is swept away by the next run.
        await place.remove(file);
        await place.remove(recordFile(file));
        await changeCopies(host, install.dir, place.target.text, (copies) => {
          const { [file]: _, ...rest } = copies;
          return rest;
        });
      }
    },
  };
}
