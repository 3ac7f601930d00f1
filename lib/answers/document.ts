/**
 * `rxdx.yml` as text: read with every mistake named, and written with comments. How a present file
 * is changed stands in `document_change.ts`.
 */
import { Document, isMap, LineCounter, parseDocument, YAMLMap } from "yaml";
import type { Problem } from "../errors.ts";
import { FIELDS, SECTIONS } from "./fields.ts";
import { printable, show } from "./parse.ts";
import type { Answers } from "./schema.ts";
import { isTree, leaves, type Tree } from "./tree.ts";

/** Bytes; a configuration is a page or two, anything larger is a mistake or an attack. */
export const MAX_BYTES = 256 * 1024;

export type ReadDocument =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads YAML text. A byte order mark and CRLF line ends are accepted; tabs, duplicate keys,
 * aliases by the thousand, bytes that are no UTF-8 and anything that is not a group of keys are problems.
 *
 * @param source name of the file, for the messages
 */
export function readDocument(text: string, source: string): ReadDocument {
  // A character is one to three bytes: the exact count is taken only where it can matter.
  if (text.length > MAX_BYTES || new TextEncoder().encode(text).length > MAX_BYTES) {
    return failed([{
      key: source,
      rule: `must be at most ${MAX_BYTES / 1024} KiB`,
      example: "the file as `rxdx-setup init` writes it",
    }]);
  }
  // What is no UTF-8 was read as U+FFFD; a value that holds one is not the value that was meant.
  const broken = text.search(/[\uFFFD\0]/);
  if (broken >= 0) {
    const before = text.slice(0, broken).split("\n");
    return failed([{
      key: `${source}, line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`,
      rule: "is not UTF-8 text",
      example: "iconv -f LATIN1 -t UTF-8, or save the file as UTF-8",
    }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    version: "1.2",
    merge: false,
    // `!!timestamp`, `!!set` and their like would make values of kinds that no field has.
    resolveKnownTags: false,
    // Its warnings would go straight to the operator's terminal.
    logLevel: "error",
  });
  if (document.errors.length > 0) {
    return failed(document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return {
        key: `${source}, line ${line}, column ${col}`,
        rule: `is not valid YAML: ${printable(error.message.split("\n")[0] ?? "").slice(0, 200)}`,
        example: "key: value, with spaces (not tabs) for indentation",
      };
    }));
  }
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 50 });
  } catch {
    return failed([{
      key: source,
      rule: "has more aliases (*name) than a configuration needs",
      example: "write the values out",
    }]);
  }
  if (isRecursive(tree, [])) {
    return failed([{
      key: source,
      rule: "has an alias (*name) inside of what it stands for",
      example: "write the values out",
    }]);
  }
  const dotted = isTree(tree) ? dottedKeys(tree) : [];
  if (dotted.length > 0) {
    return failed(dotted.map((key) => ({
      key,
      rule: "is not a known key: in YAML a group stands above its keys, a dot does not divide them",
      example: "ports: { https: 8443 }",
    })));
  }
  if (tree === null || tree === undefined) return { ok: true, tree: {} };
  if (!isTree(tree)) {
    return failed([{ key: source, rule: "must be a group of keys", example: "name: rxdx" }]);
  }
  return { ok: true, tree };
}

function isRecursive(value: unknown, around: readonly unknown[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return around.includes(value) ||
    Object.values(value).some((each) => isRecursive(each, [...around, value]));
}

/** `ports.https: 8443` is right on a command line; in the file it would be a key of that name. */
function dottedKeys(tree: Tree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) => [
    ...(key.includes(".") ? [show(prefix + key)] : []),
    ...(isTree(value) ? dottedKeys(value, `${prefix}${key}.`) : []),
  ]);
}

function failed(problems: readonly Problem[]): ReadDocument {
  return { ok: false, problems };
}

const HEADER = ` Configuration of this RxDx stack. Edit it, then: rxdx-setup plan, rxdx-setup apply.
 It holds no secrets; those are in .env. All keys: docs/reference/rxdx-yml.md of rxdx-setup.`;

/** The text of a new `rxdx.yml`: every value, each with its meaning. */
export function writeDocument(answers: Answers): string {
  const document = new Document(new YAMLMap());
  document.commentBefore = HEADER;
  fill(document, answers as unknown as Tree);
  return document.toString({ lineWidth: 100, flowCollectionPadding: false });
}

/** `ports:` with nothing under it reads as null; a value cannot be set inside of that. */
export function makeGroups(document: Document, keys: readonly string[]): void {
  for (let depth = 1; depth < keys.length; depth++) {
    const path = keys.slice(0, depth);
    if (!isMap(document.getIn(path))) document.setIn(path, document.createNode({}));
  }
}

function fill(document: Document, values: Tree): void {
  const described = new Map(FIELDS.map((field) => [field.path, field]));
  for (const [path, value] of leaves(values)) {
    if (value === undefined) continue;
    const keys = path.split(".");
    makeGroups(document, keys);
    const node = document.createNode(value, { flow: true });
    const field = described.get(path);
    if (field !== undefined) {
      node.comment = field.kind === "choice" ? ` ${field.choices.join(" | ")}` : ` ${field.doc}`;
    }
    document.setIn(keys, node);
  }
  for (const section of SECTIONS) {
    const node = document.getIn(section.path.split("."), true);
    if (!isMap(node)) continue;
    if (!section.path.includes(".")) {
      const pair = (document.contents as YAMLMap).items.find((item) =>
        String(item.key) === section.path
      );
      if (pair !== undefined) {
        const key = document.createNode(section.path);
        key.spaceBefore = true;
        key.commentBefore = ` ${section.doc}`;
        pair.key = key;
      }
    }
  }
}
