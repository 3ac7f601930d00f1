/**
 * Reads a raw terminal's input to its end and reports each key. The one place that knows that an
 * escape byte with nothing after it, for a moment, is the Esc key.
 */
import type { ClockHost } from "../host/types.ts";
import { ESCAPE_MS, type Key, KeyDecoder } from "./keys.ts";

/** Resolves when the input ends. */
export async function readKeys(
  chunks: AsyncIterable<Uint8Array>,
  clock: ClockHost,
  onKey: (key: Key) => void,
): Promise<void> {
  const decoder = new KeyDecoder();
  let waiting: AbortController | undefined;
  for await (const bytes of chunks) {
    waiting?.abort();
    for (const key of decoder.push(bytes)) onKey(key);
    if (!decoder.waiting) continue;
    const timer = new AbortController();
    waiting = timer;
    clock.sleep(ESCAPE_MS, timer.signal).then(
      () => decoder.flush().forEach(onKey),
      () => undefined,
    );
  }
  waiting?.abort();
}
