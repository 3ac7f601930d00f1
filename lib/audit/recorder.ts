/**
 * Records one change: a line before it begins and one when it has ended. The runner uses it for every
 * run; what changes something without steps (`config set`, `alerts silence`) calls {@link recorded}.
 *
 * Nothing is changed unless the first line is on disk. Room for the last one is kept from the
 * beginning, so that a disk which fills up meanwhile does not leave a change without its end.
 */
import { Buffer } from "node:buffer";
import { SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { readEnv } from "../render/env_codec.ts";
import { SECRET_VARIABLES } from "../render/variables.ts";
import type { AuditEvent, AuditFacts, RunResult } from "./entry.ts";
import { masker, redactedArgv } from "./redact.ts";
import { appendAudit } from "./store.ts";
import { whoIs } from "./who.ts";

/** Bytes kept free for the end: a few lines and twice the head. */
const RESERVE_BYTES = 32 * 1024;

export interface RecordOptions {
  readonly host: Host;
  readonly dir: string;
  /** Name of the run; its journal bears the same, where there is one. */
  readonly run: string;
  readonly command: string;
  readonly argv: readonly string[];
  /** False when the install's lock is not held. */
  readonly locked: boolean;
}

export interface RecordEnd {
  readonly result: RunResult;
  readonly changed: readonly string[];
  readonly undone: readonly string[];
  readonly facts: AuditFacts;
  readonly error?: unknown;
}

/** One change on its way into the record. */
export interface Recorder {
  /** True once the first line is on disk. */
  readonly begun: boolean;
  /** Writes the first line; nothing at a second call. */
  begin(facts: AuditFacts): Promise<void>;
  /** Writes the last line; nothing when nothing began, or it is there already. */
  end(end: RecordEnd): Promise<void>;
}

function reservePath(dir: string): string {
  return `${dir}/.rxdx/audit.reserve`;
}

/** New and former values while a rotation is under way; of a text that is none, nothing. */
function rotatingValues(text: string | undefined): string[] {
  try {
    const { values, former } = JSON.parse(text ?? "{}") as Record<string, unknown>;
    return [values, former].flatMap((each) => Object.values(each ?? {}))
      .filter((each) => typeof each === "string");
  } catch {
    return [];
  }
}

/** Values that must not be written down: those of `.env` and of a rotation, and those given to this call. */
async function secretsOf(host: Host, dir: string): Promise<string[]> {
  const read = (path: string) => host.files.readText(`${dir}/${path}`).catch(() => undefined);
  const text = await read(".env");
  const rotating = rotatingValues(await read(".rxdx/rotation.json"));
  const named = [
    ...[...readEnv(text ?? "")].filter(([name]) => SECRET_VARIABLES.has(name)),
    ...Object.entries(host.env).filter(([name]) => name.startsWith("RXDX_SECRET_")),
  ].map(([, value]) => value);
  return [...named, ...rotating];
}

export function recorder(options: RecordOptions): Recorder {
  const { host, dir, run, command, argv, locked } = options;
  const from = host.clock.monotonic();
  const append = (event: AuditEvent) => appendAudit(host, dir, event, { locked });
  let begun = false;
  let ended = false;
  let secrets: readonly string[] = [];
  return {
    get begun() {
      return begun;
    },
    async begin(facts) {
      if (begun) return;
      secrets = await secretsOf(host, dir);
      await host.files.mkdir(`${dir}/.rxdx`, 0o700);
      await host.files.writeAtomic(reservePath(dir), fill(host), { mode: 0o600 });
      const who = await whoIs(host);
      const said = redactedArgv(argv, secrets);
      const { pid } = host.system;
      const alone = !locked;
      await append({ event: "started", run, command, argv: said, pid, alone, who, facts });
      begun = true;
    },
    async end({ result, changed, undone, facts, error }) {
      if (!begun) {
        await host.files.remove(reservePath(dir)).catch(() => undefined);
        return;
      }
      if (ended) return;
      // Secrets may have been made meanwhile.
      const mask = masker([...secrets, ...await secretsOf(host, dir)]);
      const said = error === undefined ? null : mask(firstLine(error));
      const ms = Math.round(host.clock.monotonic() - from);
      const event = {
        event: "ended",
        run,
        command,
        result,
        changed,
        undone,
        facts,
        message: said,
        ms,
      } as const;
      await host.files.remove(reservePath(dir));
      await append(event);
      ended = true;
    },
  };
}

/** Random: a file system that compresses would keep no room for zeros. */
function fill(host: Host): string {
  return Buffer.from(host.random.bytes(RESERVE_BYTES / 2)).toString("hex") + "\n";
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? "";
}

export function resultOf(error: unknown): RunResult {
  return error instanceof SetupError && error.code === "cancelled" ? "cancelled" : "failed";
}

/** `20260314T101500123Z-config-set-4f2a`, as the journal names its runs. */
export function runName(host: Host, command: string): string {
  const at = host.clock.now().toISOString().replace(/[-:.]/g, "");
  const tag = [...host.random.bytes(2)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${at}-${command.replace(/[^a-z0-9]+/g, "-")}-${tag}`;
}

/**
 * Records a change that is made without steps.
 *
 * @param change the one change there is; `facts` says what it was
 */
export async function recorded<T>(
  options: Omit<RecordOptions, "run"> & { readonly facts: AuditFacts },
  change: () => Promise<T>,
): Promise<T> {
  const { facts, ...rest } = options;
  const record = recorder({ ...rest, run: runName(options.host, options.command) });
  const changed = [options.command.replaceAll(" ", "-")];
  await record.begin(facts);
  let value: T;
  try {
    value = await change();
  } catch (error) {
    const result = resultOf(error);
    await record.end({ result, changed: [], undone: [], facts, error }).catch(() => undefined);
    throw error;
  }
  await record.end({ result: "ok", changed, undone: [], facts });
  return value;
}
