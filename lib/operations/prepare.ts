/**
 * From what was said to what will be: gathers the layers of answers, measures the machine, resolves
 * the secrets and makes the plan. Changes nothing. Used by `init`, `plan`, `apply`, `config`.
 */
import { readDocument, writeDocument } from "../answers/document.ts";
import { changeDocument } from "../answers/document_change.ts";
import { environmentLayer, flagLayer, type Layer, merge, type Merged } from "../answers/layers.ts";
import { parseAnswers } from "../answers/parse.ts";
import type { Answers } from "../answers/schema.ts";
import { type Tree, valueAt } from "../answers/tree.ts";
import { invalidAnswers, type Problem } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { demoSources } from "../images/demo.ts";
import { imageNames } from "../images/names.ts";
import { measure } from "../observe/facts.ts";
import { adminEmailOf, makePlan, type Plan } from "../plan/plan.ts";
import type { Provenance } from "../answers/layers.ts";
import { renderFiles } from "../render/files.ts";
import type { RenderedFile } from "../render/file.ts";
import { readEnv, unreadLines } from "../render/env_codec.ts";
import {
  pick,
  resolveSecrets,
  type SecretName,
  secretsFromEnvironment,
} from "../secrets/secrets.ts";
import { findInstall, type Install, presentSecrets } from "./install.ts";
import { pinnedProblems } from "./pinned.ts";
import { candidatePorts, environmentDefaults, measuredLayer } from "./measured.ts";

/** What `init` was told. */
export interface InitRequest {
  readonly dir: string;
  /** Answers file: its name for messages, its text. */
  readonly answersFile?: { readonly path: string; readonly text: string };
  /** `--set key=value` in order. */
  readonly settings: readonly string[];
  readonly demo: boolean;
  /** `--env E`. */
  readonly environment?: string;
  readonly secretsFile?: { readonly path: string; readonly text: string };
  /** What the operator answered to questions. */
  readonly you?: Tree;
}

/** Everything that is known before the first change. */
export interface Prepared {
  readonly plan: Plan;
  readonly files: readonly RenderedFile[];
  /** The install as it was; `undefined` on a new one. */
  readonly install: Install | undefined;
  /** Secrets that were made now. */
  readonly generated: readonly SecretName[];
  /** True when the password of the database came from the operator or the present `.env`. */
  readonly hasPassword: boolean;
}

/**
 * @throws SetupError `invalid_answers` with the problems of all layers at once (exit 3)
 */
export async function prepareInit(host: Host, request: InitRequest): Promise<Prepared> {
  const install = await findInstall(host, request.dir);
  const problems: Problem[] = [];
  const layers: Layer[] = [];
  if (install !== undefined) {
    const read = readDocument(install.configuration, "rxdx.yml");
    if (read.ok) layers.push({ source: "present", values: read.tree });
  }
  if (request.answersFile !== undefined) {
    const read = readDocument(request.answersFile.text, request.answersFile.path);
    if (read.ok) layers.push({ source: "file", values: read.tree });
    else problems.push(...read.problems);
  }
  const environment = environmentLayer(host.env);
  const flags = flagLayer(flagSettings(request));
  layers.push(environment.layer, flags.layer, { source: "you", values: request.you ?? {} });
  problems.push(...environment.problems, ...flags.problems);

  const said = merge(layers).values;
  const facts = await measure(host, { dir: request.dir, ports: portsOf(said) });
  layers.push(environmentDefaults(valueAt(said, "environment")));
  if (install === undefined) {
    const source = valueAt(said, "images.source");
    const forgiving = valueAt(said, "environment") === "development" || source === undefined ||
      source === "demo";
    layers.push(measuredLayer(facts, {
      project: String(valueAt(said, "name") ?? "rxdx"),
      freePorts: forgiving,
      said,
    }));
  }
  const merged = merge([...layers, ...demoNames(request, merge(layers))]);
  const parsed = parseAnswers(merged.values);
  const secrets = await gatherSecrets(host, request.secretsFile);
  problems.push(...secrets.problems);
  if (!parsed.ok) throw invalidAnswers([...problems, ...parsed.problems]);
  if (problems.length > 0) throw invalidAnswers(problems);
  const { answers } = parsed;
  return finish(host, {
    install,
    answers,
    provenance: rememberedProvenance(merged.provenance, install),
    configuration: install === undefined
      ? writeDocument(answers)
      : changeDocument(install.configuration, answers),
    dir: request.dir,
    facts,
    given: secrets.given,
  });
}

/** The plan of an install as `rxdx.yml` now says; environment variables do not change it. */
export async function prepareApply(host: Host, install: Install): Promise<Prepared> {
  const facts = await measure(host, {
    dir: install.dir,
    ports: Object.values(install.answers.ports),
  });
  return finish(host, {
    install,
    answers: install.answers,
    provenance: install.provenance,
    configuration: install.configuration,
    dir: install.dir,
    facts,
    given: {},
  });
}

/** A value that was there already keeps the source it once came from. */
function rememberedProvenance(merged: Provenance, install: Install | undefined): Provenance {
  return new Map([...merged].map(([path, source]) => [
    path,
    source === "present" ? install?.provenance.get(path) ?? source : source,
  ]));
}

interface Gathered {
  readonly install: Install | undefined;
  readonly answers: Answers;
  readonly provenance: Provenance;
  readonly configuration: string;
  readonly dir: string;
  readonly facts: Plan["facts"];
  readonly given: Partial<Record<SecretName, string>>;
}

async function finish(host: Host, gathered: Gathered): Promise<Prepared> {
  const { answers, dir, facts } = gathered;
  const present = await presentSecrets(host, dir);
  const resolved = resolveSecrets(
    { given: gathered.given, present },
    (count) => host.random.bytes(count),
    [answers.name, answers.database.user, answers.domain, adminEmailOf(answers)],
  );
  const planned = makePlan({
    answers,
    provenance: gathered.provenance,
    facts,
    secrets: resolved.secrets,
    dir,
    images: imageNames(answers),
  });
  const problems = [
    ...resolved.problems,
    ...(planned.ok ? [] : planned.problems),
    ...await pinnedProblems(host, dir, answers),
  ];
  if (!planned.ok || problems.length > 0) throw invalidAnswers(problems);
  const { plan } = planned;
  return {
    plan,
    install: gathered.install,
    generated: resolved.generated,
    hasPassword: !resolved.generated.includes("POSTGRES_PASSWORD"),
    files: renderFiles(plan, {
      configuration: gathered.configuration,
      sources: answers.images.source === "demo" ? demoSources() : [],
    }),
  };
}

/** `--demo` and `--env` are short for settings; an explicit `--set` wins. */
function flagSettings(request: InitRequest): string[] {
  return [
    ...(request.demo ? ["images.source=demo"] : []),
    ...(request.environment === undefined ? [] : [`environment=${request.environment}`]),
    ...request.settings,
  ];
}

/** A demo is tried from the machine itself: unless said otherwise it answers to these names too. */
function demoNames(request: InitRequest, { values, provenance }: Merged): Layer[] {
  if (!request.demo || provenance.has("aliases")) return [];
  const aliases = ["localhost", "127.0.0.1"].filter((name) => name !== values["domain"]);
  return [{ source: "flag", values: { aliases } }];
}

function portsOf(said: Tree): number[] {
  const named = Object.values((said["ports"] ?? {}) as Tree)
    .filter((value): value is number => typeof value === "number");
  return [...candidatePorts(), ...named];
}

async function gatherSecrets(
  host: Host,
  file: InitRequest["secretsFile"],
): Promise<{ given: Partial<Record<SecretName, string>>; problems: Problem[] }> {
  const environment = secretsFromEnvironment(host.env);
  if (file === undefined) return environment;
  const problems = [...environment.problems];
  const info = await host.files.stat(file.path);
  if (info !== undefined && (info.mode & 0o077) !== 0) {
    problems.push({
      key: `--secrets-file ${file.path}`,
      value: `mode ${info.mode.toString(8)}`,
      rule: "must be readable by its owner only",
      example: `chmod 600 ${file.path}`,
    });
  }
  if (file.text.includes("\uFFFD")) {
    problems.push({
      key: `--secrets-file ${file.path}`,
      rule: "is not UTF-8 text",
      example: "save the file as UTF-8",
    });
  }
  problems.push(
    ...unreadLines(file.text).map(({ line, why }) => ({
      key: `--secrets-file ${file.path}, line ${line}`,
      rule: `cannot be taken as it stands: ${why}`,
      example: "SMTP_PASSWORD='in single quotes'",
    })),
  );
  const read = pick([...readEnv(file.text.replace(/^\uFEFF/, ""))]);
  problems.push(...read.problems);
  return { given: { ...read.given, ...environment.given }, problems };
}
