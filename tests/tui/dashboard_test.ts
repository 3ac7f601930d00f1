/**
 * The dashboard in a real terminal against a real engine: what an operator sees and does, and what is
 * left of the terminal afterwards. Needs tmux, an engine, and any local image with a shell
 * (`RXDX_TEST_IMAGE`, the demo base, or the first that has one); says so where it is skipped.
 */
import assert from "node:assert/strict";
import { BASES } from "../../lib/images/demo.ts";
import { statusDocument } from "../support/dashboard_scenario.ts";
import { eventually, haveTmux, quote, type TerminalState, Tmux } from "../support/tmux.ts";

const PROJECT = `rxdxdash-${crypto.randomUUID().slice(0, 8)}`;

async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("docker", { args: [...args] }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 0, `docker ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}

/** An image with a shell, or why there is none. */
async function findImage(): Promise<{ image: string } | { missing: string }> {
  try {
    await docker("version", "--format", "{{.Server.Version}}");
  } catch {
    return { missing: "no Docker engine answers" };
  }
  const local = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
  const wanted = [Deno.env.get("RXDX_TEST_IMAGE") ?? "", BASES.trixie.tag, ...local];
  for (const image of wanted.filter((each) => each !== "" && !each.includes("<none>"))) {
    try {
      await docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", "exit 0");
      return { image };
    } catch {
      // Not here, or without a shell: the next one.
    }
  }
  return { missing: "no local image has a shell" };
}

const found = await haveTmux() ? await findImage() : { missing: "tmux is not installed" };
const image = "image" in found ? found.image : "";
// deno-lint-ignore no-console -- a skipped test must be seen, with its reason
if ("missing" in found) console.log(`SKIPPED: dashboard in a terminal: ${found.missing}`);

async function start(
  service: string,
  script: string,
  ...options: readonly string[]
): Promise<void> {
  await docker(
    "run",
    "--detach",
    ...["--name", `${PROJECT}-${service}`, "--network", "none", "--memory", "64m"],
    ...["--label", `com.docker.compose.project=${PROJECT}`],
    ...["--label", `com.docker.compose.service=${service}`],
    ...["--stop-timeout", "0", ...options],
    ...["--entrypoint", "sh", image, "-c", script],
  );
}

const SAYS_HELLO = 'i=0; while :; do i=$((i+1)); echo "INFO: hello $i"; sleep 0.5; done';

/** Everything a hostile program could try on whoever reads its log. */
const HOSTILE = String.raw`while :; do ` +
  String
    .raw`printf 'BEGIN\033]0;owned\007\033[2J\033[1;1HOVERWRITTEN\033[?1049l\033[?25h\033c\rEND\n'; ` +
  "sleep 0.5; done";

/**
 * The way to the daemon, which can be taken away and brought back: to the dashboard that is a daemon
 * that restarts, and nobody else on this machine notices.
 */
class Relay {
  readonly path: string;
  #listener: Deno.UnixListener | undefined;
  readonly #open = new Set<Deno.UnixConn>();
  readonly #tasks = new Set<Promise<void>>();

  constructor(path: string) {
    this.path = path;
    this.up();
  }

  up(): void {
    const listener = Deno.listen({ transport: "unix", path: this.path });
    this.#listener = listener;
    this.#run(this.#accept(listener));
  }

  /** Closes the socket and every connection through it. */
  async down(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    for (const each of this.#open) this.#close(each);
    await Promise.all(this.#tasks);
    await Deno.remove(this.path).catch(() => undefined);
  }

  #run(task: Promise<void>): void {
    const owned = task.catch(() => undefined).finally(() => this.#tasks.delete(owned));
    this.#tasks.add(owned);
  }

  #close(connection: Deno.UnixConn): void {
    if (this.#open.delete(connection)) connection.close();
  }

  async #accept(listener: Deno.UnixListener): Promise<void> {
    for await (const near of listener) {
      this.#open.add(near);
      const far = await Deno.connect({ transport: "unix", path: "/var/run/docker.sock" });
      this.#open.add(far);
      this.#run(this.#pump(near, far));
      this.#run(this.#pump(far, near));
    }
  }

  async #pump(from: Deno.UnixConn, to: Deno.UnixConn): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) return;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } finally {
      this.#close(from);
      this.#close(to);
    }
  }
}

interface Shown {
  readonly terminal: Tmux;
  /** The terminal before the dashboard. */
  readonly before: TerminalState;
  readonly stty: string;
  /** Through which it reaches the daemon. */
  readonly relay: Relay;
  /** What the slower facts are read from. */
  readonly statusFile: string;
}

/** The dashboard in a terminal of its own, with a stack of two containers. */
function shows(
  name: string,
  test: (shown: Shown) => Promise<void>,
  options: {
    columns?: number;
    rows?: number;
    env?: Readonly<Record<string, string>>;
    bug?: "throw" | "reject";
  } = {},
): void {
  Deno.test({
    name: `dashboard in a terminal: ${name}`,
    ignore: image === "",
    fn: async () => {
      const directory = await Deno.makeTempDir();
      const statusFile = `${directory}/status.json`;
      // Without services: those of the document would be missed here.
      await Deno.writeTextFile(statusFile, JSON.stringify({ ...statusDocument(), services: [] }));
      const { columns = 120, rows = 40 } = options;
      const relay = new Relay(`${directory}/docker.sock`);
      const env = { DOCKER_HOST: `unix://${relay.path}`, ...options.env };
      try {
        await start("hostile", HOSTILE);
        await using terminal = await Tmux.start({ columns, rows, env });
        const command = [
          quote(Deno.execPath()),
          "run --quiet -A --config deno.json tests/support/dashboard_runner.ts",
          PROJECT,
          quote(statusFile),
          options.bug ?? "",
        ].join(" ");
        const stty = await terminal.stty();
        const before = await terminal.state();
        // Last: the dashboard asks for the newest 50 lines, and tests look for the first ones.
        await start("web", SAYS_HELLO, "--health-cmd", "true", "--health-interval", "1s");
        await terminal.type(command);
        await terminal.untilShown("hello");
        await test({ terminal, before, stty, relay, statusFile });
      } finally {
        await relay.down();
        const ids = await docker(
          "ps",
          "-aq",
          "--filter",
          `label=com.docker.compose.project=${PROJECT}`,
        );
        if (ids !== "") await docker("rm", "--force", ...ids.split("\n"));
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

/** The terminal is exactly as it was, and the shell answers. */
async function intact({ terminal, before, stty }: Shown): Promise<void> {
  await terminal.until(
    "the shell",
    (screen) => screen.some((line) => /^left$|ended: /.test(line)),
  );
  assert.deepEqual(await terminal.state(), before);
  assert.equal(await terminal.stty(), stty);
}

shows("shows the stack, and its figures", async ({ terminal }) => {
  const screen = await terminal.until(
    "figures",
    (lines) => lines.some((line) => /web .*● healthy.* \d+\.\d % .*\d [KM]iB .*64 MiB/.test(line)),
  );
  const text = screen.join("\n");
  for (const part of ["rxdx", "production", "https://rxdx.example.com", "certificate 64 days"]) {
    assert.ok(text.includes(part), part);
  }
  assert.match(text, /hostile +● running/);
  assert.match(text, /database +12 of 200 connections/);
  assert.match(text, /\d\d:\d\d:\d\d web +INFO: hello \d+/);
  assert.equal((await terminal.state()).cursorVisible, false);
  const styled = (await terminal.screen(true)).join("\n");
  assert.match(styled, /\x1b\[32m● healthy/);
});

shows("without colour when NO_COLOR says so", async ({ terminal }) => {
  await terminal.untilShown("● healthy");
  assert.doesNotMatch((await terminal.screen(true)).join("\n"), /\x1b/);
}, { env: { NO_COLOR: "1" } });

shows("answers keys: help, filters, search, pause, scrolling", async ({ terminal }) => {
  await terminal.keys("?");
  await terminal.untilShown("the service in full");
  await terminal.keys("Escape");
  await terminal.untilShown("── Logs");
  await terminal.keys("2");
  await terminal.until(
    "web alone",
    (screen) =>
      screen.some((line) => line.includes("── Logs  web")) &&
      !screen.some((line) => line.includes("BEGIN")),
  );
  await terminal.keys("0", "i");
  await terminal.type("begin");
  await terminal.until(
    "lines with begin",
    (screen) =>
      screen.some((line) => line.includes("BEGIN")) &&
      !screen.some((line) => line.includes("hello")),
  );
  await terminal.keys("Escape");
  await terminal.untilShown("hello");
  await terminal.keys("x");
  await terminal.type("begin|hello 1$");
  await terminal.until(
    "lines without",
    (screen) =>
      screen.some((line) => line.includes("no begin|hello 1$")) &&
      !screen.some((line) => line.includes("BEGIN") || /hello 1$/.test(line)),
  );
  await terminal.keys("Escape");
  await terminal.keys("/");
  await terminal.type("hello 2$");
  const found = (await terminal.until(
    "the bar on the match",
    (screen) =>
      screen.some((line) => /paused/.test(line)) &&
      screen.some((line) => line.includes("/hello 2$/")),
  )).findIndex((line) => /hello 2$/.test(line));
  assert.match((await terminal.screen(true))[found] ?? "", /\x1b\[7m/, "it is under the bar");
  await terminal.keys("Enter");
  await terminal.untilShown("── Log line");
  await terminal.keys("Escape", "m");
  await terminal.untilShown("1 marked");
  await terminal.keys("Escape", "Escape");
  await terminal.untilShown("following");
  await terminal.keys("Space");
  await terminal.until(
    "new lines counted",
    (screen) => screen.some((line) => /paused, [1-9]/.test(line)),
  );
  await terminal.keys("g");
  await terminal.until("the first line", (screen) => screen.some((line) => /hello 1$/.test(line)));
  await terminal.keys("G");
  await terminal.untilShown("following");
});

shows("restarts a container when that is confirmed, and says so", async ({ terminal }) => {
  await terminal.keys("2", "r");
  await terminal.untilShown("This would restart web.");
  await terminal.keys("Escape");
  await terminal.untilShown("── Logs");
  const id = `${PROJECT}-web`;
  const began = await docker("inspect", "--format", "{{.State.StartedAt}}", id);
  await terminal.keys("r");
  await terminal.untilShown("This would restart web.");
  await terminal.keys("Enter");
  await terminal.untilShown("● web is restarted and healthy, after");
  assert.notEqual(await docker("inspect", "--format", "{{.State.StartedAt}}", id), began);
  await terminal.keys(":");
  await terminal.text("stop web");
  await terminal.untilShown("❯ stop web");
  await terminal.keys("Enter");
  await terminal.untilShown("This would stop web.");
  await terminal.keys("Enter");
  await terminal.until("its end", (screen) => screen.some((line) => /web +[✗○] /.test(line)));
});

shows("a shell takes the terminal over and gives it back", async (shown) => {
  const { terminal } = shown;
  await terminal.keys("2", "e");
  await terminal.untilShown("A shell in");
  await terminal.until("its prompt", (screen) => screen.some((line) => /[#$]$/.test(line)));
  assert.equal((await terminal.state()).alternateScreen, false);
  // Ctrl-C is the shell's while it has the terminal.
  await terminal.keys("C-c");
  // What is typed before the shell has answered it is thrown away with it.
  await terminal.until(
    "its prompt again",
    (screen) =>
      screen.some((line) => line.includes("^C")) &&
      /^[#$]$/.test(screen.findLast((line) => line !== "") ?? ""),
  );
  await terminal.type("echo here-$((40 + 2)); exit");
  await terminal.untilShown("── Logs");
  await terminal.untilShown("hello");
  await terminal.keys("q");
  await intact(shown);
});

shows("a shell ends with the dashboard, and leaves the terminal as it was", async (shown) => {
  const { terminal } = shown;
  await terminal.keys("2", "e");
  await terminal.until("its prompt", (screen) => screen.some((line) => /[#$]$/.test(line)));
  Deno.kill(await terminal.foreground(), "SIGTERM");
  await intact(shown);
  await terminal.type("echo alive-$((40 + 2))");
  await terminal.untilShown("alive-42");
});

shows("a shell whose container is killed says so", async ({ terminal }) => {
  await terminal.keys("2", "e");
  await terminal.until("its prompt", (screen) => screen.some((line) => /[#$]$/.test(line)));
  await docker("kill", `${PROJECT}-web`);
  await terminal.untilShown("was killed, as when its container ends");
});

shows("what is saved is what is shown; a copy is told; doctor is at hand", async ({ terminal }) => {
  const file = await Deno.makeTempFile();
  await Deno.remove(file);
  await terminal.keys("2", "S", "C-u");
  await terminal.type(file);
  await terminal.untilShown(`lines are in ${file}`);
  const text = await Deno.readTextFile(file);
  assert.match(text, /^\d{4}-\d\d-\d\dT\S+ web 1 INFO: hello \d+$/m);
  assert.doesNotMatch(text, /hostile/);
  await Deno.remove(file);
  await terminal.keys("y");
  await terminal.untilShown("Copied");
  await terminal.keys("D");
  await terminal.untilShown("✗ Nothing     is well");
  await terminal.keys("Escape", "d");
  await terminal.untilShown("last check");
});

shows("the mouse is the terminal's own until it is asked for, and afterwards", async (shown) => {
  const { terminal } = shown;
  await terminal.keys("M");
  await eventually("the mouse", async () => (await terminal.state()).mouse);
  await terminal.keys("q");
  await intact(shown);
});

shows("a paste is text in the search field, and nothing anywhere else", async ({ terminal }) => {
  await terminal.paste("qqq\n");
  await terminal.keys("/");
  await terminal.paste("hello\nq");
  await terminal.untilShown("search hello q");
  await terminal.keys("Escape");
  await terminal.untilShown("following");
});

shows("fits 120×40, 80×24, 40×12, and a storm of sizes", async ({ terminal }) => {
  for (const [columns, rows] of [[80, 24], [40, 12], [120, 40]] as const) {
    await terminal.resize(columns, rows);
    await terminal.until(
      `${columns}×${rows}`,
      (screen) =>
        screen.length === rows && screen[0]?.includes("rxdx") === true &&
        screen.at(-1)?.includes("q quit") === true &&
        screen.some((line) => line.includes("● healthy")) &&
        screen.some((line) => /hello \d/.test(line)),
    );
  }
  for (let turn = 0; turn < 20; turn++) {
    await terminal.resize(40 + turn * 7 % 80, 12 + turn * 5 % 28);
  }
  await terminal.resize(80, 24);
  await terminal.until(
    "the last size",
    (screen) =>
      screen.length === 24 && screen.at(-1)?.includes("q quit") === true &&
      screen.filter((line) => line.includes("── Logs")).length === 1,
  );
});

shows("every view keeps to 120×40, 80×24 and 40×12", async ({ terminal }) => {
  const views: readonly (readonly [keys: readonly string[], title: RegExp])[] = [
    [["?"], /── Help/],
    [["p"], /── Problems/],
    [["d"], /── Service web/],
    [["D"], /── Doctor web/],
    [["Enter"], /── Log line/],
    [["r"], /── Please confirm/],
    [[":"], /── Commands/],
    [["/"], /^ search/],
    [["S"], /^ save to/],
  ];
  await terminal.keys("2");
  for (const [columns, rows] of [[120, 40], [80, 24], [40, 12]] as const) {
    await terminal.resize(columns, rows);
    for (const [keys, title] of views) {
      await terminal.keys(...keys);
      const screen = await terminal.until(
        `${title} at ${columns}×${rows}`,
        (lines) => lines.length === rows && lines.some((line) => title.test(line)),
      );
      assert.match(screen[0] ?? "", /rxdx/, `${title} at ${columns}×${rows}`);
      assert.ok(screen.every((line) => line.length <= columns));
      assert.match(screen.at(-1) ?? "", /esc|enter/, "how to leave is told");
      await terminal.keys("Escape");
      await terminal.until(
        "the main page",
        (lines) => /── Logs/.test(lines.join("\n")) && /quit/.test(lines.at(-1) ?? ""),
      );
    }
  }
});

shows("a hostile log line moves nothing and names nothing", async ({ terminal, before }) => {
  const screen = await terminal.until(
    "a hostile line",
    (lines) => lines.some((line) => line.includes("BEGINOVERWRITTEN␍END")),
  );
  assert.ok(screen[0]?.includes("rxdx"), "the first line is the header's");
  const state = await terminal.state();
  assert.equal(state.title, before.title);
  assert.equal(state.alternateScreen, true);
  assert.equal(state.cursorVisible, false);
});

shows("a container that dies, appears and goes is seen at once", async (shown) => {
  const { terminal, statusFile } = shown;
  await terminal.untilShown("no problems");
  const problem = {
    code: "x",
    severity: "critical",
    message: "web has ended.",
    hint: "start it",
  };
  const status = { ...statusDocument(), services: [], problems: [problem] };
  await Deno.writeTextFile(statusFile, JSON.stringify(status));
  await docker("kill", `${PROJECT}-web`);
  await terminal.untilShown("✗ web has ended.");
  await terminal.until(
    "its death",
    (screen) => screen.some((line) => /web +✗ exited 137/.test(line)),
  );
  await docker("start", `${PROJECT}-web`);
  await terminal.until("its return", (screen) => screen.some((line) => /web +[●◐]/.test(line)));
  await start("late", SAYS_HELLO);
  await terminal.until(
    "the new one",
    (screen) => screen.some((line) => /late +● running/.test(line)),
  );
  await docker("rm", "--force", `${PROJECT}-late`);
  await terminal.until("its end", (screen) => !screen.some((line) => /late +[●✗]/.test(line)));
});

for (
  const [how, leave] of [
    ["q", (terminal: Tmux) => terminal.keys("q")],
    ["Ctrl-C", (terminal: Tmux) => terminal.keys("C-c")],
    ["q out of the help", (terminal: Tmux) => terminal.keys("?", "q", "q")],
    ["SIGINT", async (terminal: Tmux) => Deno.kill(await terminal.foreground(), "SIGINT")],
    ["SIGTERM", async (terminal: Tmux) => Deno.kill(await terminal.foreground(), "SIGTERM")],
    ["SIGHUP", async (terminal: Tmux) => Deno.kill(await terminal.foreground(), "SIGHUP")],
  ] as const
) {
  shows(`${how} leaves the terminal as it was`, async (shown) => {
    await leave(shown.terminal);
    await intact(shown);
  });
}

for (const bug of ["throw", "reject"] as const) {
  shows(`a bug (${bug}) leaves the terminal as it was, and its trace to read`, async (shown) => {
    const { terminal, statusFile } = shown;
    await Deno.writeTextFile(`${statusFile}.bug`, "");
    await terminal.until(
      "the trace",
      (screen) =>
        screen.some((line) => line.includes("ended: by a bug")) &&
        screen.some((line) => line.includes("dashboard_runner.ts")),
    );
    await intact(shown);
  }, { bug });
}

shows("Ctrl-Z gives the terminal to the shell, fg takes it back", async (shown) => {
  const { terminal, before, stty } = shown;
  for (let turn = 0; turn < 2; turn++) {
    await terminal.keys("C-z");
    await terminal.untilShown("Stopped");
    assert.deepEqual(await terminal.state(), before);
    assert.equal(await terminal.stty(), stty);
    await terminal.type("fg");
    await terminal.untilShown("● healthy");
    await terminal.keys("?");
    await terminal.untilShown("the service in full");
    await terminal.keys("?");
    await terminal.untilShown("── Logs");
  }
  await terminal.keys("q");
  await intact(shown);
});

shows("stopped and continued from outside, it takes the terminal again", async (shown) => {
  const { terminal } = shown;
  const pid = await terminal.foreground();
  Deno.kill(pid, "SIGTSTP");
  await terminal.untilShown("Stopped");
  assert.deepEqual(await terminal.state(), shown.before);
  assert.equal(await terminal.stty(), shown.stty);
  await terminal.type("fg");
  await terminal.untilShown("● healthy");
  await terminal.keys("q");
  await intact(shown);
});

shows("a terminal that goes away ends it", async ({ terminal }) => {
  const pid = await terminal.foreground();
  await terminal.hangUp();
  await eventually("the end of the process", async () => {
    try {
      const state = /^State:\s+(\S)/m.exec(await Deno.readTextFile(`/proc/${pid}/status`))?.[1];
      return state === "Z";
    } catch {
      return true;
    }
  });
});

shows("a daemon that goes away is shown and retried, and everything comes back", async (shown) => {
  const { terminal, relay } = shown;
  await terminal.until("health", (screen) => screen.some((line) => /web +● healthy/.test(line)));
  await relay.down();
  await terminal.until(
    "the loss",
    (screen) =>
      screen.some((line) => line.includes("✗ Docker is out of reach")) &&
      screen.some((line) => /web +○ was healthy/.test(line)) &&
      screen[0]?.includes("○ unknown") === true,
  );
  await terminal.until("an attempt", (screen) => screen.some((line) => /attempt [3-9]/.test(line)));
  await start("meanwhile", SAYS_HELLO);
  relay.up();
  await terminal.until(
    "everything",
    (screen) =>
      !screen.some((line) => line.includes("out of reach")) &&
      screen.some((line) => /web +● healthy.* \d+\.\d %/.test(line)) &&
      screen.some((line) => /meanwhile +● running/.test(line)),
  );
  const last = Number(
    /web +INFO: hello (\d+)/.exec((await terminal.screen()).reverse().join("\n"))?.[1],
  );
  await terminal.untilShown(`hello ${last + 2}`);
  const numbers = (await terminal.screen()).flatMap((line) => {
    const number = /web +INFO: hello (\d+)/.exec(line)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
    "no line twice or out of order",
  );
  await terminal.keys("q");
  await intact(shown);
});
