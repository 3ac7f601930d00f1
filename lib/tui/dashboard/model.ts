/**
 * What the dashboard knows and what can happen to it. `update.ts` makes the next model of a message,
 * `view.ts` makes lines of a model, `run.ts` supplies the messages and carries out the effects.
 */
import type { TerminalSize } from "../../host/types.ts";
import type { Level } from "../../observe/log_line_level.ts";
import { type LogFilter, LogRingSet } from "../../observe/log_ring_set.ts";
import { EMPTY_STACK, type StackModel } from "../../observe/reduce.ts";
import type { StatusDocument } from "../../observe/status.ts";
import type { WatchEvent } from "../../observe/watch_event.ts";
import type { Key } from "../keys.ts";

/** A page that takes the place of tables and logs. */
export type Overlay = "help" | "problems";

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
  /** The live logs; the one part that changes by itself. */
  readonly logs: LogRingSet;
  /** Lines that came in the last second, over all services. */
  readonly logRate: number;
  readonly receivedAtTick: number;
  /** What is read while paused; undefined while following. */
  readonly frozen: LogRingSet | undefined;
  /** Matching lines below the bottom of the page; 0 while following. */
  readonly offset: number;
  /** Columns of long lines to the left of the page. */
  readonly column: number;
  readonly wrap: boolean;
  readonly times: boolean;
  readonly service: string | undefined;
  readonly level: Level | undefined;
  readonly text: string;
  /** The find field while it is open; `before` comes back with esc. */
  readonly find: { readonly before: string } | undefined;
  readonly overlay: Overlay | undefined;
  readonly overlayOffset: number;
}

/** What happens to the dashboard. */
export type Message =
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "watched"; readonly event: WatchEvent }
  | { readonly type: "resized"; readonly size: TerminalSize }
  | { readonly type: "status"; readonly status: StatusDocument }
  | { readonly type: "status_failed"; readonly reason: string }
  /** Once a second. */
  | { readonly type: "tick"; readonly now: number };

/** What `update` asks `run.ts` to do to the outside. */
export type Effect = "quit" | "suspend" | "redraw";

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
    logs: new LogRingSet(),
    logRate: 0,
    receivedAtTick: 0,
    frozen: undefined,
    offset: 0,
    column: 0,
    wrap: false,
    times: true,
    service: undefined,
    level: undefined,
    text: "",
    find: undefined,
    overlay: undefined,
    overlayOffset: 0,
  };
}

/** Which log lines are wanted. */
export function filterOf(model: DashboardModel): LogFilter {
  return {
    ...(model.service === undefined ? {} : { service: model.service }),
    ...(model.level === undefined ? {} : { level: model.level }),
    ...(model.text === "" ? {} : { text: model.text }),
  };
}
