/**
 * One backend becomes four and one again while people work: nothing fails, every replica serves, what is
 * open ends in order. Killed at each of its points: `../kill_test.ts`.
 */
import assert from "node:assert/strict";
import { Load } from "../../support/load.ts";
import { holdImages, must, TestStack } from "../../support/stack.ts";
import { eventually } from "../../support/tmux.ts";
import { TestSocket } from "../../support/web_socket.ts";

/** Figures by hand, so that the database's limits stay the same for every number tried here. */
const FIGURES = [
  "domain=rxdx.example.org",
  "resources.backend.workers=1",
  "resources.backend.memory=256M",
  "resources.postgres.memory=768M",
  "resources.postgres.max_connections=220",
  "nginx.rate_limits.api=1000r/s",
  "nginx.rate_limits.api_burst=1000",
].flatMap((setting) => ["--set", setting]);

async function ids(stack: TestStack, service: string): Promise<string[]> {
  const text = await must([
    "docker",
    "ps",
    "--quiet",
    "--no-trunc",
    "--filter",
    `label=com.docker.compose.project=${stack.name}`,
    "--filter",
    `label=com.docker.compose.service=${service}`,
  ]);
  return text.split("\n").filter((id) => id !== "").sort();
}

/** Addresses of the backends that answered, from nginx's own log. */
async function served(stack: TestStack, since: Date): Promise<Set<string>> {
  const [nginx = ""] = await ids(stack, "nginx");
  const text = await must(["docker", "logs", "--since", since.toISOString(), nginx]);
  return new Set([...text.matchAll(/"upstream_addr":"([\d.]+:8000)"/g)].map(([, at = ""]) => at));
}

Deno.test("scaling under load", async (t) => {
  await using stack = new TestStack("scale");
  await using _held = await holdImages();
  const ran = await stack.init(FIGURES);
  assert.equal(ran.code, 0, ran.text);
  const { https } = stack.ports;
  const token = await stack.login();
  const nginx = await ids(stack, "nginx");
  const [first = ""] = await ids(stack, "backend");

  const underLoad = async (what: string, body: () => Promise<void>) => {
    const reads = await Load.start(https, {
      newConnections: 2,
      keptOpen: 2,
      path: "/api/v1/auth/me",
      token,
      pauseMs: 20,
    });
    const writes = await Load.start(https, {
      newConnections: 1,
      keptOpen: 2,
      path: "/api/v1/requirements",
      token,
      pauseMs: 20,
      body: JSON.stringify({ title: "Written while the backend is scaled" }),
    });
    const from = performance.now();
    try {
      await body();
    } finally {
      const results = [await reads.stop(), await writes.stop()];
      const [read, written] = results;
      const failed = results.reduce((sum, each) => sum + each.failed, 0);
      console.log(
        `    ${what}: ${
          ((performance.now() - from) / 1000).toFixed(1)
        } s, ${read?.sent} reads and ` +
          `${written?.sent} writes, ${failed} failed ` +
          results.flatMap((each) => each.errors).join(" "),
      );
      assert.equal(failed, 0);
    }
  };

  await t.step("1 → 4: 0 failed, every replica serves, nothing else is touched", async () => {
    await underLoad("1 → 4", async () => {
      await stack.ok(["scale", "backend=4", "--yes"]);
      // nginx asks the name server every five seconds.
      const since = new Date();
      await eventually("all four serve", async () => (await served(stack, since)).size === 4);
    });
    assert.deepEqual(await ids(stack, "nginx"), nginx);
    assert.ok((await ids(stack, "backend")).includes(first));
    assert.match(await Deno.readTextFile(`${stack.dir}/rxdx.yml`), /replicas: 4/);
    assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
  });

  await t.step("4 → 1: 0 failed, WebSockets end with a code and can be opened again", async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => TestSocket.open(https)));
    await underLoad("4 → 1", async () => {
      await stack.ok(["scale", "backend=1", "--yes"]);
    });
    const ends = await Promise.all(
      sockets.filter((each) => !each.isOpen).map((each) => each.ended),
    );
    const restarted = ends.filter((each) => each.code === 1012).length;
    console.log(
      `    8 WebSockets: ${restarted} closed with 1012, ${ends.length - restarted} cut, ` +
        `${8 - ends.length} open`,
    );
    assert.ok(restarted >= 4, "those of the replicas that left were told");
    for (const each of sockets) each.close();
    (await TestSocket.open(https)).close();
    assert.deepEqual(await ids(stack, "nginx"), nginx);
    assert.deepEqual(await ids(stack, "backend"), [first], "the first one stayed");
    assert.equal((await stack.request("/api/v1/auth/me", { token })).status, 200);
    assert.equal((await stack.run(["plan"])).code, 0);
  });

  await t.step("other limits: one after the other, 0 failed", async () => {
    await stack.ok(["config", "set", "resources.backend.memory=300M"]);
    await underLoad("1 → 2 with other limits", async () => {
      await stack.ok(["scale", "backend=2", "--yes"]);
    });
    assert.ok(!(await ids(stack, "backend")).includes(first), "it was replaced");
    assert.equal((await ids(stack, "backend")).length, 2);
    assert.deepEqual(await ids(stack, "nginx"), nginx);
  });

  await t.step(
    "what does not fit is refused with the arithmetic, and nothing is written",
    async () => {
      const before = await Deno.readTextFile(`${stack.dir}/rxdx.yml`);
      const refused = await stack.run(["scale", "backend=32", "--yes", "--json"]);
      assert.equal(refused.code, 3);
      assert.match(refused.stderr, /backend 32 × 300M does not fit into/);
      assert.equal(await Deno.readTextFile(`${stack.dir}/rxdx.yml`), before);
    },
  );
});
