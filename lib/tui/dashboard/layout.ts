/**
 * How the rows of the screen are shared out. Pure; the view draws by it and `update.ts` needs the
 * height of a page. From 120×40 down to 40×12: what is least needed gives way first.
 */
import { notices } from "./notices.ts";
import type { DashboardModel } from "./model.ts";
import { type ServiceRow, serviceRows } from "./services.ts";

/** Rows by part. */
export interface Layout {
  /** Lines of the header: 1 or 2. */
  readonly header: number;
  readonly notices: number;
  readonly tableTitle: boolean;
  /** What the table shows. */
  readonly rows: readonly ServiceRow[];
  /** Rows that did not fit, to be told in a last line. */
  readonly hiddenRows: number;
  /** Whether a row may have a second line that explains it. */
  readonly details: boolean;
  readonly database: boolean;
  readonly edge: boolean;
  /** Blank lines between the parts. */
  readonly spacing: boolean;
  /** Lines of log. */
  readonly logs: number;
}

/** Below this nothing sensible can be shown. */
export const SMALLEST = { columns: 28, rows: 8 } as const;

/** Lines that the log keeps before the table loses rows. */
const FEWEST_LOG_LINES = 3;

/** The layout of the main page. */
export function layout(model: DashboardModel): Layout {
  const { rows: height } = model.size;
  const header = height >= 14 ? 2 : 1;
  const spacing = height >= 22;
  const database = height >= 16 && model.status !== undefined;
  const edge = height >= 18 && model.edge !== undefined;
  const working = height >= 20 && model.doing !== undefined && model.outcome !== undefined;
  const noticeLines = Math.min(notices(model).length, height >= 30 ? 3 : working ? 2 : 1);
  const tableTitle = height >= 10;
  // Title and footer of the log are always there.
  const fixed = header + noticeLines + (tableTitle ? 1 : 0) + (database ? 1 : 0) +
    (edge ? 1 : 0) + (spacing ? 2 + (database || edge ? 1 : 0) : 0) + 2;
  const room = Math.max(1, height - fixed - Math.max(FEWEST_LOG_LINES, Math.floor(height * 0.3)));
  const all = serviceRows(model, !model.expanded);
  const rows = all.length <= room ? all : serviceRows(model, true);
  const shown = rows.length <= room ? rows : rows.slice(0, Math.max(1, room - 1));
  const hiddenRows = rows.length - shown.length;
  const wanted = shown.filter((each) => each.detail !== "").length;
  const details = wanted > 0 && shown.length + wanted <= room;
  const table = shown.length + (hiddenRows > 0 ? 1 : 0) + (details ? wanted : 0);
  return {
    header,
    notices: noticeLines,
    tableTitle,
    rows: shown,
    hiddenRows,
    details,
    database,
    edge,
    spacing,
    logs: Math.max(0, height - fixed - table),
  };
}

/** The service in this row of the screen, counted from 0; `undefined` where there is none. */
export function serviceOfRow(model: DashboardModel, row: number): string | undefined {
  const { header, notices: above, spacing, tableTitle, rows, details } = layout(model);
  let at = header + above + (spacing ? 1 : 0) + (tableTitle ? 1 : 0);
  for (const each of rows) {
    const height = details && each.detail !== "" ? 2 : 1;
    if (row >= at && row < at + height) return each.service;
    at += height;
  }
  return undefined;
}
