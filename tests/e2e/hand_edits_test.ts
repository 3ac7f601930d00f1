/**
 * Files of ours that somebody edited: shown, never overwritten unasked, kept, replaced with a copy, or
 * merged; a merge that breaks the stack's files is taken back. And twenty runs that change nothing.
 */
import assert from "node:assert/strict";
import type { StatusDocument } from "../../lib/observe/status.ts";
import { holdImages, TestStack } from "../support/stack.ts";

Deno.test("hand edits of a running stack", async (t) => {
  await using stack = new TestStack("edits");
  await using _held = await holdImages();
  const first = await stack.init();
  assert.equal(first.code, 0, first.text);
  const secrets = stack.secrets();
  const path = (name: string) => `${stack.dir}/${name}`;
  const read = (name: string) => Deno.readTextFile(path(name));
  const edit = async (name: string, from: string | RegExp, to: string) => {
    const text = await read(name);
    const edited = text.replace(from, to);
    assert.notEqual(edited, text, `${name} has no ${from}`);
    await Deno.writeTextFile(path(name), edited);
  };
  const problems = async () =>
    (JSON.parse((await stack.run(["status", "--json"])).stdout) as StatusDocument).problems
      .filter((each) => each.code === "hand_edited").map((each) => each.message).join();

  await t.step(
    "an edit is shown by plan and status, and apply --yes does not touch it",
    async () => {
      await edit("docker-compose.yml", "max-size: 10m", "max-size: 12m");
      const plan = await stack.run(["plan"]);
      assert.equal(plan.code, 10, plan.text);
      assert.match(plan.stdout, /! docker-compose\.yml was edited by hand/);
      assert.match(plan.stdout, /^ +\+ +max-size: 12m$/m);
      assert.match(await problems(), /docker-compose\.yml/);
      const before = await stack.containers();
      const refused = await stack.run(["apply", "--yes"]);
      assert.equal(refused.code, 2, refused.text);
      assert.match(refused.stderr, /--hand-edits keep, ours or merge/);
      assert.match(await read("docker-compose.yml"), /max-size: 12m/);
      assert.deepEqual(await stack.containers(), before);
    },
  );

  await t.step("keep: it takes effect, and nobody asks again", async () => {
    await stack.ok(["apply", "--yes", "--hand-edits", "keep"]);
    assert.match(await read("docker-compose.yml"), /max-size: 12m/);
    const plan = await stack.run(["plan"]);
    assert.equal(plan.code, 0, plan.text);
    assert.match(plan.stdout, /docker-compose\.yml was edited by hand, and is kept/);
    const again = await stack.ok(["apply", "--yes"]);
    assert.match(again.stdout, /Nothing to do/);
    assert.match(await problems(), /docker-compose\.yml/, "still told");
  });

  await t.step("merge: our change and the edit, in another place of the same file", async () => {
    await edit(
      "nginx/nginx.prod.conf",
      "keepalive_timeout",
      "# ours: asked for by quality\n  keepalive_timeout",
    );
    await stack.ok(["config", "set", "nginx.max_body=33m"]);
    const plan = await stack.run(["plan"]);
    assert.equal(plan.code, 10, plan.text);
    await stack.ok(["apply", "--yes", "--hand-edits", "merge"]);
    const merged = await read("nginx/nginx.prod.conf");
    assert.match(merged, /# ours: asked for by quality/);
    assert.match(merged, /client_max_body_size 33m/);
    assert.equal((await stack.run(["plan"])).code, 0);
  });

  await t.step("a variable of one's own in .env survives, and no secret changes", async () => {
    await edit(".env", /^(# ── Images.*)$/m, "MY_OWN=value\n$1");
    await stack.ok(["config", "set", "application.log_level=WARNING"]);
    await stack.ok(["apply", "--yes", "--hand-edits", "merge"]);
    const env = await read(".env");
    assert.match(env, /^MY_OWN=value$/m);
    assert.match(env, /^LOG_LEVEL=WARNING$/m);
    assert.deepEqual(stack.secrets(), secrets);
    const kept = await read(".rxdx/rendered/.env");
    for (const secret of secrets) assert.ok(!kept.includes(secret), "secrets are in .env alone");
  });

  await t.step("a conflict is shown and nothing is written; ours keeps a copy", async () => {
    await edit("nginx/nginx.prod.conf", "client_max_body_size 33m", "client_max_body_size 44m");
    await stack.ok(["config", "set", "nginx.max_body=55m"]);
    const before = await stack.containers();
    const refused = await stack.run(["apply", "--yes", "--hand-edits", "merge"]);
    assert.equal(refused.code, 2, refused.text);
    assert.match(refused.stderr, /client_max_body_size 44m[\s\S]*client_max_body_size 55m/);
    assert.match(await read("nginx/nginx.prod.conf"), /client_max_body_size 44m/);
    const ran = await stack.ok(["apply", "--yes", "--hand-edits", "ours", "--verbose"]);
    assert.match(ran.stderr, /nginx\.prod\.conf was edited by hand; kept in/);
    assert.match(await read("nginx/nginx.prod.conf"), /client_max_body_size 55m/);
    const [run] = [...Deno.readDirSync(path(".rxdx/replaced"))].map((each) => each.name).sort()
      .reverse();
    assert.match(await read(`.rxdx/replaced/${run}/nginx/nginx.prod.conf`), /44m/);
    assert.deepEqual([...(await stack.containers()).keys()], [...before.keys()]);
  });

  await t.step(
    "an edit that nginx refuses is taken back, and the stack goes on serving",
    async () => {
      const good = await read("nginx/nginx.prod.conf");
      await edit(
        "nginx/nginx.prod.conf",
        "keepalive_timeout",
        "no_such_directive on;\n  keepalive_timeout",
      );
      const broken = await read("nginx/nginx.prod.conf");
      await stack.ok(["config", "set", "nginx.max_body=66m"]);
      const refused = await stack.run(["apply", "--yes", "--hand-edits", "merge"]);
      assert.equal(refused.code, 5, refused.text);
      assert.match(refused.stderr, /no_such_directive/);
      assert.equal(await read("nginx/nginx.prod.conf"), broken, "as the operator left it");
      assert.equal((await stack.ready()).status, 200);
      await Deno.writeTextFile(path("nginx/nginx.prod.conf"), good);
      await stack.ok(["apply", "--yes"]);
      assert.match(await read("nginx/nginx.prod.conf"), /client_max_body_size 66m/);
    },
  );

  await t.step("an edit that Compose refuses is told by plan, and ours mends it", async () => {
    const good = await read("docker-compose.prod.yml");
    await Deno.writeTextFile(path("docker-compose.prod.yml"), "services: [not, a, mapping]\n");
    const plan = await stack.run(["plan"]);
    assert.equal(plan.code, 10, plan.text);
    assert.match(plan.stdout, /docker-compose\.prod\.yml was edited by hand/);
    assert.match(plan.stdout.replace(/\s+/g, " "), /Compose refuses the files as they were edited/);
    assert.equal((await stack.run(["apply", "--yes"])).code, 2);
    await stack.ok(["apply", "--yes", "--hand-edits", "ours"]);
    assert.equal(await read("docker-compose.prod.yml"), good);
  });

  await t.step("a deleted file and a changed mode are told and put right", async () => {
    await Deno.remove(path(".env.example"));
    await Deno.chmod(path(".env"), 0o644);
    const plan = await stack.run(["plan"]);
    assert.equal(plan.code, 10, plan.text);
    assert.match(plan.stdout, /\.env\.example was deleted; it will be written again/);
    assert.match(plan.stdout, /~ \.env \(mode 0644 → 0600\)/);
    await stack.ok(["apply", "--yes"]);
    assert.equal(((await Deno.stat(path(".env"))).mode ?? 0) & 0o777, 0o600);
    assert.equal((await stack.run(["plan"])).code, 0);
  });

  await t.step("the override file and a change of environment are told in the plan", async () => {
    await Deno.writeTextFile(
      path("docker-compose.override.yml"),
      "services:\n  backend:\n    labels: { com.example.owner: quality }\n",
    );
    const plan = await stack.run(["plan"]);
    assert.match(plan.stdout.replace(/\s+/g, " "), /read last; it touches backend/);
    await Deno.remove(path("docker-compose.override.yml"));
    const text = await read("rxdx.yml");
    await stack.ok(["config", "set", "environment=development"]);
    const other = await stack.run(["plan"]);
    assert.match(
      other.stdout.replace(/\s+/g, " "),
      new RegExp(
        `${stack.name}_postgres_data_prod stays .* empty database in ${stack.name}_postgres_data`,
      ),
    );
    await Deno.writeTextFile(path("rxdx.yml"), text);
  });

  await t.step(
    "twenty runs, with and without a change: no secret changes, nothing restarts",
    async () => {
      await stack.ok(["apply", "--yes"]);
      const before = await stack.containers();
      for (let round = 0; round < 20; round++) {
        const settings = stack.settings();
        if (round % 2 === 0) await stack.ok(["apply", "--yes"]);
        else await stack.ok(["init", "--demo", "--yes", ...settings]);
        if (round % 5 === 4) {
          // A change that concerns no container.
          await stack.ok(["config", "set", `alerts.disk_percent=${70 + round}`]);
        }
        assert.deepEqual(stack.secrets(), secrets, `round ${round}`);
      }
      assert.deepEqual(await stack.containers(), before);
      await stack.login();
    },
  );
});
