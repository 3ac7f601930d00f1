/**
 * What a look at the machine or the network found, as the screens, `check` and later `doctor` show it.
 * Pure data.
 */

/** `unknown`: could not be found out, which on a closed network is an honest answer. */
export type CheckState = "ok" | "warn" | "fail" | "unknown";

export interface Check {
  /** Stable, for JSON: `memory`, `port-80`, `name-www.example.com`. */
  readonly id: string;
  /** At most {@link TITLE_COLUMNS} columns. */
  readonly title: string;
  readonly state: CheckState;
  /** One line of at most {@link DETAIL_COLUMNS} columns. */
  readonly detail: string;
  /** What to do, best as a command that can be pasted. */
  readonly hint?: string;
}

/** A mark, the title, the detail and the spaces between them make 80 columns. */
export const TITLE_COLUMNS = 18;
export const DETAIL_COLUMNS = 80 - 2 - TITLE_COLUMNS - 2;

/** Cuts a text in its middle, where paths and lists can best spare it. */
export function clip(text: string, columns: number = DETAIL_COLUMNS): string {
  if (text.length <= columns) return text;
  const half = Math.floor((columns - 1) / 2);
  return `${text.slice(0, columns - 1 - half)}…${text.slice(text.length - half)}`;
}

/** A check whose texts fit; an empty hint is none. */
export function check(
  id: string,
  title: string,
  state: CheckState,
  detail: string,
  hint = "",
): Check {
  return {
    id,
    title: clip(title, TITLE_COLUMNS),
    state,
    detail: clip(detail),
    ...(hint === "" ? {} : { hint }),
  };
}

/** What takes attention first: `fail` over `warn` over `unknown` over `ok`. */
export function worst(checks: readonly Check[]): CheckState {
  const order: readonly CheckState[] = ["fail", "warn", "unknown", "ok"];
  return order.find((state) => checks.some((each) => each.state === state)) ?? "ok";
}
