/**
 * A machine that exists only in memory, for unit tests: files with modes, owners and failures on
 * demand, scripted programs and HTTP answers, a clock that the test moves, random bytes from a seed,
 * a terminal that records, failpoints that throw or kill. Deterministic: the same test sees the same
 * bytes on every run.
 */
import type {
  ClockHost,
  Host,
  HostSignal,
  LineInput,
  RandomHost,
  RawInput,
  Session,
  SystemHost,
  TerminalHost,
} from "../../lib/host/types.ts";
import { FakeFiles } from "./fake_host_files.ts";
import { Killed } from "./fake_host_failures.ts";
import { FakeMail } from "./fake_host_mail.ts";
import { FakeNet } from "./fake_host_net.ts";
import { FakeProcess } from "./fake_host_process.ts";

export interface FakeHostOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly hostname?: string;
  readonly session?: Session;
  readonly addresses?: readonly string[];
  readonly arch?: string;
  /** ISO 8601. */
  readonly now?: string;
  readonly seed?: number;
  /** All three streams; a terminal of 80 × 24. */
  readonly terminal?: boolean;
  /** What the operator types. */
  readonly keys?: readonly string[];
  /** What a pipe brings. */
  readonly input?: string;
}

export class FakeClock implements ClockHost {
  #at: number;
  readonly #began: number;

  constructor(now: string) {
    this.#at = Date.parse(now);
    this.#began = this.#at;
  }

  now(): Date {
    return new Date(this.#at);
  }

  monotonic(): number {
    return this.#at - this.#began;
  }

  advance(milliseconds: number): void {
    this.#at += milliseconds;
  }

  /** Passes at once; other work gets its turn, as it would on a real machine. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#at += milliseconds;
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
  }
}

/** splitmix32: small, and good enough to tell two values apart. Nothing here is secret. */
export class FakeRandom implements RandomHost {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => {
      this.#state = (this.#state + 0x9e3779b9) | 0;
      let mixed = this.#state ^ (this.#state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) & 0xff;
    });
  }
}

export class FakeTerminal implements TerminalHost {
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly hasKeyboard: boolean;
  /** Everything written to standard output. */
  stdout = "";
  stderr = "";
  readonly #keys: readonly string[];
  readonly #listeners = new Map<string, Set<() => void>>();

  readonly #input: string;

  constructor(terminal: boolean, keys: readonly string[], input = "") {
    this.#input = input;
    this.stdinIsTerminal = terminal;
    this.stdoutIsTerminal = terminal;
    this.stderrIsTerminal = terminal;
    this.hasKeyboard = terminal;
    this.#keys = keys;
  }

  size(): { columns: number; rows: number } {
    return { columns: 80, rows: 24 };
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  raw(): RawInput {
    const keys = this.#keys;
    const encoder = new TextEncoder();
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (const key of keys) yield await Promise.resolve(encoder.encode(key));
    }
    return { chunks: chunks(), close: () => undefined };
  }

  lines(): LineInput {
    const keys = [...this.#keys];
    return {
      read: () => {
        let line = "";
        for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
          if (key === "\r" || key === "\n") return Promise.resolve(line);
          line += key;
        }
        return Promise.resolve(undefined);
      },
      close: () => undefined,
    };
  }

  input(most: number): Promise<string> {
    return Promise.resolve(this.#input.slice(0, most));
  }

  onResize(callback: () => void): () => void {
    return this.#listen("SIGWINCH", callback);
  }

  onSignal(signal: HostSignal, callback: () => void): () => void {
    return this.#listen(signal, callback);
  }

  onReaderGone(callback: () => void): () => void {
    return this.#listen("reader gone", callback);
  }

  onCrash(): () => void {
    return () => undefined;
  }

  /** Sends the program a signal. */
  signal(name: HostSignal): void {
    for (const callback of this.#listeners.get(name) ?? []) callback();
  }

  /** The reader of standard output goes away. */
  readerGoes(): void {
    for (const callback of this.#listeners.get("reader gone") ?? []) callback();
  }

  /** Signals that somebody still listens to. */
  listening(): string[] {
    return [...this.#listeners].filter(([, callbacks]) => callbacks.size > 0).map(([name]) => name);
  }

  #listen(name: string, callback: () => void): () => void {
    const callbacks = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, callbacks.add(callback));
    return () => callbacks.delete(callback);
  }
}

export class FakeHost implements Host {
  readonly env: Record<string, string>;
  readonly clock: FakeClock;
  readonly files: FakeFiles;
  readonly process: FakeProcess;
  readonly net: FakeNet;
  readonly mail = new FakeMail();
  readonly terminal: FakeTerminal;
  readonly random: FakeRandom;
  readonly system: SystemHost;
  /** Names of the failpoints that were passed, in order. */
  readonly failpoints: string[] = [];
  #failpoint: { name: string; action: "throw" | "kill" } | undefined;

  constructor(options: FakeHostOptions = {}) {
    const { uid = 0, gid = 0 } = options;
    this.env = { HOME: "/root", PATH: "/usr/bin", ...options.env };
    this.clock = new FakeClock(options.now ?? "2026-03-14T10:15:00.123Z");
    this.files = new FakeFiles(() => this.clock.now(), { uid, gid });
    this.process = new FakeProcess(() => this.files.dead);
    this.net = new FakeNet(() => this.files.dead);
    this.terminal = new FakeTerminal(options.terminal ?? false, options.keys ?? [], options.input);
    this.random = new FakeRandom(options.seed ?? 1);
    this.system = {
      pid: 4711,
      program: "/usr/local/bin/rxdx-setup",
      uid,
      gid,
      arch: options.arch ?? "x86_64",
      hostname: () => options.hostname ?? "server1",
      session: () => Promise.resolve(options.session ?? {}),
      cpus: () => options.cpus ?? 4,
      memoryBytes: () => options.memoryBytes ?? 8 * 2 ** 30,
      addresses: () => [...(options.addresses ?? ["192.0.2.10"])],
    };
  }

  /** A property, not a method: the program may copy the host's parts into another one. */
  readonly failpoint = (name: string): void => {
    if (this.files.dead !== undefined) throw this.files.dead;
    this.failpoints.push(name);
    if (this.#failpoint?.name !== name) return;
    if (this.#failpoint.action === "throw") throw new Error(`failpoint ${name}`);
    const killed = new Killed(`failpoint ${name}`);
    this.files.die(killed);
    throw killed;
  };

  /** Throws an error, or ends the process, at a named point. */
  failAtPoint(name: string, action: "throw" | "kill"): void {
    this.#failpoint = { name, action };
  }

  /** The operator runs the program again after it was killed. */
  revive(): void {
    this.files.revive();
    this.#failpoint = undefined;
  }

  /**
   * Everything the script asked for has happened and nothing else, and the program gave back what it
   * took.
   */
  verify(): void {
    const problems = [
      ...this.process.problems(),
      ...this.net.problems(),
      ...this.files.leaks(),
      ...this.terminal.listening().map((name) => `a listener for ${name} was left behind`),
    ];
    if (problems.length > 0) throw new Error(`the script was not kept:\n${problems.join("\n")}`);
  }
}

/** Runs a test on a fake machine and verifies the script, also when the body has thrown. */
export async function withFakeHost(
  options: FakeHostOptions,
  body: (host: FakeHost) => Promise<void> | void,
): Promise<void> {
  const host = new FakeHost(options);
  try {
    await body(host);
  } catch (error) {
    // An unexpected command is the better explanation of what went wrong after it.
    const problems = [...host.process.problems(), ...host.net.problems()]
      .filter((each) => each.startsWith("unexpected"));
    if (problems.length > 0 && error instanceof Error) {
      error.message += `\n${problems.join("\n")}`;
    }
    throw error;
  }
  host.verify();
}
