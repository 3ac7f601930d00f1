/** The one stream of progress. Three renderers in `cli/` show it: terminal, plain lines, NDJSON. */
import type { ServiceProgress } from "./step.ts";

/** An unfinished run found in the journal. */
export interface Interrupted {
  readonly run: string;
  readonly command: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Title of the step that had begun and not ended; undefined when it died between steps. */
  readonly during: string | undefined;
  /** Number of steps that had ended. */
  readonly finished: number;
  readonly total: number;
}

/** Everything that happens in a run, in order. Times are milliseconds. */
export type ProgressEvent =
  | { readonly type: "interrupted"; readonly previous: Interrupted }
  | {
    readonly type: "run-start";
    readonly run: string;
    readonly command: string;
    readonly steps: readonly { readonly id: string; readonly title: string }[];
  }
  | {
    readonly type: "step-start";
    readonly id: string;
    readonly title: string;
    readonly index: number;
    readonly total: number;
  }
  | { readonly type: "step-detail"; readonly id: string; readonly text: string }
  | {
    readonly type: "step-services";
    readonly id: string;
    readonly services: readonly ServiceProgress[];
  }
  | {
    readonly type: "step-done";
    readonly id: string;
    readonly title: string;
    /** True when `isDone` said there was nothing to do. */
    readonly skipped: boolean;
    /** True for a step that only looks. */
    readonly check: boolean;
    readonly ms: number;
  }
  | {
    readonly type: "step-failed";
    readonly id: string;
    readonly title: string;
    readonly message: string;
    readonly ms: number;
  }
  | { readonly type: "undo-start"; readonly id: string; readonly title: string }
  | { readonly type: "undo-done"; readonly id: string; readonly title: string }
  | {
    readonly type: "undo-failed";
    readonly id: string;
    readonly title: string;
    readonly message: string;
  }
  | {
    readonly type: "run-end";
    readonly run: string;
    readonly ok: boolean;
    readonly changed: number;
    readonly ms: number;
  };

/** Receives the stream. */
export type Emit = (event: ProgressEvent) => void;
