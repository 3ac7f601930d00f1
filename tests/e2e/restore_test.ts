/**
 * A stack with three graphs, uploads and accounts is put back: after damage, by what cannot be restored, killed at
 * every step, moved to another directory, domain and ports, and after it was purged. Old or new, never both.
 */
import assert from "node:assert/strict";
import { encrypted } from "../../lib/backup/age.ts";
import { asDescribed } from "../support/as_described.ts";
import {
  fillGraphs,
  forgeBackup,
  openBackup,
  type RecoveryKey,
  sqlIn,
  writesTo,
} from "../support/backups.ts";
import {
  type Content,
  contentOf,
  leftOf,
  loginOf,
  type Person,
  uploadsAtRest,
  uploadsOf,
} from "../support/restores.ts";
import { Load } from "../support/load.ts";
import { killedAt, pointsAround, stepsOf } from "../support/kills.ts";
import { holdImages, must, PROGRAM, type RunOptions, sh, TestStack } from "../support/stack.ts";

const GRAPHS = ["risks", "trials", "rxdx_graph"];

interface RestoredJson {
  readonly file: string;
  readonly seconds: number;
  readonly downtime_seconds: number;
  readonly before: string | null;
  readonly written_meanwhile: readonly string[];
}

/** Somebody who works while a backup is being loaded: begun before, it writes when the loading has begun. */
const LATE = `DO $$ BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_database WHERE datname LIKE 'rxdx\\_restore\\_%') LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
  INSERT INTO public.made_since VALUES (2);
END $$;`;

/** Somebody who looks now and then. */
const SLOWLY = { newConnections: 1, keptOpen: 1, pauseMs: 40, name: "127.0.0.1" };

Deno.test("restore: put back, refused, killed, moved, after a purge", async (t) => {
  await using stack = new TestStack("restore");
  await using _held = await holdImages();
  const made = await stack.init(["--set", "nginx.rate_limits.auth=600r/m"]);
  assert.equal(made.code, 0, made.text);
  const postgres = `${stack.name}-postgres-1`;
  const backend = `${stack.name}-backend-1`;
  const inBackend = (script: string) => must(["docker", "exec", backend, "sh", "-c", script]);
  const sql = async (text: string, database?: string) => {
    const ran = await sqlIn(postgres, text, database);
    assert.equal(ran.code, 0, ran.text);
    return ran.text;
  };
  const restored = (stdout: string) => asDescribed<RestoredJson>("backup restore", stdout);

  await fillGraphs(stack);
  const admin: Person = {
    email: stack.env().get("ADMIN_EMAIL") ?? "",
    password: stack.env().get("ADMIN_PASSWORD") ?? "",
  };
  const auditor: Person = { email: "qa@example.com", password: "Vq7-mint-Orbit-29-gravel" };
  await stack.ok(["admin", "create", auditor.email, "--role", "auditor", "--password-stdin"], {
    stdin: `${auditor.password}\n`,
  });
  await inBackend(
    "cd /app/uploads && head -c 20000 /dev/urandom > scan.bin && echo evidence > 'a b.txt' && " +
      "mkdir -m 750 sub && echo deep > sub/.hidden && touch empty",
  );
  const key = JSON.parse((await stack.ok(["backup", "key", "--json"])).stdout) as RecoveryKey;
  const keyFile = `${stack.dir}/../key.txt`;
  await Deno.writeTextFile(keyFile, `${key.identity}\n`, { mode: 0o600 });
  const good: Content = await contentOf(stack, GRAPHS);
  const goodAtRest = await uploadsAtRest(stack);
  const created = await stack.ok(["backup", "create", "--json"]);
  const goodBackup = (JSON.parse(created.stdout) as { file: string }).file;
  const goodAt = momentOf(goodBackup);
  const path = `${stack.dir}/backups/${goodBackup}`;
  const copy = `${stack.dir}/../${goodBackup}`;
  await Deno.copyFile(path, copy);

  const isGood = async (what: string, on = stack) => {
    assert.deepEqual(await contentOf(on, GRAPHS), good, what);
    assert.deepEqual(await leftOf(on), [], what);
    for (const person of [admin, auditor]) assert.equal(await loginOf(on, person), 200, what);
  };

  // Everything that can go wrong in a working day.
  await sql(`DELETE FROM public."Odd name" WHERE "two words" > 10;
CREATE TABLE public.made_since (i int); INSERT INTO public.made_since VALUES (1);
UPDATE public.users SET hashed_password = 'x' WHERE email <> 'qa@example.com';
SELECT ag_catalog.drop_graph('trials', true);
SELECT * FROM ag_catalog.cypher('risks', $$ MATCH (n:Risk) DETACH DELETE n $$) AS (v ag_catalog.agtype);
`);
  await inBackend(
    "cd /app/uploads && rm -r sub 'a b.txt' && echo other > scan.bin && echo new > new",
  );
  const bad = { ...await contentOf(stack, ["risks", "rxdx_graph"]) };
  const atRest = { good: goodAtRest, bad: await uploadsAtRest(stack) };

  await t.step(
    "wrong key, damage, a lie, no room, a failure: the old state serves on",
    async () => {
      const before = await stack.containers();
      const from = (file: string, more: readonly string[] = []) =>
        stack.run(["backup", "restore", "--from", file, "--yes", ...more]);
      const stays = async (what: string) => {
        assert.deepEqual(await contentOf(stack, ["risks", "rxdx_graph"]), bad, what);
        assert.deepEqual(await leftOf(stack), [], what);
      };
      const work = `${stack.dir}/../work.tar.age`;
      const archive = await openBackup(copy, { kind: "identities", identities: [key.identity] });
      const foreign = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
      const lock = { kind: "recipients", recipients: [foreign] } as const;
      await Deno.writeFile(work, ReadableStream.from(await encrypted(lock, one(archive))));
      const locked = await from(work, ["--identity-file", keyFile]);
      assert.equal(locked.code, 4, locked.text);
      assert.match(locked.stderr, /cannot be opened with this key/);

      const bytes = await Deno.readFile(copy);
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await Deno.writeFile(work, bytes);
      const damaged = await from(work);
      assert.equal(damaged.code, 6, damaged.text);
      assert.match(damaged.stderr, /is damaged/);

      await Deno.copyFile(copy, work);
      const says = '"table": "public.\\"Odd name\\"",\n   "rows": 300';
      await forgeBackup(work, { ...key, also: [] }, says, says.replace("300", "301"));
      const lied = await from(work, ["--identity-file", keyFile, "--skip-backup"]);
      assert.equal(lied.code, 6, lied.text);
      assert.match(lied.stderr, /public\."Odd name" has 300 rows instead of 301/);
      await stays("after a manifest that lies");

      if (Deno.uid() === 0) {
        const place = await Deno.makeTempDir({ dir: "/var/tmp" });
        await must(["mount", "-t", "tmpfs", "-o", "size=60m,mode=0700", "tmpfs", place]);
        try {
          await stack.ok(["config", "set", `backups.directory=${place}`]);
          const full = await from(copy);
          assert.equal(full.code, 4, full.text);
          assert.match(full.stderr, /60 MiB free; this backup may need/);
        } finally {
          await stack.ok(["config", "set", "backups.directory=backups"]);
          await must(["umount", place]);
          await Deno.remove(place);
        }
      }
      await stays("after no room for the safety backup");
      assert.deepEqual(await stack.containers(), before, "nothing was stopped until here");

      const thrown = await stack.run(["backup", "restore", goodBackup, "--yes", "--skip-backup"], {
        env: { RXDX_FAILPOINT: "after:restore-accounts=throw" },
      });
      assert.notEqual(thrown.code, 0);
      await stays("after a failure with the new state in place");
      assert.equal(await loginOf(stack, auditor), 200);
      assert.equal((await stack.run(["backup", "restore", "--at", "2001-01-01"])).code, 4);
      assert.equal((await stack.run(["backup", "restore", "--only", "mail"])).code, 2);
      const asks = await stack.run(["backup", "restore"]);
      assert.equal(asks.code, 2, "without a terminal nothing is replaced unasked");
      assert.match(asks.stderr, /public\.made_since: all of its 1 row/);
    },
  );

  let badBackup = "";
  await t.step("restored: every count, digest, graph, upload and login as before", async () => {
    // What belongs to a database and is in no dump of its content.
    await sql(
      `ALTER DATABASE rxdx SET search_path = ag_catalog, "$user", public; CREATE ROLE reader;
REVOKE ALL ON DATABASE rxdx FROM PUBLIC; GRANT CONNECT ON DATABASE rxdx TO reader;
ALTER ROLE reader IN DATABASE rxdx SET statement_timeout = '5s';`,
    );
    const around = () =>
      sql(
        `SELECT datacl::text, datdba, array_agg(setrole || ' ' || setconfig::text ORDER BY setrole)
FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE datname = 'rxdx' GROUP BY 1, 2;`,
      );
    const before = await around();
    const late = sql(LATE);
    await using people = await Load.start(stack.ports.https, { ...SLOWLY, path: "/" });
    await using programs = await Load.start(stack.ports.https, SLOWLY);
    const ran = restored((await stack.ok(["backup", "restore", "--yes", "--json"])).stdout);
    await late;
    for (const each of [people, programs]) {
      const { failed, errors } = await each.stop();
      assert.deepEqual([failed > 0, errors], [true, ["503"]], "the maintenance page, nothing else");
    }
    assert.equal(ran.file, goodBackup, "the newest");
    assert.match(ran.written_meanwhile.join(), /public\.made_since has 2 rows instead of 1/);
    await isGood("restored");
    assert.equal(await around(), before);
    for (const graph of GRAPHS) await sql(writesTo(graph));
    badBackup = ran.before ?? "";
    assert.notEqual(badBackup, "", "the state before was backed up");
    const plan = await stack.ok(["backup", "restore", "--dry-run"]);
    assert.ok(plan.stdout.includes(goodBackup), "latest is not what a restore has replaced");
    // By time: the newest whose snapshot is no later, and that no restore has replaced.
    const then = async (at: Date) =>
      (await stack.ok(["backup", "restore", "--dry-run", "--at", at.toISOString()])).stdout;
    assert.ok((await then(goodAt)).includes(goodBackup), "at its very second");
    assert.ok((await then(new Date())).includes(goodBackup));
    const second = new Date(goodAt.getTime() - 1000).toISOString();
    const early = await stack.run(["backup", "restore", "--dry-run", "--at", second]);
    assert.equal(early.code, 4, early.text);
    assert.match((await stack.ok(["backup", "list"])).stdout, /before a restore/);
    const record = await stack.ok(["audit", "show", "--json"]);
    assert.match(record.stdout, /"downtime_ms"/);
    console.log(
      `    ${ran.seconds} s, ${ran.downtime_seconds} s of them without the application`,
    );
    // The labels that were made just now are not in the backup.
    await stack.ok(["backup", "restore", goodBackup, "--only", "database", "--yes"]);
    await isGood("the database alone");
  });

  await t.step("killed before and after every step: old or new, never both", async () => {
    const all = stepsOf(stack.dir, "backup-restore");
    const within = { "restore-swap": ["after:restore-fence", "after:restore-uploads"] };
    let present = "good";
    let settled = 0;
    const restore = (...more: readonly string[]) => (options: RunOptions) =>
      stack.run(
        ["backup", "restore", present === "good" ? badBackup : goodBackup, "--yes", ...more],
        options,
      );
    const rowsNow = () => sqlIn(postgres, 'SELECT count(*) FROM public."Odd name";');
    const uploadsAre = (uploads: string, state: string, point: string) =>
      assert.equal(uploads, state === "good" ? good.uploads : bad.uploads, `${point}: ${state}`);

    // Until the application is stopped the old state serves, and nothing has to be done for it.
    const load = all.indexOf("restore-space");
    const stop = all.indexOf("maintenance-on");
    assert.ok(all.includes("backup-write") && 0 < load && load < stop, all.join());
    const serving = await stack.containers();
    for (const point of pointsAround(all.slice(0, stop))) {
      const beside = all.slice(load).some((id) => point.endsWith(`:${id}`));
      await killedAt(point, restore(...(beside ? ["--skip-backup"] : [])));
      assert.equal((await rowsNow()).text, "300", point);
      assert.deepEqual(await stack.containers(), serving, point);
      assert.equal((await stack.ready()).status, 200, point);
      settled++;
    }
    assert.equal(await uploadsAtRest(stack), atRest.good, "before the application is stopped");

    for (const point of pointsAround(all.slice(stop), within)) {
      await killedAt(point, restore("--skip-backup"));
      // What anybody could be served now.
      const rows = await rowsNow();
      const state = rows.code !== 0 ? "shut" : rows.text === "300" ? "good" : "bad";
      if (state !== "shut") assert.equal(await uploadsAtRest(stack), atRest[state], point);
      await stack.ok(["start"]);
      settled++;
      present = (await rowsNow()).text === "300" ? "good" : "bad";
      uploadsAre(await uploadsOf(stack), present, point);
      assert.deepEqual(await leftOf(stack), [], point);
      assert.equal(await loginOf(stack, auditor), 200, point);
      if (present === "bad") {
        const since = await sql("SELECT count(*) FROM public.made_since;");
        assert.equal(since, "2", "what was written while it was being restored is in the backup");
      }
    }
    if (present !== "good") await stack.ok(["backup", "restore", goodBackup, "--yes"]);
    await isGood("after all kills");
    const point = { RXDX_FAILPOINT: "after:restore-start=kill" };
    const killed = await stack.run(["backup", "restore", badBackup, "--yes", "--skip-backup"], {
      env: point,
    });
    assert.equal(killed.code, 137, killed.text);
    await sql("INSERT INTO public.made_since VALUES (3);");
    const given = await stack.ok(["backup", "restore", "--take-back", "--yes", "--json"]);
    const { settled: how, given_up } = JSON.parse(given.stdout) as {
      settled: string;
      given_up: string | null;
    };
    assert.equal(how, "taken back");
    const listed = await stack.ok(["backup", "list"]);
    assert.ok(listed.stdout.includes(given_up?.replace(".tar.age", "") ?? "none"), given.text);
    await isGood("taken back");
    assert.equal((await stack.run(["backup", "restore", "--take-back", "--yes"])).code, 2);
    console.log(`    ${settled} of ${settled} kills: the next run converged, 0 mixed states`);
  });

  await t.step(
    "moved: another directory, domain and ports, from the file and the key",
    async () => {
      await using other = new TestStack("moved");
      const ports = ["http", "https"].flatMap((each) => [
        "--set",
        `ports.${each}=${other.ports[each as "http" | "https"]}`,
      ]);
      const args = [
        ...["backup", "restore", "--from", copy, "--identity-file", keyFile, "--dir", other.dir],
        ...["--name", other.name, "--set", "domain=new.example.com", ...ports, "--yes"],
      ];
      const taken = await sh([PROGRAM, ...args.slice(0, 8), "--yes"]);
      assert.equal(taken.code, 4, taken.text);
      assert.match(taken.stderr, /is in use by containers of/);
      await assert.rejects(Deno.stat(other.dir), Deno.errors.NotFound);
      const fresh = (options: RunOptions) => sh([PROGRAM, ...args], options);
      let kills = 0;
      const killed = async (point: string) => {
        await killedAt(point, fresh);
        kills++;
        const key = await Deno.readTextFile(`${other.dir}/.env`).catch(() => undefined);
        if (key !== undefined) assert.deepEqual(other.secrets(), stack.secrets(), point);
      };
      // Three runs: the configuration; the stack on it, by the steps of `init`, which kill_test.ts kills at each
      // point; and the data into that, by those that are killed above.
      for (const point of pointsAround(["restore-configuration", "write-files", "start"])) {
        await killed(point);
      }
      for (const at of ["before:restore-load", "before:restore-swap", "after:restore-started"]) {
        await killed(at);
      }
      const from = performance.now();
      const ran = await sh([PROGRAM, ...args]);
      assert.equal(ran.code, 0, ran.text);
      assert.match(ran.stdout, /https:\/\/new\.example\.com:\d+/);
      assert.match(ran.stdout, /docs\/guide\/move\.md/);
      await isGood("on the other server", other);
      assert.equal((await other.run(["plan"])).code, 0, "nothing is left to do");
      assert.deepEqual(other.secrets(), stack.secrets());
      assert.equal(other.env().get("ADMIN_EMAIL"), admin.email, "the account keeps its name");
      // What was done on the old server is not lost with it: the new record seals the old one.
      const before = `${other.dir}/.rxdx/before`;
      const [record = ""] = [...Deno.readDirSync(before)].map(({ name }) => name)
        .filter((name) => name.endsWith(".jsonl"));
      const text = await Deno.readTextFile(`${before}/${record}`);
      assert.match(text, /"backup create"/);
      assert.ok(Deno.readTextFileSync(`${stack.dir}/.rxdx/audit.jsonl`).startsWith(text));
      const own = await Deno.readTextFile(`${other.dir}/.rxdx/audit.jsonl`);
      assert.match(own, new RegExp(`"record_before":"\\.rxdx/before/${record} [0-9a-f]{64}"`));
      await other.ok(["audit", "verify"]);
      const again = await sh([PROGRAM, ...args]);
      assert.equal(again.code, 2, "a stack that is there is not set up a second time");
      console.log(
        `    moved: ${kills} of ${kills} kills gone on with; the last run took ` +
          `${((performance.now() - from) / 1000).toFixed(1)} s`,
      );
    },
  );

  await t.step(
    "proven, everything destroyed, set up anew, restored from file and key",
    async () => {
      const proven = await stack.ok(["backup", "verify", goodBackup]);
      assert.match(proven.stdout, /The application was ready on it/);
      await stack.ok(["uninstall", "--purge", "--confirm", stack.name, "--yes"]);
      await Deno.remove(stack.dir, { recursive: true });
      const anew = await stack.init(["--set", "nginx.rate_limits.auth=600r/m"]);
      assert.equal(anew.code, 0, anew.text);
      assert.notEqual(stack.env().get("ADMIN_PASSWORD"), admin.password);
      const kept = ["--from", copy, "--identity-file", keyFile];
      const plan = await stack.ok(["backup", "restore", "--dry-run", ...kept]);
      // Its administrator is another than those of the backup: a row that would be lost.
      assert.match(plan.stdout, /the present state is backed up first/);
      const ran = restored(
        (await stack.ok(["backup", "restore", ...kept, "--yes", "--json"])).stdout,
      );
      assert.equal(ran.file, goodBackup);
      assert.notEqual(ran.before, null);
      assert.deepEqual(ran.written_meanwhile, []);
      await isGood("after a purge");
      for (const graph of GRAPHS) await sql(writesTo(graph));
      console.log(`    into a new stack: ${ran.seconds} s, ${ran.downtime_seconds} s of downtime`);
    },
  );
});

/** As its name tells it: the second of its snapshot, in UTC. */
function momentOf(file: string): Date {
  const [, date, hours, minutes, seconds] = /(\d{8})T(\d\d)(\d\d)(\d\d)Z/.exec(file) ?? [];
  const day = `${date?.slice(0, 4)}-${date?.slice(4, 6)}-${date?.slice(6)}`;
  return new Date(`${day}T${hours}:${minutes}:${seconds}Z`);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
