/**
 * Where answers come from, and which one wins. Later layers override earlier ones, value by value;
 * the provenance of each value is kept for the review screen and `config show`.
 */
import type { Problem } from "../errors.ts";
import { fieldAt, FIELDS, SECTIONS, variableName } from "./fields.ts";
import { show } from "./parse.ts";
import { nearest } from "./suggest.ts";
import { isTree, leaves, setAt, type Tree, valueAt } from "./tree.ts";

/** Sources in rising precedence. */
export const SOURCES = [
  "default",
  "measured",
  "present",
  "file",
  "environment",
  "flag",
  "you",
] as const;
export type Source = (typeof SOURCES)[number];

/** What each source is called on screen. */
export const SOURCE_TEXT: Readonly<Record<Source, string>> = {
  default: "default",
  measured: "measured",
  present: "rxdx.yml",
  file: "answers file",
  environment: "environment",
  flag: "flag",
  you: "you",
};

export interface Layer {
  readonly source: Source;
  readonly values: Tree;
}

/** Source of each given path; a field that is absent here has its default. */
export type Provenance = ReadonlyMap<string, Source>;

export interface Merged {
  readonly values: Tree;
  readonly provenance: Provenance;
}

/** Merges layers, given in any order. */
export function merge(layers: readonly Layer[]): Merged {
  const values: Tree = {};
  const provenance = new Map<string, Source>();
  const rank = (layer: Layer) => SOURCES.indexOf(layer.source);
  for (const layer of layers.toSorted((a, b) => rank(a) - rank(b))) {
    for (const [path, value] of leaves(layer.values)) {
      setAt(values, path, value);
      provenance.set(path, layer.source);
    }
    // `domain: {}` holds no value, and is a mistake all the same: the parser must get to see it.
    for (const path of emptyGroups(layer.values)) {
      if (!isTree(valueAt(values, path))) setAt(values, path, {});
    }
  }
  return { values, provenance };
}

function emptyGroups(tree: Tree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    if (!isTree(value)) return [];
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return Object.keys(value).length === 0 ? [path] : emptyGroups(value, path);
  });
}

/**
 * A text from the command line or the environment, as the kind of value its field has. What does
 * not fit stays text, so that validation reports it with the field's own rule.
 */
export function coerce(path: string, text: string): unknown {
  const field = fieldAt(path);
  switch (field?.kind) {
    case "number":
    case "literal":
      return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "texts":
      return /^\[|,/.test(text) ? listed(text) : text;
    case "list":
      return listed(text);
    default:
      return text;
  }
}

function listed(text: string): string[] {
  const inner = text.replace(/^\[(.*)\]$/s, "$1").trim();
  return inner === "" ? [] : inner.split(",").map((part) => part.trim());
}

/** Variables that are ours but not fields. */
const RESERVED = new Set([
  "RXDX_DIR",
  "RXDX_VERSION",
  "RXDX_BASE_URL",
  "RXDX_ROOTLESS",
  "RXDX_FAILPOINT",
]);

/** `RXDX_PORTS_HTTPS=8443` and its like. A near miss of a known name is a problem, not silence. */
export function environmentLayer(
  env: Readonly<Record<string, string>>,
): { layer: Layer; problems: Problem[] } {
  const values: Tree = {};
  const problems: Problem[] = [];
  const byVariable = new Map(FIELDS.map((field) => [variableName(field.path), field]));
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith("RXDX_") || RESERVED.has(name) || name.startsWith("RXDX_SECRET_")) {
      continue;
    }
    const field = byVariable.get(name);
    if (field !== undefined) {
      setAt(values, field.path, coerce(field.path, text));
      continue;
    }
    const near = nearest(name.slice(5), [...byVariable.keys()].map((each) => each.slice(5)));
    if (near !== undefined) {
      problems.push({
        key: name,
        value: show(text),
        rule: `is not a known variable; did you mean RXDX_${near}?`,
        example: `RXDX_${near}=${byVariable.get(`RXDX_${near}`)?.example ?? ""}`,
      });
    }
  }
  return { layer: { source: "environment", values }, problems };
}

/** `--set key=value`, repeated; the last one of a key wins. */
export function flagLayer(
  settings: readonly string[],
): { layer: Layer; problems: Problem[] } {
  const values: Tree = {};
  const problems: Problem[] = [];
  for (const setting of settings) {
    const cut = setting.indexOf("=");
    const path = cut < 0 ? setting : setting.slice(0, cut);
    if (cut < 1) {
      problems.push({
        key: `--set ${show(setting)}`,
        rule: "must be key=value",
        example: "--set ports.https=8443",
      });
    } else if (fieldAt(path) === undefined && SECTIONS.some((each) => each.path === path)) {
      const inside = FIELDS.find((field) => field.path.startsWith(`${path}.`));
      problems.push({
        key: `--set ${path}`,
        value: show(setting.slice(cut + 1)),
        rule: "is a group of keys; name one of them",
        example: `--set ${inside?.path}=${inside?.example}`,
      });
    } else {
      // An unknown key is set all the same: validation reports it with its did-you-mean.
      setAt(values, path, coerce(path, setting.slice(cut + 1)));
    }
  }
  return { layer: { source: "flag", values }, problems };
}
