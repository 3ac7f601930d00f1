/**
 * What the promise becomes, or the reason of the signal when that is aborted first. For what was told to stop by
 * the same signal: an abort that comes between two phases of a request of the runtime has been seen to go
 * unheard, and nothing may wait for ever.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const now = () => aborted.reject(signal.reason);
  if (signal.aborted) now();
  else signal.addEventListener("abort", now, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    // A signal with a time limit keeps the program running for as long as somebody listens.
    signal.removeEventListener("abort", now);
  }
}
