/**
 * A small file system of its own that a test can fill to the last byte and empty again, and the moment in which
 * to do it: the program stands still at a failpoint meanwhile. Needs root, for `mount`.
 */
import assert from "node:assert/strict";
import { must, PROGRAM, type Ran, sh, type TestStack } from "./stack.ts";
import { eventually } from "./tmux.ts";

export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  #full = false;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Mounts it.
   *
   * @param path where; a directory that is made
   * @param megabytes its size, in memory
   */
  static async at(path: string, megabytes: number): Promise<SmallDisk> {
    await Deno.mkdir(path, { recursive: true });
    await must(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "tmpfs", path]);
    return new SmallDisk(path);
  }

  async free(): Promise<number> {
    const text = await must(["df", "--output=avail", "-B1", this.path]);
    return Number(text.split("\n").at(-1));
  }

  /** Takes all but so many bytes. */
  async fill(leave = 0): Promise<void> {
    const bytes = await this.free() - leave;
    if (bytes > 0) await must(["fallocate", "--length", `${bytes}`, `${this.path}/.filler`]);
    this.#full = true;
  }

  async empty(): Promise<void> {
    if (this.#full) await Deno.remove(`${this.path}/.filler`).catch(() => undefined);
    this.#full = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await must(["umount", "--lazy", this.path]);
  }
}

/**
 * Starts a program as root for whom `chmod` holds when it writes. It may read all: the key of the certificate
 * belongs to the user of nginx.
 */
export const UNPRIVILEGED: readonly string[] = [
  "setpriv",
  "--bounding-set=-dac_override",
  "--inh-caps=-dac_override",
];

/** Runs the program as {@link UNPRIVILEGED}. */
export function unprivileged(stack: TestStack, args: readonly string[]): Promise<Ran> {
  return sh([...UNPRIVILEGED, PROGRAM, ...args, "--dir", stack.dir]);
}

async function finished(child: Deno.ChildProcess): Promise<Ran> {
  const { code, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out ?? "", stderr: err ?? "", text: `${out}${err}` };
}

/** `T` is a process that was stopped. */
async function isStopped(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}

/** Runs the program, and does something to the machine at a failpoint of it. */
export async function interrupted(
  stack: TestStack,
  args: readonly string[],
  point: string,
  meanwhile: () => Promise<void>,
  launcher: readonly string[] = [],
): Promise<Ran> {
  const child = stack.spawn(args, { RXDX_FAILPOINT: `${point}=stop` }, launcher);
  const end = finished(child);
  let over = false;
  void end.finally(() => over = true);
  await eventually(
    `${args.join(" ")} at ${point}`,
    async () => over || await isStopped(child.pid),
    300_000,
  );
  if (over) assert.fail(`never came to ${point}:\n${(await end).text}`);
  try {
    await meanwhile();
  } finally {
    Deno.kill(child.pid, "SIGCONT");
  }
  return await end;
}
