/**
 * What is known of copies elsewhere without asking: which lies where, verified when, and the last failure of
 * each target. `.rxdx/copies.json`; when it is lost, the next run looks at the targets and knows again. Pure.
 */

export interface KnownCopy {
  /** ISO 8601: when size and SHA-256 were compared there. */
  readonly at: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file there. */
  readonly sha256: string;
  /** ISO 8601: of the proof that the record beside the copy tells of; empty without one. */
  readonly proof_at: string;
  /** How the last proof of the backup ended; absent without one. */
  readonly proven?: boolean;
  /** Whether it is what a restore has replaced; absent where nobody knew, then the record there is asked. */
  readonly before_restore?: boolean;
}

export interface CopyFailure {
  /** ISO 8601 */
  readonly at: string;
  readonly reason: string;
  readonly hint: string;
}

export interface TargetState {
  /** By the name of the backup. */
  readonly copies: Readonly<Record<string, KnownCopy>>;
  /** The last attempt, where it failed. */
  readonly failure?: CopyFailure;
}

export interface CopiesState {
  readonly schema: 1;
  /** By the target as it is written in `backups.copy_to`. */
  readonly targets: Readonly<Record<string, TargetState>>;
}

export const NO_COPIES: CopiesState = { schema: 1, targets: {} };

/** Nothing is known where the text is none of ours. */
export function parseCopies(text: string | undefined): CopiesState {
  if (text === undefined) return NO_COPIES;
  try {
    const value = JSON.parse(text) as Partial<CopiesState> | null;
    const targets = value?.targets;
    if (value?.schema !== 1 || typeof targets !== "object" || targets === null) return NO_COPIES;
    const whole = Object.entries(targets).filter(([, each]) =>
      typeof each === "object" && each !== null && typeof each.copies === "object" &&
      each.copies !== null
    );
    return { schema: 1, targets: Object.fromEntries(whole) };
  } catch {
    return NO_COPIES;
  }
}

export function targetState(state: CopiesState, target: string): TargetState {
  return state.targets[target] ?? { copies: {} };
}

/** How a target stands, for status and doctor. */
export interface CopyStanding {
  readonly target: string;
  /** Backups of which a verified copy lies there, the newest first. */
  readonly files: readonly string[];
  /** When the newest of them was verified there. */
  readonly lastAt?: Date;
  readonly failure?: CopyFailure;
}

export function standingOf(state: CopiesState, target: string): CopyStanding {
  const { copies, failure } = targetState(state, target);
  // Names sort by the second of the snapshot.
  const files = Object.keys(copies).sort().reverse();
  const [newest] = files;
  const at = newest === undefined ? Number.NaN : Date.parse(copies[newest]?.at ?? "");
  return {
    target,
    files,
    ...(Number.isNaN(at) ? {} : { lastAt: new Date(at) }),
    ...(failure === undefined ? {} : { failure }),
  };
}
