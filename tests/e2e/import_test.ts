/**
 * A stack that was set up by hand, really running, taken over: the plan changes nothing, a new stack that
 * does not come up gives the old one back, a run that is killed at any step goes on, and in the end the
 * same data are served, and every file of the old directory is what it was.
 */
import assert from "node:assert/strict";
import { asDescribed } from "../support/as_described.ts";
import { type Evidence, HandMadeStack } from "../support/hand_made.ts";
import { must, PROGRAM, type Ran, sh } from "../support/stack.ts";

/** Of a journal. */
interface Line {
  readonly id?: string;
  readonly skipped?: boolean;
  readonly steps?: readonly { readonly id: string }[];
}

interface Planned {
  readonly recognised: readonly { readonly what: string; readonly value: string }[];
  readonly seeded_accounts: readonly string[];
}

/** What only looks, in the part that a failed run does not come to. */
const LOOKING = ["reload-nginx", "front-door", "served-certificate", "schema", "admin"];

/** Steps of the newest run that did something, and those that it did not come to. */
function stepsOf(dir: string): string[] {
  const journal = `${dir}/.rxdx/journal`;
  const newest = [...Deno.readDirSync(journal)].map((entry) => entry.name)
    .filter((name) => name.includes("-import-")).sort().at(-1);
  const lines = Deno.readTextFileSync(`${journal}/${newest}`).trim().split("\n")
    .map((line) => JSON.parse(line) as Line);
  const idle = new Set(lines.filter((each) => each.skipped === true).map((each) => each.id));
  return (lines[0]?.steps ?? []).map((step) => step.id).filter((id) =>
    !idle.has(id) && !LOOKING.includes(id)
  );
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

/** What follows would only fail after it. */
async function step(
  t: Deno.TestContext,
  name: string,
  body: (t: Deno.TestContext) => Promise<void>,
) {
  if (!await t.step(name, body)) throw new Error(`${name}: see above`);
}

Deno.test("import: plan, failure, kills, and the same data in the end", async (t) => {
  const began = performance.now();
  await using old = new HandMadeStack(`rxdxtest-import-${Deno.pid}`);
  await old.up();
  const base = await Deno.makeTempDir({ prefix: "rxdxtest-import-" });
  const dir = `${base}/stack`;
  const run = (args: readonly string[], failpoint?: string): Promise<Ran> =>
    sh([PROGRAM, "import", old.dir, "--dir", dir, "--set", "resources.preset=small", ...args], {
      env: failpoint === undefined ? {} : { RXDX_FAILPOINT: failpoint },
    });
  try {
    const files = await old.hash();
    const evidence: Evidence = await old.evidence(old.containers);
    const started = await must([
      "docker",
      "inspect",
      "-f",
      "{{.State.StartedAt}}",
      old.containers.db,
    ]);

    await step(t, "the plan tells what was recognised, and changes nothing", async () => {
      const asked = await run([]);
      assert.equal(asked.code, 2, asked.text);
      assert.match(asked.text, /kept, not shown/);
      for (const secret of [old.password, "not-a-very-good"]) {
        assert.ok(!asked.text.includes(secret));
      }
      for (const line of asked.stderr.split("\n")) {
        assert.ok(line.length <= 80 || line.includes(old.dir), line);
      }
      const planned = asDescribed<Planned>("import", (await run(["--json"])).stdout);
      const value = (what: string) => planned.recognised.find((each) => each.what === what)?.value;
      assert.equal(value("name"), old.name);
      assert.equal(value("volumes.database"), `${old.name}_pgdata`);
      assert.equal(value("database.graph"), "plant_graph");
      assert.equal(value("domain"), "plant.example.org");
      assert.equal(value("tls.cert"), `${old.dir}/nginx/ssl/site.crt`);
      assert.equal(value("application.access_token_minutes"), "45");
      assert.equal(planned.seeded_accounts.length, 5);
      assert.equal(await exists(dir), false);
      assert.equal(await old.hash(), files);
    });

    await step(t, "everything that stands in the way is told at once", async () => {
      const refused = await run(["--yes", "--set", "ports.https=70000", "--set", "domain=a b"]);
      assert.equal(refused.code, 3, refused.text);
      assert.match(refused.text, /ports\.https/);
      assert.match(refused.text, /domain/);
      assert.equal(await exists(dir), false);
    });

    await step(t, "a new stack that does not come up gives the old one back", async () => {
      await Deno.mkdir(dir, { recursive: true });
      const override = `${dir}/docker-compose.override.yml`;
      await Deno.writeTextFile(
        override,
        'services: { frontend: { command: ["false"], entrypoint: ["false"], restart: "no" } }\n',
      );
      const failed = await run(["--yes"]);
      assert.equal(failed.code, 6, failed.text);
      assert.match(failed.text, /serves as before; none of its files was changed/);
      assert.equal(await old.ready("/api/v1/health/ready"), 200);
      assert.deepEqual(await old.evidence(old.containers), evidence);
      assert.equal(await old.hash(), files);
      assert.equal(await exists(`${dir}/rxdx.yml`), false, "the directory is no install any more");
      await Deno.remove(override);
    });

    await step(t, "killed behind every step that does something, it goes on", async (sub) => {
      const steps = stepsOf(dir);
      const stop = steps.indexOf("import-stop");
      assert.ok(stop > 3 && steps.includes("backup-write") && steps.includes("import-uploads"));
      for (const [index, id] of steps.entries()) {
        await step(sub, `after:${id}`, async () => {
          const killed = await run(["--yes"], `after:${id}=kill`);
          assert.equal(killed.code, 137, killed.text);
          if (index < stop) assert.equal(await old.ready("/api/v1/health/ready"), 200);
        });
      }
    });

    const containers = { db: `${old.name}-postgres-1`, api: `${old.name}-backend-1` };

    await step(t, "the same data, names and passwords in the new stack", async () => {
      const again = await run(["--yes"]);
      assert.equal(again.code, 0, again.text);
      assert.match(again.text, /already/);
      const told = await run(["--yes", "--json"]);
      assert.equal(asDescribed<{ dir: string }>("import --yes", told.stdout).dir, dir);
      assert.deepEqual(await old.evidence(containers), evidence);
      assert.equal(await old.ready("/health"), 200);
      assert.equal(await old.hash(), files);
      const { stdout } = await sh([PROGRAM, "plan", "--dir", dir]);
      assert.match(stdout, /Nothing to do/);
      const env = await Deno.readTextFile(`${dir}/.env`);
      assert.match(env, new RegExp(`POSTGRES_VOLUME=${old.name}_pgdata\\n`));
      assert.ok(env.includes(old.password) && env.includes("not-a-very-good-secret"));
      // Who was logged in stays so: the key that signs is the same, and so are the accounts.
      const login = await sh([
        ...["curl", "-sk", "--http1.1", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}"],
        ...["--resolve", `plant.example.org:${old.ports.https}:127.0.0.1`, "-K", "-"],
        `https://plant.example.org:${old.ports.https}/api/v1/auth/login`,
      ], {
        stdin: 'header = "Content-Type: application/json"\n' +
          'data = "{\\"email\\":\\"admin@example.com\\",\\"password\\":\\"AdminPassword123!\\"}"\n',
      });
      assert.equal(login.stdout, "200");
    });

    await step(t, "a volume that was taken over cannot be exchanged by an edit", async () => {
      const edited = await sh([PROGRAM, "config", "set", "volumes.database=", "--dir", dir]);
      const planned = await sh([PROGRAM, "plan", "--dir", dir]);
      assert.match(edited.text + planned.text, /volumes\.database/);
      assert.ok(edited.code === 3 || planned.code === 3);
      if (edited.code === 0) {
        await must([PROGRAM, "config", "set", `volumes.database=${old.name}_pgdata`, "--dir", dir]);
      }
    });

    await step(t, "the old stack comes back by the command that was told", async () => {
      await must(["docker", "compose", "up", "--detach", "--remove-orphans"], { cwd: old.dir });
      await must(["docker", "compose", "up", "--detach", "--wait"], { cwd: old.dir });
      assert.deepEqual(await old.evidence(old.containers), evidence);
      assert.notEqual(
        await must(["docker", "inspect", "-f", "{{.State.StartedAt}}", old.containers.db]),
        started,
      );
    });
  } finally {
    for (const topic of ["tls", "alerts", "backup"]) {
      for (
        const path of [
          `/etc/cron.d/${old.name}-${topic}`,
          `/etc/systemd/system/${old.name}-${topic}.timer`,
          `/etc/systemd/system/${old.name}-${topic}.service`,
        ]
      ) await Deno.remove(path).catch(() => undefined);
    }
    await Deno.remove(base, { recursive: true });
    console.log(`import: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
});

Deno.test("import: a database in a directory, uploads in a container alone, images that are built", async (t) => {
  const began = performance.now();
  const options = { data: "directories", images: "built" } as const;
  await using old = new HandMadeStack(`rxdxtest-importdir-${Deno.pid}`, options);
  await old.up();
  const base = await Deno.makeTempDir({ prefix: "rxdxtest-importdir-" });
  const dir = `${base}/stack`;
  const run = (args: readonly string[]): Promise<Ran> =>
    sh([PROGRAM, "import", old.dir, "--dir", dir, "--set", "resources.preset=small", ...args]);
  // The images that are built here, so that the test need not build RxDx.
  const demo = ["--set", "images.source=demo", "--set", "images.path="];
  try {
    const evidence = await old.evidence(old.containers);
    assert.match(evidence.uploads, /deep\/scan\.bin/);

    await step(t, "the plan says where each thing is, and what becomes of it", async () => {
      const { stdout, text } = await run(["--json"]);
      assert.notEqual(stdout, "", text);
      const planned = asDescribed<Planned & { readonly differs: readonly string[] }>(
        "import",
        stdout,
      );
      const value = (what: string) => planned.recognised.find((each) => each.what === what)?.value;
      assert.equal(value("images.source"), "build", stdout);
      assert.equal(value("images.path"), `${old.dir}/RxDx`);
      assert.equal(value("volumes.database"), `${old.name}_taken_over_data`);
      assert.equal(value("uploads"), `copied into ${old.name}_backend_uploads`);
      const differs = planned.differs.join("\n");
      assert.match(differs, new RegExp(`${old.dir}/pgdata stays where it is`));
      assert.match(differs, /Uploads were in the container alone/);
      assert.equal(await exists(dir), false);
    });

    await step(t, "a key of another certificate is told before anything is done", async () => {
      const path = `${old.dir}/nginx/ssl/site.key`;
      const key = await Deno.readTextFile(path);
      await Deno.writeTextFile(
        path,
        await must([
          "openssl",
          "genpkey",
          "-algorithm",
          "EC",
          "-pkeyopt",
          "ec_paramgen_curve:P-256",
        ]),
      );
      const refused = await run(["--yes", ...demo]);
      assert.equal(refused.code, 3, refused.text);
      assert.match(refused.text, /nginx in proxy[^]*key/);
      assert.equal(await exists(dir), false);
      assert.deepEqual(await old.evidence(old.containers), evidence);
      await Deno.writeTextFile(path, key);
    });

    await step(
      t,
      "brought back, the old stack has its uploads, which were in no volume",
      async () => {
        await Deno.mkdir(dir, { recursive: true });
        const override = `${dir}/docker-compose.override.yml`;
        await Deno.writeTextFile(
          override,
          'services: { frontend: { command: ["false"], entrypoint: ["false"], restart: "no" } }\n',
        );
        const failed = await run(["--yes", "--no-backup", ...demo]);
        assert.equal(failed.code, 6, failed.text);
        assert.match(failed.text, /serves as before; none of its files was changed/);
        assert.deepEqual(await old.evidence(old.containers), evidence);
        // The application can write beside them.
        await must([
          ...["docker", "exec", old.containers.api, "sh", "-c"],
          "touch /app/uploads/deep/new && rm /app/uploads/deep/new",
        ]);
        await Deno.remove(override);
      },
    );

    const containers = { db: `${old.name}-postgres-1`, api: `${old.name}-backend-1` };

    await step(
      t,
      "taken over, everything is served; removed with its data, the directory stays",
      async () => {
        const done = await run(["--yes", "--no-backup", "--json", ...demo]);
        assert.equal(done.code, 0, done.text);
        assert.deepEqual(await old.evidence(containers), evidence);
        assert.equal(await old.ready("/api/v1/health/ready"), 200);
        const purged = await sh([
          ...[PROGRAM, "uninstall", "--purge", "--confirm", old.name, "--yes", "--dir", dir],
        ]);
        assert.equal(purged.code, 0, purged.text);
        assert.ok(await exists(`${old.dir}/pgdata/PG_VERSION`), purged.text);
      },
    );
  } finally {
    await Deno.remove(base, { recursive: true });
    console.log(`import from directories: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
});
