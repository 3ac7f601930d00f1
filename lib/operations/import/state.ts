/**
 * How far an import has come: `.rxdx/import.json` of the new directory, without secrets. While it says
 * that the old stack may have been stopped, the next run goes on from what stands here.
 */
import type { Uploads } from "../../adopt/proposal_data.ts";
import type { Host } from "../../host/types.ts";
import type { ComposeWords } from "./look.ts";

export interface ImportState {
  readonly schema: 1;
  /** The hand-made directory. */
  readonly from: string;
  readonly project: string;
  readonly compose: ComposeWords;
  /** What our services are called there. */
  readonly services: Readonly<Record<string, string>>;
  readonly data: {
    readonly bind?: { readonly path: string; readonly volume: string };
    readonly uploads?: Uploads;
  };
  readonly seeded: readonly string[];
  /** Name of the backup that was made before. */
  readonly backup?: string;
  /** True once the uploads were copied. */
  readonly uploadsCopied?: true;
  /** Of an old stack that was started again: did its backend say that it is ready? */
  readonly ready?: boolean;
  /**
   * `begun`: the old stack may be stopped; `returned`: it serves again; `serves`: the new one has served,
   * and stays; `done`: all is written down too.
   */
  readonly phase: "begun" | "returned" | "serves" | "done";
  /** ISO 8601 */
  readonly at: string;
}

function statePath(dir: string): string {
  return `${dir}/.rxdx/import.json`;
}

export async function readImport(host: Host, dir: string): Promise<ImportState | undefined> {
  const text = await host.files.readText(statePath(dir));
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as ImportState;
    return state.schema === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

export async function writeImport(
  host: Host,
  dir: string,
  state: Omit<ImportState, "at">,
): Promise<void> {
  await host.files.mkdir(`${dir}/.rxdx`, 0o700);
  const text = JSON.stringify({ ...state, at: host.clock.now().toISOString() }, null, 2);
  await host.files.writeAtomic(statePath(dir), `${text}\n`, { mode: 0o600 });
}

/** Changes what is known; the state must be there. */
export async function noteImport(
  host: Host,
  dir: string,
  changes: Partial<ImportState>,
): Promise<void> {
  const state = await readImport(host, dir);
  if (state === undefined) throw new TypeError("an import is noted that has not begun");
  await writeImport(host, dir, { ...state, ...changes });
}
