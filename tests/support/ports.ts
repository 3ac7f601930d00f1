/**
 * TCP ports for stacks that run beside each other: test files run at the same time, and so may
 * several test runs on one machine.
 */

/** Below the ports that the kernel gives to outgoing connections (32768 on Linux by default). */
const FIRST = 18_000;
const LAST = 32_767;

/** A reservation older than this was left behind by a run that is over. */
const STALE_MS = 60 * 60_000;

const RESERVED = `${Deno.env.get("TMPDIR") ?? "/tmp"}/rxdxtest-ports`;

/** A port that nobody listens on right now, and that no other test has been given. */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (reserve(port) && isFree(port)) return port;
  }
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** Whoever makes the file has the port. */
function reserve(port: number): boolean {
  Deno.mkdirSync(RESERVED, { recursive: true });
  const path = `${RESERVED}/${port}`;
  try {
    const made = Deno.statSync(path).mtime?.getTime() ?? 0;
    if (Date.now() - made > STALE_MS) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    Deno.openSync(path, { write: true, createNew: true }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}
