/**
 * The fields of `rxdx.yml` as a flat list, read off the schema: path, kind, default, meaning.
 * Used by the environment variables, `--set`, the written file, did-you-mean and the reference.
 */
import type { FieldNotes } from "./schema_fields.ts";
import { AnswersSchema } from "./schema.ts";

export type FieldKind =
  | "string"
  | "number"
  | "boolean"
  | "list"
  /** One text, or a list of them. */
  | "texts"
  | "choice"
  | "literal";

export interface Field extends FieldNotes {
  /** For example `ports.https`. */
  readonly path: string;
  readonly kind: FieldKind;
  /** `undefined` for a field that is computed when absent. */
  readonly defaultValue: unknown;
  readonly choices: readonly string[];
}

export interface Section {
  readonly path: string;
  readonly doc: string;
}

/** The parts of a valibot schema that are read here; valibot documents them as its object API. */
interface Node {
  readonly type: string;
  readonly wrapped?: Node;
  readonly default?: unknown;
  readonly entries?: Readonly<Record<string, Node>>;
  /** Of a picklist: its words. */
  readonly options?: readonly unknown[];
  readonly pipe?: readonly { readonly type: string; readonly metadata?: unknown }[];
}

function notesOf(node: Node): FieldNotes {
  const action = node.pipe?.find((item) => item.type === "metadata");
  return action?.metadata === undefined ? { doc: "", example: "" } : action.metadata as FieldNotes;
}

const KINDS: Readonly<Record<string, FieldKind>> = {
  string: "string",
  number: "number",
  boolean: "boolean",
  array: "list",
  union: "texts",
  picklist: "choice",
  literal: "literal",
};

function walk(): { fields: Field[]; sections: Section[] } {
  const fields: Field[] = [];
  const sections: Section[] = [];
  const visit = (node: Node, path: string, fallback: unknown): void => {
    if (node.type === "optional" && node.wrapped !== undefined) {
      visit(node.wrapped, path, node.default);
    } else if (node.entries !== undefined) {
      if (path !== "") sections.push({ path, doc: notesOf(node).doc });
      for (const [key, child] of Object.entries(node.entries)) {
        visit(child, path === "" ? key : `${path}.${key}`, undefined);
      }
    } else {
      const kind = KINDS[node.type];
      if (kind === undefined) throw new TypeError(`${path}: no field kind for ${node.type}`);
      fields.push({
        path,
        kind,
        defaultValue: fallback,
        choices: node.type === "picklist" ? (node.options ?? []).map(String) : [],
        ...notesOf(node),
      });
    }
  };
  visit(AnswersSchema as unknown as Node, "", undefined);
  return { fields, sections };
}

const walked = walk();

/** Every field, in the order in which it stands in the file. */
export const FIELDS: readonly Field[] = walked.fields;

/** Every group of fields. */
export const SECTIONS: readonly Section[] = walked.sections;

const byPath = new Map(FIELDS.map((field) => [field.path, field]));

export function fieldAt(path: string): Field | undefined {
  return byPath.get(path);
}

/** `ports.https` → `RXDX_PORTS_HTTPS`. */
export function variableName(path: string): string {
  return `RXDX_${path.replaceAll(".", "_").toUpperCase()}`;
}
