/**
 * A backup back from where it was copied to, for a server that has lost it or never had it: no stack has to
 * be installed. Compared with what is known of it here, else with the record beside it, and under its own name
 * only when it is whole. Whoever can write there can write both: age tells who may read, not who has written.
 */
import { createHash } from "node:crypto";
import { parseBackupFile, partialFile, recordFile } from "../../../backup/names.ts";
import { parseRecord } from "../../../backup/record.ts";
import { EXIT, SetupError } from "../../../errors.ts";
import type { Host } from "../../../host/types.ts";
import type { Step } from "../../../steps/step.ts";
import { Meter, sizeText } from "../meter.ts";
import { copyError, type Entry, type Place } from "./place.ts";
import { readCopies } from "./state.ts";

/**
 * The backup that is meant among those at the target.
 *
 * @param name with or without its ending; without one the newest, but for what a restore has replaced
 * @throws SetupError `no_backup` (exit 4), `usage` (exit 2) where backups of several stacks lie there
 */
export async function backupAt(place: Place, name: string | undefined): Promise<Entry> {
  const found = (await place.list(false)).flatMap((entry) => {
    const parsed = parseBackupFile(entry.name);
    return parsed === undefined ? [] : [{ ...entry, ...parsed }];
  }).sort((a, b) => b.at.getTime() - a.at.getTime());
  const listed = found.slice(0, 20).map((each) => each.name).join("\n  ");
  const [newest] = found;
  if (newest === undefined) {
    throw copyError(
      "no_backup",
      place.target,
      "there is no backup.",
      "Look for the path: backups are called NAME-TIME.tar.age",
    );
  }
  if (name === undefined) {
    if (found.every(({ stack }) => stack === newest.stack)) return await newestOf(place, found);
    throw new SetupError({
      code: "usage",
      message: `Backups of several stacks lie there; which one?\n  ${listed}`,
      hint: `rxdx-setup backup fetch ${newest.name} --from ${place.target.text}`,
      exit: EXIT.usage,
    });
  }
  const chosen = found.find((each) => each.name === name || each.name === `${name}.tar.age`);
  if (chosen !== undefined) return chosen;
  throw new SetupError({
    code: "no_backup",
    message: `There is no backup ${name} at ${place.target.text}. There are:\n  ${listed}`,
    hint: `rxdx-setup backup fetch --from ${place.target.text}, for the newest`,
    exit: EXIT.usage,
  });
}

/** What a restore has replaced is wanted by its name alone: somebody was glad to be rid of it. */
async function newestOf(place: Place, newestFirst: readonly Entry[]): Promise<Entry> {
  for (const each of newestFirst) {
    const record = parseRecord(await place.readText(recordFile(each.name)));
    if (record?.before_restore !== true) return each;
  }
  const [newest] = newestFirst;
  throw copyError(
    "no_backup",
    place.target,
    "there are only states that a restore has replaced.",
    `rxdx-setup backup fetch ${newest?.name} --from ${place.target.text}`,
  );
}

export interface Fetched {
  readonly sha256: string;
  /** True when something says the same sum. */
  readonly compared: boolean;
  /** What does: this server, which knew it, or the record beside the copy, which is worth no more than it. */
  readonly compared_with: "here" | "beside" | null;
}

/**
 * SHA-256 of a backup as this server knows it: by its record, or by what was compared when it was copied, at
 * that place or another. `undefined` on a server that never had it.
 *
 * @param directory that of the backups
 */
export async function sumKnownHere(
  host: Host,
  dir: string,
  directory: string,
  file: string,
  target: string,
): Promise<string | undefined> {
  const path = `${directory}/${recordFile(file)}`;
  const record = parseRecord(await host.files.readText(path).catch(() => undefined));
  const { targets } = await readCopies(host, dir);
  const copies = [targets[target], ...Object.values(targets)].map((each) => each?.copies[file]);
  return [record, ...copies].map((each) => each?.sha256).find((sum) => sum);
}

/**
 * @param directory where it goes; made where it is not there
 * @param known SHA-256 as this server knows it
 */
export function fetchSteps(
  host: Host,
  place: Place,
  { name, size }: Entry,
  directory: string,
  known: string | undefined,
  fetched: (result: Fetched) => void,
): Step[] {
  const path = `${directory}/${name}`;
  const partial = `${directory}/${partialFile(name)}`;
  return [
    {
      id: "fetch-directory",
      title: `Make ${directory}`,
      isDone: async () => (await host.files.stat(directory))?.kind === "directory",
      run: () => host.files.mkdir(directory, 0o700),
    },
    {
      id: "fetch-space",
      title: "Check that there is room for it",
      check: true,
      isDone: async () => (await host.files.space(directory)).freeBytes >= size,
      run: async () => {
        const { freeBytes } = await host.files.space(directory);
        throw new SetupError({
          code: "disk_full",
          message: `${directory} has ${sizeText(freeBytes)} free; ${name} needs ${sizeText(size)}.`,
          hint: "rxdx-setup backup fetch … --output DIR, on another disk",
          exit: EXIT.prerequisite,
        });
      },
    },
    {
      id: "fetch",
      title: `Fetch ${name}`,
      isDone: () => Promise.resolve(false),
      run: async (report, signal) => {
        const text = await place.readText(recordFile(name));
        const beside = parseRecord(text)?.sha256 ?? "";
        const wanted = known ?? beside;
        if (await host.files.stat(path) !== undefined) throw thereAlready(path);
        const meter = new Meter(host, report);
        meter.what = "received";
        const hash = createHash("sha256");
        await host.files.remove(partial);
        try {
          const sink = await host.files.openSink(partial, 0o600);
          try {
            for await (const chunk of place.read(name, signal)) {
              hash.update(chunk);
              await sink.write(chunk);
              meter.add(chunk.length);
            }
            await sink.sync();
          } finally {
            sink.close();
          }
          const sha256 = hash.digest("hex");
          if (meter.bytes !== size || (wanted !== "" && wanted !== sha256)) {
            throw copyError(
              "copy_damaged",
              place.target,
              `${name} is not the file that was copied there (${
                meter.bytes === size ? "SHA-256" : `${meter.bytes} of ${size} bytes`
              }).`,
              "rxdx-setup backup fetch NAME --from T, with another one",
            );
          }
          // The record first, as beside every backup.
          if (beside === sha256 && text !== undefined) {
            await host.files.writeAtomic(`${directory}/${recordFile(name)}`, text, { mode: 0o600 });
          }
          await host.files.rename(partial, path);
          const source = known !== undefined ? "here" : beside === "" ? null : "beside";
          fetched({ sha256, compared: source !== null, compared_with: source });
        } catch (error) {
          await host.files.remove(partial).catch(() => undefined);
          throw error;
        }
      },
    },
  ];
}

/** Never over a backup: which of the two is whole is not for a download to decide. */
function thereAlready(path: string): SetupError {
  return new SetupError({
    code: "backup_exists",
    message: `${path} is there already, and was not touched.`,
    hint: "rxdx-setup backup list; or --output DIR, for another directory",
    exit: EXIT.apply,
  });
}
