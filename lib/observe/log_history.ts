/**
 * What the containers of the stack have written up to now, stopped ones included, merged in time order.
 * Streams from the daemon; called by the `logs` command, once, and again to catch up before it follows.
 */
import type { Engine } from "../engine/client.ts";
import type { OutputLine } from "../engine/frames.ts";
import { type LineStream, mergeByTime, type StampedLine } from "./log_merge.ts";
import { sortStamp } from "./log_stamp.ts";
import type { LogSource } from "./log_ring_set.ts";
import { identity, isOneOff } from "./reduce_container.ts";

/** A container whose log is read. */
export interface LoggedContainer extends LogSource {
  readonly id: string;
  /** Docker's name of it. */
  readonly name: string;
  readonly tty: boolean;
}

/** What part of the past is wanted. */
export interface HistoryOptions {
  /** Milliseconds since the epoch; from the beginning when absent. */
  readonly since?: number;
  /** Milliseconds since the epoch; to the end when absent. */
  readonly until?: number;
  /** Lines from the end of each log; all when absent. */
  readonly tail?: number;
  /** The stamp of the last line that is known of a container, by id: only what is newer is read. */
  readonly known: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  /** A log that cannot be read (its logging driver keeps none). */
  readonly onRefused: (container: LoggedContainer, reason: string) => void;
}

/** Docker's own words for a driver such as `none` or `syslog`. */
const UNREADABLE = /does not support reading/;
/** Removed between the list and the question. */
const GONE = /No such container/;

/** The containers of a project with the services that are wanted, stopped ones too. */
export async function loggedContainers(
  engine: Pick<Engine, "containers" | "container">,
  project: string,
  wants: (service: string) => boolean,
): Promise<LoggedContainer[]> {
  const listed = (await engine.containers(project)).filter((each) =>
    !isOneOff(each.Labels) && wants(identity(each.Labels).service)
  );
  const found = await Promise.all(listed.map((each) => engine.container(each.Id)));
  return found.flatMap((each) =>
    each === undefined ? [] : [{
      ...identity(each.Config.Labels),
      id: each.Id,
      name: each.Name.replace(/^\//, ""),
      tty: each.Config.Tty,
    }]
  );
}

async function* readOne(
  engine: Pick<Engine, "logs">,
  container: LoggedContainer,
  options: HistoryOptions,
): AsyncGenerator<readonly OutputLine[]> {
  const { since, until, tail, known, signal, onRefused } = options;
  const after = known.get(container.id);
  const from = after === undefined ? since : Math.floor(Date.parse(after) / 1_000) * 1_000;
  try {
    const batches = engine.logs(container.id, {
      tty: container.tty,
      signal,
      ...(from === undefined ? {} : { since: from / 1_000 }),
      ...(until === undefined ? {} : { until: until / 1_000 }),
      ...(tail === undefined ? {} : { tail }),
    });
    let resuming = after !== undefined;
    for await (const batch of batches) {
      if (!resuming) {
        yield batch;
        continue;
      }
      const fresh = batch.filter((each) => sortStamp(each.text) > (after ?? ""));
      resuming = fresh.length === 0;
      yield fresh;
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (signal.aborted || GONE.test(message)) return;
    if (!UNREADABLE.test(message)) throw error;
    onRefused(container, message);
  }
}

/** Reads the logs of these containers as one. Ends quietly when it is aborted. */
export function readHistory(
  engine: Pick<Engine, "logs">,
  containers: readonly LoggedContainer[],
  options: HistoryOptions,
): AsyncGenerator<StampedLine<LoggedContainer>[]> {
  return mergeByTime(
    containers.map((source): LineStream<LoggedContainer> => ({
      source,
      batches: readOne(engine, source, options),
    })),
  );
}
