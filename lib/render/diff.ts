/** What would change on disk, as a unified diff with secrets masked. Pure. */
import { createTwoFilesPatch } from "diff";
import { MASK } from "../plan/secret.ts";
import { readEnv, writeAssignment } from "./env_codec.ts";
import type { RenderedFile } from "./file.ts";
import { SECRET_VARIABLES } from "./variables.ts";

export interface FileChange {
  readonly path: string;
  readonly kind: "create" | "update";
  /** Unified diff; empty for a file that did not exist and holds nothing to review. */
  readonly diff: string;
}

/** Replaces secret values. A changed one is marked as such, without telling what it was. */
export function maskEnv(text: string, other?: string): string {
  const values = readEnv(text);
  const others = other === undefined ? undefined : readEnv(other);
  return text.split("\n").map((line) => {
    const name = /^\s*(?:export\s+)?([A-Z_][A-Z0-9_]*)\s*=/.exec(line)?.[1];
    if (name === undefined || !SECRET_VARIABLES.has(name)) return line;
    if (values.get(name) === "") return line;
    const changed = others !== undefined && others.get(name) !== values.get(name);
    return writeAssignment(name, MASK) + (changed ? "  # changed" : "");
  }).join("\n");
}

/**
 * Compares rendered files with what is on disk.
 *
 * @param onDisk text of each path, absent when the file does not exist
 */
export function changesOf(
  files: readonly RenderedFile[],
  onDisk: ReadonlyMap<string, string>,
): FileChange[] {
  return files.flatMap((file): FileChange[] => {
    const before = onDisk.get(file.path);
    if (before === file.text) return [];
    const [old, fresh] = file.secret
      ? [before === undefined ? undefined : maskEnv(before), maskEnv(file.text, before)]
      : [before, file.text];
    return [{
      path: file.path,
      kind: before === undefined ? "create" : "update",
      diff: createTwoFilesPatch(
        before === undefined ? "/dev/null" : `a/${file.path}`,
        `b/${file.path}`,
        old ?? "",
        fresh,
        undefined,
        undefined,
        { context: 3 },
      ).replace(/^={3,}\n/, ""),
    }];
  });
}
