/**
 * Which move brings the backend containers nearer to what is wanted: start some, or take some away, so
 * that one that serves is always left. Pure; `roll.ts` looks, makes one move, and looks again, so that a
 * run that was killed anywhere is gone on with by looking.
 */

/** One backend container. */
export interface Replica {
  readonly id: string;
  readonly name: string;
  /** Compose's number of it: `2` in `rxdx-backend-2`. */
  readonly number: number;
  /** False when its definition or image is not the one that is wanted now. */
  readonly current: boolean;
  /** Running, restarting or paused: something has to be stopped. */
  readonly alive: boolean;
  /** Running and healthy: nginx may send it requests. */
  readonly serving: boolean;
}

export type Move =
  /** Start containers, so that there are `total` of them, old ones included. */
  | { readonly kind: "add"; readonly total: number }
  /** Wait until the present ones are healthy: without them nobody would serve. */
  | { readonly kind: "wait"; readonly total: number }
  | {
    readonly kind: "remove";
    readonly leaving: readonly Replica[];
    readonly staying: readonly Replica[];
  };

/** One more than there are or will be: what a replacement needs, and no machine is asked for more. */
export function mostAtOnce(present: number, wanted: number): number {
  return Math.max(present, wanted) + 1;
}

/**
 * Started at once at most. Docker's DNS names a container before it listens, and nginx tries three servers
 * (proxy_next_upstream_tries): two that refuse leave it one that serves. Measured: with three, a few of
 * a thousand requests got a 502.
 */
const STARTED_AT_ONCE = 2;

/** Who goes first: what does not serve, then the highest number, as people expect it. */
function leavingOrder(replicas: readonly Replica[]): Replica[] {
  return [...replicas].sort((a, b) => Number(a.serving) - Number(b.serving) || b.number - a.number);
}

/**
 * `undefined` when there is nothing left to do.
 *
 * @param wanted number of containers, at least 1
 * @param most see {@link mostAtOnce}, from the number at the beginning
 */
export function nextMove(
  replicas: readonly Replica[],
  wanted: number,
  most: number,
): Move | undefined {
  const current = replicas.filter((each) => each.current);
  const old = replicas.filter((each) => !each.current);
  const remove = (leaving: readonly Replica[]): Move => {
    const staying = replicas.filter((each) => !leaving.includes(each));
    const stopsNothing = leaving.every((each) => !each.alive);
    return stopsNothing || staying.some((each) => each.serving)
      ? { kind: "remove", leaving, staying }
      : { kind: "wait", total: replicas.length };
  };
  // What has ended serves nobody, and Compose would start it again as it was.
  const ended = old.filter((each) => !each.alive);
  if (ended.length > 0) return remove(ended);
  const missing = wanted - current.length;
  const room = most - replicas.length;
  if (missing > 0 && room > 0) {
    // An interrupted run has started them, and they are not ready yet.
    const starting = current.some((each) => each.alive && !each.serving);
    if (starting) return { kind: "wait", total: replicas.length };
    return { kind: "add", total: replicas.length + Math.min(missing, room, STARTED_AT_ONCE) };
  }
  if (missing > 0) return remove(leavingOrder(old).slice(0, 1));
  const surplus = leavingOrder(current).slice(0, -missing);
  // Compose starts a present one that does not run: made by a run that was killed before it could.
  if (current.some((each) => !each.alive && !surplus.includes(each))) {
    return { kind: "add", total: replicas.length };
  }
  return old.length + surplus.length > 0 ? remove([...old, ...surplus]) : undefined;
}
