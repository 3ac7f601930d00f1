/**
 * Files: whole or not at all. Every write the program makes goes through `writeAtomic` or an
 * append that is on disk when it returns (criterion S4), with its mode set at creation (S2).
 */
import { EXIT, SetupError } from "../errors.ts";
import { realPath } from "./real_path.ts";
import { openSink, openSource } from "./streams.ts";
import type {
  AppendHandle,
  DiskSpace,
  FileInfo,
  FileLock,
  FilesHost,
  WriteOptions,
} from "./types.ts";

const encoder = new TextEncoder();
let serial = 0;

/** Turns an operating-system error into one that names the path and the remedy. */
function explain(error: unknown, action: string, path: string): unknown {
  if (!(error instanceof Error)) return error;
  // Of /dev, /proc and /sys the runtime opens nothing for a program with narrowed rights.
  if (error instanceof Deno.errors.NotCapable && action === "read") {
    return new SetupError({
      code: "no_ordinary_file",
      message: `Cannot ${action} ${path}: it is no ordinary file.`,
      hint: "Write its content into a file that only you may read (umask 077), and name that one.",
      exit: EXIT.usage,
      cause: error,
    });
  }
  const code = (error as Error & { code?: string }).code ?? "";
  const known: Record<string, [string, string]> = {
    ENOSPC: ["disk_full", `Free some space (df -h ${path}) and run the same command again.`],
    EDQUOT: ["disk_full", `The disk quota is used up; free some space and run it again.`],
    EACCES: ["permission_denied", `Run as the owner of ${path}, or with sudo.`],
    EPERM: ["permission_denied", `Run as the owner of ${path}, or with sudo.`],
    EROFS: ["read_only", `${path} is on a read-only file system; choose another --dir.`],
    EIO: ["disk_error", `The disk reports an I/O error; look at dmesg before anything else.`],
    ENOTDIR: ["not_a_directory", `A parent of ${path} is a file; choose another --dir.`],
    EISDIR: ["is_a_directory", `${path} is a directory; move it away.`],
  };
  const entry = known[code] ??
    (error instanceof Deno.errors.PermissionDenied ? known["EACCES"] : undefined);
  if (entry === undefined) return error;
  return new SetupError({
    code: entry[0],
    message: `Cannot ${action} ${path}: ${error.message}`,
    hint: entry[1],
    exit: EXIT.apply,
    cause: error,
  });
}

async function guarded<T>(action: string, path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw explain(error, action, path);
  }
}

async function orMissing<T>(action: string, path: string, body: () => Promise<T>) {
  try {
    return await body();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw explain(error, action, path);
  }
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

async function syncDirectory(path: string): Promise<void> {
  using directory = await Deno.open(path, { read: true });
  await directory.sync();
}

async function writeAll(file: Deno.FsFile, data: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < data.length) offset += await file.write(data.subarray(offset));
}

async function writeAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions,
): Promise<void> {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  const temporary = `${path}.tmp-${Deno.pid}-${++serial}`;
  await guarded("write", path, async () => {
    try {
      {
        using file = await Deno.open(temporary, {
          write: true,
          createNew: true,
          mode: options.mode,
        });
        // The umask can only have narrowed the mode; widen a file that others are meant to read.
        if ((options.mode & 0o077) !== 0) await Deno.chmod(temporary, options.mode);
        if (options.owner !== undefined && Deno.uid() === 0) {
          await Deno.chown(temporary, options.owner.uid, options.owner.gid);
        }
        await writeAll(file, bytes);
        await file.sync();
      }
      await Deno.rename(temporary, path);
      await syncDirectory(parentOf(path));
    } catch (error) {
      await Deno.remove(temporary).catch(() => undefined);
      throw error;
    }
  });
}

async function linkAtomic(target: string, path: string): Promise<void> {
  const temporary = `${path}.tmp-${Deno.pid}-${++serial}`;
  await guarded("link", path, async () => {
    try {
      await Deno.symlink(target, temporary);
      await Deno.rename(temporary, path);
      await syncDirectory(parentOf(path));
    } catch (error) {
      await Deno.remove(temporary).catch(() => undefined);
      throw error;
    }
  });
}

function openAppend(path: string, mode: number): Promise<AppendHandle> {
  return guarded("write", path, async () => {
    const file = await Deno.open(path, { append: true, create: true, mode });
    await syncDirectory(parentOf(path));
    return {
      append: (text: string) =>
        guarded("write", path, async () => {
          const { size } = await file.stat();
          try {
            await writeAll(file, encoder.encode(text));
          } catch (error) {
            // Half a line, on a full disk, would make the next one unreadable too.
            await file.truncate(size).catch(() => undefined);
            throw error;
          }
          await file.syncData();
        }),
      close: () => file.close(),
    };
  });
}

async function makeDirectory(path: string, mode: number): Promise<void> {
  await guarded("create", path, async () => {
    try {
      if ((await Deno.stat(path)).isDirectory) return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const missing = await missingDirectories(path);
    await Deno.mkdir(path, { recursive: true, mode });
    // The umask narrows the parents too; what others are to reach must be open all the way.
    if ((mode & 0o077) !== 0) { for (const each of missing) await Deno.chmod(each, mode); }
  });
}

/** The directory and those of its parents that are not there yet, the outermost first. */
async function missingDirectories(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; at !== "/"; at = parentOf(at)) {
    if (await Deno.lstat(at).then(() => true, () => false)) break;
    missing.unshift(at);
  }
  return missing;
}

async function tryLock(path: string): Promise<FileLock | undefined> {
  const file = await guarded(
    "lock",
    path,
    () => Deno.open(path, { read: true, write: true, create: true, mode: 0o600 }),
  );
  if (!await file.tryLock(true)) {
    file.close();
    return undefined;
  }
  return {
    write: (text) =>
      guarded("write", path, async () => {
        await file.truncate(0);
        await file.seek(0, Deno.SeekMode.Start);
        await writeAll(file, encoder.encode(text));
        await file.syncData();
      }),
    async release() {
      // The file stays: removing it would let a third process lock a new file of the same name
      // while a second one still waits on the old one.
      await file.truncate(0);
      await file.unlock();
      file.close();
    },
  };
}

function info(stat: Deno.FileInfo): FileInfo {
  const kind = stat.isFile
    ? "file"
    : stat.isDirectory
    ? "directory"
    : stat.isSymlink
    ? "symlink"
    : "other";
  return {
    kind,
    mode: (stat.mode ?? 0) & 0o7777,
    size: stat.size,
    uid: stat.uid ?? 0,
    gid: stat.gid ?? 0,
    modified: stat.mtime ?? new Date(0),
  };
}

async function space(path: string): Promise<DiskSpace> {
  // Loaded when it is needed: it costs 25 ms, and a start must not (criteria, Performance).
  const { statfs } = await import("node:fs/promises");
  for (let at = path;; at = parentOf(at)) {
    try {
      const stats = await statfs(at);
      return {
        // As df counts: what is kept for root, or beyond a quota, is nothing that could be used up.
        totalBytes: (stats.blocks - stats.bfree + stats.bavail) * stats.bsize,
        freeBytes: stats.bavail * stats.bsize,
        totalInodes: stats.files,
        freeInodes: stats.ffree,
      };
    } catch (error) {
      if (at === "/") throw explain(error, "measure", path);
    }
  }
}

/**
 * The runtime has no access(2): its own answer is guessed from permission bits. The shell's is the kernel's.
 * A file whose bits do not let us write may be replaced all the same; one that our rights are for is refused for
 * another reason. They are for every file with CAP_DAC_OVERRIDE, the second bit, which root need not have.
 */
const UNWRITABLE = String.raw`
caps="$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status 2>/dev/null)"
case $caps in *[2367abefABEF]) any=1 ;; *) any= ;; esac
for path; do
  [ -e "$path" ] && [ ! -w "$path" ] || continue
  if [ -f "$path" ] && [ -z "$any" ]; then
    [ -O "$path" ] && [ -n "$(find "$path" -prune -perm -200 2>/dev/null)" ] || continue
  fi
  printf '%s\0' "$path"
done`;

async function unwritable(paths: readonly string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", UNWRITABLE, "sh", ...paths],
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).split("\0").filter((each) => each !== "");
}

/** The real `Host.files`. */
export const filesHost: FilesHost = {
  readText: (path) => orMissing("read", path, () => Deno.readTextFile(path)),
  readBytes: (path) => orMissing("read", path, () => Deno.readFile(path)),
  stat: (path) => orMissing("look at", path, async () => info(await Deno.lstat(path))),
  list: async (path) =>
    await orMissing("list", path, async () => {
      const names: string[] = [];
      for await (const entry of Deno.readDir(path)) names.push(entry.name);
      return names.sort();
    }) ?? [],
  readLink: (path) => orMissing("read", path, () => Deno.readLink(path)),
  realPath,
  linkAtomic,
  writeAtomic,
  openAppend,
  openSink: (path, mode) => openSink(path, mode, (body) => guarded("write", path, body)),
  openSource: (path) => openSource(path, (body) => guarded("read", path, body)),
  mkdir: makeDirectory,
  remove: async (path, options = {}) => {
    await orMissing("remove", path, () => Deno.remove(path, options));
  },
  rename: (from, to) =>
    guarded("rename", from, async () => {
      await Deno.rename(from, to);
      await syncDirectory(parentOf(to));
    }),
  tryLock,
  space,
  unwritable,
};
