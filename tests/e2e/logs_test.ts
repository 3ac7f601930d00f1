/**
 * `logs` on a real stack: order over services, filters, pipes, replaced containers, hostile output, and
 * no secret anywhere.
 */
import assert from "node:assert/strict";
import { bestOfThree } from "../support/best_of_three.ts";
import { holdImages, must, PROGRAM, sh, TestStack } from "../support/stack.ts";

/** Makes a container write these bytes as one of its log lines. */
async function write(stack: TestStack, service: string, text: string): Promise<void> {
  const bytes = Array.from(
    new TextEncoder().encode(text),
    (byte) => `\\${byte.toString(8).padStart(3, "0")}`,
  ).join("");
  // The main process is the same user's, whose output may be opened again.
  const script = `printf '${bytes}\\n' > /proc/1/fd/1`;
  await must(["docker", "exec", `${stack.name}-${service}-1`, "sh", "-c", script]);
}

/** Collects what a program writes. */
class Following {
  readonly child: Deno.ChildProcess;
  text = "";
  readonly #done: Promise<void>;

  constructor(child: Deno.ChildProcess) {
    this.child = child;
    this.#done = (async () => {
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        this.text += chunk;
      }
    })();
  }

  async until(what: string): Promise<void> {
    for (let tries = 0; !this.text.includes(what); tries++) {
      assert.ok(tries < 2_000, `waited in vain for ${what} in:\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async end(): Promise<{ code: number; stderr: string }> {
    this.child.kill("SIGINT");
    let stderr = "";
    for await (const chunk of this.child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += chunk;
    }
    await this.#done;
    return { code: (await this.child.status).code, stderr };
  }
}

async function linesOf(stack: TestStack, ...args: string[]): Promise<string[]> {
  return (await stack.ok(["logs", ...args])).stdout.split("\n").filter((each) => each !== "");
}

/** Lines that are left when each of the others has taken one away. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...lines];
  for (const other of others) {
    const at = left.indexOf(other);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

const HOSTILE = "\x1b[2J\x1b]0;owned\x07\x1b[31mhostile\r\x9b\x08 line \u202emarker-hostile";

Deno.test("logs of a running stack, one of staging", async (t) => {
  await using stack = new TestStack("logs");
  await using _held = await holdImages();
  const ran = await stack.init(["--env", "staging"]);
  assert.equal(ran.code, 0, ran.text);

  await t.step("staging is told as such, and has no account of the public ones", async () => {
    const told = JSON.parse((await stack.ok(["status", "--json"])).stdout) as {
      stack: { environment: string; state: string };
    };
    assert.deepEqual([told.stack.environment, told.stack.state], ["staging", "healthy"]);
    const { accounts } = JSON.parse((await stack.ok(["admin", "list", "--json"])).stdout) as {
      accounts: readonly { email: string; seeded: boolean }[];
    };
    const admin = stack.env().get("ADMIN_EMAIL") ?? "";
    assert.deepEqual(accounts.map(({ email, seeded }) => [email, seeded]), [[admin, false]]);
  });

  await t.step("all services are there, in time order, complete", async () => {
    await stack.request("/");
    const stamps: string[] = [];
    const services = new Set<string>();
    for (const line of await linesOf(stack, "--timestamps", "utc")) {
      const [stamp = "", service = ""] = line.split(" ");
      stamps.push(stamp);
      services.add(service);
    }
    // Docker takes standard output and standard error of a container one beside the other: what was said within a
    // moment may stand in its file the other way round.
    let newest = 0;
    for (const at of stamps.map((stamp) => Date.parse(stamp))) {
      assert.ok(at >= newest - 100, stamps.join("\n"));
      newest = Math.max(newest, at);
    }
    assert.deepEqual([...services].sort(), ["backend", "frontend", "nginx", "postgres"]);
    const theirs = async () =>
      (await sh(["docker", "logs", `${stack.name}-postgres-1`])).text.split("\n")
        .map((each) => each.replace(/\r$/, "")).filter((each) => each !== "");
    // PostgreSQL may say something between two questions.
    const before = await theirs();
    const ours = await linesOf(stack, "postgres", "--raw", "--no-prefix", "--timestamps", "off");
    assert.deepEqual(without(before, ours), [], "each line is there");
    assert.deepEqual(without(ours, await theirs()), [], "and no other");
  });

  await t.step("filters by service, level and expressions, tail over all", async () => {
    for (const at of [1, 2, 3]) {
      await write(stack, "postgres", `ERROR:  marker-filter ${at}`);
      await write(stack, "backend", `INFO:     marker-filter ${at}`);
    }
    const bare = ["--no-prefix", "--timestamps", "off"];
    const found = async (...args: string[]) =>
      (await linesOf(stack, ...args, ...bare, "--grep", "Marker-filter", "--grep", "(?i)MARKER"))
        .length;
    assert.equal(await found(), 0, "a capital means itself");
    const texts = async (...args: string[]) =>
      await linesOf(stack, ...args, ...bare, "--grep", "marker-filter");
    assert.equal((await texts()).length, 6);
    assert.equal((await texts("--level", "error")).length, 3);
    assert.deepEqual(await texts("--exclude", "[12]$"), [
      "ERROR:  marker-filter 3",
      "INFO:     marker-filter 3",
    ]);
    assert.deepEqual(await texts("--tail", "3", "--level", "info"), [
      "INFO:     marker-filter 2",
      "ERROR:  marker-filter 3",
      "INFO:     marker-filter 3",
    ]);
    assert.equal((await texts("backend", "--since", "1m")).length, 3);
    assert.equal((await texts("--until", "2020-01-01")).length, 0);
    const objects = (await texts("postgres", "--json")).map((each) => JSON.parse(each));
    assert.deepEqual(
      objects.map(({ service, replica, level, message }) => [
        service,
        replica,
        level,
        message,
      ])[0],
      ["postgres", 1, "error", "ERROR:  marker-filter 1"],
    );
    assert.equal(objects[0].container, `${stack.name}-postgres-1`);
  });

  await t.step("wrong options are told at once, with exit 3", async () => {
    const wrong = await stack.run(["logs", "bakend", "--since", "soon", "--grep", "(a+)+"]);
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /did you mean backend\?/);
    assert.match(wrong.stderr, /--since = "soon"/);
    assert.match(wrong.stderr, /--grep = /);
    assert.equal(wrong.stdout, "");
  });

  await t.step("a hostile line is harmless, also in a pipe", async () => {
    await write(stack, "nginx", HOSTILE);
    for (const args of [[], ["--json"]]) {
      const { stdout } = await stack.ok(["logs", "--grep", "marker-hostile", ...args]);
      assert.match(stdout, /hostile/);
      assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }
    const raw = await stack.ok(["logs", "--grep", "marker-hostile", "--raw"]);
    assert.ok(raw.stdout.includes("\x1b]0;owned\x07"), "raw is raw");
  });

  await t.step("a pipe that is closed ends it at once and silently", async () => {
    for (const args of ["", "--follow", "--follow --tail 1"]) {
      await bestOfThree(`logs ${args}`, 5_000, async () => {
        const piped = await sh(
          ["sh", "-c", `timeout 60 "$1" logs ${args} --dir "$2" | head -1`, "sh"].concat([
            PROGRAM,
            stack.dir,
          ]),
        );
        assert.equal(piped.stdout.split("\n").length, 2, piped.text);
        assert.equal(piped.stderr, "");
      });
    }
    const left = await sh(["pgrep", "-f", `logs.*--dir ${stack.dir}`]);
    assert.equal(left.stdout, "", "no process is left");
  });

  await t.step(
    "following goes on through a replaced container, and Ctrl-C is its end",
    async () => {
      const following = new Following(
        stack.spawn(["logs", "--follow", "--tail", "0", "frontend", "postgres"]),
      );
      // There is nothing to see yet: write until it is seen.
      for (let tries = 0; !following.text.includes("marker-begin"); tries++) {
        assert.ok(tries < 500, "it never began");
        await write(stack, "frontend", "marker-begin");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await write(stack, "backend", "marker-unwanted");
      await write(stack, "postgres", "marker-a");
      await following.until("marker-a");
      const before = (await stack.containers()).get("frontend");
      await must([
        ...["docker", "compose", "up", "--detach", "--no-deps", "--no-build", "--force-recreate"],
        ...["--timeout", "2", "frontend"],
      ], { cwd: stack.dir });
      assert.notEqual((await stack.containers()).get("frontend"), before, "it was replaced");
      await write(stack, "frontend", "marker-new");
      await following.until("marker-new");
      const { code, stderr } = await following.end();
      assert.equal(code, 0);
      assert.equal(stderr, "");
      assert.doesNotMatch(following.text, /marker-unwanted/);
      assert.equal(following.text.split("marker-new").length, 2, "no line twice");
      const shown = following.text.split("\n").filter((each) => each !== "");
      assert.ok(shown.length > 4, "the last words and the first of the two containers");
      assert.equal(new Set(shown).size, shown.length, "no line twice");
    },
  );

  await t.step("no secret is in the logs", async () => {
    const all = (await stack.ok(["logs", "--raw"])).text +
      (await stack.ok(["logs", "--json"])).text;
    for (const secret of stack.secrets()) {
      assert.ok(secret.length > 8);
      assert.ok(!all.includes(secret), "a secret is in the logs");
    }
  });

  await t.step("a stopped stack has logs; one without containers says so", async () => {
    await stack.ok(["stop", "frontend"]);
    assert.ok((await linesOf(stack, "frontend", "--grep", "marker-new")).length === 1);
    const ids = [...(await stack.containers()).values()].map((each) => each.split(" ")[0] ?? "");
    await must(["docker", "rm", "--force", ...ids]);
    const none = await stack.ok(["logs", "frontend"]);
    assert.equal(none.stdout, "");
    assert.match(none.stderr, /no containers.*rxdx-setup start --dir/);
  });
});
