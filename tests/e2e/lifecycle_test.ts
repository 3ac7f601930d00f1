/**
 * The main job on the real engine, in the order in which an operator meets it: install, use,
 * change, break, remove, bring back. One stack, many steps, because each begins where the last ended.
 */
import assert from "node:assert/strict";
import type { StatusDocument } from "../../lib/observe/status.ts";
import { isTakenForStopped } from "../support/manually_stopped.ts";
import { holdImages, must, sh, TestStack } from "../support/stack.ts";

interface Requirement {
  readonly id: string;
  readonly title: string;
}

/** Everything that is ever printed in this test, to be searched for secrets at the end. */
const printed: string[] = [];

/** Command lines of all processes while something runs; `/proc/<pid>/cmdline`, joined. */
function watchCommandLines(): { stop: () => string } {
  const seen = new Set<string>();
  const look = () => {
    for (const entry of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(entry.name)) continue;
      try {
        seen.add(Deno.readTextFileSync(`/proc/${entry.name}/cmdline`));
      } catch {
        // It has ended in the meantime.
      }
    }
  };
  const timer = setInterval(look, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen].join("\n");
    },
  };
}

Deno.test("a production demo stack, from install to removal", async (t) => {
  await using stack = new TestStack("life");
  let commandLines = "";
  let secrets: string[] = [];
  let requirement: Requirement | undefined;

  const status = async (): Promise<StatusDocument> => {
    const ran = await stack.run(["status", "--json"]);
    printed.push(ran.text);
    return JSON.parse(ran.stdout) as StatusDocument;
  };
  const readBack = async () => {
    const token = await stack.login();
    const rows = await stack.request("/api/v1/requirements", { token });
    assert.equal(rows.status, 200, rows.body);
    assert.ok((JSON.parse(rows.body) as Requirement[]).some((row) => row.id === requirement?.id));
    const nodes = await stack.request("/api/v1/graph/nodes", { token });
    assert.equal(nodes.status, 200, nodes.body);
    assert.ok(nodes.body.includes(requirement?.id ?? "-"), "the graph node is there");
  };

  await t.step("a taken port is named with its process before anything starts", async () => {
    const squatter = Deno.listen({ hostname: "0.0.0.0", port: stack.ports.https });
    try {
      const ran = await stack.init();
      assert.equal(ran.code, 4, ran.text);
      assert.match(ran.stderr, new RegExp(`Port ${stack.ports.https} \\(ports\\.https\\)`));
      assert.match(ran.stderr, new RegExp(`\\(pid ${Deno.pid}\\)`));
      await assert.rejects(Deno.stat(stack.dir), Deno.errors.NotFound);
      assert.equal((await stack.containers()).size, 0);
    } finally {
      squatter.close();
    }
  });

  await t.step("bad answers: every problem at once, nothing written", async () => {
    const ran = await stack.init(["--set", "domain=not a name", "--set", "ports.htps=1"]);
    assert.equal(ran.code, 3, ran.text);
    assert.match(ran.stderr, /domain/);
    assert.match(ran.stderr, /did you mean https/);
    assert.doesNotMatch(ran.stderr, /at file:|\.ts:\d+/);
    await assert.rejects(Deno.stat(stack.dir), Deno.errors.NotFound);
  });

  await t.step("init ends with a healthy stack; a second run meanwhile exits 7", async () => {
    const watching = watchCommandLines();
    const from = performance.now();
    const first = stack.spawn(["init", "--demo", "--yes", ...stack.settings()]);
    const output = first.output();
    let second = await stack.run(["engine", "--yes"]);
    const until = performance.now() + 60_000;
    do {
      // Until the first has taken the lock there is nothing to meet.
      second = await stack.init();
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (second.code !== 7 && performance.now() < until && second.code !== 0);
    assert.equal(second.code, 7, second.text);
    assert.match(second.stderr, new RegExp(`init.*pid ${first.pid}, since \\d{4}-`));
    const { code, stdout, stderr } = await output;
    commandLines = watching.stop();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    printed.push(text, second.text);
    assert.equal(code, 0, text);
    console.log(`    init to healthy: ${((performance.now() - from) / 1000).toFixed(1)} s`);
    secrets = stack.secrets();
    assert.match(text, /Address +https:\/\//);
    assert.match(text, /Login +admin@/);
    assert.match(text, /Password +ADMIN_PASSWORD in .*\.env/);
    const served = await must([
      "sh",
      "-c",
      `openssl s_client -connect 127.0.0.1:${stack.ports.https} </dev/null 2>/dev/null |
         openssl x509 -noout -fingerprint -sha256`,
    ]);
    const fingerprint = served.replace(/.*=/, "");
    assert.ok(text.replace(/\s+/g, "").includes(fingerprint), "the printed fingerprint is served");
  });

  await t.step("all four are healthy and answer through nginx over HTTPS", async () => {
    const document = await status();
    assert.equal(document.stack.state, "healthy");
    assert.deepEqual(
      [...new Set(document.services.map((each) => each.service))].sort(),
      ["backend", "frontend", "nginx", "postgres"],
    );
    assert.ok(document.services.every((each) => each.health === "healthy"));
    const page = await stack.request("/");
    assert.equal(page.status, 200);
    assert.match(page.body, /<!doctype html>/i);
    assert.equal((await stack.request("/api/v1/health")).status, 200);
    const ready = await stack.ready("/api/v1/health/ready");
    assert.equal(ready.status, 200);
    assert.match(ready.body, /graph_database/);
    const redirect = await must([
      "curl",
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code} %{redirect_url}",
      `http://127.0.0.1:${stack.ports.http}/x`,
    ]);
    assert.equal(redirect, `301 https://127.0.0.1:${stack.ports.https}/x`);
  });

  await t.step("status --json has the documented shape", async () => {
    const document = await status();
    assert.deepEqual(Object.keys(document).sort(), [
      "alerts",
      "backup",
      "database",
      "disk",
      "problems",
      "schema",
      "services",
      "stack",
      "tls",
    ]);
    assert.equal(document.schema, 1);
    assert.deepEqual(Object.keys(document.stack).sort(), [
      "dir",
      "environment",
      "images_source",
      "name",
      "state",
      "url",
      "version",
    ]);
    for (const service of document.services) {
      assert.deepEqual(Object.keys(service).sort(), [
        "container",
        "cpu_percent",
        "digest",
        "health",
        "image",
        "last_check",
        "memory_bytes",
        "memory_limit_bytes",
        "ports",
        "restarts",
        "service",
        "started_at",
        "state",
      ]);
      assert.match(service.digest, /^sha256:[0-9a-f]{64}$/);
      assert.ok((service.memory_bytes ?? 0) > 0 && (service.memory_limit_bytes ?? 0) > 0);
    }
    assert.equal(document.tls.mode, "self-signed");
    assert.ok((document.tls.days_left ?? 0) > 390);
    assert.ok(document.tls.names.includes("127.0.0.1"));
    assert.ok(document.database.reachable);
    assert.ok((document.database.size_bytes ?? 0) > 1_000_000);
    assert.ok((document.database.connections ?? 0) > 0);
    assert.match(document.database.age_version ?? "", /^1\./);
    assert.equal(document.database.graph, "rxdx_graph");
    assert.ok(document.disk.used_percent > 0 && document.disk.free_bytes > 0);
    const once = await stack.ok(["status", "--once"]);
    assert.match(once.stdout, /● healthy/);
  });

  await t.step("plain docker compose works in the directory with no flags", async () => {
    const text = await must(["docker", "compose", "ps", "--format", "{{.Service}} {{.Health}}"], {
      cwd: stack.dir,
    });
    assert.deepEqual(text.split("\n").sort(), [
      "backend healthy",
      "frontend healthy",
      "nginx healthy",
      "postgres healthy",
    ]);
  });

  await t.step("only the two ports of nginx are published", async () => {
    const text = await must([
      "docker",
      "ps",
      "--filter",
      `label=com.docker.compose.project=${stack.name}`,
      "--format",
      "{{.Ports}}",
    ]);
    const published = new Set([...text.matchAll(/:(\d+)->/g)].map((match) => Number(match[1])));
    assert.deepEqual([...published].sort(), [stack.ports.http, stack.ports.https].sort());
  });

  await t.step("nginx cannot reach the database, by name or by address", async () => {
    const id = await must(["docker", "compose", "ps", "--quiet", "postgres"], { cwd: stack.dir });
    const address = await must([
      "docker",
      "inspect",
      "--format",
      "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
      id,
    ]);
    const connect = (from: string, to: string) =>
      sh(
        ["docker", "compose", "exec", "-T", from, "curl", "-s", "-m", "3", `telnet://${to}:5432`],
        { cwd: stack.dir, stdin: "" },
      );
    for (const target of ["postgres", address]) {
      const { code } = await connect("nginx", target);
      // 6 cannot resolve, 7 cannot connect, 28 no answer.
      assert.ok([6, 7, 28].includes(code), `curl from nginx to ${target} ended with ${code}`);
    }
    // The same program from the backend gets through, so the test above can fail.
    assert.ok(![6, 7].includes((await connect("backend", "postgres")).code));
  });

  await t.step("an administrator logs in; a row and a graph node are written", async () => {
    const token = await stack.login();
    const made = await stack.request("/api/v1/requirements", {
      token,
      body: { title: "The device shall keep what it was told" },
    });
    assert.equal(made.status, 201, made.body);
    requirement = JSON.parse(made.body) as Requirement;
    await readBack();
  });

  await t.step("apply on an unchanged stack changes nothing and restarts nothing", async () => {
    const before = await stack.containers();
    for (let round = 0; round < 3; round++) {
      const ran = await stack.ok(["apply", "--yes"]);
      printed.push(ran.text);
      assert.match(ran.stdout, /Nothing to do/);
    }
    assert.deepEqual(await stack.containers(), before);
    const plan = await stack.run(["plan"]);
    assert.equal(plan.code, 0, plan.text);
  });

  await t.step("variables of the operator's shell change nothing", async () => {
    const before = await stack.containers();
    const env = { LOG_LEVEL: "CRITICAL", COMPOSE_PROJECT_NAME: "other", POSTGRES_PASSWORD: "x" };
    const ran = await stack.ok(["apply", "--yes"], { env });
    assert.match(ran.stdout, /Nothing to do/);
    assert.deepEqual(await stack.containers(), before);
  });

  await t.step("init again keeps every secret and restarts nothing", async () => {
    const before = await stack.containers();
    const ran = await stack.init();
    printed.push(ran.text);
    assert.equal(ran.code, 0, ran.text);
    assert.deepEqual(stack.secrets(), secrets);
    assert.deepEqual(await stack.containers(), before);
  });

  await t.step(
    "a change restarts only what it concerns; nginx reloads without a restart",
    async () => {
      const before = await stack.containers();
      // 15 MB: more than the new limit of nginx, less than the old one. Over HTTP/1.1: curl does not ask again
      // where a reload takes leave of HTTP/2 (TestStack.request).
      const upload = async () =>
        Number(
          (await sh([
            "sh",
            "-c",
            "head -c 15000000 /dev/zero | " +
            `curl -sk --http1.1 -o /dev/null -w '%{http_code}' -T - ${stack.url}/api/v1/uploads`,
          ])).stdout,
        );
      assert.notEqual(await upload(), 413);
      await stack.ok(["config", "set", "application.log_level=WARNING", "nginx.max_body=12m"]);
      const plan = await stack.run(["plan", "--json"]);
      assert.equal(plan.code, 10, plan.text);
      const planned = JSON.parse(plan.stdout) as {
        containers: { service: string; action: string }[];
        nginx_reload: boolean;
      };
      assert.deepEqual(
        planned.containers.map((each) => [each.service, each.action]),
        [["backend", "recreate"]],
      );
      assert.equal(planned.nginx_reload, true);
      printed.push((await stack.ok(["apply", "--yes"])).text);
      const after = await stack.containers();
      for (const service of ["nginx", "frontend", "postgres"]) {
        assert.equal(after.get(service), before.get(service), `${service} was left alone`);
      }
      assert.notEqual(after.get("backend"), before.get("backend"));
      assert.equal(await upload(), 413, "the running nginx has read its new limit");
      if (Deno.uid() === 0) {
        // Id and time of its start.
        const [nginx = ""] = after.get("nginx")?.split(" ") ?? [];
        assert.equal(await isTakenForStopped(nginx), false, "nginx comes back after a reboot");
      }
      assert.equal((await stack.run(["plan"])).code, 0);
    },
  );

  await t.step(
    "data survive stop and start, also when a container was removed by hand",
    async () => {
      await must(["docker", "rm", "--force", `${stack.name}-frontend-1`]);
      const stopped = await stack.ok(["stop"]);
      assert.match(stopped.stdout, /Stopped/);
      const down = await stack.run(["status", "--json"]);
      assert.equal(down.code, 6);
      assert.equal((JSON.parse(down.stdout) as StatusDocument).stack.state, "down");
      assert.equal((await stack.run(["plan"])).code, 10);
      await stack.ok(["start"]);
      await readBack();
    },
  );

  await t.step("restart of one service leaves the others alone", async () => {
    const before = await stack.containers();
    await stack.ok(["restart", "backend"]);
    const after = await stack.containers();
    assert.equal(after.get("postgres"), before.get("postgres"));
    assert.notEqual(after.get("backend"), before.get("backend"));
    const wrong = await stack.run(["restart", "bakend"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /did you mean backend/);
  });

  await t.step(
    "a service that does not come up is named, with log, cause and next step",
    async () => {
      const override = `${stack.dir}/docker-compose.override.yml`;
      await Deno.writeTextFile(
        override,
        'services:\n  backend:\n    command: [sh, -c, "echo No space left on device; exit 3"]\n',
      );
      const ran = await stack.run(["apply", "--yes"]);
      printed.push(ran.text);
      assert.equal(ran.code, 6, ran.text);
      assert.match(ran.stderr, /backend .*(ended|restart)/);
      assert.match(ran.stderr, /│ No space left on device/);
      assert.match(ran.stderr, /Likely cause: the disk is full/);
      assert.match(ran.stderr, /→ df -h/);
      await Deno.remove(override);
      await stack.ok(["apply", "--yes"]);
      await readBack();
    },
  );

  await t.step("a failure before anything was replaced puts the old files back", async () => {
    const before = await Deno.readTextFile(`${stack.dir}/.env`);
    const containers = await stack.containers();
    await stack.ok(["config", "set", "application.log_level=ERROR"]);
    const ran = await stack.run(["apply", "--yes"], {
      env: { RXDX_FAILPOINT: "before:check-nginx=throw" },
    });
    assert.equal(ran.code, 1, ran.text);
    assert.equal(await Deno.readTextFile(`${stack.dir}/.env`), before);
    assert.deepEqual(await stack.containers(), containers);
    await stack.ok(["config", "set", "application.log_level=WARNING"]);
    await stack.ok(["apply", "--yes"]);
  });

  await t.step("modes: the directory 0700, secrets 0600", async () => {
    const mode = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;
    assert.equal(await mode(stack.dir), 0o700);
    for (const path of [".env", ".rxdx/receipt.json", "nginx/ssl/key.pem", "rxdx.yml"]) {
      assert.equal(await mode(`${stack.dir}/${path}`), 0o600, path);
    }
  });

  await t.step("no secret stands in a container's log", async () => {
    printed.push(await must(["docker", "compose", "logs", "--no-color"], { cwd: stack.dir }));
  });

  await t.step("uninstall leaves nothing but data and what opens them", async () => {
    // Named before, so that images in use elsewhere are not taken for leftovers.
    await using _held = await holdImages();
    const ran = await stack.ok(["uninstall", "--yes"]);
    printed.push(ran.text);
    assert.equal((await stack.containers()).size, 0);
    const left = [...Deno.readDirSync(stack.dir)].map((entry) => entry.name).sort();
    assert.deepEqual(left, [".env", ".rxdx", "rxdx.yml"]);
    const kind = (what: string) =>
      must([
        "docker",
        what,
        "ls",
        "--quiet",
        "--filter",
        `label=com.docker.compose.project=${stack.name}`,
      ]);
    assert.equal(await kind("network"), "");
    assert.notEqual(await kind("volume"), "");

    const env = await Deno.readTextFile(`${stack.dir}/.env`);
    await Deno.remove(`${stack.dir}/.env`);
    const refused = await stack.init();
    assert.equal(refused.code, 4, refused.text);
    assert.match(refused.stderr, /volume .*_postgres_data_prod exists/);
    assert.equal((await stack.containers()).size, 0);
    await Deno.writeTextFile(`${stack.dir}/.env`, env, { mode: 0o600 });

    const again = await stack.init();
    assert.equal(again.code, 0, again.text);
    assert.deepEqual(stack.secrets(), secrets);
    await readBack();
  });

  await t.step("purge needs the name, and then leaves nothing", async () => {
    await using _held = await holdImages();
    const unnamed = await stack.run(["uninstall", "--purge", "--yes"]);
    assert.equal(unnamed.code, 2, unnamed.text);
    assert.equal((await stack.run(["status", "--once"])).code, 0, "nothing was touched");
    await stack.ok(["uninstall", "--purge", "--confirm", stack.name, "--yes"]);
    for (const what of ["network", "volume"]) {
      const found = await must([
        "docker",
        what,
        "ls",
        "--quiet",
        "--filter",
        `label=com.docker.compose.project=${stack.name}`,
      ]);
      assert.equal(found, "");
    }
    assert.equal((await stack.containers()).size, 0);
    await assert.rejects(Deno.stat(stack.dir), Deno.errors.NotFound);
  });

  await t.step("no secret was ever printed or stood on a command line", () => {
    assert.equal(secrets.length, 3);
    assert.ok(commandLines.includes("compose"), "command lines were seen");
    for (const secret of secrets) {
      assert.ok(secret.length >= 32);
      assert.ok(!printed.join("\n").includes(secret), "not in any output");
      assert.ok(!commandLines.includes(secret), "not in any argv");
    }
  });
});
