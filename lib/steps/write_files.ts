/**
 * Writing the rendered files as one step: each is whole or not there, the order is that of the
 * list (secrets first). An operator's edit is replaced only where that was decided, and a copy is kept
 * aside first.
 */
import type { Host } from "../host/types.ts";
import { EXIT, SetupError } from "../errors.ts";
import { maskEnv } from "../render/diff.ts";
import { effectiveText, type RenderedFile } from "../render/file.ts";
import { type Receipt, sha256 } from "./receipt.ts";
import type { Step } from "./step.ts";
import { announce, readWritten, type Written } from "./written.ts";

export interface WriteFilesOptions {
  readonly host: Host;
  readonly dir: string;
  readonly files: readonly RenderedFile[];
  /** The receipt of the install as it was; tells hand edits and files that are no longer ours. */
  readonly receipt: Receipt | undefined;
}

/** Text of each path as it is on disk now; paths without a file are absent. */
export async function readPresent(
  host: Host,
  dir: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const present = new Map<string, string>();
  for (const path of paths) {
    const text = await host.files.readText(`${dir}/${path}`);
    if (text !== undefined) present.set(path, text);
  }
  return present;
}

/** True for a source that was edited since it was written: it is the developer's now. */
export function belongsToDeveloper(
  file: RenderedFile,
  present: string | undefined,
  receipt: Receipt | undefined,
  written: Written,
): boolean {
  if (file.editable !== true || present === undefined) return false;
  const recorded = receipt?.files.find((each) => each.path === file.path)?.sha256;
  const hash = sha256(present);
  return recorded !== undefined && hash !== recorded &&
    written[file.path]?.includes(hash) !== true;
}

/** Directories of the files, parents first. */
export function directoriesOf(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) found.add(parts.slice(0, depth).join("/"));
  }
  return [...found].sort();
}

/** Rendered files of the receipt that are rendered no more. */
function obsolete(options: WriteFilesOptions): string[] {
  const current = new Set(options.files.map((file) => file.path));
  return (options.receipt?.files ?? []).filter((file) => file.made !== true)
    .map((file) => file.path).filter((path) => !current.has(path));
}

/** Files that are not yet as they shall be, with what is there of each path. */
async function differing({ host, dir, files, receipt }: WriteFilesOptions): Promise<{
  readonly found: RenderedFile[];
  readonly present: ReadonlyMap<string, string>;
  readonly written: Written;
}> {
  const present = await readPresent(host, dir, files.map((file) => file.path));
  const written = await readWritten(host, dir);
  const found: RenderedFile[] = [];
  for (const file of files) {
    const text = present.get(file.path);
    if (belongsToDeveloper(file, text, receipt, written)) continue;
    const mode = text === undefined
      ? undefined
      : (await host.files.stat(`${dir}/${file.path}`))?.mode;
    if (text !== effectiveText(file, text) || mode !== file.mode) found.push(file);
  }
  return { found, present, written };
}

/** Paths that the step would write or remove now, relative to the install directory. */
export async function pathsToChange(options: WriteFilesOptions): Promise<string[]> {
  const { found } = await differing(options);
  const gone = await readPresent(options.host, options.dir, obsolete(options));
  return [...found.map((file) => file.path), ...gone.keys()];
}

export function writeFilesStep(options: WriteFilesOptions): Step {
  const { host, dir, files, receipt } = options;
  const known = new Map((receipt?.files ?? []).map((file) => [file.path, file.sha256]));
  const paths = files.map((file) => file.path);
  /** Text and mode of each path before it was touched; `undefined` for one that was not there. */
  const before = new Map<string, { text: string; mode: number } | undefined>();
  const remember = async (path: string, text: string | undefined) => {
    const info = text === undefined ? undefined : await host.files.stat(`${dir}/${path}`);
    before.set(path, text === undefined ? undefined : { text, mode: info?.mode ?? 0o600 });
  };

  return {
    id: "write-files",
    title: `Write ${files.length} files to ${dir}`,
    facts: () => ({ plan: planHash(files) }),
    isDone: async () => (await pathsToChange(options)).length === 0,
    run: async (report) => {
      for (const directory of directoriesOf(paths)) {
        await host.files.mkdir(`${dir}/${directory}`, 0o755);
      }
      const aside = asideDirectory(host.clock.now());
      const { found, present, written } = await differing(options);
      const isOurs = (path: string, text: string) =>
        sha256(text) === known.get(path) || written[path]?.includes(sha256(text)) === true;
      const guarded = receipt !== undefined;
      for (const file of found) {
        const text = present.get(file.path);
        if (guarded && text !== undefined) assertDecided(file, text, isOurs);
      }
      // What an operator's edit is part of stays recognisable as one until the receipt knows it: a run
      // that is killed here must not make it ours, to be written over by the next.
      const ours = found.filter((file) => file.handEdit?.decision !== "merge");
      if (ours.length > 0) {
        const hashes = ours.map((file) => [
          file.path,
          sha256(effectiveText(file, present.get(file.path))),
        ]);
        await announce(host, dir, Object.fromEntries(hashes));
      }
      for (const file of found) {
        const text = present.get(file.path);
        await remember(file.path, text);
        // rxdx.yml is meant to be edited; its edits are what this run applies. A file that no
        // receipt knows may be somebody's own, or was edited since a first run that did not end.
        if (
          text !== undefined && file.path !== "rxdx.yml" &&
          text !== effectiveText(file, text) && !isOurs(file.path, text)
        ) {
          await keepAside(host, dir, aside, file.path, text);
          const how = known.get(file.path) === undefined
            ? "was there already"
            : "was edited by hand";
          report.detail(`${file.path} ${how}; kept in ${aside}`);
        } else report.detail(file.path);
        await host.files.writeAtomic(`${dir}/${file.path}`, effectiveText(file, text), {
          mode: file.mode,
        });
      }
      for (const [path, text] of await readPresent(host, dir, obsolete(options))) {
        await remember(path, text);
        if (!isOurs(path, text)) await keepAside(host, dir, aside, path, text);
        report.detail(`remove ${path}`);
        await host.files.remove(`${dir}/${path}`);
      }
    },
    // On a first install what was written stays, above all the secrets: the next run goes on there.
    ...(receipt === undefined ? {} : {
      undo: async () => {
        // One that cannot be put back keeps none of the others from it.
        const failed: unknown[] = [];
        for (const [path, was] of [...before].reverse()) {
          const to = `${dir}/${path}`;
          await (was === undefined
            ? host.files.remove(to)
            : host.files.writeAtomic(to, was.text, { mode: was.mode }))
            .catch((error) => failed.push(error));
        }
        if (failed.length > 0) throw failed[0];
      },
    }),
  };
}

/**
 * One hash for all that is to be written, answers among it: SHA-256 over `path`, two spaces and the
 * SHA-256 of each text, a line each, sorted. Secrets are masked before: a plan is the same with others,
 * and the hash helps nobody to guess one.
 */
export function planHash(files: readonly RenderedFile[]): string {
  const lines = files.map(({ path, text, secret }) =>
    `${path}  ${sha256(secret ? maskEnv(text) : text)}\n`
  );
  return sha256(lines.sort().join(""));
}

/**
 * An edit that nobody has decided about, because it was made since: never overwritten. Sources of the
 * demo images are replaced with a copy kept aside, as soon as images are built from them.
 *
 * @throws SetupError `changed_meanwhile` (exit 5), before anything is written
 */
function assertDecided(
  file: RenderedFile,
  text: string,
  isOurs: (path: string, text: string) => boolean,
): void {
  const { path, handEdit } = file;
  const free = path === "rxdx.yml" || path.startsWith("demo/") || text === file.text;
  // What is kept may get its permission bits back; its text stays.
  if (free || handEdit?.decision === "keep" || isOurs(path, text)) return;
  if (handEdit?.of === sha256(text)) return;
  throw new SetupError({
    code: "changed_meanwhile",
    message: `${path} was edited after this plan was made. Nothing was written.`,
    hint: "Run the same command again to see the new plan.",
    exit: EXIT.apply,
  });
}

/** Where what is replaced now is kept, relative to the install directory. */
export function asideDirectory(now: Date): string {
  return `.rxdx/replaced/${now.toISOString().replace(/[-:.]/g, "")}`;
}

export async function keepAside(
  host: Host,
  dir: string,
  aside: string,
  path: string,
  text: string,
): Promise<void> {
  const parent = `${aside}/${path}`.split("/").slice(0, -1).join("/");
  await host.files.mkdir(`${dir}/${parent}`, 0o700);
  await host.files.writeAtomic(`${dir}/${aside}/${path}`, text, { mode: 0o600 });
}
