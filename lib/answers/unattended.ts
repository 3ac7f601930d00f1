/**
 * The answers as the unattended path takes them: an answers file, and `--set` flags. What has its
 * default is left out; what was measured is written down, so that it is the same on another machine.
 * Pure.
 */
import { Document, YAMLMap } from "yaml";
import { makeGroups } from "./document.ts";
import { FIELDS } from "./fields.ts";
import type { Provenance, Source } from "./layers.ts";
import { textOfValue } from "./questions.ts";
import type { Answers } from "./schema.ts";
import { type Tree, valueAt } from "./tree.ts";

/** Sources whose values were given in this run, rather than found. */
const GIVEN_NOW: readonly Source[] = ["file", "environment", "flag", "you"];

export interface Setting {
  readonly path: string;
  readonly value: unknown;
}

/**
 * Values that have to be given to get these answers again.
 *
 * @param exists on an installed stack only what this run was told; the rest is there already
 */
export function settingsOf(answers: Answers, provenance: Provenance, exists: boolean): Setting[] {
  return FIELDS.flatMap(({ path, defaultValue }): Setting[] => {
    const value = valueAt(answers as unknown as Tree, path);
    if (value === undefined || path === "schema") return [];
    const wanted = exists
      ? GIVEN_NOW.includes(provenance.get(path) ?? "default")
      : JSON.stringify(value) !== JSON.stringify(defaultValue);
    return wanted ? [{ path, value }] : [];
  });
}

/** `--set` flags, the environment as `--env`. */
export function settingFlags(settings: readonly Setting[]): (readonly [string, string])[] {
  return settings.map(({ path, value }) =>
    path === "environment"
      ? ["--env", String(value)]
      : ["--set", `${path}=${textOfValue(value).replaceAll(", ", ",")}`]
  );
}

const HEADER = ` Answers for an unattended install: rxdx-setup init --answers FILE --yes
 Secrets are not among them: give them as RXDX_SECRET_<NAME> or by --secrets-file; what is not
 given is generated.`;

/** The text of an answers file. */
export function answersFile(settings: readonly Setting[]): string {
  const document = new Document(new YAMLMap());
  document.commentBefore = HEADER;
  for (const { path, value } of settings) {
    const keys = path.split(".");
    makeGroups(document, keys);
    document.setIn(keys, document.createNode(value, { flow: true }));
  }
  return document.toString({ lineWidth: 100, flowCollectionPadding: false });
}
