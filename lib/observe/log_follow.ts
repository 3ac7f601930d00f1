/**
 * What the containers of the stack write from now on, through restarts, replaced containers and a daemon
 * that goes away and comes back. Lines of several containers arrive in batches of their own; they are
 * held for a moment and put in time order. Called by the `logs` command after the history.
 */
import type { ClockHost } from "../host/types.ts";
import { clean } from "./log_line_clean.ts";
import type { LoggedContainer } from "./log_history.ts";
import type { StampedLine } from "./log_merge.ts";
import { sortStamp } from "./log_stamp.ts";
import { watch } from "./watch.ts";
import { pause, type WatchedEngine } from "./watch_container.ts";

/** How to follow. Callbacks are called synchronously. */
export interface FollowOptions {
  readonly engine: WatchedEngine;
  readonly clock: ClockHost;
  /** Compose project name. */
  readonly project: string;
  readonly wants: (service: string) => boolean;
  /** Container id → stamp of its last line that is known already; kept up to date here. */
  readonly known: Map<string, string>;
  /** Of containers that are not known, lines from this stamp on. */
  readonly begin: string;
  readonly signal: AbortSignal;
  readonly onLines: (lines: readonly StampedLine<LoggedContainer>[]) => void;
  /** The daemon is out of reach, told once until it is back. */
  readonly onLost: (reason: string) => void;
  readonly onBack: () => void;
  readonly onRefused: (service: string, reason: string) => void;
}

/** Milliseconds that a line waits for older ones of other containers. */
const WINDOW_MS = 60;

/** Lines that wait at most: under a flood the batches themselves are the window. */
const MAX_WAITING = 4_000;

/** Resolves after the abort, when every stream is closed and every line was given on. */
export async function followLogs(options: FollowOptions): Promise<void> {
  const { clock, known, begin, signal, wants } = options;
  const names = new Map<string, string>();
  const sources = new Map<string, LoggedContainer>();
  let waiting: StampedLine<LoggedContainer>[] = [];
  let timer: Promise<void> | undefined;
  let lost = false;

  const flush = () => {
    if (waiting.length === 0) return;
    const lines = waiting;
    waiting = [];
    // Stable: lines of the same moment stay as they came.
    lines.sort((a, b) => a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0);
    options.onLines(lines);
  };
  const soon = async () => {
    await pause(clock, WINDOW_MS, signal);
    timer = undefined;
    flush();
  };

  const { done } = watch(options.engine, {
    project: options.project,
    clock,
    signal,
    stats: false,
    catchUp: Number.POSITIVE_INFINITY,
    wants: (source) => wants(source.service),
    newestStamp: (_, id) => known.get(id) ?? begin,
    onLines: ({ service, replica }, lines, id) => {
      const source = sources.get(id) ??
        { id, service, replica, name: names.get(id) ?? id.slice(0, 12), tty: false };
      sources.set(id, source);
      let stamp = known.get(id) ?? begin;
      for (const line of lines) {
        stamp = sortStamp(line.text) || stamp;
        waiting.push({ source, line, stamp });
      }
      known.set(id, stamp);
      if (waiting.length >= MAX_WAITING) flush();
      else timer ??= soon();
    },
    onEvent: (event) => {
      if (event.type === "inspected") {
        names.set(event.container.Id, event.container.Name.replace(/^\//, ""));
      } else if (event.type === "gone") {
        names.delete(event.id);
        sources.delete(event.id);
        known.delete(event.id);
      } else if (event.type === "lost" && !lost) {
        lost = true;
        options.onLost(clean(event.reason));
      } else if (event.type === "live" && lost) {
        lost = false;
        options.onBack();
      } else if (event.type === "logs_refused") {
        options.onRefused(names.get(event.id) ?? event.id.slice(0, 12), clean(event.reason));
      }
    },
  });
  await done;
  await timer;
  flush();
}
