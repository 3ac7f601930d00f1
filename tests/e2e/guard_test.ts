/**
 * Whose stack is it? An edited name, a copied directory, a second review or a stale health check
 * must never cost anybody data or secrets.
 */
import assert from "node:assert/strict";
import { holdImages, must, PROGRAM, sh, TestStack } from "../support/stack.ts";

Deno.test("a stack is only touched from its own directory, under its own name", async (t) => {
  await using stack = new TestStack("guard");
  await using _held = await holdImages();
  const first = await stack.init();
  assert.equal(first.code, 0, first.text);
  const secrets = stack.secrets();
  const before = await stack.containers();

  await t.step("another directory with this name is refused by every command", async () => {
    const copy = stack.dir.replace(/stack$/, "copy");
    await must(["cp", "-a", stack.dir, copy]);
    const purge = ["uninstall", "--purge", "--confirm", stack.name, "--yes"];
    for (const args of [["stop"], ["start"], ["restart"], ["apply", "--yes"], purge]) {
      const ran = await sh([PROGRAM, ...args, "--dir", copy]);
      assert.equal(ran.code, 4, `${args[0]}: ${ran.text}`);
      assert.match(ran.stderr, /is in use by containers of/);
    }
    const wrong = stack.dir.replace(/stack$/, "wrong");
    const args = ["init", "--demo", "--yes", "--no-start", ...stack.settings(), "--dir", wrong];
    assert.equal((await sh([PROGRAM, ...args])).code, 4);
    assert.deepEqual(await stack.containers(), before);
  });

  await t.step("an edited name is refused, and can be set back", async () => {
    const path = `${stack.dir}/rxdx.yml`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(`name: ${stack.name}`, "name: other"));
    const purge = ["uninstall", "--purge", "--confirm", "other", "--yes"];
    for (const args of [["apply", "--yes"], ["stop"], ["status", "--once"], ["plan"], purge]) {
      const ran = await stack.run(args);
      assert.equal(ran.code, 3, `${args[0]}: ${ran.text}`);
    }
    await Deno.writeTextFile(path, "");
    assert.equal((await stack.run(purge)).code, 3, "an empty file is no name either");
    await Deno.writeTextFile(path, text.replace(`name: ${stack.name}`, "name: other"));
    await stack.ok(["config", "set", `name=${stack.name}`]);
    const role = await stack.run(["config", "set", "database.user=other"]);
    assert.equal(role.code, 3, role.text);
    assert.deepEqual(stack.secrets(), secrets);
    assert.deepEqual(await stack.containers(), before);
  });

  await t.step("a database that was killed is brought back, with what waited for it", async () => {
    await must(["docker", "compose", "kill", "postgres"], { cwd: stack.dir });
    const until = performance.now() + 120_000;
    const unhealthy = async () =>
      (await must(["docker", "compose", "ps", "--format", "{{.Service}} {{.Health}}"], {
        cwd: stack.dir,
      })).includes("backend unhealthy");
    while (!await unhealthy() && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.ok(await unhealthy(), "the backend has noticed");
    const ran = await stack.run(["start"]);
    assert.equal(ran.code, 0, ran.text);
    await stack.login();
  });

  await t.step("a service of the override file is started with the rest", async () => {
    const image = await must(["docker", "compose", "images", "--format", "json", "nginx"], {
      cwd: stack.dir,
    });
    const [found] = JSON.parse(image) as { Repository: string; Tag: string }[];
    await Deno.writeTextFile(
      `${stack.dir}/docker-compose.override.yml`,
      `services:\n  extra:\n    image: ${found?.Repository}:${found?.Tag}\n` +
        "    command: [sleep, infinity]\n    network_mode: none\n",
    );
    await stack.ok(["apply", "--yes"]);
    assert.ok((await stack.containers()).has("extra"));
    assert.equal((await stack.run(["plan"])).code, 0);
  });
});
