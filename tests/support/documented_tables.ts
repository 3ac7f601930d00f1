/**
 * What is done with each command line of the documentation: the stages in which the test runs them
 * against one real stack, and the table of those that cannot be run here, each with the reason. Data;
 * that nothing is forgotten and nothing stale is `unaccounted`.
 */

export interface Run {
  /** As documented; `undefined` for what is only arranged between two documented lines. */
  readonly line?: string;
  /** Shell text that arranges something; must succeed. */
  readonly arrange?: string;
  /** Exit code it must end with [0]. */
  readonly exit?: number;
  /** Words that are added, where they are not in it yet; `{fresh}` is a new directory. */
  readonly add?: string;
  /** Why the exit code is another than 0, or words other than `--yes` are added. */
  readonly because?: string;
  /** Pieces of the line that stand for something of the reader's. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Where it is typed: the install directory, this repository, or a directory below that with the files [`.`]. */
  readonly at?: "stack" | "repository" | string;
  /** It never ends by itself: enough is seen when this is on its standard output. */
  readonly until?: RegExp;
  /** What it must say, on either output. */
  readonly says?: RegExp;
  /** What somebody types. */
  readonly stdin?: string;
}

export interface Stage {
  readonly title: string;
  /** How many run at once; those that change one stack go one after the other. */
  readonly atOnce: number;
  readonly runs: readonly Run[];
}

export interface Excuse {
  readonly because: string;
  readonly lines: readonly string[];
}

/** The same for several lines; a line may say more. */
export function each(common: Run, lines: readonly (string | Run)[]): Run[] {
  return lines.map((line) => ({ ...common, ...(typeof line === "string" ? { line } : line) }));
}

/** Problems of the tables against the documented lines; empty when every line is accounted for. */
export function unaccounted(
  documented: ReadonlyMap<string, readonly string[]>,
  stages: readonly Stage[],
  excuses: readonly Excuse[],
): string[] {
  const runs = stages.flatMap(({ runs }) => runs);
  const run = runs.flatMap(({ line }) => line ?? []);
  const excused = excuses.flatMap(({ lines }) => lines);
  const known = [...run, ...excused];
  // An excuse that ends in `…` is for every line that begins so.
  const meets = (entry: string, line: string) =>
    entry === line || entry.endsWith(" …") && line.startsWith(entry.slice(0, -1));
  const lines = [...documented.keys()];
  return [
    ...[...documented].filter(([line]) => !known.some((entry) => meets(entry, line)))
      .map(([line, pages]) => `${pages.join(", ")}: neither run nor excused: ${line}`),
    ...known.filter((entry) => !lines.some((line) => meets(entry, line)))
      .map((entry) => `no page has it: ${entry}`),
    ...known.filter((line, index) => known.indexOf(line) !== index).map((line) => `twice: ${line}`),
    ...runs.filter((each) =>
      each.because === undefined && ((each.exit ?? 0) !== 0 || !/^(--yes)?$/.test(each.add ?? ""))
    ).map((each) => `without a reason: ${each.line ?? each.arrange}`),
  ];
}
