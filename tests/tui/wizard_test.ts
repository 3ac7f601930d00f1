/**
 * The wizard of the built program in a real terminal: straight through at both sizes, back from every
 * page, wrong answers, resizing, leaving at every page, a dropped connection, standard input that is a
 * pipe, plain lines, no colour; and what its review promises.
 */
import assert from "node:assert/strict";
import { holdImages, must, PROGRAM, sh, TestStack } from "../support/stack.ts";
import { eventually, haveTmux, quote, Tmux } from "../support/tmux.ts";

const missing = !await haveTmux();
if (missing) console.log("SKIPPED: wizard in a terminal: tmux is not installed");

const SIZES = [{ columns: 80, rows: 24 }, { columns: 120, rows: 40 }] as const;

/** The titles of the pages, as they stand above their questions. */
const TITLES = [
  "Welcome",
  "Environment",
  "Address and ports",
  "Images",
  "HTTPS",
  "Database and secrets",
  "Resources",
  "E-mail and language model",
  "Backups and alerts",
  "Review",
] as const;

/** A terminal whose wizards keep their drafts to themselves. */
async function terminalOf(
  size: { columns: number; rows: number },
  env: Readonly<Record<string, string>> = {},
): Promise<{ terminal: Tmux; state: string } & AsyncDisposable> {
  const state = await Deno.makeTempDir({ prefix: "rxdx-drafts-" });
  const terminal = await Tmux.start({ ...size, env: { XDG_STATE_HOME: state, ...env } });
  return {
    terminal,
    state,
    async [Symbol.asyncDispose]() {
      await terminal.hangUp();
      await Deno.remove(state, { recursive: true });
    },
  };
}

function command(stack: TestStack, ...more: string[]): string {
  const settings = stack.settings().map((word) => quote(word)).join(" ");
  return `${PROGRAM} init --dir ${stack.dir} ${settings} ${more.join(" ")}`;
}

/** Starts the wizard and waits for its first page. */
async function begin(terminal: Tmux, line: string): Promise<void> {
  await terminal.type(`clear; ${line}; echo "left with $?"`);
  await terminal.until(
    "the first page",
    (screen) => (screen[0] ?? "").endsWith(`1 of ${TITLES.length}`),
  );
}

/** True when the page with this title is on the screen, at 80 columns or at 120. */
function isAt(screen: readonly string[], title: string): boolean {
  const number = TITLES.indexOf(title as typeof TITLES[number]) + 1;
  return (screen[0] ?? "").endsWith(`${number} of ${TITLES.length}`) &&
    screen.some((line) => line.includes(title));
}

async function goTo(terminal: Tmux, title: string): Promise<void> {
  const number = TITLES.indexOf(title as typeof TITLES[number]);
  for (const next of TITLES.slice(1, number + 1)) {
    await terminal.keys(next === "Environment" ? "Enter" : "PageDown");
    await terminal.until(next, (screen) => isAt(screen, next));
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function intact(terminal: Tmux, stty: string): Promise<void> {
  const state = await terminal.state();
  assert.ok(state.cursorVisible && !state.alternateScreen && state.lineWrap);
  assert.equal(await terminal.stty(), stty);
}

Deno.test({
  name: "Ctrl-C on any page leaves with 130, writes nothing there, and restores the terminal",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("ctrlc");
    for (const size of SIZES) {
      await using opened = await terminalOf(size);
      const { terminal, state } = opened;
      const stty = await terminal.stty();
      // The pages' own keys are tested without a terminal; here every second one, in turn.
      const titles = TITLES.filter((_, index) => size.columns === 80 || index % 3 === 0);
      for (const title of titles) {
        await t.step(`${title} at ${size.columns}×${size.rows}`, async () => {
          await Deno.remove(state, { recursive: true }).catch(() => undefined);
          await begin(terminal, command(stack));
          await goTo(terminal, title);
          await terminal.keys("C-c");
          const screen = await terminal.untilShown("left with 130");
          assert.match(screen.join(" "), /Nothing was installed/);
          await intact(terminal, stty);
          assert.equal(await exists(stack.dir), false);
        });
      }
    }
  },
});

Deno.test({
  name: "Esc goes back from every page; answers stay; a resize in the middle keeps everything",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("back");
    await using opened = await terminalOf({ columns: 80, rows: 24 });
    const { terminal } = opened;
    await begin(terminal, command(stack));
    await goTo(terminal, "Address and ports");
    await terminal.keys("C-u");
    await terminal.text("not a name");
    await terminal.keys("Enter");
    await terminal.untilShown("✗ must be a host name");
    await terminal.keys("C-u");
    await terminal.text("rxdx.example.com");
    await terminal.keys("Enter");
    await terminal.until(
      "the next question",
      (screen) =>
        screen.some((line) => line.includes("❯ More names")) &&
        !screen.join("\n").includes("✗"),
    );
    for (const title of TITLES.slice(3)) {
      await terminal.keys("PageDown");
      await terminal.until(title, (screen) => isAt(screen, title));
    }
    for (const [columns, rows] of [[120, 40], [40, 12], [30, 8], [80, 24]] as const) {
      await terminal.resize(columns, rows);
      await terminal.until(
        `${columns}×${rows}`,
        (screen) =>
          screen.length === rows && screen.some((line) => /review|too small/i.test(line)) &&
          screen.every((line) => line.length <= columns),
      );
    }
    await terminal.untilShown("rxdx.example.com");
    for (const title of TITLES.slice(0, -1).toReversed()) {
      await terminal.keys("Escape");
      const screen = await terminal.until(title, (lines) => isAt(lines, title));
      if (title === "Address and ports") {
        assert.ok(screen.join("\n").includes("rxdx.example.com"), "the answer stays");
      }
    }
    await terminal.keys("C-c");
    await terminal.untilShown("left with 130");
  },
});

Deno.test({
  name: "a dropped connection: the next wizard goes on where the last one was",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("dropped");
    await using opened = await terminalOf({ columns: 80, rows: 24 });
    const { state } = opened;
    await begin(opened.terminal, command(stack));
    await goTo(opened.terminal, "Images");
    await opened.terminal.keys("Escape");
    await opened.terminal.until("back", (screen) => isAt(screen, "Address and ports"));
    await opened.terminal.keys("C-u");
    await opened.terminal.text("kept.example.com");
    await opened.terminal.keys("PageDown");
    await opened.terminal.until("Images", (screen) => isAt(screen, "Images"));
    await opened.terminal.hangUp();
    const draft = await waitForDraft(state, "kept.example.com");
    assert.equal(((await Deno.stat(draft)).mode ?? 0) & 0o777, 0o600);
    assert.equal(await exists(stack.dir), false);

    await using again = await Tmux.start({
      columns: 80,
      rows: 24,
      env: { XDG_STATE_HOME: state },
    });
    await begin(again, command(stack));
    await again.untilShown('go on at "Images"');
    await again.keys("Enter");
    await again.until("Images", (screen) => isAt(screen, "Images"));
    await again.keys("Escape");
    await again.untilShown("kept.example.com");
    await again.keys("C-c");
    await again.untilShown("left with 130");
  },
});

async function waitForDraft(state: string, text: string): Promise<string> {
  let path = "";
  await eventually("the draft", async () => {
    const directory = `${state}/rxdx-setup`;
    if (!await exists(directory)) return false;
    for await (const { name } of Deno.readDir(directory)) {
      // What is just being written gets its name by a rename.
      if (name.endsWith(".json")) path = `${directory}/${name}`;
    }
    return path !== "" && (await Deno.readTextFile(path)).includes(text);
  });
  return path;
}

Deno.test({
  name: "to the shell with Ctrl-Z and back; standard input that is a pipe; no colour",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("piped");
    await using opened = await terminalOf({ columns: 80, rows: 24 }, { NO_COLOR: "1" });
    const { terminal } = opened;
    const stty = await terminal.stty();
    // As `curl … | sh` does it: standard input is the script.
    await terminal.type(`clear; echo 'echo not an answer' | { ${command(stack)}; }`);
    await terminal.until("the first page", (screen) => isAt(screen, "Welcome"));
    await terminal.keys("Enter");
    await terminal.until("Environment", (screen) => isAt(screen, "Environment"));
    const styled = (await terminal.screen(true)).join("\n");
    assert.doesNotMatch(styled, /\x1b\[(3|4|9)\d/, "no colour");
    await terminal.keys("C-c");
    await terminal.untilShown("Nothing was installed");
    await intact(terminal, stty);

    await begin(terminal, command(stack));
    await goTo(terminal, "Images");
    await terminal.keys("C-z");
    await terminal.untilShown("Stopped");
    assert.ok((await terminal.state()).cursorVisible);
    await terminal.type("fg");
    await terminal.until("back", (screen) => isAt(screen, "Images"));
    await terminal.keys("C-c");
    // The rest of the line went with the stop: bash does not come back to it.
    await terminal.untilShown("Nothing was installed");
  },
});

Deno.test({
  name: "in plain lines: no cursor is moved, wrong answers are asked again, Ctrl-C leaves with 130",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("plain");
    await using opened = await terminalOf({ columns: 80, rows: 24 });
    const { terminal } = opened;
    const stty = await terminal.stty();
    await terminal.type(`clear; ${command(stack, "--accessible")}; echo "left with $?"`);
    await terminal.untilShown("Environment [production]");
    assert.equal((await terminal.state()).alternateScreen, false);
    await terminal.type("staging");
    await terminal.untilShown("Stack name");
    await terminal.type("");
    await terminal.untilShown("Address [");
    await terminal.type("https://wrong");
    await terminal.untilShown("✗ must be a host name");
    await terminal.type("x.example.com");
    await terminal.untilShown("More names");
    await terminal.keys("C-c");
    await terminal.untilShown("left with 130");
    await intact(terminal, stty);
    assert.equal(await exists(stack.dir), false);
  },
});

Deno.test({
  name: "the command that the review prints makes the same files in another directory",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("same");
    await using other = new TestStack("same");
    await using opened = await terminalOf({ columns: 120, rows: 40 });
    const { terminal } = opened;
    const saved = `${stack.dir}.answers.yml`;
    await begin(terminal, command(stack, "--set application.log_level=WARNING"));
    await goTo(terminal, "Resources");
    await terminal.keys("Down", "PageDown");
    await terminal.until("mail", (screen) => isAt(screen, "E-mail and language model"));
    await terminal.text("mail.example.com");
    for (let enter = 0; enter < 4; enter++) await terminal.keys("Enter");
    await terminal.untilShown("❯ Sender");
    await terminal.text("rxdx@example.com");
    await terminal.keys("PageDown", "PageDown");
    await terminal.untilShown("Configuration");
    await terminal.keys("s");
    await terminal.keys("C-u");
    await terminal.text(saved);
    await terminal.keys("Enter");
    await terminal.untilShown("is written.");
    await terminal.keys("End");
    const screen = await terminal.untilShown("The same, unattended");
    const printed = screen.map((line) => line.replace(/^.{28} {2,3}/, "").trim())
      .join("\n").split("The same, unattended")[1]?.split("or --answers")[0] ?? "";
    await terminal.keys("w");
    await terminal.untilShown("left with 0", 60_000);

    const line = printed.replaceAll(/\\\n/g, " ").trim()
      .replace("rxdx-setup", PROGRAM).replaceAll(stack.dir, other.dir)
      .replaceAll(stack.name, other.name);
    const shifted = Object.entries(stack.ports).reduce(
      (text, [key, port]) =>
        text.replaceAll(`ports.${key}=${port}`, `ports.${key}=${other.ports[key as "http"]}`),
      line,
    );
    await must(["sh", "-c", `${shifted} --no-start`]);
    await sameFiles(stack, other);

    await Deno.remove(other.dir, { recursive: true });
    const settings = other.settings().filter((word) => !word.includes("resources."));
    await other.ok([
      "init",
      "--answers",
      saved,
      "--yes",
      "--no-start",
      ...settings.filter((word) => word !== "--set").flatMap((word) => ["--set", word]),
    ]);
    await sameFiles(stack, other);
    await Deno.remove(saved);
  },
});

/** Every file is the same, apart from secrets, names and ports. */
async function sameFiles(one: TestStack, two: TestStack): Promise<void> {
  const list = async (stack: TestStack) =>
    (await must(["find", stack.dir, "-type", "f", "-not", "-path", "*/.rxdx/*"])).split("\n")
      .map((path) => path.slice(stack.dir.length).replace(/\/pairs\/[0-9a-f]{16}\//, "/pairs/ID/"))
      .sort();
  const paths = await list(one);
  assert.deepEqual(await list(two), paths);
  for (const path of paths) {
    if (path.startsWith("/nginx/ssl/")) continue;
    const [a, b] = await Promise.all([one, two].map(async (stack) => {
      const text = await Deno.readTextFile(stack.dir + path);
      const named = Object.entries(stack.ports).reduce(
        (all, [key, port]) => all.replaceAll(String(port), `<${key}>`),
        text.replaceAll(stack.name, "<name>"),
      );
      return path === "/.env"
        ? named.replace(/^(POSTGRES_PASSWORD|SECRET_KEY|ADMIN_PASSWORD|DATABASE_URL)=.*$/gm, "$1=")
        : named;
    }));
    assert.equal(a, b, path);
  }
}

Deno.test({
  name: "enter alone ends with a healthy stack, its dashboard, and a menu",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("wizard");
    await using _held = await holdImages();
    await using opened = await terminalOf({ columns: 80, rows: 24 });
    const { terminal, state } = opened;
    await begin(terminal, command(stack));
    // Until the machine was looked at something turns on the page, which is no effect of a key.
    await terminal.until(
      "what was found on this machine",
      (screen) =>
        screen.some((line) => /^ +[●▲✗·] \S/.test(line)) &&
        !screen.some((line) => line.includes("looking…")),
    );
    for (let page = 1; page < TITLES.length; page++) {
      for (let enter = 0; enter < 12; enter++) {
        const before = await terminal.screen();
        if (isAt(before, TITLES[page] ?? "")) break;
        await terminal.keys("Enter");
        await terminal.until("an effect", (screen) => screen.join() !== before.join());
      }
    }
    await terminal.untilShown("Configuration");
    assert.equal(await exists(stack.dir), false, "nothing before the operator agrees");
    await terminal.keys("Enter");
    const screen = await terminal.until(
      "the end of the run",
      (lines) => lines.some((line) => line.startsWith("left with")),
      240_000,
    );
    assert.ok(screen.some((line) => line === "left with 0"), screen.join("\n"));
    assert.ok(screen.some((line) => line.includes(`:${stack.ports.https}`)));
    assert.ok(screen.every((line) => line.length <= 80));
    const key = /AGE-SECRET-KEY-1[0-9A-Z]{58}/.exec(screen.join("\n"))?.[0] ?? "";
    assert.notEqual(key, "", "the recovery key is shown");
    assert.equal((await sh(["grep", "-rlF", key, stack.dir])).stdout, "", "and kept nowhere");
    assert.ok((await terminal.state()).cursorVisible);
    const drafts = await sh(["find", state, "-type", "f"]);
    assert.equal(drafts.stdout, "", "the draft has served its purpose");

    await terminal.type(`clear; ${PROGRAM} status --dir ${stack.dir}; echo "left with $?"`);
    await terminal.until(
      "four healthy services",
      (lines) => lines.filter((line) => line.includes("● healthy")).length >= 5,
    );
    assert.equal((await terminal.state()).alternateScreen, true);
    await terminal.keys("q");
    await terminal.untilShown("left with 0");

    await terminal.type(`clear; ${PROGRAM} --dir ${stack.dir}; echo "left with $?"`);
    await terminal.untilShown("containers healthy");
    await terminal.untilShown("Change settings");
    await terminal.keys("Down", "Enter");
    await terminal.until("the wizard", (lines) => (lines[0] ?? "").includes("change the stack in"));
    for (let page = 0; page < 12; page++) {
      if ((await terminal.screen()).join("\n").includes("already matches")) break;
      await terminal.keys(page === 0 ? "Enter" : "PageDown");
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await terminal.untilShown("The machine already matches this.");
    await terminal.keys("C-c");
    await terminal.untilShown("left with 130");
  },
});

Deno.test({
  name: "what is asked after a screen was left hears the first answer",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("after");
    const ran = await stack.init(["--no-start"]);
    assert.equal(ran.code, 0, ran.text);
    const edited = `${stack.dir}/docker-compose.yml`;
    const text = await Deno.readTextFile(edited);
    await Deno.writeTextFile(edited, text.replace("max-size: 10m", "max-size: 11m"));
    await using opened = await terminalOf({ columns: 80, rows: 24 });
    const { terminal } = opened;
    // A hand edit is asked about once the wizard has agreed.
    await begin(terminal, `${PROGRAM} init --no-start --dir ${stack.dir}`);
    for (let page = 0; page < 12; page++) {
      const screen = await terminal.screen();
      if (screen.join("\n").includes("enter apply")) break;
      await terminal.keys(page === 0 ? "Enter" : "PageDown");
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await terminal.untilShown("enter apply");
    await terminal.keys("Enter");
    await terminal.untilShown("What shall become of it?");
    await terminal.type("keep");
    await terminal.untilShown("left with 0", 60_000);
    assert.match(await Deno.readTextFile(edited), /max-size: 11m/);
    // An editor started from the menu gets its first key.
    const editor = `${stack.dir}.editor`;
    await Deno.writeTextFile(
      editor,
      '#!/bin/sh\necho "editing $(head -c 1 "$1" | wc -c)"\nread -r key </dev/tty\necho "heard <$key>"\n',
      { mode: 0o755 },
    );
    await terminal.type(
      `clear; EDITOR=${editor} ${PROGRAM} --dir ${stack.dir}; echo "left with $?"`,
    );
    await terminal.untilShown("Edit rxdx.yml");
    await terminal.keys("Down", "Down", "Enter");
    await terminal.untilShown("editing 1");
    await terminal.type("first");
    await terminal.untilShown("heard <first>");
    await terminal.untilShown("Nothing was changed.");
    await Deno.remove(editor);
    // From the menu to a confirmation; with the keyboard on /dev/tty as well.
    await stack.ok(["config", "set", "application.lock_hours=2"]);
    for (const from of ["", "echo no answer | "]) {
      await terminal.type(`clear; ${from}${PROGRAM} --dir ${stack.dir}; echo "left with $?"`);
      await terminal.untilShown("Edit rxdx.yml");
      await terminal.keys("Down", "Down", "Down", "Down", "Enter");
      await terminal.untilShown("Apply these changes? [Y/n]");
      await terminal.type("n");
      await terminal.untilShown("left with 130");
    }
  },
});

Deno.test("without a terminal nothing is asked: exit 2 and the flags to use", async () => {
  await using stack = new TestStack("notty");
  const ran = await stack.run(["init"]);
  assert.equal(ran.code, 2, ran.text);
  assert.match(ran.stderr, /--demo --yes|--answers FILE --yes/);
  const bare = await stack.run([]);
  assert.equal(bare.code, 2, bare.text);
  assert.equal(await exists(stack.dir), false);
});
