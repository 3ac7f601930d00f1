/**
 * Room where the database keeps its data. Its volume may be a disk of its own, so it is measured inside its
 * container. PostgreSQL that cannot write its log stops, with everybody who works in it: what copies or loads a
 * second database beside the one in use ends before that.
 */
import type { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import { sizeText } from "./backup/meter.ts";

/** Bytes. Both as df counts them; `total` is what tells one file system from another. */
export interface DataRoom {
  readonly total: number;
  readonly free: number;
}

/** Four segments of PostgreSQL's log: left free for those who work meanwhile, and to clear up. */
export const FLOOR_BYTES = 64 * 2 ** 20;

const DATA = "${PGDATA:-/var/lib/postgresql/data}";

/** The second line of `df -Pk`. */
export function parseRoom(text: string): DataRoom | undefined {
  const found = /(\d+)\s+(\d+)\s+\d+%\s+\/\S*\s*$/.exec(text.trimEnd());
  if (found === null) return undefined;
  const [used, free] = [Number(found[1]) * 1024, Number(found[2]) * 1024];
  return { total: used + free, free };
}

/** `undefined` where it cannot be measured. */
export async function dataRoom(engine: Engine, container: string): Promise<DataRoom | undefined> {
  const ran = await engine.exec(container, ["sh", "-c", `df -Pk "${DATA}"`])
    .catch(() => undefined);
  return ran?.code === 0 ? parseRoom(ran.stdout) : undefined;
}

export function dataDiskFull(message: string): SetupError {
  return new SetupError({
    code: "disk_full",
    message,
    hint: "Give the disk of the database more room (df -h; docker system df), then run the same " +
      "command again",
    exit: EXIT.apply,
  });
}

function tooLittle(free: number): SetupError {
  return dataDiskFull(
    `The disk of the database has only ${sizeText(free)} left; PostgreSQL stops when it is full. ` +
      "What was written beside the present state is removed again; that serves on.",
  );
}

/** @throws SetupError `disk_full` (exit 5) where the floor is reached */
export async function needFloor(engine: Engine, container: string): Promise<void> {
  const room = await dataRoom(engine, container);
  if (room !== undefined && room.free < FLOOR_BYTES) throw tooLittle(room.free);
}

const MARK = "rxdx-setup: too little room:";

/**
 * Beside the program, in its container: a look from outside costs the start of a container's process, and a disk
 * of 300 MB/s has taken the floor before it is over. Who feeds the program waits for the end of the last look.
 */
const WATCH = `floor=${FLOOR_BYTES / 1024}
watch() {
  while kill -0 "$1" 2>/dev/null; do
    free=$(df -Pk "${DATA}" | sed -n '$s/.* \\([0-9][0-9]*\\)  *[0-9][0-9]*% .*/\\1/p')
    [ -n "$free" ] || return 0
    if [ "$free" -lt "$floor" ]; then
      echo "${MARK} $free" >&2
      kill "$1"
      return 0
    fi
    if [ "$free" -gt $((floor * 32)) ]; then sleep 0.2; else sleep 0.05; fi
  done
}
watch $$ </dev/null >/dev/null &
exec "$@"
`;

/** The command in a container, ended when the disk of the database comes near its end. */
export function whileRoom(command: readonly string[]): string[] {
  return ["sh", "-c", WATCH, "sh", ...command];
}

/** What the complaint of such a command means, where it is about room. */
export function roomError(complaint: string): SetupError | undefined {
  const free = new RegExp(`${MARK} (\\d+)`).exec(complaint)?.[1];
  if (free !== undefined) return tooLittle(Number(free) * 1024);
  return /No space left on device/i.test(complaint)
    ? dataDiskFull(`The disk of the database is full:\n${complaint}`)
    : undefined;
}
