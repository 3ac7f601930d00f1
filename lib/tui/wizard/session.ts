/**
 * What the wizard needs of the rest of the program: values and rules, which are pure, and what has
 * to be asked of the machine and the network. The `init` command makes one; the tests make another.
 */
import type { Merged } from "../../answers/layers.ts";
import type { ProbeName } from "../../answers/question.ts";
import type { Tree } from "../../answers/tree.ts";
import type { Problem } from "../../errors.ts";
import type { Check } from "../../plan/check.ts";
import type { ProbeResult } from "../../probe/result.ts";
import type { SecretName } from "../../secrets/secrets.ts";
import type { WizardDraft } from "./draft.ts";

export type { Check, ProbeResult };

/** Secrets that the operator brings. They are kept in memory and go into `.env` alone. */
export type GivenSecrets = Readonly<Partial<Record<SecretName, string>>>;

/** Everything the operator has said so far. */
export interface Said {
  readonly you: Tree;
  readonly secrets: GivenSecrets;
  /** Texts that only probes need, by the id of their question. */
  readonly locals: Readonly<Record<string, string>>;
}

/** How much a brought secret is worth. */
export interface Strength {
  readonly bits: number;
  readonly verdict: "weak" | "fair" | "strong";
  readonly advice?: string;
}

/** What would happen, as text. */
export interface Review {
  /** Styled lines of at most so many columns. */
  lines(columns: number): readonly string[];
  /** What keeps it from happening. */
  readonly problems: readonly Problem[];
  /** The same where it is no field's fault: message and hint. */
  readonly obstacle?: { readonly message: string; readonly hint: string };
  /** True when the machine is so already. */
  readonly nothing: boolean;
}

export interface WizardSession {
  readonly dir: string;
  /** True when a stack is installed there. */
  readonly exists: boolean;
  /** Secrets that the present `.env` holds. */
  readonly present: ReadonlySet<SecretName>;
  /** Every value with its source, if this is what the operator says. Complete with defaults. */
  merge(you: Tree): Merged;
  /** Everything that is wrong so far, of all fields. */
  problems(said: Said): readonly Problem[];
  strength(secret: string): Strength;
  /** What the present answers commit of this machine: a few short lines. */
  commitment(you: Tree): readonly string[];
  /** The formulas behind it, with their numbers. */
  explanation(you: Tree, columns: number): readonly string[];
  /** Looks at the machine; slow answers come in a second list. */
  machineChecks(): Promise<readonly Check[]>;
  /** Looks the names up. */
  nameChecks(you: Tree): Promise<readonly Check[]>;
  probe(name: ProbeName, said: Said): Promise<ProbeResult>;
  review(said: Said): Promise<Review>;
  /** Writes an answers file; returns its path. */
  saveAnswers(path: string, said: Said): Promise<string>;
  /** Identifies the configuration that is being changed; a draft of another one is not offered. */
  readonly base: string;
  /** The answers of a wizard that was interrupted. */
  readonly draft: WizardDraft | undefined;
  saveDraft(draft: WizardDraft): Promise<void>;
}
