/**
 * What becomes of a set of answers, in memory: layers, parse, plan, render, exactly as `prepareInit` puts them
 * together; and the judge of what was rendered.
 */
import assert from "node:assert/strict";
import { readDocument, writeDocument } from "../../lib/answers/document.ts";
import { environmentLayer, flagLayer, type Layer, merge } from "../../lib/answers/layers.ts";
import { parseAnswers } from "../../lib/answers/parse.ts";
import type { Problem } from "../../lib/errors.ts";
import { imageNames } from "../../lib/images/names.ts";
import { makePlan, type Plan } from "../../lib/plan/plan.ts";
import { readEnv } from "../../lib/render/env_codec.ts";
import type { RenderedFile } from "../../lib/render/file.ts";
import { renderFiles } from "../../lib/render/files.ts";
import { nginxFiles } from "../../lib/render/nginx.ts";
import { spelled, VARIABLES } from "../../lib/render/variables.ts";
import { sampleFacts, sampleSecrets } from "../support/samples.ts";

export interface Given {
  /** Text of an answers file. */
  readonly file?: string;
  readonly settings?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type Outcome =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const FACTS = sampleFacts();
const SECRETS = sampleSecrets();

export function outcomeOf(given: Given): Outcome {
  const problems: Problem[] = [];
  const layers: Layer[] = [];
  if (given.file !== undefined) {
    const read = readDocument(given.file, "answers.yml");
    if (read.ok) layers.push({ source: "file", values: read.tree });
    else problems.push(...read.problems);
  }
  const environment = environmentLayer(given.env ?? {});
  const flags = flagLayer(given.settings ?? []);
  problems.push(...environment.problems, ...flags.problems);
  layers.push(environment.layer, flags.layer);
  const merged = merge(layers);
  const parsed = parseAnswers(merged.values);
  if (!parsed.ok) return { ok: false, problems: [...problems, ...parsed.problems] };
  if (problems.length > 0) return { ok: false, problems };
  const { answers } = parsed;
  return makePlan({
    answers,
    provenance: merged.provenance,
    facts: FACTS,
    secrets: SECRETS,
    dir: "/opt/rxdx",
    images: imageNames(answers),
  });
}

/** Every problem names something, says a rule, and shows itself on one line. */
export function judgeProblems(problems: readonly Problem[]): void {
  assert.ok(problems.length > 0, "an error without a problem");
  for (const { key, value, rule, example } of problems) {
    assert.ok(key.trim() !== "", `no key: ${rule}`);
    assert.ok(rule.length > 5, `${key} has no rule`);
    for (const text of [key, value, rule, example]) {
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(text ?? "", /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufeff]/, key);
      assert.ok((text ?? "").length < 700, `${key}: too long for a screen`);
    }
  }
}

const STATIC = renderFiles(
  (outcomeOf({}) as Extract<Outcome, { ok: true }>).plan,
  { configuration: "", sources: [] },
);
const textOf = (files: readonly RenderedFile[], path: string) =>
  files.find((file) => file.path === path)?.text ?? "";

/** Marks that end or open something in nginx, a shell or Compose. */
function marks(text: string): string {
  return ["\n", ";", "{", "}", "$", '"', "'", "\\", "#", "`"]
    .map((mark) => `${JSON.stringify(mark)} ${text.split(mark).length - 1}`).join(", ");
}

/** The same plan with harmless values where nginx takes them from answers. */
function harmless(plan: Plan): Plan {
  return {
    ...plan,
    names: { ...plan.names, server: plan.names.server.map((_, index) => `n${index}.example`) },
    answers: {
      ...plan.answers,
      nginx: {
        ...plan.answers.nginx,
        max_body: "1m",
        rate_limits: {
          ...plan.answers.nginx.rate_limits,
          api: "1r/s",
          auth: "1r/m",
          endpoints: plan.answers.nginx.rate_limits.endpoints.map((_, index) =>
            `/api/e${index} 1r/s`
          ),
        },
        // Between double quotes, which only these could end.
        csp: plan.answers.nginx.csp.replace(/["\\$\r\n]/g, "x"),
      },
      tls: {
        ...plan.answers.tls,
        trusted_proxies: plan.answers.tls.trusted_proxies.map((_, index) => `10.0.0.${index}`),
      },
    },
  };
}

/** What is rendered holds the values, and nothing that a value smuggled in. */
export function judgePlan(plan: Plan): void {
  const configuration = writeDocument(plan.answers);
  const files = renderFiles(plan, { configuration, sources: [] });
  for (const name of ["docker-compose.yml", "docker-compose.prod.yml"]) {
    assert.equal(textOf(files, name), textOf(STATIC, name), `${name} is static`);
  }
  const calm = nginxFiles(harmless(plan));
  for (const { path, text } of nginxFiles(plan)) {
    assert.equal(marks(text), marks(textOf(calm, path)), `${path}: a value changed its structure`);
  }
  const env = readEnv(textOf(files, ".env"));
  assert.deepEqual([...env.keys()], VARIABLES.map((variable) => variable.name));
  for (const { name, value } of VARIABLES) {
    assert.equal(env.get(name), spelled(value(plan)), `${name} comes back as it went in`);
  }
  const again = readDocument(configuration, "rxdx.yml");
  assert.ok(again.ok, configuration);
  const parsed = parseAnswers(again.tree);
  assert.ok(parsed.ok, configuration);
  assert.deepEqual(parsed.answers, plan.answers, "rxdx.yml says the same");
}
