/** The tasks of a watch: none is forgotten, and the failure of one is not lost. Owned by `watch.ts`. */

/** Promises that are waited for together. */
export class Tasks {
  readonly #running = new Set<Promise<void>>();
  readonly #onFailure: () => void;
  #failure: { readonly error: unknown } | undefined;

  /** `onFailure` is called when a task rejects: expected failures are handled inside of tasks. */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  spawn(task: Promise<void>): void {
    const owned = task
      .catch((error: unknown) => {
        this.#failure ??= { error };
        this.#onFailure();
      })
      .finally(() => this.#running.delete(owned));
    this.#running.add(owned);
  }

  /** Resolves when no task is running, also none that another one started. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Throws the first failure, if there was one. */
  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
