/** Hand edits as text: which files, what the edit is, and what happens to it. */
import type { HandEdit } from "../operations/hand_edits.ts";
import { colorDiff, indent } from "./diff_text.ts";
import type { Colors } from "./output.ts";

const KINDS: Readonly<Record<HandEdit["kind"], string>> = {
  edited: "was edited by hand",
  deleted: "was deleted; it will be written again",
  foreign: "was there before rxdx-setup",
};

function outcome({ kind, kept }: HandEdit): string {
  if (kind === "deleted") return "";
  return kept ? ", and is kept" : "; you will be asked about it";
}

export function handEditsText(edits: readonly HandEdit[], c: Colors): string {
  return edits.map((edit) => {
    const mark = edit.kept ? c.dim("·") : c.yellow("!");
    const head = `  ${mark} ${edit.path} ${KINDS[edit.kind]}${outcome(edit)}`;
    // What stays is not news: its diff is in --json.
    return edit.diff === "" || edit.kept ? head : `${head}\n${indent(colorDiff(edit.diff, c))}`;
  }).join("\n");
}
