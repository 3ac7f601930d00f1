/**
 * Asks what shall become of files that somebody edited, or takes it from `--hand-edits`. Nothing is
 * written before everything is decided.
 */
import { EXIT, SetupError } from "../errors.ts";
import {
  decisionFor,
  HAND_EDIT_CHOICES,
  type HandEdit,
  type HandEditChoice,
  undecided,
} from "../operations/hand_edits.ts";
import type { Prepared } from "../operations/prepare.ts";
import type { HandEditDecision, RenderedFile } from "../render/file.ts";
import { conflictText } from "../render/merge.ts";
import { askChoice } from "../tui/prompts.ts";
import type { CommandContext } from "./context.ts";

/** Path → what was decided. */
export type HandEditDecisions = ReadonlyMap<string, HandEditDecision>;

/**
 * @throws SetupError `bad_flag` for another word (exit 2)
 */
export function handEditChoice(flag: string | undefined): HandEditChoice | undefined {
  const choice = HAND_EDIT_CHOICES.find((each) => each === flag);
  if (flag === undefined || choice !== undefined) return choice;
  throw new SetupError({
    code: "bad_flag",
    message: `--hand-edits ${flag}: must be one of ${HAND_EDIT_CHOICES.join(", ")}.`,
    hint: "--hand-edits merge",
    exit: EXIT.usage,
  });
}

/**
 * @throws SetupError `needs_decision` (exit 2) where nobody can be asked and no flag says it;
 *   `merge_conflict` (exit 2)
 */
export async function decideHandEdits(
  context: CommandContext,
  prepared: Prepared,
  flag: HandEditChoice | undefined,
): Promise<HandEditDecisions> {
  const edits = undecided(prepared.handEdits);
  const decisions = new Map<string, HandEditDecision>();
  if (edits.length > 0 && flag === undefined && !context.interactive) throw needsDecision(edits);
  for (const edit of edits) {
    const file = prepared.files.find((each) => each.path === edit.path);
    if (file === undefined) continue;
    decisions.set(edit.path, await decide(context, edit, file, flag));
  }
  return decisions;
}

function needsDecision(edits: readonly HandEdit[]): SetupError {
  const paths = edits.map((each) => each.path).join(", ");
  return new SetupError({
    code: "needs_decision",
    message: `Edited by hand, or there before rxdx-setup: ${paths}. Nothing was changed.`,
    hint: "See `rxdx-setup plan`, then give --hand-edits keep, ours or merge; a replaced file is " +
      "kept in .rxdx/replaced",
    exit: EXIT.usage,
  });
}

async function decide(
  context: CommandContext,
  edit: HandEdit,
  file: RenderedFile,
  flag: HandEditChoice | undefined,
): Promise<HandEditDecision> {
  const { host, dir, out } = context;
  for (let choice = flag;; choice = undefined) {
    const wanted = choice ?? await ask(context, edit);
    const decided = await decisionFor(host, dir, file, wanted);
    if (decided.ok) return decided.decision;
    const reason = decided.conflicts.length === 0
      ? "there is no record of what was written, so nothing can be merged"
      : `both changed the same lines:\n${conflictText(decided.conflicts)}`;
    const error = new SetupError({
      code: "merge_conflict",
      message: `${edit.path} cannot be merged: ${reason}`,
      hint: "--hand-edits keep leaves your file; --hand-edits ours replaces it, with a copy aside",
      exit: EXIT.usage,
    });
    if (!context.interactive) throw error;
    out.error(error);
  }
}

function ask({ host }: CommandContext, edit: HandEdit): Promise<HandEditChoice> {
  const what = edit.kind === "foreign"
    ? "was there before rxdx-setup would write it"
    : "was edited by hand";
  return askChoice<HandEditChoice>(host, `${edit.path} ${what}. What shall become of it?`, [
    { value: "merge", label: "merge", hint: "your changes and ours" },
    { value: "keep", label: "keep", hint: "leave it as it is" },
    { value: "ours", label: "ours", hint: "replace it; a copy is kept in .rxdx/replaced" },
  ]);
}

/** The plan with the decisions on its files. */
export function withDecisions(prepared: Prepared, decisions: HandEditDecisions): Prepared {
  const files = prepared.files.map((file) => {
    const handEdit = decisions.get(file.path);
    return handEdit === undefined ? file : { ...file, handEdit };
  });
  return { ...prepared, files };
}
