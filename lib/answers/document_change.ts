/**
 * Changes values in `rxdx.yml` and nothing else: an operator's comments, order and spelling survive.
 * Used by `init` on an installed server and by `config set`.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  parseDocument,
  stringify,
  visit,
} from "yaml";
import { makeGroups, readDocument } from "./document.ts";
import { FIELDS } from "./fields.ts";
import type { Answers } from "./schema.ts";
import { type Tree, valueAt } from "./tree.ts";

interface Change {
  readonly path: string;
  /** `undefined`: the value is computed from now on. */
  readonly value: unknown;
}

/**
 * The text with the given values changed and nothing else: comments, order, quotes and blank lines
 * of the rest stay. Returns the very same text when nothing differs. A value that stands in the text
 * is replaced where it stands, byte for byte; where one has to be added or taken out, the spacing of
 * the file may become the usual one.
 *
 * @param text valid YAML, as `readDocument` accepted it
 */
export function changeDocument(text: string, answers: Answers): string {
  const read = readDocument(text, "rxdx.yml");
  const present = read.ok ? read.tree : {};
  const wanted = answers as unknown as Tree;
  const changes = FIELDS.flatMap(({ path, defaultValue }): Change[] => {
    const value = valueAt(wanted, path);
    return same(valueAt(present, path) ?? defaultValue, value) ? [] : [{ path, value }];
  });
  if (changes.length === 0) return text;
  const inPlace = replaced(text, changes);
  return inPlace !== undefined && says(inPlace, wanted) ? inPlace : rebuilt(text, present, changes);
}

/** True when the text, read back, gives every value of the answers. */
function says(text: string, wanted: Tree): boolean {
  const read = readDocument(text, "rxdx.yml");
  return read.ok &&
    FIELDS.every(({ path, defaultValue }) =>
      same(valueAt(read.tree, path) ?? defaultValue, valueAt(wanted, path))
    );
}

/** Replaces the values where they stand; `undefined` when one of them does not stand in the text. */
function replaced(text: string, changes: readonly Change[]): string | undefined {
  const document = parseDocument(text);
  const cuts: { from: number; to: number; text: string }[] = [];
  for (const { path, value } of changes) {
    const node = document.getIn(path.split("."), true);
    const simple = isScalar(node) || (isNode(node) && "flow" in node && node.flow === true);
    if (value === undefined || !simple || !isNode(node) || !node.range) return undefined;
    const [from, to] = node.range;
    // Nothing stands there (`ports:`), or an anchor does that others refer to.
    if (from === to || ("anchor" in node && node.anchor !== undefined)) return undefined;
    cuts.push({ from, to, text: spelled(value) });
  }
  return cuts.sort((a, b) => b.from - a.from).reduce(
    (result, cut) => result.slice(0, cut.from) + cut.text + result.slice(cut.to),
    text,
  );
}

/** One line that means the value in a block as well as between brackets. */
function spelled(value: unknown): string {
  if (typeof value === "string" && /[,[\]{}]/.test(value)) return JSON.stringify(value);
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false })
    .trimEnd();
}

/** Lets the library write the whole document anew, with the line ends and indentation it had. */
function rebuilt(text: string, present: Tree, changes: readonly Change[]): string {
  const document = parseDocument(text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"));
  writeAliasesOut(document);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  for (const { path, value } of changes) {
    const keys = path.split(".");
    if (value === undefined) {
      if (valueAt(present, path) !== undefined) document.deleteIn(keys);
      continue;
    }
    makeGroups(document, keys);
    const before = document.getIn(keys, true);
    const node = document.createNode(value, { flow: true });
    if (isNode(before)) {
      if (before.comment !== undefined) node.comment = before.comment;
      if (before.commentBefore !== undefined) node.commentBefore = before.commentBefore;
    }
    document.setIn(keys, node);
  }
  const fresh = document.toString({
    lineWidth: 0,
    indent: /^[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\r?\n( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2,
    flowCollectionPadding: /[[{] /.test(text),
  });
  return (text.startsWith("\uFEFF") ? "\uFEFF" : "") +
    (text.includes("\r\n") ? fresh.replaceAll("\n", "\r\n") : fresh);
}

/** Values behind `*name` are about to differ from what they were copied from. */
function writeAliasesOut(document: Document): void {
  const copies = new Map<unknown, unknown>();
  visit(document, {
    Alias: (_key, alias) => {
      copies.set(alias, alias.resolve(document)?.toJS(document));
    },
  });
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) return document.createNode(copies.get(node));
      if ("anchor" in node) delete node.anchor;
      return undefined;
    },
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
