/**
 * The directories of an upgrade. `.rxdx/upgrade` while it is under way, renamed to `.rxdx/previous` when it
 * is done: its record, and every file of the install as it was, `.env` without its secrets, because these
 * stand in `.env` alone (ADR 0007) and an upgrade changes none.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { withoutSecrets, withSecrets } from "../../render/merge.ts";
import type { Counts } from "../../upgrade/loss.ts";
import type { Shelf } from "./kept_names.ts";
import { recordText, type UpgradeRecord } from "../../upgrade/record.ts";
import { parseReceipt, readReceipt, receiptText, sha256 } from "../../steps/receipt.ts";
import { withRecipients } from "./recipients.ts";
import { shelfPath } from "./records.ts";

/** Kept with the files, and put back with them: what else tells of the install as it was. */
const RECEIPT = ".rxdx/receipt.json";
const STATE = [RECEIPT, ".rxdx/images.lock"] as const;

interface Kept {
  readonly path: string;
  /** Absent: the file was not there. */
  readonly mode?: number;
}

/**
 * Keeps the files as they are, then the record: a directory without one is of a run that was killed here,
 * and is made anew.
 *
 * @param texts another text than the one on disk, by path
 */
export async function keepVersion(
  host: Host,
  dir: string,
  record: UpgradeRecord,
  paths: readonly string[],
  texts: ReadonlyMap<string, string>,
): Promise<void> {
  const shelf = shelfPath(dir, "upgrade");
  await host.files.remove(shelf, { recursive: true });
  await host.files.mkdir(shelf, 0o700);
  const rendered = await renderedPaths(host, dir);
  const kept: Kept[] = [];
  for (const path of new Set([...paths, ...rendered, ...STATE])) {
    const text = texts.get(path) ?? await host.files.readText(`${dir}/${path}`);
    if (text === undefined) {
      kept.push({ path });
      continue;
    }
    const mode = (await host.files.stat(`${dir}/${path}`))?.mode ?? 0o600;
    kept.push({ path, mode });
    const to = `${shelf}/files/${path}`;
    await host.files.mkdir(to.slice(0, to.lastIndexOf("/")), 0o700);
    await host.files.writeAtomic(to, path === ".env" ? withoutSecrets(text) : text, {
      mode: 0o600,
    });
  }
  await host.files.writeAtomic(`${shelf}/files.json`, JSON.stringify(kept, null, 1) + "\n", {
    mode: 0o600,
  });
  await host.files.writeAtomic(`${shelf}/record.json`, recordText(record), { mode: 0o600 });
}

/** What was rendered last, for merges: below `.rxdx/rendered`. */
async function renderedPaths(host: Host, dir: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (at: string): Promise<void> => {
    for (const name of await host.files.list(`${dir}/${at}`)) {
      const path = `${at}/${name}`;
      if ((await host.files.stat(`${dir}/${path}`))?.kind === "directory") await visit(path);
      else found.push(path);
    }
  };
  await visit(".rxdx/rendered");
  return found;
}

async function keptFiles(host: Host, dir: string, shelf: Shelf): Promise<readonly Kept[]> {
  const text = await host.files.readText(`${shelfPath(dir, shelf)}/files.json`);
  const value: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(value) ? value as Kept[] : [];
}

/** A file that was kept and is not there is no file that was not there then. */
function goneFile(at: string, path: string): SetupError {
  return new SetupError({
    code: "upgrade_files_gone",
    message: `${at}/files/${path} is missing: how ${path} was before is not known. The present ` +
      "one was left alone.",
    hint: `Bring it back from a copy of ${at}; rxdx-setup support-bundle collects what is there`,
    exit: EXIT.prerequisite,
  });
}

/**
 * Files that are not as they were kept: their text then, `undefined` for those that were not there.
 *
 * @throws SetupError `upgrade_files_gone` (exit 4)
 */
export async function differingFiles(
  host: Host,
  dir: string,
  shelf: Shelf,
): Promise<{ readonly path: string; readonly text: string | undefined; readonly mode: number }[]> {
  const present = await host.files.readText(`${dir}/.env`) ?? "";
  const configuration = await host.files.readText(`${dir}/rxdx.yml`) ?? "";
  const found = await Promise.all(
    (await keptFiles(host, dir, shelf)).map(async ({ path, mode }) => {
      const kept = mode === undefined
        ? undefined
        : await host.files.readText(`${shelfPath(dir, shelf)}/files/${path}`);
      if (mode !== undefined && kept === undefined) throw goneFile(shelfPath(dir, shelf), path);
      const text = kept === undefined
        ? undefined
        : path === ".env"
        ? withSecrets(kept, present)
        : path === "rxdx.yml" || path === ".rxdx/rendered/rxdx.yml"
        ? withRecipients(kept, configuration)
        : path === RECEIPT
        ? await receiptThen(host, dir, shelf, kept)
        : kept;
      const now = await host.files.readText(`${dir}/${path}`);
      const nowMode = now === undefined
        ? undefined
        : (await host.files.stat(`${dir}/${path}`))?.mode;
      const same = now === text && (text === undefined || nowMode === mode);
      return same ? [] : [{ path, text, mode: mode ?? 0o600 }];
    }),
  );
  return found.flat();
}

/**
 * The receipt of the version that was, with what has happened since and does not go back: certificates, images
 * that were built, what the running nginx has read, and secrets, with which `.env` has another hash and is no hand edit.
 */
async function receiptThen(host: Host, dir: string, shelf: Shelf, kept: string): Promise<string> {
  const present = await readReceipt(host, dir);
  const then = parseReceipt(kept);
  if (present === undefined || then === undefined) return kept;
  const read = (path: string) => host.files.readText(`${shelfPath(dir, shelf)}/files/${path}`);
  const env = await read(".env");
  const untouched = env !== undefined && env === await read(".rxdx/rendered/.env");
  const now = await host.files.readText(`${dir}/.env`) ?? "";
  const files = then.files.filter((each) => each.made !== true).map((each) =>
    each.path === ".env" && untouched ? { ...each, sha256: sha256(withSecrets(env, now)) } : each
  );
  const made = present.files.filter((each) => each.made === true);
  const { nginxLoaded } = present;
  // Those of the newer version are still on this machine, for `uninstall` to remove.
  const images = [...new Set([...then.images, ...present.images])];
  return receiptText({ ...then, files: [...files, ...made], images, nginxLoaded });
}

/**
 * Removes a shelf. The list of files first: with it and without the files themselves, the next run would
 * have nothing to put back. The record last: without it nobody would know that something is left.
 */
export async function forgetVersion(host: Host, dir: string, shelf: Shelf): Promise<void> {
  const at = shelfPath(dir, shelf);
  await host.files.remove(`${at}/files.json`);
  for (const name of await host.files.list(at)) {
    if (name !== "record.json") await host.files.remove(`${at}/${name}`, { recursive: true });
  }
  await host.files.remove(at, { recursive: true });
}

export async function keepCounts(host: Host, dir: string, counts: Counts): Promise<void> {
  const { tables, graphs } = counts;
  await host.files.writeAtomic(
    `${shelfPath(dir, "upgrade")}/counts.json`,
    JSON.stringify({ tables, graphs }) + "\n",
    { mode: 0o600 },
  );
}

export async function readCounts(
  host: Host,
  dir: string,
  shelf: Shelf,
): Promise<Counts | undefined> {
  const text = await host.files.readText(`${shelfPath(dir, shelf)}/counts.json`);
  if (text === undefined) return undefined;
  const value = JSON.parse(text) as Partial<Counts>;
  return Array.isArray(value.tables) && Array.isArray(value.graphs) ? value as Counts : undefined;
}
