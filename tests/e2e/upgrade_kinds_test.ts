/**
 * Upgrades of what is not the backend's tag, and the ways back that are hard: hand edits and the templates of
 * another rxdx-setup, nginx, PostgreSQL within its major, a version that never becomes ready, SIGKILL inside the
 * way back, and an upgrade that is given up after people were let in. One stack, of images that are here already.
 */
import assert from "node:assert/strict";
import type { Service } from "../../lib/engine/compose.ts";
import { type Receipt, sha256 } from "../../lib/steps/receipt.ts";
import { asDescribed } from "../support/as_described.ts";
import { sqlIn } from "../support/backups.ts";
import { pointsAround, stepsOf } from "../support/kills.ts";
import { holdImages, must, productionImages, type Ran, TestStack } from "../support/stack.ts";
import { derive, forgetNames, type Version, VERSIONS } from "../support/upgrade_images.ts";

/** Nobody listens there: the images are on this machine, under names of a registry that does not answer. */
const REGISTRY = "127.0.0.1:9";

/** Runs, and answers nobody. */
const SILENT: Version = {
  lines: ["COPY --chmod=755 uvicorn /usr/local/bin/uvicorn"],
  files: { uvicorn: "#!/bin/sh\necho 'waiting for a licence server'\nexec sleep infinity\n" },
};

/**
 * As an operator may have it: a check that gives a container up within a minute, and not sooner than a healthy
 * one comes up on a busy machine.
 */
const IMPATIENT = `services:
  backend:
    healthcheck: { interval: 1s, timeout: 10s, retries: 5, start_period: 45s, start_interval: 1s }
`;

Deno.test("upgrades of other kinds, and ways back that are hard", async (t) => {
  const stack = new TestStack("kinds");
  await using _held = await holdImages();
  const images = await productionImages();
  const repository = `${REGISTRY}/${stack.name}`;
  await using _named = {
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await forgetNames(repository, stack.name);
    },
  };
  const name = (service: Service, tag: string) => `${repository}/${service}:${tag}`;
  const base = images.get("backend") ?? "";
  const labelled = (service: Service, user: string) =>
    must(["docker", "build", "--quiet", "--tag", name(service, "2"), "-"], {
      stdin: `FROM ${images.get(service)}\nLABEL org.rxdx.test=newer\nUSER ${user}\n`,
      env: { DOCKER_BUILDKIT: "1" },
    });
  // Beside each other: building mostly waits for the daemon.
  await Promise.all([
    ...[...images].map(([service, image]) => must(["docker", "tag", image, name(service, "1")])),
    ...["2", "silent", "ends", "moved"].map((tag) =>
      must(["docker", "tag", images.get("frontend") ?? "", name("frontend", tag)])
    ),
    derive(base, name("backend", "2"), { lines: ["ENV APP_VERSION=2"] }),
    derive(base, name("backend", "silent"), SILENT),
    derive(base, name("backend", "ends"), VERSIONS["1.3.0"]),
    derive(base, name("backend", "moved"), VERSIONS["2.0.0"]),
    labelled("nginx", "nginx"),
    labelled("postgres", "root"),
  ]);

  const path = (file: string) => `${stack.dir}/${file}`;
  const read = (file: string) => Deno.readTextFileSync(path(file));
  const runs = (service: Service) =>
    must(["docker", "inspect", "-f", "{{.Config.Image}}", `${stack.name}-${service}-1`]);
  const sql = async (text: string) => {
    const ran = await sqlIn(`${stack.name}-postgres-1`, text);
    assert.equal(ran.code, 0, ran.text);
    return ran.text;
  };
  const columns = () =>
    sql("SELECT count(*) FROM information_schema.columns WHERE column_name = 'nickname'");
  const rows = () => sql("SELECT count(*) FROM requirements");
  const says = (ran: Ran, code: number, ...texts: readonly RegExp[]) => {
    assert.equal(ran.code, code, ran.text);
    for (const text of texts) assert.match(ran.text, text);
  };
  const upgrade = (...args: readonly string[]) => stack.run(["upgrade", "--yes", ...args]);
  const whole = async (version: string) => {
    assert.equal(await runs("backend"), name("backend", version));
    assert.equal((await stack.ready()).status, 200);
    assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
    await assert.rejects(Deno.stat(path(".rxdx/upgrade/record.json")), Deno.errors.NotFound);
    await stack.login();
  };

  const made = await stack.run([
    ...["init", "--yes", ...stack.settings(), "--set", "nginx.rate_limits.auth=600r/m"],
    ...[
      "images.source=registry",
      `images.registry=${repository}`,
      "images.tag=1",
      `images.postgres=${name("postgres", "1")}`,
      `images.nginx=${name("nginx", "1")}`,
    ].flatMap((each) => ["--set", each]),
  ]);
  assert.equal(made.code, 0, made.text);
  const token = await stack.login();
  const write = async (title: string) => {
    const answer = await stack.request("/api/v1/requirements", { token, body: { title } });
    assert.equal(answer.status, 201, answer.body);
  };
  await write("Written with 1");

  await t.step("nginx alone: no backup, the data are not concerned", async () => {
    await stack.ok(["config", "set", `images.nginx=${name("nginx", "2")}`]);
    const before = await stack.containers();
    const ran = await upgrade();
    says(ran, 0, /none: neither the backend nor the database is replaced/);
    assert.equal(await runs("nginx"), name("nginx", "2"));
    const after = await stack.containers();
    assert.equal(after.get("backend"), before.get("backend"));
    assert.deepEqual([...Deno.readDirSync(path("backups"))].filter((each) => each.isFile), []);
    await whole("1");
    await stack.ok(["rollback", "--yes"]);
    assert.equal(await runs("nginx"), name("nginx", "1"));
    await whole("1");
  });

  await t.step("PostgreSQL within its major: backed up, copied, and back", async () => {
    await stack.ok(["config", "set", `images.postgres=${name("postgres", "2")}`]);
    says(await upgrade(), 0, /PostgreSQL restarts\s+yes/, /The backup before it is .*, proven/);
    assert.equal(await runs("postgres"), name("postgres", "2"));
    assert.equal(await rows(), "1");
    await whole("1");
    await write("Written with the newer PostgreSQL");
    says(await stack.run(["rollback", "--yes"]), 0, /The data were not touched/);
    assert.equal(await runs("postgres"), name("postgres", "1"));
    assert.equal(await rows(), "2", "what was written stays");
    await whole("1");
  });

  await t.step("templates of another rxdx-setup and hand edits of both files: merged", async () => {
    const edits = [
      ["docker-compose.prod.yml", "# Production", /$/, "\n# asked for by quality\n"],
      [
        "nginx/nginx.prod.conf",
        "#",
        /keepalive_timeout/,
        "# ours: see SOP 12\n  keepalive_timeout",
      ],
    ] as const;
    const receipt = JSON.parse(read(".rxdx/receipt.json")) as Receipt;
    const now = new Map<string, string>();
    const then = new Map<string, string>();
    for (const [file, , at, edit] of edits) {
      const text = read(file);
      now.set(file, text);
      // The rxdx-setup before this one wrote another first line.
      const older = `# Written by an rxdx-setup of before.\n${
        text.split("\n").slice(1).join("\n")
      }`;
      then.set(file, older);
      await Deno.writeTextFile(path(`.rxdx/rendered/${file}`), older);
      await Deno.writeTextFile(path(file), older.replace(at, edit));
      assert.notEqual(read(file), older);
    }
    const files = receipt.files.map((each) => {
      const older = then.get(each.path);
      return older === undefined ? each : { ...each, sha256: sha256(older) };
    });
    await Deno.writeTextFile(
      path(".rxdx/receipt.json"),
      JSON.stringify({ ...receipt, version: "0.0.9", files }, null, 2) + "\n",
    );
    const edited = edits.map(([file]) => read(file));
    says(await upgrade("--to", "2"), 2, /--hand-edits keep, ours or merge/);
    assert.deepEqual(edits.map(([file]) => read(file)), edited, "nothing was touched");
    says(await upgrade("--to", "2", "--hand-edits", "merge"), 0);
    for (const [file, , at, edit] of edits) {
      assert.equal(read(file), now.get(file)?.replace(at, edit), `${file}: both are in it`);
    }
    await whole("2");
    says(await stack.run(["rollback", "--yes"]), 0);
    assert.deepEqual(edits.map(([file]) => read(file)), edited, "as they were, the edits too");
    assert.equal(await runs("backend"), name("backend", "1"));
    // This rxdx-setup writes its own again.
    await stack.ok(["apply", "--yes", "--hand-edits", "ours"]);
    await whole("1");
  });

  await t.step("one that never becomes ready: back by itself", async () => {
    await Deno.writeTextFile(path("docker-compose.override.yml"), IMPATIENT);
    await stack.ok(["apply", "--yes"]);
    const ran = await upgrade("--to", "silent");
    says(
      ran,
      5,
      /waiting for a licence server/,
      /1 serves again\. Images and configuration are as before/,
      /The database stays as it is/,
    );
    const seconds = Number(/without the application for ([\d.]+) s/.exec(ran.stderr)?.[1]);
    assert.ok(seconds > 0, ran.stderr);
    console.log(`    never ready: 1 serves again, without the application for ${seconds} s`);
    await whole("1");
    await Deno.remove(path("docker-compose.override.yml"));
    await stack.ok(["apply", "--yes"]);
  });

  await t.step("killed before and after every step of the way back: the old version", async () => {
    const kill = async (point: string, ...args: readonly string[]) => {
      const ran = await stack.run(["upgrade", "--yes", ...args], {
        env: { RXDX_FAILPOINT: `${point}=kill` },
      });
      assert.equal(ran.code, 137, `${point}: ${ran.text}`);
      const all = await must([
        ...["docker", "ps", "--format", "{{.Image}}", "--filter"],
        `label=com.docker.compose.project=${stack.name}`,
        ...["--filter", "label=com.docker.compose.service=backend"],
      ]);
      assert.ok(new Set(all.split("\n")).size <= 1, `${point}: two versions at once`);
    };
    await kill("before:return-begin", "--to", "ends");
    // Nothing says yet that it goes back: it is tried once more.
    await kill("after:return-begin");
    let kills = 2;
    for (const point of pointsAround(stepsOf(stack.dir, "upgrade-return")).slice(2, -1)) {
      await kill(point);
      kills++;
    }
    says(await upgrade(), 5, /had failed\. 1 serves again/);
    assert.deepEqual([await columns(), await rows()], ["0", "2"]);
    await whole("1");
    console.log(
      `    ${kills} of ${kills} kills of a way back: 1 serves again, its schema and rows`,
    );
  });

  await t.step("given up after people were let in: counted, backed up, kept", async () => {
    const killed = await stack.run(["upgrade", "--to", "moved", "--yes"], {
      env: { RXDX_FAILPOINT: "before:record=kill" },
    });
    assert.equal(killed.code, 137, killed.text);
    await write("Written with a version that is given up");
    const ran = await stack.run(["rollback", "--yes", "--json"]);
    assert.equal(ran.code, 0, ran.text);
    const result = asDescribed<{
      data: boolean;
      kept_database: string;
      newer_backup: string;
      lost: { rows: number; tables: { table: string; rows: number }[] };
    }>("rollback", ran.stdout);
    assert.equal(result.data, true);
    assert.equal(
      result.lost.tables.find(({ table }) => table === "public.requirements")?.rows,
      1,
      ran.stdout,
    );
    assert.match(ran.stderr, /"type":"plan"[^\n]*"public.requirements","rows":1/);
    assert.equal(await rows(), "2");
    assert.equal(await columns(), "0");
    const kept = await sqlIn(
      `${stack.name}-postgres-1`,
      "SELECT count(*) FROM public.requirements",
      result.kept_database,
    );
    assert.equal(kept.text, "3");
    const file = result.newer_backup.replace(".tar.age", "");
    const isMarked = async () => {
      const list = await stack.ok(["backup", "list"]);
      assert.match(list.stdout, new RegExp(`${file}.*before a restore`), list.stdout);
    };
    await isMarked();
    // It opens, and what is in it tells what was written beside it.
    await Deno.remove(path(`backups/${file}.json`));
    says(await stack.run(["backup", "verify", result.newer_backup]), 0);
    await isMarked();
    await whole("1");
  });
});
