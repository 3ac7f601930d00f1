/**
 * Folds watch events into what is known about the stack's containers: pure, one new value per event.
 * Read by the dashboard's view and by whatever else shows live state.
 */
import {
  type ContainerView,
  fromSummary,
  isOneOff,
  withInspection,
  withStats,
} from "./reduce_container.ts";
import type { WatchEvent } from "./watch_event.ts";

/** How the daemon is reached. Times are milliseconds since the epoch. */
export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | {
    readonly state: "lost";
    readonly reason: string;
    readonly attempt: number;
    readonly retryAt: number;
  };

/** Everything that is watched. */
export interface StackModel {
  readonly connection: Connection;
  /** False until the first complete list: an empty stack and an unknown one are not the same. */
  readonly listed: boolean;
  /** By service name, then replica. */
  readonly containers: readonly ContainerView[];
}

/** Nothing known yet. */
export const EMPTY_STACK: StackModel = {
  connection: { state: "connecting" },
  listed: false,
  containers: [],
};

function byServiceAndReplica(a: ContainerView, b: ContainerView): number {
  if (a.service !== b.service) return a.service < b.service ? -1 : 1;
  return a.replica - b.replica || (a.name < b.name ? -1 : 1);
}

function change(
  model: StackModel,
  id: string,
  how: (view: ContainerView) => ContainerView,
): StackModel {
  let changed = false;
  const containers = model.containers.map((each) => {
    if (each.id !== id) return each;
    const next = how(each);
    changed ||= next !== each;
    return next;
  });
  return changed ? { ...model, containers } : model;
}

/** The model after an event. An event about an unknown container changes nothing. */
export function reduce(model: StackModel, event: WatchEvent): StackModel {
  switch (event.type) {
    case "connecting":
      // Trying again is not yet an improvement: the loss stays on show until it is over.
      return model.connection.state === "lost"
        ? model
        : { ...model, connection: { state: "connecting" } };
    case "live":
      return { ...model, connection: { state: "live" } };
    case "lost": {
      const { reason, attempt, retryAt } = event;
      return {
        ...model,
        connection: { state: "lost", reason, attempt, retryAt },
        // A figure that is not measured any more must not look like one that is.
        containers: model.containers.map((each) => ({ ...each, usage: undefined })),
      };
    }
    case "listed": {
      const known = new Map(model.containers.map((each) => [each.id, each]));
      const containers = event.containers
        .filter((each) => !isOneOff(each.Labels))
        .map((each) => fromSummary(each, known.get(each.Id)))
        .sort(byServiceAndReplica);
      return { ...model, listed: true, containers };
    }
    case "inspected":
      return change(
        model,
        event.container.Id,
        (view) => withInspection(view, event.container),
      );
    case "gone":
      return { ...model, containers: model.containers.filter((each) => each.id !== event.id) };
    case "stats":
      return change(model, event.id, (view) => withStats(view, event.stats));
    case "stats_ended":
      return change(
        model,
        event.id,
        (view) => view.usage === undefined ? view : { ...view, usage: undefined },
      );
    case "logs_refused":
      return change(model, event.id, (view) => ({ ...view, logsRefused: event.reason }));
  }
}
