/** What would change on disk, as a unified diff with secrets masked. Pure. */
import { createTwoFilesPatch } from "diff";
import { MASK } from "../plan/secret.ts";
import { readEnv, writeAssignment } from "./env_codec.ts";
import type { RenderedFile } from "./file.ts";
import { SECRET_VARIABLES, VARIABLES } from "./variables.ts";

export interface FileChange {
  readonly path: string;
  /** `mode`: the text is right, the permission bits are not. */
  readonly kind: "create" | "update" | "mode";
  /** Unified diff; empty for a file that did not exist and holds nothing to review. */
  readonly diff: string;
}

/** An assignment, its value over several lines where it is quoted; or a whole comment. */
const ASSIGNMENT =
  /^[ \t]*(?:#([^\n]*)|(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*("(?:[^"\\]|\\[\s\S])*"[^\n]*|'[^']*'[^\n]*|[^\n]*))/gm;

/** There is nothing to hide in an empty value, however it is spelled. */
const EMPTY = /^[ \t]*(""|'')?[ \t]*$/;

const KNOWN: ReadonlySet<string> = new Set(VARIABLES.map((variable) => variable.name));

/** Ours are known by name; what somebody added is judged by what it is called and what it holds. */
function isSecret(name: string, value: string): boolean {
  if (KNOWN.has(name)) return SECRET_VARIABLES.has(name);
  return /PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|DSN/i.test(name) ||
    /:\/\/[^\s/@]*:[^\s/@]*@/.test(value);
}

/** Replaces secret values. A changed one is marked as such, without telling what it was. */
export function maskEnv(text: string, other?: string): string {
  const values = readEnv(text);
  const others = other === undefined ? undefined : readEnv(other);
  return text.replace(
    ASSIGNMENT,
    (whole: string, comment?: string, name?: string, value?: string) => {
      if (comment !== undefined) {
        // An old password that was commented out is a password all the same.
        const [, before = "", old = ""] = /^(.*?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=)/.exec(comment) ??
          [];
        const rest = comment.slice(before.length).trim();
        return old !== "" && rest !== "" && isSecret(old, rest) ? `#${before}${MASK}` : whole;
      }
      if (name === undefined || value === undefined || EMPTY.test(value)) return whole;
      if (!isSecret(name, value)) return whole;
      const changed = others !== undefined && others.get(name) !== values.get(name);
      return writeAssignment(name, MASK) + (changed ? "  # changed" : "");
    },
  );
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
      diff: diffText(file.path, old, fresh),
    }];
  });
}

/** Unified diff of one file; without `before` it did not exist. */
export function diffText(path: string, before: string | undefined, after: string): string {
  return createTwoFilesPatch(
    before === undefined ? "/dev/null" : `a/${path}`,
    `b/${path}`,
    before ?? "",
    after,
    undefined,
    undefined,
    { context: 3 },
  ).replace(/^={3,}\n/, "");
}
