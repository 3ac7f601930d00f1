/**
 * The parts of a support bundle as data: what each is called, what it is, and how it is collected. A
 * part that fails, or takes too long, is told in the manifest and stands in nobody's way.
 */
import type { Install } from "../install.ts";
import type { Engine } from "../../engine/client.ts";
import { SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";

/** What a collector brings: text, or a value that becomes JSON. */
export type Content =
  | { readonly text: string; readonly cut?: string }
  | { readonly json: unknown };

export interface Part {
  /** Inside the bundle; `logs/` is where addresses of people are replaced. */
  readonly path: string;
  /** For people, one phrase. */
  readonly what: string;
  /** Throws {@link NotThere} where there is nothing to collect. */
  readonly collect: (signal: AbortSignal) => Promise<Content>;
}

/** What the collectors work on. */
export interface SupportScene {
  readonly host: Host;
  readonly engine: Engine;
  readonly dir: string;
  /** Compose project. */
  readonly project: string;
  /** `undefined` when nothing is installed, or its configuration cannot be read. */
  readonly install: Install | undefined;
  /** Status and checks, which another room knows how to make; both may throw. */
  readonly collectStatus: () => Promise<unknown>;
  readonly collectDoctor: () => Promise<unknown>;
  readonly options: SupportOptions;
}

export interface SupportOptions {
  readonly since: Date;
  /** Newest lines of each container's log. */
  readonly lines: number;
  /** Bytes of the finished archive, at most. */
  readonly maxBytes: number;
  readonly logs: boolean;
  readonly keepAddresses: boolean;
}

/** There is nothing to collect, for a reason in a few words. */
export class NotThere extends Error {}

/** Milliseconds that one part may take; logs of a busy server take the longest. */
export const PART_MS = 30_000;

/** Milliseconds that one program may take. */
export const PROGRAM_MS = 15_000;

/** The output of a program that must succeed. */
export async function outputOf(
  host: Host,
  argv: readonly string[],
  options: { readonly signal: AbortSignal; readonly cwd?: string },
): Promise<string> {
  const ran = await host.process.run(argv, { timeoutMs: PROGRAM_MS, ...options });
  if (ran.code === 0) return ran.stdout;
  const why = ran.code === 124
    ? `no answer within ${PROGRAM_MS / 1000} s`
    : ran.stderr.trim().split("\n").at(-1) || `exit code ${ran.code}`;
  throw new NotThere(`${argv.slice(0, 3).join(" ")}: ${why}`);
}

/** The text of a file that must be there. */
export async function fileText(host: Host, path: string): Promise<string> {
  const text = await host.files.readText(path);
  if (text === undefined) throw new NotThere(`there is no ${path}`);
  return text;
}

/** Ends the wait for work that does not end by itself. */
export async function within<T>(
  milliseconds: number,
  cancelled: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  cancelled.throwIfAborted();
  const limit = new AbortController();
  const ended = Promise.withResolvers<never>();
  const cancel = () => {
    limit.abort();
    ended.reject(cancelled.reason);
  };
  const timer = setTimeout(() => {
    limit.abort();
    ended.reject(new NotThere(`it took longer than ${milliseconds / 1000} s`));
  }, milliseconds);
  cancelled.addEventListener("abort", cancel, { once: true });
  try {
    return await Promise.race([work(limit.signal), ended.promise]);
  } finally {
    clearTimeout(timer);
    cancelled.removeEventListener("abort", cancel);
  }
}

/** Why a part is missing, in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof NotThere) return error.message;
  if (error instanceof SetupError) return error.message.split("\n")[0] ?? error.code;
  return error instanceof Error ? `${error.name}: ${error.message.split("\n")[0]}` : String(error);
}
