/**
 * Distinguished names of certificates: as text for people, and as a key by which two of them are
 * compared. Pure.
 */
import { clean } from "../observe/log_line_clean.ts";
import { children, type Der, hex, oid, sequence, TAG, text } from "./der.ts";
import { NAME_TYPES } from "./oids.ts";

export interface DistinguishedName {
  /** `CN=…, O=…` in the order of the certificate; printable, on one line. */
  readonly text: string;
  /** The common name, or what stands in for it. Printable. */
  readonly short: string;
  /** The organisation, when it is named. Printable. */
  readonly organisation: string | undefined;
  /**
   * Equal for names that are the same: case, blanks and the type of string do not count (RFC 5280,
   * 7.1); an issuer is often written in another string type than the subject that it means.
   */
  readonly key: string;
}

/** Characters of a name in a message; a hostile one may hold megabytes. */
const MAX_TEXT = 200;

/** Foreign text for a message: one line, nothing that a terminal would obey, not endless. */
export function printable(value: string): string {
  const shown = clean(value.slice(0, 4 * MAX_TEXT).replace(/[\r\n]+/g, " "));
  return shown.length <= MAX_TEXT ? shown : `${shown.slice(0, MAX_TEXT)}…`;
}

interface Part {
  readonly type: string;
  readonly value: string;
  readonly key: string;
}

function partOf(attribute: Der): Part | undefined {
  const [type, value] = sequence(attribute) ?? [];
  const id = oid(type);
  if (id === undefined || value === undefined) return undefined;
  const written = text(value);
  return {
    type: NAME_TYPES[id] ?? id,
    value: written ?? `#${hex(value.whole)}`,
    key: `${id}=${
      written === undefined
        ? hex(value.whole)
        : JSON.stringify(written.toLowerCase().trim().replace(/\s+/g, " "))
    }`,
  };
}

/** `undefined` when it is malformed. */
export function readName(element: Der | undefined): DistinguishedName | undefined {
  const sets = sequence(element);
  if (sets === undefined) return undefined;
  const groups: Part[][] = [];
  for (const set of sets) {
    const attributes = set.tag === TAG.set ? children(set) : undefined;
    const parts = attributes?.map(partOf).filter((part) => part !== undefined);
    if (parts === undefined || parts.length !== attributes?.length) return undefined;
    groups.push(parts);
  }
  const all = groups.flat();
  const first = (...types: string[]) =>
    types.map((type) => all.find((part) => part.type === type)?.value)
      .find((value) => value !== undefined && value.trim() !== "");
  const organisation = first("O");
  return {
    text: printable(all.map(({ type, value }) => `${type}=${value}`).join(", ")),
    short: printable(
      first("CN", "OU", "O") ?? (all.length === 0 ? "(empty)" : all[0]?.value ?? ""),
    ),
    organisation: organisation === undefined ? undefined : printable(organisation),
    // Parts of one set have no order.
    key: groups.map((parts) => parts.map((part) => part.key).sort().join("+")).join(","),
  };
}
