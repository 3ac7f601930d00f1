/**
 * Notices that nobody reads standard output any more (`… | head -1`). A write tells by itself; a program
 * that waits for something to write would wait for ever. Deno cannot poll a descriptor, but GNU tail
 * does: it follows nothing, writes nothing, and ends by SIGPIPE when the reader has gone. Where there is
 * no such tail, the next write tells. Used by `terminal.ts`.
 */
/** Exit code of a program that SIGPIPE ended. */
const BROKEN_PIPE = 128 + 13;

const callbacks = new Set<() => void>();

/** To be called when a write failed because nobody reads. */
export function readerIsGone(): void {
  for (const each of callbacks) each();
}

async function stdoutIsPipe(): Promise<boolean> {
  try {
    // Loaded here: no other command should pay for it at its start.
    return (await import("node:fs")).fstatSync(1).isFIFO();
  } catch {
    return false;
  }
}

/** Watches the pipe; returns the way to stop. */
function watchPipe(): () => void {
  let ended = false;
  try {
    const child = new Deno.Command("tail", {
      // It ends with this program, however that ends.
      args: [`--pid=${Deno.pid}`, "--sleep-interval=0.2", "--follow", "/dev/null"],
      stdin: "null",
      stdout: "inherit",
      stderr: "null",
    }).spawn();
    child.status.then(({ code }) => {
      ended = true;
      if (code === BROKEN_PIPE) readerIsGone();
    });
    return () => {
      if (!ended) child.kill("SIGKILL");
    };
  } catch {
    return () => undefined;
  }
}

/**
 * Calls back, perhaps more than once, when nobody reads standard output; returns the way to stop. With
 * `whileIdle` it is noticed although nothing is written.
 */
export function onReaderGone(callback: () => void, whileIdle: boolean): () => void {
  callbacks.add(callback);
  let stopped = false;
  let stop = () => {};
  if (whileIdle) {
    stdoutIsPipe().then((pipe) => {
      if (pipe && !stopped) stop = watchPipe();
    });
  }
  return () => {
    stopped = true;
    callbacks.delete(callback);
    stop();
  };
}
