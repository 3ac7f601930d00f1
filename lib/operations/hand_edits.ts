/**
 * Files that somebody edited, deleted or had there before: found by comparing what is on disk with
 * what was written and with what would be written now. Nothing here changes anything; what is decided
 * about an edit is noted on the file, and the step that writes obeys it.
 */
import type { Host } from "../host/types.ts";
import { diffText, maskEnv } from "../render/diff.ts";
import type { HandEditDecision, RenderedFile } from "../render/file.ts";
import { type Conflict, merge, mergeEnv } from "../render/merge.ts";
import { type Receipt, sha256 } from "../steps/receipt.ts";
import { readRendered } from "../steps/rendered.ts";
import { readWritten, type Written } from "../steps/written.ts";

export interface HandEdit {
  readonly path: string;
  /** `foreign`: it was there before rxdx-setup would write it. `deleted`: it will be written again. */
  readonly kind: "edited" | "deleted" | "foreign";
  /** Unified diff from what was written (else: would be) to what is there, secrets masked. */
  readonly diff: string;
  /** True when it was decided to keep it, and what would be written has not changed since. */
  readonly kept: boolean;
}

export type HandEditChoice = "keep" | "ours" | "merge";

export const HAND_EDIT_CHOICES: readonly HandEditChoice[] = ["keep", "ours", "merge"];

/** Meant to be edited, or sources of images that are ours again as soon as they are built from. */
function isManaged(path: string): boolean {
  return path !== "rxdx.yml" && !path.startsWith("demo/");
}

/** True for a text that rxdx-setup wrote there itself. */
export function isOurs(
  path: string,
  text: string,
  receipt: Receipt | undefined,
  written: Written,
): boolean {
  const hash = sha256(text);
  return receipt?.files.find((each) => each.path === path)?.sha256 === hash ||
    written[path]?.includes(hash) === true;
}

export async function findHandEdits(
  host: Host,
  dir: string,
  files: readonly RenderedFile[],
  receipt: Receipt | undefined,
): Promise<HandEdit[]> {
  const written = await readWritten(host, dir);
  const found: HandEdit[] = [];
  for (const file of files) {
    const { path } = file;
    if (!isManaged(path)) continue;
    const present = await host.files.readText(`${dir}/${path}`);
    const recorded = receipt?.files.some((each) => each.path === path) === true;
    if (present === undefined) {
      if (recorded) found.push({ path, kind: "deleted", diff: "", kept: false });
      continue;
    }
    if (present === file.text || isOurs(path, present, receipt, written)) continue;
    // What an uninstall leaves for the data is ours, although no receipt says so any more.
    if (receipt === undefined && path === ".env") continue;
    const base = recorded ? await readRendered(host, dir, path) : undefined;
    found.push({
      path,
      kind: recorded ? "edited" : "foreign",
      diff: editText(file, base ?? file.text, present),
      kept: receipt?.kept?.[path] === sha256(file.text),
    });
  }
  return found;
}

function editText(file: RenderedFile, base: string, present: string): string {
  return file.secret
    ? diffText(file.path, maskEnv(base), maskEnv(present))
    : diffText(file.path, base, present);
}

/**
 * Paths that differ from what was written last, by their hashes alone: quick enough for `status`.
 */
export async function handEditedPaths(
  host: Host,
  dir: string,
  receipt: Receipt | undefined,
): Promise<string[]> {
  const written = await readWritten(host, dir);
  const found: string[] = [];
  for (const { path, made } of receipt?.files ?? []) {
    if (made === true || !isManaged(path)) continue;
    const text = await host.files.readText(`${dir}/${path}`).catch(() => undefined);
    if (text === undefined || !isOurs(path, text, receipt, written)) found.push(path);
  }
  return found;
}

/** Edits that something has to be decided about before anything is written. */
export function undecided(edits: readonly HandEdit[]): HandEdit[] {
  return edits.filter((each) => each.kind !== "deleted" && !each.kept);
}

/** Notes what was decided earlier. */
export function withKept(
  files: readonly RenderedFile[],
  edits: readonly HandEdit[],
): RenderedFile[] {
  const kept = new Set(edits.filter((each) => each.kept).map((each) => each.path));
  return files.map((file) =>
    kept.has(file.path) ? { ...file, handEdit: { decision: "keep" } } : file
  );
}

export type Decided =
  | { readonly ok: true; readonly decision: HandEditDecision }
  | {
    readonly ok: false;
    /** Empty: there is no record of what was written, so nothing can be merged. */
    readonly conflicts: readonly Conflict[];
  };

/** What a choice means for a file as it is now. */
export async function decisionFor(
  host: Host,
  dir: string,
  file: RenderedFile,
  choice: HandEditChoice,
): Promise<Decided> {
  if (choice === "keep") return { ok: true, decision: { decision: "keep" } };
  const present = await host.files.readText(`${dir}/${file.path}`) ?? "";
  const of = sha256(present);
  if (choice === "ours") return { ok: true, decision: { decision: "ours", of } };
  const base = await readRendered(host, dir, file.path);
  if (base === undefined) return { ok: false, conflicts: [] };
  const texts = { base, mine: present, theirs: file.text };
  const merged = file.secret ? mergeEnv(texts) : merge(texts);
  if (!merged.ok) return merged;
  return merged.text === present
    ? { ok: true, decision: { decision: "keep" } }
    : { ok: true, decision: { decision: "merge", of, text: merged.text } };
}
