/**
 * The texts as they were written, for later merges with an operator's edits: below `.rxdx/rendered`,
 * `.env` without its secrets. The receipt knows hashes only, and a hash cannot be merged. Written by
 * the last step of a run, once everything has come true.
 */
import type { Host } from "../host/types.ts";
import type { RenderedFile } from "../render/file.ts";
import { withoutSecrets } from "../render/merge.ts";

function renderedPath(dir: string, path: string): string {
  return `${dir}/.rxdx/rendered/${path}`;
}

/** What is kept of a file. */
function keptText(file: RenderedFile): string {
  return file.secret ? withoutSecrets(file.text) : file.text;
}

/** The text as it was written last; `undefined` when that was before such texts were kept. */
export function readRendered(host: Host, dir: string, path: string): Promise<string | undefined> {
  return host.files.readText(renderedPath(dir, path));
}

/** A file whose edit is kept keeps its base too. */
function concerned(files: readonly RenderedFile[]): RenderedFile[] {
  return files.filter((file) => file.handEdit?.decision !== "keep");
}

/** True when every text is there as it is now. */
export async function areRenderedKept(
  host: Host,
  dir: string,
  files: readonly RenderedFile[],
): Promise<boolean> {
  for (const file of concerned(files)) {
    if (await readRendered(host, dir, file.path) !== keptText(file)) return false;
  }
  return true;
}

export async function keepRendered(
  host: Host,
  dir: string,
  files: readonly RenderedFile[],
): Promise<void> {
  for (const file of concerned(files)) {
    const text = keptText(file);
    if (await readRendered(host, dir, file.path) === text) continue;
    await keepText(host, dir, file.path, text);
  }
}

/** Keeps one text, which holds no secret. */
export async function keepText(
  host: Host,
  dir: string,
  path: string,
  text: string,
): Promise<void> {
  const full = renderedPath(dir, path);
  await host.files.mkdir(full.slice(0, full.lastIndexOf("/")), 0o700);
  await host.files.writeAtomic(full, text, { mode: 0o600 });
}
