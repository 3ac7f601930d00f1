/**
 * An install as it stands on disk: configuration, secrets, receipt. Every command but the first
 * `init` begins here.
 */
import { readDocument } from "../answers/document.ts";
import type { Provenance, Source } from "../answers/layers.ts";
import { parseAnswers } from "../answers/parse.ts";
import type { Answers } from "../answers/schema.ts";
import { leaves, type Tree } from "../answers/tree.ts";
import { EXIT, invalidAnswers, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { resolvedPath } from "../observe/installs.ts";
import { readEnv } from "../render/env_codec.ts";
import { pick, type SecretName } from "../secrets/secrets.ts";
import { readReceipt, type Receipt } from "../steps/receipt.ts";

export interface Install {
  readonly dir: string;
  readonly answers: Answers;
  readonly provenance: Provenance;
  /** Text of `rxdx.yml`. */
  readonly configuration: string;
  /** Secrets in the present `.env`. */
  readonly secrets: Readonly<Partial<Record<SecretName, string>>>;
  readonly receipt: Receipt | undefined;
  /** Where it was installed, when the directory has been moved since. */
  readonly movedFrom?: string;
}

export function configurationPath(dir: string): string {
  return `${dir}/rxdx.yml`;
}

/** Secrets of the present `.env`; empty when there is none. */
export async function presentSecrets(
  host: Host,
  dir: string,
): Promise<Partial<Record<SecretName, string>>> {
  const text = await host.files.readText(`${dir}/.env`);
  return text === undefined ? {} : pick([...readEnv(text)]).given;
}

/** `undefined` when nothing is installed in `dir`. */
export async function findInstall(host: Host, dir: string): Promise<Install | undefined> {
  const configuration = await host.files.readText(configurationPath(dir));
  if (configuration === undefined) return undefined;
  const [secrets, receipt] = await Promise.all([presentSecrets(host, dir), readReceipt(host, dir)]);
  const movedFrom = await formerDirectory(host, dir, receipt);
  return {
    dir,
    configuration,
    secrets,
    receipt,
    ...(movedFrom === undefined ? {} : { movedFrom }),
    ...readConfiguration(configuration, receipt),
  };
}

/** The same place by another path is no other place. */
async function formerDirectory(
  host: Host,
  dir: string,
  receipt: Receipt | undefined,
): Promise<string | undefined> {
  const former = receipt?.dir;
  if (former === undefined || former === dir) return undefined;
  return await resolvedPath(host, former) === await resolvedPath(host, dir) ? undefined : former;
}

/** What has to be known of a directory that was moved, in a sentence or two. */
export function movedText(install: Pick<Install, "dir" | "movedFrom">): string | undefined {
  const { dir, movedFrom } = install;
  return movedFrom === undefined ? undefined : `This stack was moved here from ${movedFrom}. ` +
    `Containers made there still mount its old files; apply makes them anew from ${dir}. Volumes ` +
    "and names stay.";
}

/**
 * @throws SetupError `invalid_answers` with every problem (exit 3)
 */
export function readConfiguration(
  text: string,
  receipt?: Receipt,
): { answers: Answers; provenance: Provenance } {
  const read = readDocument(text, "rxdx.yml");
  if (!read.ok) throw invalidAnswers(read.problems, "rxdx.yml");
  const parsed = parseAnswers(read.tree);
  if (!parsed.ok) throw invalidAnswers(parsed.problems, "rxdx.yml");
  return { answers: parsed.answers, provenance: provenanceOf(read.tree, receipt) };
}

/** How each value came about is remembered in the receipt; a value edited since is `rxdx.yml`'s. */
function provenanceOf(tree: Tree, receipt: Receipt | undefined): Provenance {
  return new Map(
    leaves(tree).map(([path, value]) => {
      const remembered = receipt?.provenance[path];
      const [source, text] = typeof remembered === "string" ? splitOnce(remembered) : [];
      const unchanged = text === JSON.stringify(value);
      return [path, unchanged ? source as Source : "present"];
    }),
  );
}

function splitOnce(text: string): [string, string] {
  const cut = text.indexOf(" ");
  return [text.slice(0, cut), text.slice(cut + 1)];
}

/** What the receipt remembers: path → source and value, `flag 8443`. */
export function rememberProvenance(
  answers: Answers,
  provenance: Provenance,
): Record<string, string> {
  return Object.fromEntries(
    leaves(answers as unknown as Tree).map(([path, value]) => [
      path,
      `${provenance.get(path) ?? "default"} ${JSON.stringify(value)}`,
    ]),
  );
}

/**
 * @throws SetupError `not_installed` (exit 4)
 */
export async function needInstall(host: Host, dir: string): Promise<Install> {
  const install = await findInstall(host, dir);
  if (install !== undefined) return install;
  throw new SetupError({
    code: "not_installed",
    message: `There is no RxDx stack in ${dir}.`,
    hint: "rxdx-setup init, or name another directory with --dir",
    exit: EXIT.prerequisite,
  });
}
