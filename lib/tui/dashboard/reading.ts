/**
 * Reading the log: pausing, following, the bar that moves over its lines, searching, marks. Pure but
 * for reading the live logs; part of `update.ts`.
 */
import type { ShownLine } from "../../observe/log_ring_set.ts";
import { layout } from "./layout.ts";
import { type DashboardModel, filterOf, lineKey } from "./model.ts";

/** More than any log has: moving there is clamped to the oldest line. */
export const TO_THE_OLDEST = Number.MAX_SAFE_INTEGER;

/** Stops following: what is read stays as it is now, the bar on its newest line. */
export function paused(model: DashboardModel): DashboardModel {
  return model.frozen === undefined
    ? { ...model, frozen: model.logs.freeze(), offset: 0, cursor: 0 }
    : model;
}

/** Back to the newest line, and on with it. */
export function following(model: DashboardModel): DashboardModel {
  return { ...model, frozen: undefined, offset: 0, cursor: 0, column: 0 };
}

/** Lines that a page key moves by; one is kept to go on from. */
export function page(model: DashboardModel): number {
  return Math.max(1, layout(model).logs - 1);
}

/** Moves the bar: up pauses, down past the newest line follows again. */
export function moved(model: DashboardModel, lines: number): DashboardModel {
  if (lines < 0 && model.cursor + lines < 0) return following(model);
  const still = paused(model);
  const cursor = Math.min(TO_THE_OLDEST, still.cursor + lines);
  return clamped({ ...still, cursor });
}

/** Turns pages, the bar with them: up pauses, down past the newest line follows again. */
export function turned(model: DashboardModel, lines: number): DashboardModel {
  if (lines < 0 && model.offset + lines < 0) {
    // The last page first, with the bar on its newest line; only then on with what comes.
    return model.frozen !== undefined && (model.offset > 0 || model.cursor > 0)
      ? clamped({ ...model, offset: 0, cursor: 0 })
      : following(model);
  }
  const still = paused(model);
  const offset = still.offset + lines;
  // Within one page nothing can be turned: the bar goes to the edge.
  return clamped({ ...still, offset, cursor: still.cursor + lines });
}

/** The bar on a line that is there, the page around it, and no page beyond the oldest line. */
export function clamped(model: DashboardModel): DashboardModel {
  const { frozen } = model;
  if (frozen === undefined) return model;
  const filter = filterOf(model);
  const at = frozen.page(filter, 1, model.cursor);
  const cursor = at.lines.length === 1 ? model.cursor : Math.max(0, at.skipped - 1);
  const height = Math.max(1, layout(model).logs);
  let offset = Math.min(model.offset, cursor);
  if (cursor > offset + height - 1) offset = cursor - height + 1;
  const { lines, skipped } = frozen.page(filter, height, offset);
  if (lines.length < height) offset = Math.max(0, skipped + lines.length - height);
  return { ...model, cursor, offset };
}

/** The line under the bar; the newest one while following. */
export function lineAt(model: DashboardModel): ShownLine | undefined {
  return (model.frozen ?? model.logs).page(filterOf(model), 1, model.cursor).lines[0];
}

/** The bar on the nearest line above (or below) it that is wanted; where it is when there is none. */
function seek(
  model: DashboardModel,
  direction: "older" | "newer",
  wanted: (line: ShownLine) => boolean,
  from: number,
): number | undefined {
  let index = 0;
  let found: number | undefined;
  for (const line of (model.frozen ?? model.logs).newestFirst(filterOf(model))) {
    if (direction === "newer" && index >= from) break;
    if ((direction === "newer" || index > from) && wanted(line)) {
      found = index;
      if (direction === "older") break;
    }
    index += 1;
  }
  return found;
}

/** The next line that matches the search, beginning beside the bar; `undefined` when there is none. */
export function toMatch(
  model: DashboardModel,
  direction: "older" | "newer",
  options: { readonly inclusive?: boolean } = {},
): DashboardModel | undefined {
  const { match } = model.search;
  if (match === undefined) return undefined;
  const still = paused(model);
  const from = still.cursor - (options.inclusive === true ? 1 : 0);
  const cursor = seek(still, direction, match, from);
  return cursor === undefined ? undefined : clamped({ ...still, cursor });
}

/** The next marked line upwards, from the newest again after the oldest. */
export function toMark(model: DashboardModel): DashboardModel | undefined {
  if (model.marks.size === 0) return undefined;
  const still = paused(model);
  const marked = (line: ShownLine) => model.marks.has(lineKey(line));
  const cursor = seek(still, "older", marked, still.cursor) ?? seek(still, "older", marked, -1);
  return cursor === undefined ? undefined : clamped({ ...still, cursor });
}

/** Marks the line under the bar, or takes its mark away. */
export function markToggled(model: DashboardModel): DashboardModel {
  const still = paused(model);
  const line = lineAt(still);
  if (line === undefined) return model;
  const marks = new Set(model.marks);
  const key = lineKey(line);
  if (!marks.delete(key)) marks.add(key);
  return { ...still, marks };
}

/** Every line that matches, oldest first, as it is saved to a file. */
export function matchingText(model: DashboardModel): string {
  const lines = [...(model.frozen ?? model.logs).newestFirst(filterOf(model))].reverse();
  return lines.map(({ source, at, text }) =>
    `${
      at === 0 ? "" : `${new Date(at).toISOString()} `
    }${source.service} ${source.replica} ${text}\n`
  ).join("");
}
