/**
 * Faults as operators meet them, on the real engine: `doctor` finds each, says what it is, and mends
 * what it may. One stack for all, because each fault is taken back before the next.
 */
import assert from "node:assert/strict";
import type { Finding } from "../../lib/doctor/check.ts";
import { bestOfThree } from "../support/best_of_three.ts";
import { makeCertificate } from "../support/certificates.ts";
import { holdImages, must, PROGRAM, type Ran, sh, TestStack } from "../support/stack.ts";

interface Look {
  readonly result: string;
  readonly checks: readonly Finding[];
}

function parsed(ran: Ran): Look {
  assert.ok(ran.code === 0 || ran.code === 6, `${ran.code}: ${ran.text}`);
  const look = JSON.parse(ran.stdout) as Look;
  assert.equal(ran.code === 6, look.result === "fail", ran.stdout);
  return look;
}

async function look(stack: TestStack, services: readonly string[] = []): Promise<Look> {
  return parsed(await stack.run(["doctor", ...services, "--json"]));
}

/** The finding with this id is a failure whose text says this. */
function fails(look: Look, id: string, says: RegExp): Finding {
  const finding = look.checks.find((each) => each.id === id);
  assert.ok(finding !== undefined, `${id} is not among ${look.checks.map((each) => each.id)}`);
  assert.equal(finding.state, "fail", JSON.stringify(finding));
  assert.match(`${finding.detail} → ${finding.hint}`, says);
  return finding;
}

function wrong(look: Look): string[] {
  return look.checks.filter((each) => each.state === "fail")
    .map((each) => `${each.id}: ${each.detail}`);
}

/** SQL over the database's own socket; by standard input, where nobody sees it. */
async function sql(stack: TestStack, text: string): Promise<string> {
  return await must(
    ["docker", "exec", "-i", `${stack.name}-postgres-1`, "psql", "-qtAU", "rxdx", "-d", "rxdx"],
    { stdin: text },
  );
}

/** An empty image without a name, as an earlier build leaves one; made long ago. Returns its id. */
async function oldDangling(at: string, title: string): Promise<string> {
  await Deno.mkdir(at);
  await must(["tar", "--create", "--file", `${at}/layer.tar`, "--files-from", "/dev/null"]);
  const layer = await must(["sha256sum", `${at}/layer.tar`]);
  const config = {
    architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
    os: "linux",
    created: "2024-01-01T00:00:00Z",
    config: { Labels: { "org.opencontainers.image.title": title } },
    rootfs: { type: "layers", diff_ids: [`sha256:${layer.slice(0, 64)}`] },
  };
  await Deno.writeTextFile(`${at}/config.json`, JSON.stringify(config));
  const manifest = [{ Config: "config.json", RepoTags: null, Layers: ["layer.tar"] }];
  await Deno.writeTextFile(`${at}/manifest.json`, JSON.stringify(manifest));
  await must([
    "tar",
    "-cf",
    `${at}/image.tar`,
    "-C",
    at,
    "config.json",
    "layer.tar",
    "manifest.json",
  ]);
  const said = await must(["docker", "load", "--input", `${at}/image.tar`]);
  await Deno.remove(at, { recursive: true });
  return /sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? said;
}

Deno.test("ten faults, each found with its cause", async (t) => {
  await using _images = await holdImages();
  await using stack = new TestStack("doctor");
  const ran = await stack.init(["--env", "production"]);
  assert.equal(ran.code, 0, ran.text);
  const backend = `${stack.name}-backend-1`;

  await t.step("a healthy stack has no failure, and is looked at quickly", async () => {
    const healthy = await bestOfThree("doctor", 8_000, () => look(stack));
    assert.deepEqual(wrong(healthy), []);
    assert.ok(healthy.checks.length > 40, `${healthy.checks.length} checks`);
    assert.deepEqual(Object.keys(healthy.checks[0] ?? {}), [
      "id",
      "title",
      "state",
      "severity",
      "detail",
      "hint",
      "fixable",
    ]);
    const password = stack.env().get("POSTGRES_PASSWORD") ?? "";
    assert.ok(password.length > 10 && !JSON.stringify(healthy).includes(password));
  });

  await t.step("one service alone", async () => {
    const postgres = await look(stack, ["postgres"]);
    const ids = postgres.checks.map((each) => each.id);
    assert.ok(ids.includes("service-postgres") && ids.includes("database-graph"), ids.join());
    assert.ok(!ids.includes("service-nginx") && !ids.includes("certificate-dates"), ids.join());
  });

  await t.step("1: the certificate has expired", async () => {
    const live = `${stack.dir}/nginx/ssl/live`;
    const old = await makeCertificate({ name: "rxdx.example.com", from: -400, to: -300 });
    await Deno.writeTextFile(`${live}/cert.pem`, old.pem);
    await Deno.writeTextFile(`${live}/key.pem`, old.keyPem);
    const finding = fails(
      await look(stack, ["nginx"]),
      "certificate-dates",
      /expired \d+ days ago/,
    );
    assert.equal(finding.fixable, true);
  });

  await t.step("2: key and certificate do not belong together; --fix makes new ones", async () => {
    const other = await makeCertificate({ name: "rxdx.example.com", from: -400, to: 400 });
    await Deno.writeTextFile(`${stack.dir}/nginx/ssl/live/key.pem`, other.keyPem);
    const finding = fails(
      await look(stack, ["nginx"]),
      "certificate-key",
      /does not belong to the certificate/,
    );
    assert.equal(finding.fixable, true);
    const unasked = await stack.run(["doctor", "--fix"]);
    assert.equal(unasked.code, 2, "nothing is mended without a yes");
    assert.equal((await stack.run(["doctor", "--prune"])).code, 2, "--prune is part of --fix");
    const mended = parsed(await stack.run(["doctor", "nginx", "--fix", "--yes", "--json"]));
    assert.deepEqual(wrong(mended), []);
    assert.equal(mended.checks.find((each) => each.id === "certificate-served")?.state, "ok");
  });

  await t.step("3: the database has another password than .env", async () => {
    const password = stack.env().get("POSTGRES_PASSWORD") ?? "";
    await sql(stack, "ALTER ROLE rxdx PASSWORD 'another one';");
    const found = await look(stack, ["postgres"]);
    await sql(stack, `ALTER ROLE rxdx PASSWORD '${password}';`);
    fails(found, "database-login", /has another password than the one in \.env/);
    assert.equal(found.checks.find((each) => each.id === "service-postgres")?.state, "ok");
  });

  await t.step("4: DNS is broken in the backend's container", async () => {
    const path = await must(["docker", "inspect", "-f", "{{.ResolvConfPath}}", backend]);
    const before = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, "nameserver 127.0.0.99\n");
    const found = await look(stack, ["backend"]);
    await Deno.writeTextFile(path, before);
    fails(found, "dns-container", /DNS does not resolve postgres/);
  });

  /** Sessions remember the graphs that they have seen, so they are ended. */
  const rename = (from: string, to: string) =>
    `UPDATE ag_catalog.ag_graph SET name = '${to}' WHERE name = '${from}';
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();`;

  await t.step("5: readiness is unhealthy, because the graph is gone", async () => {
    await sql(stack, rename("rxdx_graph", "elsewhere"));
    const found = await look(stack);
    await sql(stack, rename("elsewhere", "rxdx_graph"));
    fails(found, "readiness", /answers 503: graph_database/);
    fails(found, "database-graph", /a graph elsewhere, but none that is called rxdx_graph/);
  });

  await t.step("6: a disk is full", async () => {
    // Small, and where the stack puts its backups.
    const place = `${stack.dir}/backups`;
    await must(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", place]);
    try {
      await sh(["dd", "if=/dev/zero", `of=${place}/full`, "bs=1M"]);
      const { checks } = await look(stack);
      const full = checks.find((each) => /^disk/.test(each.id) && each.detail.includes(place));
      assert.equal(full?.state, "fail", JSON.stringify(full));
      assert.match(full?.detail ?? "", /The disk is full: .*backups\): 100 % full, 0 MiB free/);
      assert.match(full?.hint ?? "", /df -h .*backups/);
    } finally {
      await must(["umount", place]);
    }
  });

  await t.step("7: somebody else has taken the port", async () => {
    await must(["docker", "stop", `${stack.name}-nginx-1`]);
    const taken = Deno.listen({ hostname: "0.0.0.0", port: stack.ports.https });
    const found = await look(stack);
    const refused = await stack.run(["doctor", "--fix", "--yes"]);
    taken.close();
    fails(found, `port-${stack.ports.https}`, new RegExp(`taken by .*${Deno.pid}`));
    assert.equal(fails(found, "service-nginx", /is stopped/).fixable, true);
    assert.equal(refused.code, 4, "a start that cannot succeed is not begun");
  });

  await t.step("8: the database is stopped; --fix starts what is down", async () => {
    await must(["docker", "stop", "--time", "20", `${stack.name}-postgres-1`]);
    await Deno.chmod(`${stack.dir}/.env`, 0o644);
    const found = await look(stack);
    fails(found, "file-modes", /\.env is 0644, not 0600/);
    fails(found, "service-postgres", /is stopped \(exit code 0\) → rxdx-setup start/);
    fails(found, "readiness", /database/);
    const mended = parsed(await stack.run(["doctor", "--fix", "--yes", "--json"]));
    assert.deepEqual(wrong(mended), []);
    assert.equal(((await Deno.stat(`${stack.dir}/.env`)).mode ?? 0) & 0o777, 0o600);
  });

  await t.step("9: an image is missing", async () => {
    const path = `${stack.dir}/.env`;
    const before = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      before.replace(/^FRONTEND_IMAGE=.*$/m, "FRONTEND_IMAGE=rxdxtest/frontend:gone"),
    );
    await must(["docker", "rm", "--force", `${stack.name}-frontend-1`]);
    const found = await look(stack);
    await Deno.writeTextFile(path, before);
    const finding = fails(found, "images", /Not on this machine: rxdxtest\/frontend:gone/);
    assert.equal(finding.fixable, true);
    fails(found, "service-frontend", /has no container/);
    const mended = parsed(await stack.run(["doctor", "frontend", "--fix", "--yes", "--json"]));
    assert.deepEqual(wrong(mended), []);
  });

  await t.step(
    "accounts with a public password are found, and never locked by looking",
    async () => {
      await must(["docker", "exec", backend, "python3", "-m", "app.db.init_schema"]);
      const change = "UPDATE users SET hashed_password = (SELECT hashed_password FROM users " +
        "WHERE email = 'admin@rxdx.internal') WHERE email = 'pm@example.com';";
      await sql(stack, change);
      const open =
        "as admin@example.com, auditor@example.com, test@example.com, validator@example.com";
      for (let time = 0; time < 4; time++) {
        const found = fails(
          await look(stack, ["backend"]),
          "default-accounts",
          /public password as /,
        );
        const named = found.detail.replace(/.* as /, "").split(", ").sort().join(", ");
        assert.equal(`as ${named}`, open);
      }
      const failed = "SELECT failed_login_attempts FROM users WHERE email = 'pm@example.com';";
      assert.equal(await sql(stack, failed), "1");
      await sql(stack, "DELETE FROM users WHERE email LIKE '%@example.com';");
    },
  );

  await t.step("10: the kernel killed a process of the backend for want of memory", async () => {
    const eat = "x = []\nwhile True: x.append(b'x' * 2**24)";
    const killed = await sh(["docker", "exec", backend, "python3", "-c", eat]);
    assert.equal(killed.code, 137, killed.text);
    const finding = fails(
      await look(stack, ["backend"]),
      "oom",
      /backend-1.*memory ran out|memory ran out.*backend-1/,
    );
    assert.match(finding.hint ?? "", /resources\.backend\.memory/);
  });

  await t.step("--prune removes what it left itself, and nothing that has a name", async () => {
    const { name } = stack;
    const place = stack.place;
    const mine = await oldDangling(`${place}/mine`, `RxDx of ${name}`);
    const foreign = await oldDangling(`${place}/foreign`, `Other of ${name}`);
    const named = await oldDangling(`${place}/named`, `RxDx with a name, of ${name}`);
    await must(["docker", "tag", named, `${name}/named:1`]);
    await must(["docker", "volume", "create", `${name}-precious`]);
    // Nor what another test is about to start.
    await using _all = await holdImages(/^rxdx-(?:demo|build)\//);
    // The cache is everybody's who builds on this machine: of it only what is older than Docker is emptied.
    const bin = `${place}/bin`;
    const docker = await must(["sh", "-c", "command -v docker"]);
    await Deno.mkdir(bin);
    await Deno.writeTextFile(
      `${bin}/docker`,
      `#!/bin/sh\n[ "$1 $2" = "builder prune" ] && set -- "$@" --filter until=175200h\n` +
        `exec ${docker} "$@"\n`,
      { mode: 0o755 },
    );
    const env = { PATH: `${bin}:${Deno.env.get("PATH") ?? ""}` };
    const here = async (id: string) => (await sh(["docker", "image", "inspect", id])).code === 0;
    const before = await stack.containers();
    try {
      for (const id of [mine, foreign, named]) assert.ok(await here(id), id);
      const ran = await stack.run(["doctor", "frontend", "--fix", "--prune", "--yes"], { env });
      assert.ok(ran.code === 0 || ran.code === 6, ran.text);
      assert.match(ran.stderr, /Remove \d+ images? that rxdx-setup built here and nothing uses/);
      assert.match(ran.stderr, /Docker's build cache \(.+\); no volume, nobody else's image/);
      assert.match(ran.stderr, /Empty Docker's build cache/);
      assert.equal(await here(mine), false, ran.text);
      assert.ok(await here(foreign), "somebody else's stays, also without a name");
      assert.ok(await here(`${name}/named:1`), "what has a name that is not ours stays");
      await must(["docker", "volume", "inspect", `${name}-precious`]);
      assert.deepEqual(await stack.containers(), before);
    } finally {
      await sh(["docker", "rmi", mine]);
      await sh(["docker", "rmi", foreign]);
      await sh(["docker", "rmi", `${name}/named:1`]);
      await sh(["docker", "volume", "rm", `${name}-precious`]);
    }
  });

  await t.step(
    "Docker does not answer: what can be looked at is, and the cause is told",
    async () => {
      const ran = await sh([PROGRAM, "doctor", "--json", "--dir", stack.dir], {
        env: { DOCKER_HOST: `unix://${stack.dir}/none.sock` },
      });
      assert.equal(ran.code, 6, ran.text);
      const down = parsed(ran);
      fails(down, "daemon", /does not run: it has no socket/);
      assert.ok(down.checks.some((each) => each.id === "disk"));
      assert.equal(down.checks.find((each) => each.id === "file-modes")?.state, "ok");
      assert.match(down.checks.at(-1)?.detail ?? "", /because Docker does not answer/);
    },
  );
});
