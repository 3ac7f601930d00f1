/**
 * What the dashboard knows and what can happen to it. `update.ts` makes the next model of a message,
 * `view.ts` makes lines of a model, `run.ts` supplies the messages and carries out the effects.
 */
import type { TerminalSize } from "../../host/types.ts";
import type { EdgeFigures } from "../../observe/edge.ts";
import type { LogLine } from "../../observe/log_line.ts";
import type { Level } from "../../observe/log_line_level.ts";
import { type LogFilter, LogRingSet, type ShownLine } from "../../observe/log_ring_set.ts";
import { EMPTY_STACK, type StackModel } from "../../observe/reduce.ts";
import type { StatusDocument } from "../../observe/status.ts";
import type { WatchEvent } from "../../observe/watch_event.ts";
import type { Key } from "../keys.ts";
import type { StackAction } from "./actions.ts";

/** A page that takes the place of tables and logs. */
export type Overlay =
  | { readonly kind: "help" }
  | { readonly kind: "problems" }
  /** One log line in full. */
  | { readonly kind: "line"; readonly line: ShownLine }
  /** One service: health, last check, limits, image, network. */
  | { readonly kind: "service"; readonly service: string }
  /** What `doctor` says; no lines yet while it looks. */
  | {
    readonly kind: "doctor";
    readonly service: string | undefined;
    readonly lines: readonly string[] | undefined;
  }
  /** What an action would do; done only when it is confirmed. */
  | {
    readonly kind: "confirm";
    readonly action: StackAction;
    readonly lines: readonly string[] | undefined;
    /** It cannot be done; the lines say why. */
    readonly refused: boolean;
  };

/** What is being typed in the footer, and what it was before. */
export interface Field {
  readonly kind: "search" | "include" | "exclude" | "scale" | "save" | "command";
  readonly text: string;
  /** Characters in front of the cursor. */
  readonly cursor: number;
  readonly before: string;
  /** Nothing was typed yet: the first digit takes the place of a number that was offered. */
  readonly offered: boolean;
  /** Entry under the bar of the command palette. */
  readonly at: number;
}

/** A regular expression of the operator's; `match` is absent when there is none or it is wrong. */
export interface Pattern {
  readonly text: string;
  readonly match: ((line: Pick<LogLine, "text" | "raw">) => boolean) | undefined;
  /** Where it is found in a text that is shown: begin and end of each place. */
  readonly places: (shown: string) => readonly (readonly [from: number, to: number])[];
  /** Why it is no regular expression. */
  readonly problem: string | undefined;
}

export const NO_PATTERN: Pattern = {
  text: "",
  match: undefined,
  places: () => [],
  problem: undefined,
};

/** An action that is being done. */
export interface Doing {
  readonly title: string;
  readonly detail: string;
  readonly since: number;
  /** Leaving was asked for once: asked for again, it is cancelled. */
  readonly leaving?: true;
}

/** What came of an action, a copy or a saved file; it leaves by itself. */
export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
  readonly hint: string;
  readonly until: number;
}

/** How log lines are dated. */
export type Times = "clock" | "relative" | "off";

/** Everything that is on the screen or decides what is. Times are milliseconds since the epoch. */
export interface DashboardModel {
  readonly project: string;
  /** Nothing on the machine can be changed from here. */
  readonly readOnly: boolean;
  readonly size: TerminalSize;
  readonly now: number;
  /** Minutes ahead of UTC of the times shown. */
  readonly zoneMinutes: number;
  readonly stack: StackModel;
  /** The slower facts: certificate, disk, database, problems. */
  readonly status: StatusDocument | undefined;
  /** Why the slower facts could not be refreshed, when they could not. */
  readonly statusError: string | undefined;
  /** What nginx's access log says of the last minute; undefined until it has said anything. */
  readonly edge: EdgeFigures | undefined;
  /** The live logs; the one part that changes by itself. */
  readonly logs: LogRingSet;
  /** Lines that came in the last second, over all services. */
  readonly logRate: number;
  readonly receivedAtTick: number;
  /** What is read while paused; undefined while following. */
  readonly frozen: LogRingSet | undefined;
  /** Matching lines below the bottom of the page; 0 while following. */
  readonly offset: number;
  /** Matching lines below the one under the bar; it shows only while paused. */
  readonly cursor: number;
  /** Marked lines, by {@link lineKey}. */
  readonly marks: ReadonlySet<string>;
  /** Columns of long lines to the left of the page. */
  readonly column: number;
  readonly wrap: boolean;
  readonly times: Times;
  /** The service whose lines are shown and that actions are about; all when undefined. */
  readonly service: string | undefined;
  readonly level: Level | undefined;
  readonly include: Pattern;
  readonly exclude: Pattern;
  readonly search: Pattern;
  readonly field: Field | undefined;
  readonly overlay: Overlay | undefined;
  readonly overlayOffset: number;
  /** Replicas have a row each, even where a row for all would do. */
  readonly expanded: boolean;
  readonly mouse: boolean;
  readonly doing: Doing | undefined;
  readonly outcome: Outcome | undefined;
}

/** What happens to the dashboard. */
export type Message =
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "watched"; readonly event: WatchEvent }
  | { readonly type: "resized"; readonly size: TerminalSize }
  | { readonly type: "status"; readonly status: StatusDocument }
  | { readonly type: "status_failed"; readonly reason: string }
  /** Once a second. */
  | { readonly type: "tick"; readonly now: number; readonly edge?: EdgeFigures | undefined }
  | {
    readonly type: "previewed";
    readonly action: StackAction;
    readonly lines: readonly string[];
    readonly refused: boolean;
  }
  | { readonly type: "doing"; readonly text: string }
  | { readonly type: "outcome"; readonly ok: boolean; readonly text: string; readonly hint: string }
  | {
    readonly type: "diagnosed";
    readonly service: string | undefined;
    readonly lines: readonly string[];
  };

/** What `update` asks `run.ts` to do to the outside. */
export type Effect =
  | { readonly do: "quit" | "suspend" | "redraw" }
  | { readonly do: "mouse"; readonly on: boolean }
  | { readonly do: "copy"; readonly text: string }
  | { readonly do: "save"; readonly path: string; readonly text: string }
  | { readonly do: "preview" | "perform"; readonly action: StackAction }
  | { readonly do: "shell"; readonly service: string; readonly container: string }
  | { readonly do: "doctor"; readonly service: string | undefined };

/** What the dashboard begins with. */
export interface Beginning {
  readonly project: string;
  readonly size: TerminalSize;
  readonly now: number;
  readonly zoneMinutes: number;
  readonly status?: StatusDocument | undefined;
  readonly readOnly?: boolean | undefined;
}

/** The model before anything has happened. */
export function init(beginning: Beginning): DashboardModel {
  return {
    project: beginning.project,
    readOnly: beginning.readOnly ?? false,
    size: beginning.size,
    now: beginning.now,
    zoneMinutes: beginning.zoneMinutes,
    stack: EMPTY_STACK,
    status: beginning.status,
    statusError: undefined,
    edge: undefined,
    logs: new LogRingSet(),
    logRate: 0,
    receivedAtTick: 0,
    frozen: undefined,
    offset: 0,
    cursor: 0,
    marks: new Set(),
    column: 0,
    wrap: false,
    times: "clock",
    service: undefined,
    level: undefined,
    include: NO_PATTERN,
    exclude: NO_PATTERN,
    search: NO_PATTERN,
    field: undefined,
    overlay: undefined,
    overlayOffset: 0,
    expanded: false,
    mouse: false,
    doing: undefined,
    outcome: undefined,
  };
}

/** Which log lines are wanted. */
export function filterOf(model: DashboardModel): LogFilter {
  const { include, exclude } = model;
  const match = include.match === undefined && exclude.match === undefined
    ? undefined
    : (line: LogLine) => (include.match?.(line) ?? true) && !(exclude.match?.(line) ?? false);
  return {
    ...(model.service === undefined ? {} : { service: model.service }),
    ...(model.level === undefined ? {} : { level: model.level }),
    ...(match === undefined ? {} : { match }),
  };
}

/** Tells a line from every other one, for as long as it is kept. */
export function lineKey({ source, at, text }: ShownLine): string {
  return `${source.service}/${source.replica} ${at} ${text.slice(0, 80)}`;
}
