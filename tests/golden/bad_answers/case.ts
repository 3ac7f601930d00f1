/** One wrong answers file: what it says, which fields must be named, what must be told. */
export interface Case {
  readonly title: string;
  readonly yaml: string;
  /** Keys that must be named, all of them. */
  readonly keys: readonly string[];
  /** Must be said somewhere. */
  readonly says?: RegExp;
}

/** A file with one mistake. */
export const bad = (title: string, yaml: string, key: string, says?: RegExp): Case => ({
  title,
  yaml,
  keys: [key],
  ...(says === undefined ? {} : { says }),
});
