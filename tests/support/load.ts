/**
 * Requests without end at a stack's HTTPS port: some over connections of their own, some over connections
 * that stay open. In a worker thread, so that the test's own work does not slow them.
 */

export interface LoadResult {
  readonly sent: number;
  readonly failed: number;
  /** What went wrong, each once. */
  readonly errors: readonly string[];
  /** Milliseconds of each request, sorted. */
  readonly times: readonly number[];
  /** The longest time from one good answer to the next, milliseconds. */
  readonly unansweredMs: number;
}

export interface LoadOptions {
  /** Clients that open a connection for every request. */
  readonly newConnections: number;
  /** Clients that keep theirs. */
  readonly keptOpen: number;
  readonly path?: string;
  /** Pause of each client between two requests, milliseconds. */
  readonly pauseMs?: number;
  /** Host header, and SNI unless it is an address; `rxdx.example.org` when absent. */
  readonly name?: string;
  /** Access token of the application. */
  readonly token?: string;
  /** JSON in ASCII: then it is a POST, which nginx never repeats. */
  readonly body?: string;
}

export class Load implements AsyncDisposable {
  readonly #worker: Worker;
  #done = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(port: number, options: LoadOptions): Promise<Load> {
    const worker = new Worker(new URL("./load_worker.ts", import.meta.url), { type: "module" });
    await new Promise<void>((resolve) => {
      worker.onmessage = () => resolve();
      worker.postMessage({ port, ...options });
    });
    return new Load(worker);
  }

  /** Some more requests before or after what is tested. */
  async settle(ms = 700): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async stop(): Promise<LoadResult> {
    this.#done = true;
    const result = await new Promise<LoadResult>((resolve) => {
      this.#worker.onmessage = ({ data }: MessageEvent<LoadResult>) => resolve(data);
      this.#worker.postMessage("stop");
    });
    this.#worker.terminate();
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#done) await this.stop();
  }
}
