/**
 * Gathers what an `init` was told, layer by layer, and measures the machine. Merging the layers asks
 * nothing, so that the wizard can see what any answer would make of all the others. Changes nothing.
 */
import { readDocument } from "../answers/document.ts";
import { FIELDS } from "../answers/fields.ts";
import { environmentLayer, flagLayer, type Layer, merge, type Merged } from "../answers/layers.ts";
import { isTree, setAt, type Tree, valueAt } from "../answers/tree.ts";
import type { Problem } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { measure } from "../observe/facts.ts";
import type { Facts } from "../plan/facts.ts";
import { readEnv, unreadLines } from "../render/env_codec.ts";
import { pick, type SecretName, secretsFromEnvironment } from "../secrets/secrets.ts";
import { quoted } from "../steps/command_line.ts";
import { findInstall, type Install } from "./install.ts";
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
  /** `--name NAME`. */
  readonly name?: string;
  readonly secretsFile?: { readonly path: string; readonly text: string };
  /** What the operator answered to questions. */
  readonly you?: Tree;
  /** Secrets that the operator typed; they win over files and variables. */
  readonly typedSecrets?: Readonly<Partial<Record<SecretName, string>>>;
  /** Secrets that data were made with: kept whatever they are like, and never told to be too weak. */
  readonly keptSecrets?: Readonly<Partial<Record<SecretName, string>>>;
}

export interface Gathered {
  readonly request: InitRequest;
  readonly install: Install | undefined;
  readonly facts: Facts;
  /** Everything that was said but for the operator's own words. */
  readonly layers: readonly Layer[];
  readonly secrets: Partial<Record<SecretName, string>>;
  /** What is wrong with the layers as such; rules on values come later. */
  readonly problems: readonly Problem[];
}

/**
 * @param ports further ports whose owner must be known
 */
export async function gatherInit(
  host: Host,
  request: InitRequest,
  ports: readonly number[] = [],
): Promise<Gathered> {
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
  layers.push(environment.layer, flags.layer);
  const secrets = await gatherSecrets(host, request.secretsFile);
  problems.push(...environment.problems, ...flags.problems, ...secrets.problems);
  const said = merge([...layers, { source: "you", values: request.you ?? {} }]).values;
  const facts = await measure(host, { dir: request.dir, ports: [...portsOf(said), ...ports] });
  return {
    request,
    install,
    facts,
    layers,
    secrets: { ...secrets.given, ...request.typedSecrets },
    problems,
  };
}

/** All values with their sources, if `you` is what the operator says. */
export function mergeInit({ request, install, facts, layers }: Gathered, you: Tree): Merged {
  const all: Layer[] = [...layers, { source: "you", values: you }];
  const said = merge(all).values;
  all.push(environmentDefaults(valueAt(said, "environment")));
  if (install === undefined) {
    const source = valueAt(said, "images.source");
    // For a real server 80 and 443 must be had, and who holds them is told instead.
    const forgiving = valueAt(said, "environment") === "development" || source === undefined ||
      source === "demo";
    all.push(measuredLayer(facts, {
      project: String(valueAt(said, "name") ?? "rxdx"),
      freePorts: forgiving,
      said,
    }));
  }
  return merge([...all, ...demoNames(request, merge(all))]);
}

/** The values with every default that is missing. Values of the wrong kind stay as they are. */
export function withDefaults(values: Tree): Tree {
  const all = structuredClone(values);
  for (const { path, defaultValue } of FIELDS) {
    if (defaultValue === undefined || valueAt(all, path) !== undefined) continue;
    const parent = path.includes(".") ? valueAt(all, path.slice(0, path.lastIndexOf("."))) : all;
    if (parent === undefined || isTree(parent)) setAt(all, path, defaultValue);
  }
  return all;
}

/** `--demo`, `--env` and `--name` are short for settings; an explicit `--set` wins. */
function flagSettings(request: InitRequest): string[] {
  return [
    ...(request.demo ? ["images.source=demo"] : []),
    ...(request.environment === undefined ? [] : [`environment=${request.environment}`]),
    ...(request.name === undefined ? [] : [`name=${request.name}`]),
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

/** Secrets out of `RXDX_SECRET_*`, which win, and a file; every problem of both. */
export async function gatherSecrets(
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
      example: `chmod 600 ${quoted([file.path])}`,
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
