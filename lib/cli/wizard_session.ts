/**
 * What the wizard is given by `init`: merging, rules and sizes as the plan has them; checks, probes
 * and the review from the machine. Keeps the last review, so that what was shown is what is done.
 */
import type { Problem } from "../errors.ts";
import { SetupError } from "../errors.ts";
import { parseAnswers } from "../answers/parse.ts";
import { answersFile, settingsOf } from "../answers/unattended.ts";
import type { Tree } from "../answers/tree.ts";
import { findChanges, isEmpty } from "../operations/changes.ts";
import { storedDraft, storeDraft } from "../operations/draft.ts";
import { type Gathered, mergeInit, withDefaults } from "../operations/gather.ts";
import { inputsOf } from "../operations/pinned.ts";
import { portProblems } from "../operations/preflight.ts";
import {
  knownNames,
  type Prepared,
  prepareInit,
  rememberedProvenance,
} from "../operations/prepare.ts";
import { crossProblems } from "../plan/rules.ts";
import { resolveSecrets, SECRET_NAMES } from "../secrets/secrets.ts";
import { sha256 } from "../steps/receipt.ts";
import { readDraft, writeDraft } from "../tui/wizard/draft.ts";
import type { Review, Said, WizardSession } from "../tui/wizard/session.ts";
import { preflight } from "./bring_up.ts";
import { absolute, type CommandContext } from "./context.ts";
import { reviewPage } from "./review_page.ts";
import { dirFlag } from "./summary.ts";
import { lookingSession } from "./wizard_probes.ts";

/** What the operator has agreed to. */
export interface Reviewed {
  readonly prepared: Prepared;
  /** Identifies what the plan was made from. */
  readonly inputs: string;
}

export interface InitSession extends WizardSession {
  /** The newest review; `undefined` before the first. */
  reviewed(): Reviewed | undefined;
}

export async function wizardSession(
  context: CommandContext,
  gathered: Gathered,
): Promise<InitSession> {
  const { host, dir, out } = context;
  const { install, facts } = gathered;
  const base = sha256(install?.configuration ?? "");
  const stored = await storedDraft(host, dir);
  const draft = stored === undefined ? undefined : readDraft(stored, base);
  let last: Reviewed | undefined;
  const merged = (you: Tree) => {
    const { values, provenance } = mergeInit(gathered, you);
    return {
      values: withDefaults(values),
      provenance: rememberedProvenance(provenance, install),
    };
  };
  const present = install?.secrets ?? {};
  const secretsOf = (said: Said) => ({ ...gathered.secrets, ...said.secrets });

  const problems = (said: Said): Problem[] => {
    const parsed = parseAnswers(merged(said.you).values);
    const secrets = resolveSecrets(
      { given: secretsOf(said), present },
      // Only judged, never kept.
      (count) => new Uint8Array(count),
      parsed.ok ? knownNames(parsed.answers) : [],
    ).problems;
    if (!parsed.ok) return [...parsed.problems, ...secrets];
    return [
      ...crossProblems(parsed.answers, facts),
      ...portProblems(parsed.answers, facts),
      ...secrets,
    ];
  };

  const review = async (said: Said): Promise<Review> => {
    const found = problems(said);
    const none = { lines: () => [], nothing: false };
    if (found.length > 0) return { ...none, problems: found };
    try {
      const inputs = await inputsOf(host, dir);
      const prepared = await prepareInit(host, {
        ...gathered.request,
        you: said.you,
        typedSecrets: said.secrets,
      });
      await preflight(context, prepared);
      const changes = await findChanges(host, prepared);
      last = { prepared, inputs };
      const options = { colors: out.colors, dirFlag: dirFlag(context) };
      return {
        lines: (columns) => reviewPage(prepared, changes, { ...options, columns }).split("\n"),
        problems: [],
        nothing: isEmpty(changes),
      };
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      if (error.problems.length > 0) return { ...none, problems: error.problems };
      return {
        ...none,
        problems: [],
        obstacle: { message: error.message, hint: error.hint ?? "" },
      };
    }
  };

  return {
    dir,
    exists: install !== undefined,
    present: new Set(SECRET_NAMES.filter((name) => (present[name] ?? "") !== "")),
    merge: merged,
    problems,
    ...lookingSession(context, gathered, merged, secretsOf),
    review,
    reviewed: () => last,
    saveAnswers: async (path, said) => {
      const parsed = parseAnswers(merged(said.you).values);
      if (!parsed.ok) throw new TypeError("answers that were reviewed are not valid");
      const full = absolute(host, path);
      await writeAnswers(context, full, {
        answers: parsed.answers,
        provenance: merged(said.you).provenance,
      });
      return full;
    },
    base,
    draft,
    saveDraft: (each) => storeDraft(host, dir, writeDraft(each)),
  };
}

/** Writes an answers file with everything that is not a default. */
export async function writeAnswers(
  context: CommandContext,
  path: string,
  plan: Pick<Prepared["plan"], "answers" | "provenance">,
): Promise<void> {
  const text = answersFile(settingsOf(plan.answers, plan.provenance, false));
  await context.host.files.writeAtomic(path, text, { mode: 0o600 });
}
