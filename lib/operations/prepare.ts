/**
 * From what was said to what will be: gathers the layers of answers, measures the machine, resolves
 * the secrets and makes the plan. Changes nothing. Used by `init`, `plan`, `apply`, `config`.
 */
import { writeDocument } from "../answers/document.ts";
import { changeDocument } from "../answers/document_change.ts";
import { parseAnswers } from "../answers/parse.ts";
import type { Answers } from "../answers/schema.ts";
import { invalidAnswers } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { buildSources } from "../images/build.ts";
import { demoSources } from "../images/demo.ts";
import { type CloneAt, lookAtImages } from "../images/look.ts";
import type { ImageOrigin } from "../images/origin.ts";
import { imageNames } from "../images/names.ts";
import { measure } from "../observe/facts.ts";
import { adminEmailOf, makePlan, type Plan } from "../plan/plan.ts";
import type { Provenance } from "../answers/layers.ts";
import { renderFiles } from "../render/files.ts";
import type { RenderedFile } from "../render/file.ts";
import type { Pending } from "../secrets/rotation.ts";
import { resolveSecrets, type SecretName } from "../secrets/secrets.ts";
import { gatherInit, type InitRequest, mergeInit } from "./gather.ts";
import { findHandEdits, type HandEdit, withKept } from "./hand_edits.ts";
import { type Install, presentSecrets } from "./install.ts";
import { pinnedProblems } from "./pinned.ts";
import { readPending } from "./rotate/pending.ts";
import { fileProblems } from "./tls/import.ts";

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
  /** Files that an operator edited, kept ones among them. */
  readonly handEdits: readonly HandEdit[];
  /** A rotation of secrets that did not come to its end, where this is not the run that goes on with it. */
  readonly rotating?: Pending;
}

/**
 * @throws SetupError `invalid_answers` with the problems of all layers at once (exit 3)
 */
export async function prepareInit(host: Host, request: InitRequest): Promise<Prepared> {
  const gathered = await gatherInit(host, request);
  const { install, facts, problems } = gathered;
  const merged = mergeInit(gathered, request.you ?? {});
  const parsed = parseAnswers(merged.values);
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
    given: gathered.secrets,
    kept: request.keptSecrets ?? {},
  });
}

export interface PrepareOptions {
  /**
   * Values in place of those in `.env`; who gives them, be it none, has checked them, sees to it that the
   * database has them, and ends a rotation that did not come to its end.
   */
  readonly secrets?: Partial<Record<SecretName, string>>;
  /** Where a clone shall stand, for an upgrade. */
  readonly clone?: CloneAt | undefined;
  /** What the images were had from, where that is not to be looked at again. */
  readonly origin?: ImageOrigin | undefined;
  /** False where nothing is going to be applied: Compose's version is not asked for. */
  readonly compose?: boolean;
}

/** The plan of an install as `rxdx.yml` now says; environment variables do not change it. */
export async function prepareApply(
  host: Host,
  install: Install,
  { secrets, clone, origin, compose = true }: PrepareOptions = {},
): Promise<Prepared> {
  const facts = await measure(host, {
    dir: install.dir,
    ports: Object.values(install.answers.ports),
    compose,
  });
  return finish(host, {
    install,
    answers: install.answers,
    provenance: install.provenance,
    configuration: install.configuration,
    dir: install.dir,
    facts,
    given: {},
    kept: {},
    ...(secrets === undefined ? {} : { replaced: secrets }),
    clone,
    origin,
  });
}

/** A value that was there already keeps the source it once came from. */
export function rememberedProvenance(merged: Provenance, install: Install | undefined): Provenance {
  return new Map([...merged].map(([path, source]) => [
    path,
    source === "present" ? install?.provenance.get(path) ?? source : source,
  ]));
}

interface Findings {
  readonly install: Install | undefined;
  readonly answers: Answers;
  readonly provenance: Provenance;
  readonly configuration: string;
  readonly dir: string;
  readonly facts: Plan["facts"];
  readonly given: Partial<Record<SecretName, string>>;
  /** Of data that were there before, see `InitRequest.keptSecrets`. */
  readonly kept: Readonly<Partial<Record<SecretName, string>>>;
  readonly replaced?: Partial<Record<SecretName, string>>;
  readonly clone?: CloneAt | undefined;
  readonly origin?: ImageOrigin | undefined;
}

async function finish(host: Host, gathered: Findings): Promise<Prepared> {
  const { answers, dir, facts } = gathered;
  const present = {
    ...await presentSecrets(host, dir),
    ...gathered.kept,
    ...gathered.replaced,
  };
  const resolved = resolveSecrets(
    { given: gathered.given, present },
    (count) => host.random.bytes(count),
    knownNames(answers),
  );
  const looked = gathered.origin === undefined
    ? await lookAtImages(host, dir, answers, gathered.clone)
    : { origin: gathered.origin, problems: [] };
  const planned = makePlan({
    answers,
    provenance: gathered.provenance,
    facts,
    secrets: resolved.secrets,
    dir,
    images: imageNames(answers, looked.origin),
    origin: looked.origin,
  });
  const problems = [
    ...resolved.problems,
    ...looked.problems,
    ...(planned.ok ? [] : planned.problems),
    ...await pinnedProblems(host, dir, answers),
  ];
  if (!planned.ok || problems.length > 0) throw invalidAnswers(problems);
  const { plan } = planned;
  const certificate = await fileProblems(host, plan);
  if (certificate.length > 0) throw invalidAnswers(certificate);
  const files = renderFiles(plan, {
    configuration: gathered.configuration,
    sources: imageSources(answers),
  });
  const handEdits = await findHandEdits(host, dir, files, gathered.install?.receipt);
  const rotating = gathered.replaced === undefined ? await readPending(host, dir) : undefined;
  return {
    ...(rotating === undefined ? {} : { rotating }),
    plan,
    install: gathered.install,
    generated: resolved.generated,
    hasPassword: !resolved.generated.includes("POSTGRES_PASSWORD"),
    files: withKept(files, handEdits),
    handEdits,
  };
}

/** What anybody knows of a stack, and no secret should be made of. */
export function knownNames(answers: Answers): readonly string[] {
  return [answers.name, answers.database.user, answers.domain, adminEmailOf(answers)];
}

/** Files of the install that images are built with. */
function imageSources({ images }: Answers): { path: string; text: string }[] {
  if (images.source === "demo") return demoSources();
  return images.source === "build" ? buildSources() : [];
}
