/**
 * Logs for a backup, when they were asked for: what Docker keeps of each container, and the newest files of
 * the application's own log volume. Bounded, and what was left out is told in the manifest: a backup is for
 * the data, and logs are what explains it.
 */
import type { LogSums } from "../../backup/manifest.ts";
import { stackContainers } from "../../engine/state.ts";
import { BEGIN } from "../../steps/begun_by_line.ts";
import { mustRun } from "../../steps/command.ts";
import type { BackupScene } from "./scene.ts";
import { mountOf, outputOf, readVolume } from "./sources.ts";

/** Lines and bytes of one container; json-file at 10m × 3 keeps less. */
const CONTAINER_LINES = 200_000;
const CONTAINER_BYTES = 64 * 2 ** 20;

/** Bytes of the application's log files, the newest first. */
const FILES_BYTES = 256 * 2 ** 20;

const encoder = new TextEncoder();

export interface LogFile {
  /** Relative to the volume. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

/** `find -printf '%T@ %s %p\0'` read back. */
export function parseFound(text: string): LogFile[] {
  return text.split("\0").flatMap((line) => {
    const [, modified, size, path] = /^(\d+(?:\.\d+)?) (\d+) (.+)$/s.exec(line) ?? [];
    return path === undefined ? [] : [{ path, size: Number(size), modified: Number(modified) }];
  });
}

/** The newest files that fit, and how many do not. */
export function newestWithin(
  files: readonly LogFile[],
  most: number,
): { readonly taken: readonly LogFile[]; readonly leftOut: number } {
  let left = most;
  const taken = [...files].sort((a, b) => b.modified - a.modified).filter(({ size }) => {
    if (size > left) return false;
    left -= size;
    return true;
  });
  return { taken, leftOut: files.length - taken.length };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What is written into the archive. */
export interface LogMember {
  readonly path: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Each member has to be read to its end before the next is asked for.
 *
 * @param sums filled while the members are read
 */
export async function* logMembers(
  scene: BackupScene,
  image: string,
  signal: AbortSignal,
  sums: Writable<LogSums>,
): AsyncGenerator<LogMember> {
  const { engine, install } = scene;
  const containers = stackContainers(await engine.containers(install.answers.name))
    .sort((a, b) => a.container < b.container ? -1 : 1);
  for (const { id, container } of containers) {
    const log = { container, lines: 0, bytes: 0, cut: false };
    yield { path: `logs/${container}.log`, chunks: linesOf(scene, id, signal, log) };
    sums.containers = [...sums.containers, log];
  }
  const source = await mountOf(scene, "/app/logs", `${scene.install.answers.name}_backend_logs`);
  if (source === undefined) return;
  const { stdout } = await mustRun(
    scene.host,
    readVolume(scene, image, source, "find", [
      ...["/from", "-type", "f", "-printf", "%T@ %s %P\\0"],
    ]),
    { signal, stdin: BEGIN },
  );
  const { taken, leftOut } = newestWithin(parseFound(stdout), FILES_BYTES);
  sums.files = taken.length;
  sums.bytes = taken.reduce((sum, each) => sum + each.size, 0);
  sums.left_out = leftOut;
  if (taken.length === 0) return;
  const argv = readVolume(scene, image, source, "tar", [
    ...["--directory=/from", "--create", "--file=-", "--numeric-owner", "--ignore-failed-read"],
    ...["--null", "--verbatim-files-from", "--files-from=-"],
  ]);
  yield {
    path: "logs.tar",
    chunks: outputOf(scene, argv, signal, {
      what: "The logs of the application",
      // A file that grew or was rotated away meanwhile.
      accept: [1],
      input: BEGIN + taken.map((each) => `./${each.path}\0`).join(""),
    }),
  };
}

async function* linesOf(
  { engine }: BackupScene,
  id: string,
  signal: AbortSignal,
  log: { lines: number; bytes: number; cut: boolean },
): AsyncGenerator<Uint8Array> {
  const detail = await engine.container(id);
  if (detail === undefined) return;
  const options = { tail: CONTAINER_LINES, tty: detail.Config.Tty, signal };
  try {
    for await (const batch of engine.logs(id, options)) {
      if (batch.length === 0) continue;
      const bytes = encoder.encode(batch.map(({ text }) => `${text}\n`).join(""));
      if (log.bytes + bytes.length > CONTAINER_BYTES) {
        log.cut = true;
        return;
      }
      log.lines += batch.length;
      log.bytes += bytes.length;
      yield bytes;
    }
    log.cut = log.lines >= CONTAINER_LINES;
  } catch (error) {
    signal.throwIfAborted();
    // Another log driver keeps what it keeps where Docker cannot read it.
    log.cut = true;
    if (log.bytes > 0) throw error;
  }
}
