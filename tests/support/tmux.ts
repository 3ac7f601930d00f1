/**
 * Drives a program in a real terminal: a tmux server of its own per terminal, keys in, screen out,
 * and polling until a predicate holds, with a cap and never a fixed sleep. Used by `tests/tui/`.
 */
import assert from "node:assert/strict";

/** Milliseconds a condition may take before the test fails with the screen in its message. */
const PATIENCE_MS = 45_000;

/** Milliseconds between two looks. */
const LOOK_MS = 25;
/** A frame that is being written is whole by then. */
const WHOLE_MS = 15;

/** What the terminal itself is like, besides what is written on it. */
export interface TerminalState {
  readonly cursorVisible: boolean;
  readonly alternateScreen: boolean;
  readonly lineWrap: boolean;
  /** Clicks go to the program instead of marking text. */
  readonly mouse: boolean;
  readonly title: string;
}

async function run(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [program = "", ...args] = argv;
  const { code, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** True when tmux is on this machine. */
export async function haveTmux(): Promise<boolean> {
  try {
    return (await run(["tmux", "-V"])).code === 0;
  } catch {
    return false;
  }
}

/** One terminal with a shell in it. */
export class Tmux {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** A terminal of this size with a POSIX shell, its prompt a plain `$ `. */
  static async start(
    options: { columns: number; rows: number; env?: Readonly<Record<string, string>> },
  ): Promise<Tmux> {
    const socket = `${await Deno.makeTempDir({ prefix: "rxdx-tmux-" })}/socket`;
    const environment = Object.entries({ TERM: "xterm-256color", PS1: "$ ", ...options.env })
      .flatMap(([name, value]) => [`${name}=${value}`]);
    const started = await run([
      "tmux",
      ...["-S", socket, "-f", "/dev/null"],
      ...["new-session", "-d"],
      ...["-x", String(options.columns), "-y", String(options.rows)],
      ...["env", "-u", "NO_COLOR", ...environment, "bash", "--noprofile", "--norc"],
    ]);
    assert.equal(started.code, 0, started.err);
    const terminal = new Tmux(socket);
    // The job-control messages of the shell must not depend on the operator's language.
    await terminal.type("export LC_ALL=C.UTF-8; cd " + quote(Deno.cwd()));
    await terminal.clear();
    return terminal;
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const result = await run(["tmux", "-S", this.#socket, ...args]);
    assert.equal(result.code, 0, `tmux ${args[0]}: ${result.err}`);
    return result.out;
  }

  /** Presses keys by tmux's names: `q`, `Enter`, `C-c`, `PageUp`, `Escape`. */
  async keys(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#tmux("send-keys", name);
  }

  /** Types text as it is and presses Enter. */
  async type(line: string): Promise<void> {
    await this.#tmux("send-keys", "-l", line);
    await this.#tmux("send-keys", "Enter");
  }

  /**
   * Clears the screen at the shell's prompt, so that what is looked for afterwards is not what
   * stood there before.
   */
  async clear(): Promise<void> {
    await this.type("clear");
    await this.until(
      "an empty prompt",
      (screen) => screen[0] === "$" && screen.slice(1).every((line) => line === ""),
    );
  }

  /** Types text as it is. */
  async text(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
  }

  /** Pastes text as a terminal with bracketed paste does. */
  async paste(text: string): Promise<void> {
    await this.#tmux("set-buffer", text);
    await this.#tmux("paste-buffer", "-p");
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** The screen's lines without trailing blanks; `styled` keeps colours as escape sequences. */
  async screen(styled = false): Promise<string[]> {
    const text = await this.#tmux("capture-pane", "-p", ...(styled ? ["-e"] : []));
    return text.replace(/\n$/, "").split("\n").map((line) => line.trimEnd());
  }

  /** Looks until the screen is as wanted; fails with what is on it. */
  async until(
    what: string,
    holds: (screen: readonly string[]) => boolean,
    patienceMs = PATIENCE_MS,
  ): Promise<string[]> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const screen = await this.screen();
      if (holds(screen)) return await this.#whole(screen, holds);
      if (performance.now() > end) {
        assert.fail(`waited in vain for ${what}; on the screen:\n${screen.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /**
   * The same screen when no more is written to it: a look may fall into the middle of a frame, whose upper
   * lines are new already and whose lower ones are not. What moves all the time is taken as it is last.
   */
  async #whole(
    seen: string[],
    holds: (screen: readonly string[]) => boolean,
  ): Promise<string[]> {
    let last = seen;
    for (let look = 0; look < 5; look++) {
      await new Promise((resolve) => setTimeout(resolve, WHOLE_MS));
      const screen = await this.screen();
      if (!holds(screen) || screen.join("\n") === last.join("\n")) return last;
      last = screen;
    }
    return last;
  }

  /** Looks until some line contains the text. */
  untilShown(text: string, patienceMs?: number): Promise<string[]> {
    return this.until(
      JSON.stringify(text),
      (screen) => screen.join("\n").includes(text),
      patienceMs,
    );
  }

  /** What a program may have left behind. */
  async state(): Promise<TerminalState> {
    const format = "#{cursor_flag} #{alternate_on} #{wrap_flag} #{mouse_any_flag} #{pane_title}";
    const [cursor, alternate, wrap, mouse, ...title] =
      (await this.#tmux("display-message", "-p", format))
        .trim().split(" ");
    return {
      cursorVisible: cursor === "1",
      alternateScreen: alternate === "1",
      lineWrap: wrap === "1",
      mouse: mouse === "1",
      title: title.join(" "),
    };
  }

  /**
   * The line discipline that programs started from the shell get, as `stty -a` prints it, without the
   * size. Asked by the shell itself: at its prompt it has modes of its own.
   */
  async stty(): Promise<string> {
    const file = await Deno.makeTempFile();
    try {
      // A number that is nowhere on the screen yet, and not in the command as it is typed either.
      const mark = Math.floor(Math.random() * 1e9);
      await this.type(`clear; stty -a > ${quote(file)}; echo written $((${mark} + 1))`);
      await this.untilShown(`written ${mark + 1}`);
      return (await Deno.readTextFile(file)).replace(/rows \d+; columns \d+;/, "");
    } finally {
      await Deno.remove(file);
    }
  }

  /** Process id of what runs in the foreground: the newest child of the shell. */
  async foreground(): Promise<number> {
    const shell = (await this.#tmux("display-message", "-p", "#{pane_pid}")).trim();
    const children = await Deno.readTextFile(`/proc/${shell}/task/${shell}/children`);
    const pid = Number(children.trim().split(" ").at(-1));
    assert.ok(pid > 0, "nothing runs in the terminal");
    return pid;
  }

  /** Closes the terminal as a dropped connection does: what runs in it gets a hang-up. */
  async hangUp(): Promise<void> {
    await this.#tmux("kill-server").catch(() => undefined);
    const directory = this.#socket.replace(/\/socket$/, "");
    await Deno.remove(directory, { recursive: true }).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
  }
}

/** A word for the shell, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Looks until something outside the terminal holds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!await holds()) {
    assert.ok(performance.now() < end, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
