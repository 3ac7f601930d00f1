/**
 * Several stacks on one machine, a directory that is moved or copied, and a database whose password
 * was lost: none of it takes another stack's ports, containers or data, and none is papered over.
 */
import assert from "node:assert/strict";
import type { StatusDocument } from "../../lib/observe/status.ts";
import { holdImages, must, TestStack } from "../support/stack.ts";

Deno.test("several stacks, a moved one, and one without its password", async (t) => {
  await using stack = new TestStack("first");
  await using other = new TestStack("second");
  await using _held = await holdImages();
  const first = await stack.init();
  assert.equal(first.code, 0, first.text);

  await t.step("the ports of a stopped stack are still its own", async () => {
    await stack.ok(["stop", "--yes"]);
    const ports = ["--set", `ports.https=${stack.ports.https}`];
    const refused = await other.init([...ports, "--no-start"]);
    // Files alone may be written; starting them is what would take the port away.
    assert.equal(refused.code, 0, refused.text);
    const started = await other.run(["apply", "--yes"]);
    assert.equal(started.code, 4, started.text);
    assert.match(started.stderr, new RegExp(`the stack in ${stack.dir} \\(its ports.https\\)`));
    await stack.ok(["start"]);
  });

  await t.step("free ports of a new stack keep clear of the others", async () => {
    await Deno.remove(other.dir, { recursive: true });
    const named = ["--name", other.name, "--set", "resources.preset=small"];
    await other.ok(["init", "--demo", "--yes", "--no-start", ...named]);
    const taken = Object.values(stack.ports).map(String);
    for (const [name, port] of other.env()) {
      if (name.endsWith("_PORT")) assert.ok(!taken.includes(port), `${name}=${port}`);
    }
    assert.equal(other.env().get("COMPOSE_PROJECT_NAME"), other.name);
  });

  await t.step("a copy of a directory is not a second stack", async () => {
    await must(["cp", "-a", `${stack.dir}/.`, `${other.dir}.copy`]);
    const copy = ["--dir", `${other.dir}.copy`];
    const { PROGRAM, sh } = await import("../support/stack.ts");
    for (const args of [["apply", "--yes"], ["stop"], ["status", "--once"]]) {
      const ran = await sh([PROGRAM, ...args, ...copy]);
      assert.equal(ran.code, 4, `${args[0]}: ${ran.text}`);
      assert.match(ran.stderr, /is in use by containers of/);
    }
    await Deno.remove(`${other.dir}.copy`, { recursive: true });
  });

  await t.step("a moved directory is told as moved; apply mends it, the data stay", async () => {
    const token = await stack.login();
    const body = { title: "kept as it was", description: "carried through a move" };
    const made = await stack.request("/api/v1/requirements", { token, body });
    assert.ok(made.status < 300, made.body);
    const secrets = stack.secrets();
    const former = stack.dir;
    const moved = `${former}-moved`;
    await Deno.rename(former, moved);
    Object.assign(stack, { dir: moved });
    const plan = await stack.run(["plan"]);
    assert.equal(plan.code, 10, plan.text);
    assert.match(plan.stdout.replace(/\s+/g, " "), new RegExp(`moved here from ${former}`));
    assert.match(plan.stdout, /recreate +nginx/);
    const status = JSON.parse((await stack.run(["status", "--json"])).stdout) as StatusDocument;
    assert.ok(status.problems.some((each) => each.code === "moved"));
    // Of this stack alone: others come and go on a machine meanwhile.
    const own = `label=com.docker.compose.project=${stack.name}`;
    const volumesOf = () =>
      must(["docker", "volume", "ls", "--filter", own, "--format", "{{.Name}}"]);
    const volumes = await volumesOf();
    assert.notEqual(volumes, "");
    await stack.ok(["apply", "--yes"]);
    assert.equal((await stack.run(["plan"])).code, 0);
    assert.equal(await volumesOf(), volumes);
    assert.deepEqual(stack.secrets(), secrets);
    const list = await stack.request("/api/v1/requirements", { token: await stack.login() });
    assert.match(list.body, /through a move/);
    const after = JSON.parse((await stack.run(["status", "--json"])).stdout) as StatusDocument;
    assert.ok(!after.problems.some((each) => each.code === "moved"));
    const mounts = await must([
      "docker",
      "inspect",
      "--format",
      "{{json .Mounts}}",
      `${stack.name}-nginx-1`,
      `${stack.name}-postgres-1`,
    ]);
    assert.ok(!mounts.includes(`${former}/`), mounts);
  });

  await t.step("by another path it is the same place", async () => {
    const link = `${stack.dir}-link`;
    await Deno.symlink(stack.dir, link);
    const { PROGRAM, sh } = await import("../support/stack.ts");
    const ran = await sh([PROGRAM, "status", "--json", "--dir", link]);
    assert.equal(ran.code, 0, ran.text);
    assert.doesNotMatch(ran.stdout, /"moved"/);
    await Deno.remove(link);
  });

  await t.step(
    "S8: without its password the database meets no new one, by any command",
    async () => {
      const text = await Deno.readTextFile(`${stack.dir}/.env`);
      const before = await stack.containers();
      const commands = [["plan"], ["apply", "--yes"], ["start"], ["restart", "--yes"], [
        "init",
        "--yes",
      ]];
      const without = text.replace(/^POSTGRES_PASSWORD=.*$/m, "POSTGRES_PASSWORD=");
      for (
        const [how, damage] of [
          ["emptied", () => Deno.writeTextFile(`${stack.dir}/.env`, without)],
          ["gone", () => Deno.remove(`${stack.dir}/.env`)],
        ] as const
      ) {
        await damage();
        for (const command of commands) {
          const ran = await stack.run(command);
          assert.equal(ran.code, 4, `${command[0]}, ${how}: ${ran.text}`);
          assert.match(ran.stderr, /would lock the application out/);
          assert.match(ran.stderr, /put the old \.env back.*begin beside it/s);
        }
        assert.deepEqual(await stack.containers(), before, how);
      }
      await Deno.writeTextFile(`${stack.dir}/.env`, text, { mode: 0o600 });
      assert.equal((await stack.run(["plan"])).code, 0);
    },
  );
});
