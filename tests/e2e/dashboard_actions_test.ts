/** What the dashboard does to a real stack, in a real terminal: the same as the commands would. */
import assert from "node:assert/strict";
import { holdImages, must, PROGRAM, TestStack } from "../support/stack.ts";
import { eventually, haveTmux, quote, Tmux } from "../support/tmux.ts";

const missing = !await haveTmux();
if (missing) console.log("SKIPPED: actions of the dashboard: tmux is not installed");

// A daemon that is busy with other tests takes its time for every container.
const PATIENCE_MS = 240_000;

/** Values of `.env` that nobody may see. */
async function secretsOf(stack: TestStack): Promise<string[]> {
  const text = await Deno.readTextFile(`${stack.dir}/.env`);
  return [...text.matchAll(/^(?:\w*PASSWORD|SECRET_KEY)="?([^"\n]{8,})"?$/gm)].map((
    [, value = ""],
  ) => value);
}

Deno.test({
  name: "actions of the dashboard",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("act");
    await using _held = await holdImages();
    const ran = await stack.init();
    assert.equal(ran.code, 0, ran.text);
    await using terminal = await Tmux.start({ columns: 120, rows: 40 });
    const open = async (...flags: readonly string[]) => {
      await terminal.type(
        [quote(PROGRAM), "--dir", quote(stack.dir), "status", ...flags].join(" "),
      );
      await terminal.untilShown("● healthy", PATIENCE_MS);
      // The logs come a moment later; without a line there is nothing to save.
      await terminal.until(
        "lines of the logs",
        (screen) => screen.some((line) => /^\s*\d\d:\d\d:\d\d \w/.test(line)),
        PATIENCE_MS,
      );
    };

    const secrets = await secretsOf(stack);
    assert.ok(secrets.length >= 3, "there are secrets to look for");
    const neverShown = async () => {
      const text = (await terminal.screen()).join("");
      for (const secret of secrets) assert.ok(!text.includes(secret), "a secret is on the screen");
    };

    await t.step("read-only: nothing is done", async () => {
      await open("--read-only");
      await terminal.keys("3", "r");
      await terminal.untilShown("Nothing can be changed from here");
      await terminal.keys("q");
      await terminal.until("the shell", (screen) => screen.some((line) => line.startsWith("$")));
    });

    await t.step("scale is previewed, kept in rxdx.yml, and true", async () => {
      await open();
      await terminal.keys("c", "C-u");
      await terminal.text("2");
      await terminal.keys("Enter");
      await terminal.untilShown("resources.backend.replicas in rxdx.yml becomes 2", PATIENCE_MS);
      // The difference of `.env` is part of what is shown.
      for (let page = 0; page < 4; page++) {
        await neverShown();
        await terminal.keys("PageDown");
      }
      await terminal.keys("Enter");
      await terminal.untilShown("● backend runs 2×, after", PATIENCE_MS);
      await terminal.untilShown("backend ×2");
      assert.match(await Deno.readTextFile(`${stack.dir}/rxdx.yml`), /replicas: 2/);
      assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
    });

    await t.step("one service is stopped and started; the others stay as they are", async () => {
      const before = await stack.containers();
      await terminal.keys("1", "s");
      await terminal.untilShown("Stop nginx?");
      await terminal.untilShown("Nobody reaches anything");
      await terminal.keys("Enter");
      await terminal.untilShown("● nginx is stopped", PATIENCE_MS);
      await terminal.keys("a");
      await terminal.untilShown("Start nginx?");
      // Nothing can be agreed to before it is shown.
      await terminal.untilShown("waited for until it is healthy");
      await terminal.keys("Enter");
      await terminal.untilShown("● nginx is started and healthy", PATIENCE_MS);
      const after = await stack.containers();
      for (const service of ["backend", "frontend", "postgres"] as const) {
        assert.equal(after.get(service), before.get(service), service);
      }
      assert.notEqual(after.get("nginx"), before.get("nginx"));
      assert.equal((await stack.ready()).status, 200);
    });

    await t.step("what goes wrong is said, and the dashboard goes on", async () => {
      await terminal.keys("c", "C-u");
      await terminal.text("32");
      await terminal.keys("Enter");
      await terminal.untilShown("✗ Cannot scale backend to 32", PATIENCE_MS);
      await terminal.untilShown("resources");
      await terminal.keys("Enter");
      await terminal.untilShown("── Logs");
      assert.match(await Deno.readTextFile(`${stack.dir}/rxdx.yml`), /replicas: 2/);
    });

    await t.step("leaving in the middle is asked for twice, and then ends in order", async () => {
      const last = async () => {
        const files = [...Deno.readDirSync(`${stack.dir}/.rxdx/journal`)].map(({ name }) => name);
        return await Deno.readTextFile(`${stack.dir}/.rxdx/journal/${files.sort().at(-1)}`);
      };
      await terminal.keys("0", "3", "r");
      await terminal.untilShown("Requests that it has taken", PATIENCE_MS);
      await terminal.keys("Enter");
      await terminal.untilShown("◐ restart backend: Restart backend", PATIENCE_MS);
      await terminal.keys("C-z");
      await terminal.untilShown("Ctrl-Z only when it is done");
      await terminal.keys("q");
      await terminal.untilShown("q again cancels it and leaves");
      await terminal.keys("q");
      await terminal.untilShown("▲ restart backend: cancelled", PATIENCE_MS);
      assert.match(await last(), /"event":"run-end".*"ok":false/);
      await open();
    });

    await t.step("what cannot be saved says why, in plain words", async () => {
      await terminal.keys("S", "C-u");
      await terminal.type("/nonexistent/directory/x.log");
      await terminal.untilShown("Not saved: There is no directory /nonexistent/directory");
      await terminal.keys("S", "C-u");
      await terminal.type("/proc/x.log");
      await terminal.untilShown("Not saved: /proc/x.log cannot be written");
    });

    await t.step("doctor and a shell are a key away", async () => {
      await terminal.keys("4", "D");
      await terminal.untilShown("── Doctor postgres");
      await terminal.until(
        "its findings",
        (screen) => screen.some((line) => /\d+ ok/.test(line) || line.startsWith(" ✓")),
        PATIENCE_MS,
      );
      await neverShown();
      await terminal.keys("Escape", "e");
      await terminal.untilShown("A shell in");
      await terminal.type("psql --version; exit");
      await terminal.untilShown("── Logs", PATIENCE_MS);
      await terminal.keys("q");
      await terminal.untilShown("psql (PostgreSQL) 17");
    });

    await t.step("the state again and again, until nobody reads it", async () => {
      const command = `${quote(PROGRAM)} --dir ${quote(stack.dir)} status --watch --json`;
      const first = await must(["sh", "-c", `timeout 30 ${command} | head -1`]);
      assert.equal((JSON.parse(first) as { schema: number }).schema, 1);
      const file = `${stack.dir}/../watched.ndjson`;
      const watching = new Deno.Command("sh", {
        args: [
          "-c",
          `timeout 60 ${command} --every 30 | tee ${quote(file)} | sed -n '/degraded/q'`,
        ],
      }).spawn();
      await eventually(
        "the first document",
        async () => ((await Deno.stat(file).catch(() => undefined))?.size ?? 0) > 0,
      );
      await must(["docker", "compose", "kill", "frontend"], { cwd: stack.dir });
      assert.equal((await watching.status).code, 0);
      assert.match(await Deno.readTextFile(file), /"state":"degraded"/);
    });
  },
});
