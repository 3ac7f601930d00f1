/**
 * The shape of what a command prints with `--json`, as it is written down and as it is compared with a
 * real document. Pure; `json_page.ts` shows it, `tests/e2e/documented_commands_test.ts` compares.
 */

export interface JsonShape {
  /** Without the program and `--json`. */
  readonly command: string;
  /** What the document is. */
  readonly what: string;
  readonly more?: string;
  /** The end-to-end test that compares it; without, the one that types every documented command. */
  readonly comparedBy?: string;
  /**
   * A line for each field, `path: kind`; a `?` behind the path when it may be absent. Below an array the
   * path goes on with `[].`. What has no line for what is in it is not described further.
   */
  readonly fields: string;
}

export interface Field {
  readonly path: string;
  readonly optional: boolean;
  readonly kind: string;
}

export function fieldsOf({ fields }: JsonShape): Field[] {
  return fields.trim().split("\n").map((line) => {
    const [, path = "", optional, kind = ""] = /^([^?:]+)(\?)?: (.+)$/.exec(line.trim()) ?? [];
    if (path === "") throw new Error(`no field: ${line}`);
    return { path, optional: optional !== undefined, kind };
  });
}

function isOf(value: unknown, kind: string): boolean {
  return kind.split(" or ").some((each) => {
    const [, elements] = /^array of (\w+)s$/.exec(each) ?? [];
    if (elements !== undefined) {
      return Array.isArray(value) && value.every((element) => isOf(element, elements));
    }
    if (each === "any") return true;
    if (each === "null") return value === null;
    const type = Array.isArray(value) || value === null ? "" : typeof value;
    return type === each;
  });
}

/** In what a document is another than its shape; empty when in nothing. */
export function differences(shape: JsonShape, document: unknown): string[] {
  // Every document begins with the number of its form, but for lines of a log.
  const schema = { path: "schema", optional: true, kind: "number" };
  const fields = [schema, ...fieldsOf(shape)];
  const inside = (value: unknown, at: string): string[] => {
    if (Array.isArray(value)) return value.flatMap((each) => inside(each, `${at}[]`));
    if (typeof value !== "object" || value === null) return [];
    const base = at === "" ? "" : `${at}.`;
    const here = fields.filter(({ path }) =>
      path.startsWith(base) && !/[.[]/.test(path.slice(base.length))
    );
    if (here.length === 0) return [];
    const given = value as Readonly<Record<string, unknown>>;
    return [
      ...Object.keys(given).filter((key) => !here.some(({ path }) => path === base + key))
        .map((key) => `${base}${key} is not described`),
      ...here.filter(({ path, optional }) =>
        !optional && !Object.hasOwn(given, path.slice(base.length))
      )
        .map(({ path }) => `${path} is missing`),
      ...here.flatMap(({ path, kind }) => {
        const key = path.slice(base.length);
        if (!Object.hasOwn(given, key)) return [];
        return isOf(given[key], kind)
          ? inside(given[key], path)
          : [`${path} is no ${kind}: ${JSON.stringify(given[key])?.slice(0, 60)}`];
      }),
    ];
  };
  return [...new Set(inside(document, ""))];
}
