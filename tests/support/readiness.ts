/**
 * Readiness, asked for as a test needs it. The backend gives its checks of the database two seconds, which a
 * machine that is busy with other stacks does not always keep, and nginx keeps the 503 that follows for one.
 */

/** Milliseconds in which checks that came too late are asked for again. */
const PATIENCE_MS = 15_000;
/** Half of what nginx keeps an answer for. */
const PAUSE_MS = 500;

/**
 * The first answer that is no 503 of the backend's own checks, or the last of those. Whatever else it may be (a
 * maintenance page, a 502, nobody who answers) is given back at once: waiting is no cure for it.
 */
export async function readyAnswer<T extends { readonly status: number; readonly body: string }>(
  ask: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    const late = answer.status === 503 && answer.body.includes('"checks"');
    if (!late || performance.now() > until) return answer;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
