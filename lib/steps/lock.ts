/**
 * One run at a time per install. The kernel's file lock is released by the death of its holder, so
 * there is no stale lock to clear by hand; the content only says who holds it.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";

interface Holder {
  readonly pid: number;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

function parseHolder(text: string | undefined): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, command, since } = value as Record<string, unknown>;
    if (typeof pid !== "number" || typeof command !== "string" || typeof since !== "string") {
      return undefined;
    }
    return { pid, command, since };
  } catch {
    return undefined;
  }
}

/**
 * Runs `body` while holding the lock of the install in `dir`, creating the directories it needs.
 *
 * @throws SetupError `locked` (exit 7) that names the holder: pid, command, since when.
 */
export async function withLock<T>(
  host: Host,
  dir: string,
  command: string,
  body: () => Promise<T>,
): Promise<T> {
  await host.files.mkdir(dir, 0o700);
  await host.files.mkdir(`${dir}/.rxdx`, 0o700);
  const path = `${dir}/.rxdx/lock`;
  const lock = await host.files.tryLock(path);
  if (lock === undefined) {
    const holder = parseHolder(await host.files.readText(path));
    const who = holder === undefined
      ? "another run"
      : `\`rxdx-setup ${holder.command}\` (pid ${holder.pid}, since ${holder.since})`;
    throw new SetupError({
      code: "locked",
      message: `${who} is working on ${dir}.`,
      hint: holder === undefined
        ? "Wait for it to end and run the command again."
        : `Wait for it to end, or look at it: ps -fp ${holder.pid}`,
      exit: EXIT.locked,
    });
  }
  try {
    const holder: Holder = {
      pid: host.system.pid,
      command,
      since: host.clock.now().toISOString(),
    };
    await lock.write(JSON.stringify(holder) + "\n");
    return await body();
  } finally {
    await lock.release();
  }
}
