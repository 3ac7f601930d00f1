/**
 * The contract between the program and the machine.
 *
 * `host/` is the only room that touches `Deno.*` and node's file, process and network modules. All
 * other rooms receive a `Host` and can therefore be run against a fake in unit tests, and any run
 * can be replayed: randomness, time, network and files all come through here.
 */

import type { MailHost, NetHost } from "./net_types.ts";

export type * from "./net_types.ts";

/** How to run a program. Secrets go by `stdin` or `env`, never by argv. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the inherited environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Taken out of the inherited environment. */
  readonly unset?: readonly string[];
  readonly stdin?: string | Uint8Array;
  /** Aborting kills the process (SIGTERM). */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the process is killed; the result then has code 124. */
  readonly timeoutMs?: number;
  /** Called for each complete line as it arrives; progress of long commands. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

/** What a program left behind. A non-zero exit is a value, not an exception. */
export interface CommandResult {
  readonly argv: readonly string[];
  /** Exit code; 127 when the program does not exist, 124 on timeout, 128+n for signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type PipeOptions = Pick<CommandOptions, "cwd" | "env" | "unset" | "signal">;

/** A program that runs, with its input and output as bytes. */
export interface ByteProcess {
  /** Returns when the program can take more; what a program no longer reads is dropped. */
  write(data: string | Uint8Array): Promise<void>;
  /** No more input comes. */
  end(): Promise<void>;
  readonly output: AsyncIterable<Uint8Array>;
  /** Exit code and the end of what it complained about; its output has to be read for it to end. */
  ended(): Promise<{ readonly code: number; readonly stderr: string }>;
  /** SIGTERM; nothing when it has ended. */
  kill(): void;
}

/** A file that is written piece by piece. */
export interface ByteSink {
  write(data: Uint8Array): Promise<void>;
  /** On disk when it returns. */
  sync(): Promise<void>;
  close(): void;
}

export interface ProcessHost {
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts a program whose output is too large to collect. */
  pipe(argv: readonly string[], options?: PipeOptions): ByteProcess;
  /** Starts a program that outlives this one, in a session of its own. Returns its pid. */
  daemon(argv: readonly string[], options: { logFile: string }): Promise<number>;
  /**
   * Runs a program with this terminal (`$EDITOR`, a shell). Returns its exit code; the signal ends it
   * with SIGTERM.
   */
  interactive(
    argv: readonly string[],
    options?: { cwd?: string; signal?: AbortSignal },
  ): Promise<number>;
  /** Stops this process as Ctrl-Z does; the shell's `fg` continues it (then comes SIGCONT). */
  suspend(): void;
}

export interface FileInfo {
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Permission bits, for example 0o600. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: Date;
}

export interface WriteOptions {
  /** Permission bits at creation, for example 0o600. */
  readonly mode: number;
  /** Owner to give the file before it gets its name; ignored unless running as root. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** An exclusive advisory lock, released by `release` or by the death of the process. */
export interface FileLock {
  /** Replaces the content of the lock file. */
  write(text: string): Promise<void>;
  release(): Promise<void>;
}

/** An append-only file whose lines are on disk when `append` returns. */
export interface AppendHandle {
  append(text: string): Promise<void>;
  close(): void;
}

export interface DiskSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** 0 on file systems that count none. */
  readonly totalInodes?: number;
  readonly freeInodes?: number;
}

export interface FilesHost {
  /** `undefined` when the file does not exist; other failures throw a `SetupError`. */
  readText(path: string): Promise<string | undefined>;
  readBytes(path: string): Promise<Uint8Array | undefined>;
  stat(path: string): Promise<FileInfo | undefined>;
  /** Entry names, sorted; empty when the directory does not exist. */
  list(path: string): Promise<string[]>;
  readLink(path: string): Promise<string | undefined>;
  /**
   * Absolute, without symbolic links; the last part need not exist. `undefined` when more is missing or links
   * go in a circle.
   */
  realPath(path: string): Promise<string | undefined>;
  /**
   * Makes `path` a symbolic link to `target` (as written, relative to the link), in place of what
   * was there: a link under another name first, renamed over it, then fsync of the directory.
   */
  linkAtomic(target: string, path: string): Promise<void>;
  /**
   * Temp file in the same directory with its final mode → write → fsync → rename → fsync of the
   * directory. After a crash at any point the old or the new content is there, whole.
   */
  writeAtomic(path: string, data: string | Uint8Array, options: WriteOptions): Promise<void>;
  openAppend(path: string, mode: number): Promise<AppendHandle>;
  /** A new file, written piece by piece; fails where one is there. */
  openSink(path: string, mode: number): Promise<ByteSink>;
  /** The bytes of a file, piece by piece. */
  openSource(path: string): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Creates the directory and its parents with the given mode; an existing one is left alone. */
  mkdir(path: string, mode: number): Promise<void>;
  /** Removes a file or a whole tree; nothing happens when it does not exist. */
  remove(path: string, options?: { recursive?: boolean }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Takes the lock or returns `undefined` at once when another process holds it. */
  tryLock(path: string): Promise<FileLock | undefined>;
  /** Size and free space of the file system that holds `path` (or its nearest parent). */
  space(path: string): Promise<DiskSpace>;
  /**
   * Those of the paths that are there and that the kernel would not let this process change: directories for
   * their permission bits, an access list or a read-only file system; files for such a file system, or because
   * they were made immutable (their bits say nothing: a file is replaced in its directory). Nothing is written.
   */
  unwritable(paths: readonly string[]): Promise<string[]>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Raw keyboard input; `close` restores the line discipline. */
export interface RawInput {
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

/** Whole lines from the keyboard, in the terminal's ordinary mode: its own editing works. */
export interface LineInput {
  /** The next line without its end; `undefined` when there are no more (Ctrl-D). */
  read(options?: { readonly hidden?: boolean }): Promise<string | undefined>;
  close(): void;
}

export interface TerminalHost {
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** True when keys can be read: from standard input, or from /dev/tty where that is a pipe. */
  readonly hasKeyboard: boolean;
  size(): TerminalSize;
  out(text: string): void;
  err(text: string): void;
  /** Puts the terminal into raw mode and reads keys from it. */
  raw(): RawInput;
  /** Reads lines from it, from /dev/tty where standard input is something else. */
  lines(): LineInput;
  /** All of standard input, where it is a file or a pipe; at most `most` bytes of it. */
  input(most: number): Promise<string>;
  /** Calls back on a change of size; returns the way to stop. */
  onResize(callback: () => void): () => void;
  /** Calls back on a signal; returns the way to stop. */
  onSignal(signal: HostSignal, callback: () => void): () => void;
  /**
   * Calls back when a write finds that nobody reads standard output any more; with `whileIdle` also when
   * nothing is written. Returns the way to stop.
   */
  onReaderGone(callback: () => void, whileIdle: boolean): () => void;
  /** Calls back on an uncaught exception or rejection; returns the way to stop. */
  onCrash(callback: (reason: unknown) => void): () => void;
}

export type HostSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGTSTP" | "SIGCONT";

export interface ClockHost {
  now(): Date;
  /** Milliseconds from an arbitrary start, never going back. */
  monotonic(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface RandomHost {
  /** Bytes from the operating system's CSPRNG. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

/** The login that this process belongs to; what is not known is absent. */
export interface Session {
  /** Who logged in at first; the kernel keeps it through su and sudo. */
  readonly loginUid?: number;
  /** `SSH_CONNECTION` of the session, also under sudo: client address and port, ours. */
  readonly sshConnection?: string;
}

export interface SystemHost {
  readonly pid: number;
  /** Absolute path of this program, for a timer that shall start it; `undefined` from sources. */
  readonly program: string | undefined;
  readonly uid: number;
  readonly gid: number;
  /** `x86_64` or `aarch64`. */
  readonly arch: string;
  hostname(): string;
  session(): Promise<Session>;
  /** Usable logical CPUs. */
  cpus(): number;
  /** Bytes of physical memory. */
  memoryBytes(): number;
  /** Non-loopback addresses, IPv4 first. */
  addresses(): string[];
}

/** Everything the program may do to, or learn from, the machine. */
export interface Host {
  readonly env: Readonly<Record<string, string>>;
  readonly process: ProcessHost;
  readonly files: FilesHost;
  readonly terminal: TerminalHost;
  readonly clock: ClockHost;
  readonly random: RandomHost;
  readonly net: NetHost;
  readonly mail: MailHost;
  readonly system: SystemHost;
  /**
   * Named points before and after every step. The tests name one in `RXDX_FAILPOINT`
   * (`before:write-files=kill`) to end the process there; without it nothing happens.
   */
  failpoint(name: string): void;
}
