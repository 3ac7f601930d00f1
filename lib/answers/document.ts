/**
 * `rxdx.yml` as text: read with every mistake named, written with comments, and changed in place
 * so that an operator's own comments and order survive.
 */
import { Document, isMap, isNode, LineCounter, parseDocument, YAMLMap } from "yaml";
import type { Problem } from "../errors.ts";
import { FIELDS, SECTIONS } from "./fields.ts";
import type { Answers } from "./schema.ts";
import { isTree, leaves, type Tree, valueAt } from "./tree.ts";

/** Bytes; a configuration is a page or two, anything larger is a mistake or an attack. */
export const MAX_BYTES = 256 * 1024;

export type ReadDocument =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads YAML text. A byte order mark and CRLF line ends are accepted; tabs, duplicate keys,
 * aliases by the thousand and anything that is not a group of keys are problems.
 *
 * @param source name of the file, for the messages
 */
export function readDocument(text: string, source: string): ReadDocument {
  if (text.length > MAX_BYTES) {
    return failed([{
      key: source,
      rule: `must be at most ${MAX_BYTES / 1024} KiB`,
      example: "the file as `rxdx-setup init` writes it",
    }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    version: "1.2",
    merge: false,
  });
  if (document.errors.length > 0) {
    return failed(document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return {
        key: `${source}, line ${line}, column ${col}`,
        rule: `is not valid YAML: ${error.message.split("\n")[0]}`,
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
  if (tree === null || tree === undefined) return { ok: true, tree: {} };
  if (!isTree(tree)) {
    return failed([{ key: source, rule: "must be a group of keys", example: "name: rxdx" }]);
  }
  return { ok: true, tree };
}

function failed(problems: readonly Problem[]): ReadDocument {
  return { ok: false, problems };
}

const HEADER = ` Configuration of this RxDx stack. Edit it, then: rxdx-setup plan, rxdx-setup apply.
 It holds no secrets; those are in .env. Reference: rxdx-setup config show --help`;

/** The text of a new `rxdx.yml`: every value, each with its meaning. */
export function writeDocument(answers: Answers): string {
  const document = new Document(new YAMLMap());
  document.commentBefore = HEADER;
  fill(document, answers as unknown as Tree);
  return document.toString({ lineWidth: 100, flowCollectionPadding: false });
}

/**
 * The text with the given values changed and nothing else: comments, order, quotes and blank
 * lines of the rest stay. Returns the very same text when nothing differs.
 *
 * @param text valid YAML, as {@link readDocument} accepted it
 */
export function changeDocument(text: string, answers: Answers): string {
  const read = readDocument(text, "rxdx.yml");
  const present = read.ok ? read.tree : {};
  const wanted = answers as unknown as Tree;
  const changes = FIELDS.filter((field) => {
    const was = valueAt(present, field.path) ?? field.defaultValue;
    return !same(was, valueAt(wanted, field.path));
  });
  if (changes.length === 0) return text;
  const document = parseDocument(text.replace(/^\uFEFF/, ""));
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  for (const { path } of changes) {
    const value = valueAt(wanted, path);
    const keys = path.split(".");
    if (value === undefined) document.deleteIn(keys);
    else {
      makeGroups(document, keys);
      const before = document.getIn(keys, true);
      const node = document.createNode(value, { flow: true });
      if (isNode(before)) {
        if (before.comment !== undefined) node.comment = before.comment;
        if (before.commentBefore !== undefined) node.commentBefore = before.commentBefore;
      }
      document.setIn(keys, node);
    }
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** `ports:` with nothing under it reads as null; a value cannot be set inside of that. */
function makeGroups(document: Document, keys: readonly string[]): void {
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

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
