/** A program that reads a member of a backup as it comes: pg_restore, psql, tar. */
import type { Host } from "../../host/types.ts";
import type { Receiver } from "./read.ts";

/** How a program ended that did not end well. */
export interface Ended {
  readonly code: number;
  /** Its complaints at length; the end of them is what is shown. */
  readonly stderr: string;
}

export interface FeedOptions {
  readonly signal: AbortSignal;
  /** Exit codes that are no failure; 0 alone when absent. */
  readonly accept?: readonly number[];
  /** The error for the end of what the program complained about, and for how it ended. */
  readonly failed: (complaint: string, ended: Ended) => Error | Promise<Error>;
}

export function feed(host: Host, argv: readonly string[], options: FeedOptions): Receiver {
  const { signal, accept = [0], failed } = options;
  const process = host.process.pipe(argv, { signal });
  // Read at once: a program that complains must not wait for who feeds it.
  const output = (async () => {
    for await (const _ of process.output) { /* says nothing of interest */ }
  })();
  return {
    write: (bytes) => process.write(bytes),
    end: async () => {
      await process.end();
      await output;
      const { code, stderr } = await process.ended();
      signal.throwIfAborted();
      if (accept.includes(code)) return;
      throw await failed(stderr.trim().split("\n").slice(-6).join("\n"), { code, stderr });
    },
  };
}
