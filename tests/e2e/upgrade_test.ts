/**
 * Upgrades of a real stack whose images come from a registry on loopback: refused, broken at each stage,
 * killed at each step, good; and the way back, with the code alone and with the data.
 */
import assert from "node:assert/strict";
import type { ImagesLock } from "../../lib/images/lock.ts";
import type { StatusDocument } from "../../lib/observe/status.ts";
import { asDescribed } from "../support/as_described.ts";
import { cypher, sqlIn } from "../support/backups.ts";
import { killedAt, pointsAround, stepsOf } from "../support/kills.ts";
import { Load } from "../support/load.ts";
import { buildNextMajor } from "../support/postgres_major.ts";
import { haveRegistry, startRegistry } from "../support/registry.ts";
import {
  holdImages,
  must,
  productionImages,
  PROGRAM,
  type Ran,
  type RunOptions,
  sh,
  TestStack,
} from "../support/stack.ts";
import { forgetNames, publish, publishStack, VERSIONS } from "../support/upgrade_images.ts";

/** Asks for readiness again and again; tells for how long there was no answer. */
class Prober {
  readonly #port: number;
  readonly #watching: Promise<void>;
  #stopped = false;
  #down = 0;

  constructor(port: number) {
    this.#port = port;
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    let last = performance.now();
    let failing = false;
    while (!this.#stopped) {
      const answered = await fetch(`http://127.0.0.1:${this.#port}/health`, {
        signal: AbortSignal.timeout(2_000),
      }).then(async (response) => {
        await response.body?.cancel();
        return response.status === 200;
      }, () => false);
      const now = performance.now();
      if (!answered) failing = true;
      else {
        if (failing) this.#down += now - last;
        failing = false;
        last = now;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async seconds(): Promise<number> {
    this.#stopped = true;
    await this.#watching;
    return this.#down / 1000;
  }
}

/** 1 for the schema of 2.0.0. */
const NICKNAME = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' " +
  "AND column_name = 'nickname'";

/** Two who ask at different moments of a busy machine do not see the same second. */
function isNear(told: number, seen: number): boolean {
  return told > 0 && Math.abs(told - seen) < 5 + seen / 4;
}

const missing = !await haveRegistry();
if (missing) console.log("SKIPPED: upgrades from a registry: docker-registry is not installed");

Deno.test({
  name: "upgrade and rollback: refused, broken, killed, good, and back",
  ignore: missing,
  fn: async (t) => {
    await using registry = await startRegistry({ login: false });
    const stack = new TestStack("upgrade");
    await using _held = await holdImages();
    const images = await productionImages();
    const repository = `${registry.address}/rxdx`;
    // Its names of images go with it; the demo's own stay.
    await using _named = {
      async [Symbol.asyncDispose]() {
        await stack[Symbol.asyncDispose]();
        await forgetNames(repository, stack.name);
      },
    };
    const postgres = `${stack.name}-postgres-1`;
    const name = (service: string, tag: string) => `${repository}/${service}:${tag}`;
    const base = images.get("backend") ?? "";
    const settings = await publishStack(repository, images, VERSIONS);
    const lock = () =>
      JSON.parse(Deno.readTextFileSync(`${stack.dir}/.rxdx/images.lock`)) as ImagesLock;
    const tagOf = () =>
      /^ {2}tag: (\S+)/m.exec(Deno.readTextFileSync(`${stack.dir}/rxdx.yml`))?.[1];
    const status = async () =>
      JSON.parse((await stack.run(["status", "--json"])).stdout) as StatusDocument;
    const sql = async (text: string) => {
      const ran = await sqlIn(postgres, text);
      assert.equal(ran.code, 0, ran.text);
      return ran.text;
    };
    const schema = () =>
      sql(
        "SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name, column_name) FROM " +
          "information_schema.columns WHERE table_schema = 'public'",
      );
    const rows = () => sql("SELECT count(*), max(title) FROM requirements");
    /** Image ids of the running backends. */
    const backends = async () =>
      (await must([
        ...["docker", "ps", "--no-trunc", "--format", "{{.Image}}", "--filter"],
        `label=com.docker.compose.project=${stack.name}`,
        ...["--filter", "label=com.docker.compose.service=backend"],
      ])).split("\n").filter((each) => each !== "");
    const whole = async (version: string) => {
      assert.equal(tagOf(), version, "rxdx.yml");
      assert.equal(lock().services["backend"]?.image, name("backend", version), "images.lock");
      assert.deepEqual(await backends(), [name("backend", version)], "what runs");
      const { stack: { state, version: shown }, problems } = await status();
      assert.deepEqual([state, shown], ["healthy", version]);
      assert.ok(!problems.some(({ code }) => code === "upgrade_unfinished"));
      assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
      assert.equal(await sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'rxdx_%'"), "0");
      await stack.login();
      assert.deepEqual([...Deno.readDirSync(`${stack.dir}/nginx/maintenance`)], []);
    };
    const says = (ran: Ran, code: number, ...texts: readonly RegExp[]) => {
      assert.equal(ran.code, code, ran.text);
      for (const text of texts) assert.match(ran.text, text);
    };
    const upgrade = (...args: readonly string[]) => stack.run(["upgrade", "--yes", ...args]);

    const made = await stack.run(["init", "--yes", ...stack.settings(), ...settings]);
    assert.equal(made.code, 0, made.text);
    const token = await stack.login();
    const write = async (title: string) => {
      const answer = await stack.request("/api/v1/requirements", { token, body: { title } });
      assert.equal(answer.status, 201, answer.body);
    };
    await write("Written with 1.0.0");

    await t.step("what there is: exit 10, and nothing is changed", async () => {
      const checked = await stack.run(["upgrade", "--check", "--json"]);
      assert.equal(checked.code, 10, checked.text);
      const found = JSON.parse(checked.stdout) as { newer_tags: string[]; available: boolean };
      assert.equal(found.newer_tags[0], "3.1.0");
      says(await stack.run(["upgrade", "--check", "--to", "1.1.0"]), 10, /1\.0\.0 → 1\.1\.0/);
      says(await stack.run(["upgrade"]), 0, /Nothing to upgrade: 1\.0\.0[\s\S]*3\.1\.0/);
    });

    await publish(await buildNextMajor(`${stack.name}:postgres-18`), name("postgres", "18"));
    await t.step(
      "another major of PostgreSQL: by backup and restore, beside what serves",
      async () => {
        await sql(cypher("rxdx_graph", "CREATE (:Item {n: 1})-[:TRACES]->(:Item {n: 2})"));
        const { path } = JSON.parse((await stack.ok(["backup", "create", "--json"])).stdout);
        const key = `${stack.dir}/.rxdx/backup.key`;
        await using other = new TestStack("upgrade18");
        const ports = Object.entries(other.ports).flatMap((
          [each, port],
        ) => ["--set", `ports.${each}=${port}`]);
        const ran = await sh([
          ...[PROGRAM, "backup", "restore", "--from", path, "--identity-file", key, "--yes"],
          ...["--dir", other.dir, "--set", `images.postgres=${name("postgres", "18")}`],
          ...["--name", other.name, ...ports],
        ]);
        assert.equal(ran.code, 0, ran.text);
        const asked = await sqlIn(
          `${other.name}-postgres-1`,
          "SHOW server_version;\n" +
            cypher("rxdx_graph", "MATCH (a)-[r:TRACES]->(b) RETURN count(r)") +
            cypher("rxdx_graph", "CREATE (n:Item {n: 3}) RETURN n.n") +
            "SELECT count(*) FROM public.requirements;",
        );
        assert.match(asked.text, /^18\.[^]*\n1\n3\n1$/);
        assert.equal((await other.run(["plan"])).code, 0);
        await other.login();
      },
    );

    await t.step("refused while the old version serves, with what to do instead", async () => {
      const before = await stack.containers();
      says(await upgrade("--to", "9.9.9"), 4, /registry has no .*9\.9\.9/, /1\.0\.0 serves/);
      says(
        await upgrade("--to", "3.0.0"),
        4,
        /2\.0\.0, then 2\.5\.0/,
        /upgrade --dir \S+ --to 2\.0\.0/,
      );
      says(await upgrade("--to", "3.1.0"), 4, /needs age 9\.0 or later; here it is 1\./);
      says(await upgrade("--to", "0.9.0"), 4, /0\.9\.0 is older than 1\.0\.0/, /rollback/);
      says(await upgrade("--to", `sha256:${"0".repeat(64)}`), 2, /Name a tag/);
      says(await stack.run(["upgrade", "--to", "1.1.0"]), 2, /no terminal to ask on/);
      await stack.ok(["config", "set", `images.postgres=${name("postgres", "18")}`]);
      const major = [
        /PostgreSQL 18; the data of this stack are those of PostgreSQL 17/,
        /--identity-file\s+KEY\s+--dir\s+\S+-18\s+--name\s+NAME\s+--set\s+images\.postgres=/,
      ];
      says(await upgrade(), 4, ...major);
      says(await stack.run(["apply", "--yes"]), 4, ...major);
      await stack.ok(["config", "set", `images.postgres=${name("postgres", "1")}`]);
      assert.deepEqual(await stack.containers(), before);
      await whole("1.0.0");
      assert.equal(await Deno.stat(`${stack.dir}/.rxdx/upgrade`).catch(() => undefined), undefined);
    });

    await t.step("a build that fails, a disk that is full: nothing is changed", async () => {
      const before = await stack.containers();
      const checkout = `${stack.dir}/../checkout`;
      for (const part of ["backend/app", "frontend"]) {
        await Deno.mkdir(`${checkout}/${part}`, { recursive: true });
      }
      await Deno.writeTextFile(`${checkout}/backend/pyproject.toml`, "this is no TOML\n");
      await Deno.writeTextFile(`${checkout}/frontend/package.json`, "{}\n");
      const source = await Deno.realPath(checkout);
      const built = ["images.source=build", `images.path=${source}`, `images.bases.python=${base}`];
      await stack.ok(["config", "set", ...built]);
      says(await upgrade(), 5, /backend image could not be built/, /1\.0\.0 serves as before/);
      await stack.ok([
        ...["config", "set", "images.source=registry", "images.path="],
        "images.bases.python=",
      ]);
      if (Deno.uid() === 0) {
        const place = await Deno.makeTempDir({ dir: "/var/tmp" });
        await must(["mount", "-t", "tmpfs", "-o", "size=30m,mode=0700", "tmpfs", place]);
        try {
          await stack.ok(["config", "set", `backups.directory=${place}`]);
          says(await upgrade("--to", "1.1.0"), 2, /changes besides the images/);
          await stack.ok(["apply", "--yes"]);
          says(await upgrade("--to", "1.1.0"), 4, /the backup may need/, /Nothing was changed/);
        } finally {
          await stack.ok(["config", "set", "backups.directory=backups"]);
          await stack.ok(["apply", "--yes"]);
          await must(["umount", place]);
          await Deno.remove(place);
        }
      }
      assert.deepEqual(await stack.containers(), before);
      await whole("1.0.0");
    });

    const broken = async (tag: string, why: RegExp, database: RegExp) => {
      const [before, was] = [await schema(), await rows()];
      const prober = new Prober(stack.ports.http);
      const ran = await upgrade("--to", tag);
      const seen = await prober.seconds();
      says(ran, 5, why, /1\.0\.0 serves again\. Images and configuration are as before/, database);
      const told = Number(/without the application for ([\d.]+) s/.exec(ran.stderr)?.[1]);
      assert.equal(await schema(), before);
      assert.equal(await rows(), was);
      await whole("1.0.0");
      console.log(
        `    ${tag} broken: 1.0.0 serves again, without the application for ${told} s ` +
          `(seen from outside: ${seen.toFixed(1)} s)`,
      );
      assert.ok(isNear(told, seen), `${told} s told, ${seen} s seen`);
    };

    await t.step(
      "one that ends at its start: back, with its last lines",
      () => broken("1.2.0", /No module named 'riskmatrix'/, /database stays as it is/),
    );

    await t.step("one that changes the schema, then ends: the database goes back", async () => {
      // What belongs to a database and is no part of it has to come back too.
      await sql(`ALTER DATABASE rxdx SET search_path = ag_catalog, "$user", public;
CREATE ROLE reader; REVOKE ALL ON DATABASE rxdx FROM PUBLIC;
GRANT CONNECT ON DATABASE rxdx TO reader;
ALTER ROLE reader IN DATABASE rxdx SET statement_timeout = '5s';`);
      const settings = () =>
        sql(`SELECT datacl::text, datdba, array_agg(setrole || ' ' || setconfig::text ORDER BY 1)
FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid
WHERE datname = 'rxdx' GROUP BY 1, 2`);
      const before = await settings();
      await broken("1.3.0", /no licence/, /database was put back as 1\.0\.0 left it/);
      assert.equal(await settings(), before);
    });

    await t.step("killed before and after every step, the next run goes on", async () => {
      let kills = 0;
      const kill = async (point: string, ...more: readonly string[]) => {
        await killedAt(point, (options) => stack.run(["upgrade", ...more, "--yes"], options));
        kills++;
        const running = await backends();
        assert.ok(new Set(running).size <= 1, `${point}: two versions at once: ${running}`);
      };
      const around = async (steps: readonly string[]) => {
        for (const point of pointsAround(steps)) await kill(point);
      };
      const to = ["--to", "1.1.0"];
      await kill("before:upgrade-space", ...to);
      const first = stepsOf(stack.dir, "upgrade");
      const begin = first.indexOf("upgrade-begin");
      assert.ok(begin > 0, first.join());
      // Until it is written down where it leads, it has to be said each time.
      for (const point of pointsAround(first.slice(0, begin))) await kill(point, ...to);
      await kill("before:upgrade-begin", ...to);
      await kill("after:upgrade-begin", ...to);
      await around(first.slice(begin + 1));
      // What must not happen in between, and what is seen of it.
      says(await stack.run(["start"]), 5, /upgrade 1\.0\.0 → 1\.1\.0/);
      says(await upgrade("--to", "2.0.0"), 2, /has not come to its end/);
      assert.ok((await status()).problems.some(({ code }) => code === "upgrade_unfinished"));
      says(await stack.run(["plan"]), 0, /has not come to its end/);
      // Every point of these two: backup_test.ts.
      await kill("before:backup-write");
      await kill("after:verify-restore");
      await kill("before:upgrade-swap");
      await around(stepsOf(stack.dir, "upgrade"));
      // The record of it is gone with the last step: that run was over.
      await whole("1.1.0");
      assert.match(await rows(), /^1\|/);
      console.log(`    ${kills} of ${kills} kills: the next run went on, 0 mixed states`);
    });

    await t.step("rollback of the code alone: what was written stays", async () => {
      await write("Written with 1.1.0");
      const ran = await stack.ok(["rollback", "--yes"]);
      assert.match(ran.stderr, /schema of the database is the same, what was\s+written stays/);
      assert.match(ran.stdout, /1\.0\.0 runs again/);
      await whole("1.0.0");
      assert.equal(await rows(), "2|Written with 1.1.0");
      says(await stack.run(["rollback", "--yes"]), 4, /no version to go back to/);
    });

    await t.step("a good one under load, then back with the data", async () => {
      const prober = new Prober(stack.ports.http);
      await using people = await Load.start(stack.ports.https, {
        ...{ newConnections: 1, keptOpen: 1, pauseMs: 40, path: "/", name: "127.0.0.1" },
      });
      const ran = await upgrade("--to", "2.0.0", "--json");
      const met = await people.stop();
      assert.deepEqual([met.failed > 0, met.errors], [true, ["503"]], "the maintenance page");
      const seen = await prober.seconds();
      assert.equal(ran.code, 0, ran.text);
      const { downtime_seconds: told } = asDescribed<{ downtime_seconds: number }>(
        "upgrade",
        ran.stdout,
      );
      console.log(
        `    1.0.0 → 2.0.0: without the application for ${told} s (seen: ${seen.toFixed(1)} s)`,
      );
      assert.ok(isNear(told, seen), `${told} s told, ${seen} s seen`);
      await whole("2.0.0");
      const then = await rows();
      for (const each of [1, 2, 3]) await write(`Written with 2.0.0, ${each}`);
      await sql("INSERT INTO approvals (note) VALUES ('one'), ('two')");
      const refused = await stack.run(["rollback", "--yes"]);
      says(
        refused,
        2,
        /has changed the schema/,
        /public\.requirements: \+3 rows/,
        /rollback --dir \S+ --data/,
      );
      // Killed before and after every step: one version, on its own data; the next one goes on.
      const rollback = (options: RunOptions) =>
        stack.run(["rollback", "--data", "--yes", "--json"], options);
      const safety = () =>
        /rxdx\S*\.tar\.age/.exec(
          Deno.readTextFileSync(`${stack.dir}/.rxdx/previous/record.json`).split('"safety"')[1] ??
            "",
        )?.[0];
      let kills = 0;
      const killed = async (point: string) => {
        const ran = await killedAt(point, rollback);
        kills++;
        const [running, columns] = [await backends(), await sqlIn(postgres, NICKNAME)];
        assert.ok(running.length <= 1, `${point}: ${running}`);
        const [serving] = running;
        if (serving === undefined || columns.code !== 0) return ran;
        assert.equal(columns.text === "1", serving === name("backend", "2.0.0"), point);
        return ran;
      };
      const planned = await killed("before:writable");
      const steps = stepsOf(stack.dir, "rollback");
      assert.ok(steps.includes("restore-load") && steps.includes("return-files"), steps.join());
      // One that goes on looks first what the one before has left.
      const resumed = pointsAround(["rollback-database", "rollback-anew"]);
      const points = pointsAround(steps, { "restore-swap": ["after:restore-fence", ...resumed] });
      let fenced: string | undefined;
      // With the last step it is over.
      for (const point of points.slice(0, -1)) {
        await killed(point);
        if (point === "after:restore-fence") fenced = safety();
        // Where the database let nobody in, the next one has a backup of its own.
        if (point === "after:restore-swap") assert.notEqual(safety(), fenced);
      }
      console.log(`    ${kills} of ${kills} kills of a rollback with data, 0 mixed states`);
      const plan = planned.stderr.split("\n").find((line) => line.includes('"type":"plan"')) ??
        "{}";
      const { event: { lost } } = JSON.parse(plan) as {
        event: { lost: { rows: number; tables: { table: string; rows: number }[] } };
      };
      asDescribed("rollback", (await stack.ok(["rollback", "--data", "--yes", "--json"])).stdout);
      // The migration's table is in AGE's schema, which is first in the search path by now.
      const of = (table: string) => lost.tables.find((each) => each.table === table)?.rows;
      assert.deepEqual([of("public.requirements"), of("ag_catalog.approvals")], [3, 2]);
      assert.equal(await rows(), then, "exactly what was announced is lost");
      assert.ok(!(await schema()).includes("nickname"));
      await whole("1.0.0");
      console.log(`    2.0.0 → 1.0.0 with data: ${lost.rows} rows announced, the same were lost`);
    });
  },
});
