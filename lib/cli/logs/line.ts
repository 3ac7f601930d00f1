/** A log line that is wanted, as selection hands it to what writes it. Pure. */
import type { LoggedContainer } from "../../observe/log_history.ts";
import type { LogLine } from "../../observe/log_line.ts";

/** A line that is wanted. */
export interface SelectedLine extends Omit<LogLine, "raw"> {
  readonly source: LoggedContainer;
  readonly stamp: string;
  /** As the daemon gave it, and where in it the container's own text begins; not safe for a terminal. */
  readonly whole: string;
  readonly begin: number;
}

/** The line as the container wrote it, without the daemon's stamp; not safe for a terminal. */
export function saidIn(line: Pick<SelectedLine, "whole" | "begin">): string {
  return line.whole.slice(line.begin);
}
