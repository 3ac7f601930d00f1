/**
 * What `watch.ts` reports and `reduce.ts` folds into a model. Log lines are not events: they go to
 * a `LogRingSet` by a callback of their own, because their rate is of another order.
 */
import type { ApiContainer, ApiContainerSummary, ApiStats } from "../engine/api.ts";

/** Times are milliseconds since the epoch. */
export type WatchEvent =
  /** The first attempt to reach the daemon, or another one. */
  | { readonly type: "connecting" }
  /** The list is complete and events are being followed. */
  | { readonly type: "live" }
  /** The daemon is out of reach; what is known stays on show until it answers again. */
  | {
    readonly type: "lost";
    readonly reason: string;
    /** Consecutive failures, from 1. */
    readonly attempt: number;
    readonly retryAt: number;
  }
  /** Every container of the project, stopped ones too; whatever is not in it is gone. */
  | { readonly type: "listed"; readonly containers: readonly ApiContainerSummary[] }
  | { readonly type: "inspected"; readonly container: ApiContainer }
  | { readonly type: "gone"; readonly id: string }
  | { readonly type: "stats"; readonly id: string; readonly stats: ApiStats; readonly at: number }
  /** Statistics are no longer followed: the container stopped or they are not on show. */
  | { readonly type: "stats_ended"; readonly id: string }
  /** The logs of this container cannot be read (its logging driver keeps none). */
  | { readonly type: "logs_refused"; readonly id: string; readonly reason: string };
