/** The development environment: sources mounted, every port on loopback, nothing hardened away. */
import assert from "node:assert/strict";
import type { StatusDocument } from "../../lib/observe/status.ts";
import { holdImages, must, TestStack } from "../support/stack.ts";
import { eventually } from "../support/tmux.ts";

Deno.test("a development demo stack", async (t) => {
  await using stack = new TestStack("dev");
  await using _held = await holdImages();

  await t.step("init --env development ends healthy", async () => {
    const ran = await stack.init(["--env", "development"]);
    assert.equal(ran.code, 0, ran.text);
    const status = JSON.parse((await stack.ok(["status", "--json"])).stdout) as StatusDocument;
    assert.equal(status.stack.environment, "development");
    assert.equal(status.stack.state, "healthy");
  });

  await t.step("the development ports are published on loopback only", async () => {
    const text = await must(["docker", "compose", "ps", "--format", "{{.Service}} {{.Ports}}"], {
      cwd: stack.dir,
    });
    for (const port of [stack.ports.backend, stack.ports.frontend, stack.ports.postgres]) {
      assert.match(text, new RegExp(`127\\.0\\.0\\.1:${port}->`));
      assert.doesNotMatch(text, new RegExp(`0\\.0\\.0\\.0:${port}->`));
    }
    const direct = await must(["curl", "-s", `http://127.0.0.1:${stack.ports.backend}/health`]);
    assert.match(direct, /healthy/);
  });

  await t.step("an edit of the backend's source changes its answer", async () => {
    const path = `${stack.dir}/demo/backend/app/main.py`;
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      `${source}\n\n@app.get("/api/v1/edited")\ndef edited() -> dict[str, bool]:\n` +
        `    """Added while the stack runs."""\n    return {"edited": True}\n`,
    );
    const until = performance.now() + 120_000;
    let answer = { status: 0, body: "" };
    while (answer.status !== 200 && performance.now() < until) {
      answer = await stack.request("/api/v1/edited");
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    assert.equal(answer.body, '{"edited":true}');
  });

  await t.step("an edit of the frontend's source changes the page", async () => {
    const script = async () => {
      const page = await stack.request("/");
      const main = page.body.match(/src="([^"]+)"/)?.[1] ?? assert.fail(page.body);
      return (await stack.request(main.replace(/^\.?\/?/, "/"))).body;
    };
    assert.doesNotMatch(await script(), /shown at once/);
    const path = `${stack.dir}/demo/frontend/src/App.tsx`;
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, `${source}\nconsole.info("shown at once");\n`);
    await eventually(
      "the page to change",
      async () => /shown at once/.test(await script()),
      120_000,
    );
  });

  await t.step("apply leaves an edited source to the developer", async () => {
    assert.equal((await stack.run(["plan"])).code, 0);
    await stack.ok(["apply", "--yes"]);
    assert.equal((await stack.request("/api/v1/edited")).status, 200);
  });

  await t.step("the step to production asks for no new secret and keeps both volumes", async () => {
    const secrets = stack.secrets();
    const modules = (await must([
      ...["docker", "inspect", `${stack.name}-frontend-1`, "--format"],
      '{{range .Mounts}}{{if eq .Destination "/app/node_modules"}}{{.Name}} {{end}}{{end}}',
    ])).split(" ").filter((name) => name !== "");
    const ran = await stack.init(["--env", "production"]);
    assert.equal(ran.code, 0, ran.text);
    assert.deepEqual(stack.secrets(), secrets);
    // What a production image is built from is ours again; the edit is kept aside.
    const replaced = `${stack.dir}/.rxdx/replaced`;
    const [run] = [...Deno.readDirSync(replaced)];
    const kept = await Deno.readTextFile(`${replaced}/${run?.name}/demo/backend/app/main.py`);
    assert.match(kept, /Added while the stack runs/);
    assert.notEqual((await stack.request("/api/v1/edited")).status, 200);
    const volumes = await must(["docker", "volume", "ls", "--format", "{{.Name}}"]);
    const left = modules.filter((name) => volumes.split("\n").includes(name));
    assert.ok(modules.length === 1 && left.length === 0, `${modules} were, ${left} is left`);
    assert.match(volumes, new RegExp(`^${stack.name}_postgres_data$`, "m"));
    assert.match(volumes, new RegExp(`^${stack.name}_postgres_data_prod$`, "m"));
  });
});
