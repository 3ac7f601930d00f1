/**
 * A wizard without a machine, for its unit and golden tests: real questions, rules, merging and sizes
 * over a sample machine; checks, probes and the review say what the test wants.
 */
import { parseAnswers } from "../../lib/answers/parse.ts";
import type { Tree } from "../../lib/answers/tree.ts";
import type { TerminalSize } from "../../lib/host/types.ts";
import { type Gathered, mergeInit, withDefaults } from "../../lib/operations/gather.ts";
import { portProblems } from "../../lib/operations/preflight.ts";
import type { Facts } from "../../lib/plan/facts.ts";
import { crossProblems } from "../../lib/plan/rules.ts";
import { resolveSecrets, type SecretName } from "../../lib/secrets/secrets.ts";
import { sizingLines } from "../../lib/cli/sizing_text.ts";
import { init, type Message, type WizardModel } from "../../lib/tui/wizard/model.ts";
import type { Check, Review, WizardSession } from "../../lib/tui/wizard/session.ts";
import { update } from "../../lib/tui/wizard/update.ts";
import { sampleFacts } from "./samples.ts";

export const CHECKS: readonly Check[] = [
  { id: "os", title: "System", state: "ok", detail: "Debian GNU/Linux 12 (bookworm), x86_64" },
  { id: "memory", title: "Memory", state: "ok", detail: "8 GiB" },
  {
    id: "ports",
    title: "Ports",
    state: "warn",
    detail: "443 is taken by nginx (pid 812)",
    hint: "systemctl stop nginx, or choose another port later",
  },
  { id: "clock", title: "Clock", state: "unknown", detail: "nothing to compare it with" },
];

export interface WizardScenario {
  readonly facts?: Partial<Facts>;
  readonly exists?: boolean;
  readonly present?: readonly SecretName[];
  readonly review?: Review;
  readonly draft?: WizardSession["draft"];
}

export const REVIEW: Review = {
  lines: (
    columns,
  ) => [
    "Configuration",
    ..."name environment domain".split(" ").map((each) => `  ${each}`.slice(0, columns)),
  ],
  problems: [],
  nothing: false,
};

export function wizardSession(scenario: WizardScenario = {}): WizardSession {
  const facts = sampleFacts(scenario.facts);
  const gathered: Gathered = {
    request: { dir: "/opt/rxdx", settings: [], demo: false },
    install: undefined,
    facts,
    layers: [],
    secrets: {},
    problems: [],
  };
  const merge = (you: Tree) => {
    const { values, provenance } = mergeInit(gathered, you);
    return { values: withDefaults(values), provenance };
  };
  return {
    dir: "/opt/rxdx",
    exists: scenario.exists ?? false,
    present: new Set(scenario.present ?? []),
    merge,
    problems: ({ you, secrets }) => {
      const parsed = parseAnswers(merge(you).values);
      const wrong =
        resolveSecrets({ given: secrets, present: {} }, (n) => new Uint8Array(n)).problems;
      return [
        ...(parsed.ok
          ? [...crossProblems(parsed.answers, facts), ...portProblems(parsed.answers, facts)]
          : parsed.problems),
        ...wrong,
      ];
    },
    strength: (text) => ({ bits: text.length * 5, verdict: text.length > 15 ? "strong" : "weak" }),
    commitment: (you) => sizingLines(facts, merge(you).values),
    explanation: () => ["budget = 8G − 512M = 7680M"],
    machineChecks: () => Promise.resolve(CHECKS),
    nameChecks: () => Promise.resolve([]),
    probe: () => Promise.resolve({ ok: true, detail: "works" }),
    review: () => Promise.resolve(scenario.review ?? REVIEW),
    saveAnswers: (path) => Promise.resolve(path),
    base: "base",
    draft: scenario.draft,
    saveDraft: () => Promise.resolve(),
  };
}

/** What is left of a wizard after these messages; keys are given by their names, texts as typed. */
export function played(
  session: WizardSession,
  size: TerminalSize,
  ...input: readonly (string | Message)[]
): { model: WizardModel; effects: string[] } {
  let model = init(session, size);
  const effects: string[] = [];
  for (const each of input) {
    const messages: Message[] = typeof each === "string" ? keysOf(each) : [each];
    for (const message of messages) {
      const [next, ...wanted] = update(model, message, session);
      model = next;
      effects.push(...wanted.map(({ type }) => type));
    }
  }
  return { model, effects };
}

/** `<enter>` is a key's name; anything else is typed letter by letter. */
function keysOf(text: string): Message[] {
  return [...text.matchAll(/<([a-z0-9+]+)>|([\s\S])/gu)].map(([, name, letter = ""]): Message => ({
    type: "key",
    key: name === undefined
      ? { name: letter === " " ? "space" : letter, text: letter }
      : name === "space"
      ? { name, text: " " }
      : { name },
  }));
}
