/**
 * What a change to the machine is made of. Commands build `Step[]`; only the runner runs them.
 * Steps are data: the review screen, `plan`, the journal and the tests read the same list.
 */

/** How a running step tells what it is doing right now. */
export interface StepReport {
  /** One short line, replacing the one before it. */
  detail(text: string): void;
  /** The state of each service while waiting for health. */
  services(states: readonly ServiceProgress[]): void;
}

/** One service while the stack comes up. */
export interface ServiceProgress {
  readonly service: string;
  /** `created`, `running`, `starting`, `healthy`, `unhealthy`, `exited`, `restarting`, `missing`. */
  readonly state: string;
  /** Milliseconds since the step began to wait; frozen once the service is healthy. */
  readonly elapsedMs: number;
}

/** One change. `isDone` is asked first, so that a second run converges. */
export interface Step {
  /** Stable name, kebab-case, unique within a run. Failpoints and the journal use it. */
  readonly id: string;
  /** What it does, as a command: "Write docker-compose.yml". */
  readonly title: string;
  /**
   * Marks the first step whose effect on running containers cannot be taken back by undoing
   * files. Once it has begun, a failure leaves earlier steps as they are.
   */
  readonly barrier?: boolean;
  /** True for a step that only looks: when `isDone` holds it has passed, not been skipped. */
  readonly check?: true;
  /** What the record of changes shall say of it: `plan` → hash. Asked before and after; no secrets. */
  facts?(): Readonly<Record<string, string>>;
  /** True when there is nothing to do. Must not change anything. */
  isDone(): Promise<boolean>;
  /** Makes it true. Must be safe to run again after being killed anywhere inside. */
  run(report: StepReport, signal: AbortSignal): Promise<void>;
  /** Takes `run` back; called when a later step before the barrier fails. */
  undo?(): Promise<void>;
}
