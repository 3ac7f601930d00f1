/**
 * Backups of a real stack with three graphs whose object ids no fresh server has: made, proven, restored
 * by hand with age, tar and pg_restore alone, damaged, forged, killed at every step, on a full disk.
 */
import assert from "node:assert/strict";
import { theHost } from "../../lib/host/real.ts";
import { readBackup } from "../../lib/operations/backup/read.ts";
import { asDescribed } from "../support/as_described.ts";
import {
  bareDatabase,
  counts,
  fillGraphs,
  forgeBackup,
  type RecoveryKey,
  sqlIn,
  SWAP_IDS,
  writesTo,
} from "../support/backups.ts";
import { killedAt, pointsAround, stepsOf } from "../support/kills.ts";
import { unprivileged } from "../support/small_disk.ts";
import { peakOf } from "../support/process_tree.ts";
import { must, PROGRAM, sh, TestStack } from "../support/stack.ts";
import { eventually } from "../support/tmux.ts";

interface Listed {
  readonly backups: readonly {
    readonly file: string;
    readonly rows: number;
    readonly recipients: readonly string[];
    readonly proof: { readonly ok: boolean; readonly reason?: string } | null;
  }[];
  readonly failure: { readonly what: string } | null;
}

const GRAPHS = ["risks", "trials", "rxdx_graph"];

async function listed(stack: TestStack): Promise<Listed> {
  return JSON.parse((await stack.ok(["backup", "list", "--json"])).stdout) as Listed;
}

function leftovers(stack: TestStack): Promise<string> {
  const label = `label=rxdx-setup.scratch=${stack.name}`;
  return must(["docker", "ps", "--all", "--quiet", "--filter", label]);
}

Deno.test("backup: create, prove, restore by hand, damage, forge, kill, full disk", async (t) => {
  await using stack = new TestStack("backup");
  const made = await stack.init();
  assert.equal(made.code, 0, made.text);
  await fillGraphs(stack);
  const backend = `${stack.name}-backend-1`;
  await must([
    ...["docker", "exec", backend, "sh", "-c"],
    "head -c 20000 /dev/urandom > /app/uploads/scan.bin; echo evidence > '/app/uploads/a b.txt'",
  ]);
  const backups = `${stack.dir}/backups`;
  let key: RecoveryKey = { identity: "", recipient: "" };
  let file = "";

  await t.step("made, listed, proven, and seen by status and doctor", async () => {
    key = JSON.parse((await stack.ok(["backup", "key", "--json"])).stdout) as RecoveryKey;
    const created = await stack.ok(["backup", "create", "--json"]);
    file = (JSON.parse(created.stdout) as { file: string }).file;
    assert.ok(!created.text.includes("AGE-SECRET-KEY"));
    const before = await listed(stack);
    assert.equal(before.backups[0]?.proof, null);
    assert.ok((before.backups[0]?.rows ?? 0) > 400);
    assert.ok(before.backups[0]?.recipients.includes(key.recipient));
    const proven = await stack.ok(["backup", "verify"]);
    assert.match(proven.stdout, /is proven/);
    assert.match(proven.stderr, /Ask the application whether it is ready[^\n]*\n {2}done/);
    assert.equal((await listed(stack)).backups[0]?.proof?.ok, true);
    assert.equal(await leftovers(stack), "");
    const status = JSON.parse((await stack.ok(["status", "--json"])).stdout) as {
      backup: { last_at: string | null; proven_at: string | null };
    };
    assert.ok(status.backup.last_at !== null && status.backup.proven_at !== null);
  });

  await t.step(
    "nothing secret is readable beside it, and the server's key is not in it",
    async () => {
      const server = /AGE-SECRET-KEY-1\w+/
        .exec(await Deno.readTextFile(`${stack.dir}/.rxdx/backup.key`))?.[0] ?? "";
      assert.notEqual(server, "");
      const secrets = [...stack.secrets(), key.identity, server];
      const encryptedBytes = await Deno.readFile(`${backups}/${file}`);
      for (const secret of secrets) assert.equal(Buffer.from(encryptedBytes).indexOf(secret), -1);
      const texts = await sh(["grep", "-rlF", key.identity, stack.dir, "/etc/cron.d"]);
      assert.equal(texts.stdout, "", "the recovery key is nowhere on the machine");
      const modes = await must(["find", backups, "-type", "f", "-not", "-perm", "600"]);
      assert.equal(modes, "");
    },
  );

  await t.step("age, tar and pg_restore alone restore it", async (sub) => {
    if ((await sh(["age", "--version"])).code !== 0) {
      await sub.step({ name: "needs the age program", ignore: true, fn: () => undefined });
      return;
    }
    const work = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${work}/key.txt`, `${key.identity}\n`, { mode: 0o600 });
      await must([
        ...["sh", "-c", 'age -d -i "$1/key.txt" "$2" | tar -x -C "$1"', "sh", work],
        `${backups}/${file}`,
      ]);
      const members = (JSON.parse(await Deno.readTextFile(`${work}/manifest.json`)) as {
        members: { path: string; sha256: string }[];
      }).members;
      for (const { path, sha256 } of members) {
        const glob = ["database.dump", "uploads.tar"].includes(path)
          ? "$1/$2".concat(".*")
          : "$1/$2";
        const quoted = glob.replace("$1/$2", '"$1/$2"');
        const sum = await must(["sh", "-c", `cat ${quoted} | sha256sum`, "sh", work, path]);
        assert.equal(sum.split(" ")[0], sha256, path);
      }
      assert.equal(
        await Deno.readTextFile(`${work}/config/.env`),
        await Deno.readTextFile(`${stack.dir}/.env`),
      );
      assert.ok(!members.some(({ path }) => path.includes("backup.key")));
      await must([
        "sh",
        "-c",
        'mkdir "$1/u"; cat "$1"/uploads.tar.* | tar -x -C "$1/u"',
        "sh",
        work,
      ]);
      assert.equal(await Deno.readTextFile(`${work}/u/a b.txt`), "evidence\n");
      const image = await must([
        "docker",
        "inspect",
        "-f",
        "{{.Image}}",
        `${stack.name}-postgres-1`,
      ]);
      await using bare = await bareDatabase(`${stack.name}-bare`, image);
      const piped = (parts: string, command: string) =>
        must([
          "sh",
          "-c",
          `cat "$1"/${parts} | docker exec -i "$2" ${command}`,
          "sh",
          work,
          bare.name,
        ]);
      await piped("globals.sql", "psql -q -U rxdx -d bare");
      await piped("database.dump.*", "pg_restore -U rxdx -d bare --create --exit-on-error");
      // What a plain pg_dump leaves one with: ids of schemas that are on another server.
      const wrong = "SELECT count(*) FROM ag_graph WHERE graphid <> namespace::oid";
      assert.equal((await sqlIn(bare.name, wrong)).text, "3");
      // The worst of them: each has the number of another.
      const swapped = await sqlIn(bare.name, SWAP_IDS);
      assert.equal(swapped.code, 0, swapped.text);
      assert.equal((await sqlIn(bare.name, wrong)).text, "3");
      await piped("graphs.sql", "psql -q -v ON_ERROR_STOP=1 -U rxdx -d rxdx");
      assert.equal((await sqlIn(bare.name, wrong)).text, "0");
      for (const graph of GRAPHS) {
        const there = await sqlIn(bare.name, counts(graph));
        const here = await sqlIn(`${stack.name}-postgres-1`, counts(graph));
        assert.equal(there.text, here.text, graph);
        assert.equal((await sqlIn(bare.name, writesTo(graph))).code, 0, graph);
      }
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  });

  await t.step("one flipped byte is found, 100 of 100", async () => {
    const host = theHost();
    const whole = await Deno.readFile(`${backups}/${file}`);
    const copy = await Deno.makeTempFile();
    const identities = { kind: "identities", identities: [key.identity] } as const;
    const hooks = {
      signal: new AbortController().signal,
      receiver: () => undefined,
      onBytes: () => undefined,
    };
    try {
      await Deno.writeFile(copy, whole);
      await readBackup(host, copy, identities, undefined, hooks);
      let found = 0;
      for (let trial = 0; trial < 100; trial++) {
        // The header, where keys are, gets its share.
        const at = Math.floor(Math.random() * (trial < 20 ? 600 : whole.length));
        const changed = whole.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << (trial % 8));
        await Deno.writeFile(copy, changed);
        await assert.rejects(readBackup(host, copy, identities, undefined, hooks), `byte ${at}`);
        found++;
      }
      for (const length of [0, 100, whole.length - 1, Math.floor(whole.length / 2)]) {
        await Deno.writeFile(copy, whole.subarray(0, length));
        await assert.rejects(
          readBackup(host, copy, identities, undefined, hooks),
          `${length} bytes`,
        );
      }
      console.log(`    ${found} of 100 flipped bytes found, without the record's sum`);
    } finally {
      await Deno.remove(copy);
    }
  });

  await t.step(
    "a whole backup of other content fails its proof, and everybody is told",
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const created = await stack.ok(["backup", "create", "--json"]);
      const forged = (JSON.parse(created.stdout) as { file: string; recipients: string[] }).file;
      const { recipients } = (await listed(stack)).backups[0] ?? { recipients: [] };
      const manifestSays = '"table": "public.\\"Odd name\\"",\n   "rows": 300';
      await forgeBackup(
        `${backups}/${forged}`,
        { ...key, also: recipients.filter((each) => each !== key.recipient) },
        manifestSays,
        manifestSays.replace("300", "301"),
      );
      const damaged = await stack.run(["backup", "verify"]);
      assert.equal(damaged.code, 6, damaged.text);
      assert.match(damaged.stderr, /another file than was written/);
      // Without its record only the comparison itself is left.
      await Deno.remove(`${backups}/${forged.replace(".tar.age", ".json")}`);
      const failed = await stack.run(["backup", "verify"]);
      assert.equal(failed.code, 6, failed.text);
      assert.match(failed.stderr, /public\."Odd name" has 300 rows instead of 301/);
      assert.equal(await leftovers(stack), "");
      const list = await listed(stack);
      assert.deepEqual([list.backups[0]?.proof?.ok, list.failure?.what], [false, "verify"]);
      const health = await stack.run(["healthcheck"]);
      assert.equal(health.code, 6);
      assert.match(health.text, /critical: The newest backup was restored as a test, and was not/);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const ran = await stack.ok(["backup", "run", "--json"]);
      const { proof } = asDescribed<
        { proof: { ok: boolean; seconds: number; rpo_seconds: number } }
      >(
        "backup run",
        ran.stdout,
      );
      assert.ok(proof.ok && proof.seconds > 0 && proof.rpo_seconds > 0);
      const { backup } = JSON.parse((await stack.ok(["status", "--json"])).stdout) as {
        backup: { restore_seconds: number; rpo_seconds: number };
      };
      assert.deepEqual([backup.restore_seconds, backup.rpo_seconds], [
        proof.seconds,
        proof.rpo_seconds,
      ]);
      const after = await listed(stack);
      assert.equal(after.failure, null);
      assert.ok(!after.backups.some((each) => each.file === forged), "the bad one is pruned");
      assert.ok(after.backups.some((each) => each.file === file), "the one of today stays");
    },
  );

  await t.step("killed at every step, nothing looks like a backup that is none", async () => {
    const whole = (await listed(stack)).backups.map((each) => each.file);
    const present = async () => (await listed(stack)).backups.map((each) => each.file);
    let kills = 0;
    for (const point of pointsAround(stepsOf(stack.dir, "backup-create"))) {
      await killedAt(point, (options) => stack.run(["backup", "create"], options));
      // Behind the writing it is one, with its record and all.
      if (point === "after:backup-write") whole.unshift((await present())[0] ?? "none");
      assert.deepEqual(await present(), whole, point);
      kills++;
    }
    assert.ok(kills >= 10, `${kills} kills`);
    // In the middle of writing: the upload takes a moment.
    const slow = "head -c 60000000 /dev/urandom > /app/uploads/large.bin";
    await must(["docker", "exec", backend, "sh", "-c", slow]);
    const interrupt = async (signal: "SIGINT" | "SIGKILL") => {
      const child = stack.spawn(["backup", "create"]);
      let ended = false;
      const output = child.output().finally(() => ended = true);
      try {
        await eventually("the half of a backup", () => {
          assert.ok(!ended, "it ended before it could be interrupted");
          return [...Deno.readDirSync(backups)].some(({ name }) => name.endsWith(".partial"));
        }, 120_000);
      } finally {
        if (!ended) child.kill(signal);
      }
      return (await output).code;
    };
    assert.equal(await interrupt("SIGINT"), 130);
    const tidy = [...Deno.readDirSync(backups)].map(({ name }) => name);
    assert.ok(!tidy.some((name) => name.endsWith(".partial")), "Ctrl-C takes its half away");
    await interrupt("SIGKILL");
    kills++;
    const names = [...Deno.readDirSync(backups)].map(({ name }) => name);
    assert.ok(names.some((name) => name.endsWith(".partial")), "it was killed while it wrote");
    assert.deepEqual(await present(), whole);
    await must(["docker", "exec", backend, "rm", "/app/uploads/large.bin"]);
    await stack.ok(["backup", "create"]);
    const after = [...Deno.readDirSync(backups)].map(({ name }) => name);
    assert.ok(!after.some((name) => name.endsWith(".partial")), "the next one has tidied up");
    assert.equal((await listed(stack)).backups.length, whole.length + 1);
    const lost = await sqlIn(
      `${stack.name}-postgres-1`,
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rxdx-setup-backup'",
    );
    assert.equal(lost.text, "0", "no dump goes on for nobody");
    const before = [await stack.containers(), await listed(stack)];
    for (const point of pointsAround(stepsOf(stack.dir, "backup-verify"))) {
      await killedAt(point, (options) => stack.run(["backup", "verify"], options));
      kills++;
      if (point === "after:verify-application") {
        assert.notEqual(await leftovers(stack), "", "what the kill left can be seen");
      }
      // A proof that did not come to its end is none, and no failure either.
      assert.deepEqual([await stack.containers(), await listed(stack)], before, point);
    }
    await stack.ok(["backup", "verify"]);
    assert.equal((await listed(stack)).backups[0]?.proof?.ok, true);
    assert.equal(await leftovers(stack), "");
    console.log(`    ${kills} of ${kills} kills left every backup as it was`);
  });

  await t.step(
    "a full disk or directory that is closed leaves the old ones as they are",
    async (sub) => {
      if (Deno.uid() !== 0) {
        await sub.step({
          name: "needs root for a small file system",
          ignore: true,
          fn: () => undefined,
        });
        return;
      }
      const was = await listed(stack);
      await Deno.chmod(backups, 0o500);
      const refused = await unprivileged(stack, ["backup", "create"])
        .finally(() => Deno.chmod(backups, 0o700));
      assert.equal(refused.code, 5, refused.text);
      assert.match(refused.stderr, /Cannot write .*backups.*denied/);
      assert.deepEqual((await listed(stack)).backups, was.backups);
      // Not below /tmp, which the rules for backups.directory refuse.
      const place = await Deno.makeTempDir({ dir: "/var/tmp" });
      await must(["mount", "-t", "tmpfs", "-o", "size=70m,mode=0700", "tmpfs", place]);
      try {
        await stack.ok(["config", "set", `backups.directory=${place}`]);
        await Deno.copyFile(`${backups}/${file}`, `${place}/${file}`);
        await must([
          "dd",
          "if=/dev/zero",
          `of=${place}/filler`,
          "bs=1M",
          "count=20",
          "status=none",
        ]);
        const early = await stack.run(["backup", "create"]);
        assert.equal(early.code, 4, early.text);
        assert.match(early.stderr, /may need/);
        await Deno.remove(`${place}/filler`);
        // More than the last backup lets expect.
        const large = "head -c 80000000 /dev/urandom > /app/uploads/large.bin";
        await must(["docker", "exec", backend, "sh", "-c", large]);
        const late = await stack.run(["backup", "create"]);
        await must(["docker", "exec", backend, "rm", "/app/uploads/large.bin"]);
        assert.equal(late.code, 5, late.text);
        assert.match(late.stderr, /No space left|disk/i);
        assert.deepEqual([...Deno.readDirSync(place)].map(({ name }) => name), [file]);
        await must(["cmp", `${backups}/${file}`, `${place}/${file}`]);
      } finally {
        await stack.ok(["config", "set", "backups.directory=backups"]);
        await must(["umount", place]);
        await Deno.remove(place);
      }
    },
  );

  await t.step("600 MB of uploads and a half of them random: the memory stays below", async () => {
    const mebibytes = 600;
    const half = mebibytes / 2;
    const fill = `cd /app/uploads && head -c ${half}M /dev/urandom > random.bin && ` +
      `yes 'Evidence of a test that passed.' | head -c ${half}M > text.txt`;
    await must(["docker", "exec", backend, "sh", "-c", fill]);
    const told: string[] = [];
    for (const args of [["create"], ["verify"], ["restore", "--skip-backup", "--yes"]]) {
      const { ok, rss, stderr } = await peakOf([PROGRAM, "backup", ...args, "--dir", stack.dir]);
      assert.ok(ok, `backup ${args[0]}: ${stderr}`);
      const most = Math.round(rss / 2 ** 20);
      assert.ok(most < half, `backup ${args[0]}: ${most} MiB`);
      told.push(`${args[0]} ${most} MiB`);
    }
    await must([
      "docker",
      "exec",
      backend,
      "sh",
      "-c",
      "rm /app/uploads/*.bin /app/uploads/text.txt",
    ]);
    console.log(`    the most memory for ${mebibytes} MiB: ${told.join(", ")}`);
  });

  await t.step("a passphrase instead of keys", async () => {
    const path = `${stack.dir}/pass.txt`;
    await Deno.writeTextFile(path, "correct horse battery staple\n", { mode: 0o600 });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await stack.ok(["backup", "create", "--passphrase-file", path]);
    const without = await stack.run(["backup", "verify"]);
    assert.equal(without.code, 4, without.text);
    assert.match(without.stderr, /cannot be opened with this key/);
    const proven = await stack.ok(["backup", "verify", "--passphrase-file", path]);
    assert.match(proven.stdout, /is proven/);
    await Deno.writeTextFile(`${path}.wrong`, "correct horse battery stable\n", { mode: 0o600 });
    const wrong = await stack.run(["backup", "verify", "--passphrase-file", `${path}.wrong`]);
    assert.equal(wrong.code, 4, wrong.text);
    assert.equal((await listed(stack)).failure, null, "a slip is no failure of the backups");
    const newest = (await listed(stack)).backups[0]?.file ?? "";
    const { manifest } = await readBackup(
      theHost(),
      `${backups}/${newest}`,
      { kind: "passphrase", passphrase: "correct horse battery staple" },
      undefined,
      {
        signal: new AbortController().signal,
        receiver: () => undefined,
        onBytes: () => undefined,
      },
    );
    assert.equal(manifest.graphs.length, 3);
    if ((await sh(["age", "--version"])).code === 0) {
      // age asks on the terminal alone, so it is given one.
      const program = `age --decrypt ${backups}/${newest} | tar -x -O README.txt > ${path}.read`;
      await must(["script", "--quiet", "--return", "--command", program, "/dev/null"], {
        stdin: "correct horse battery staple\n",
      });
      assert.match(await Deno.readTextFile(`${path}.read`), /pg_restore/);
    }
    await Deno.chmod(path, 0o644);
    assert.equal((await stack.run(["backup", "create", "--passphrase-file", path])).code, 2);
  });

  await t.step("made while people write, and sequences go on: it is proven", async () => {
    const postgres = `${stack.name}-postgres-1`;
    // Counting them takes longer than the program that dumps needs to begin.
    const prepared = await sqlIn(
      postgres,
      "CREATE TABLE public.counted AS SELECT g AS id FROM generate_series(1, 1000000) g;\n" +
        "CREATE TABLE public.written (id serial PRIMARY KEY, at timestamptz DEFAULT now());",
    );
    assert.equal(prepared.code, 0, prepared.text);
    const writing = sqlIn(
      postgres,
      "DO $do$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_tables WHERE tablename = 'enough') LOOP\n" +
        "INSERT INTO public.written DEFAULT VALUES;\n" +
        "PERFORM * FROM ag_catalog.cypher('trials', $c$ CREATE (:Trial {n: 0}) $c$) AS (v ag_catalog.agtype);\n" +
        "COMMIT; END LOOP; END $do$;",
    );
    const written = async () =>
      Number((await sqlIn(postgres, "SELECT count(*) FROM written")).text);
    const before = await written();
    await stack.ok(["backup", "create"]);
    const meanwhile = await written() - before;
    assert.equal((await sqlIn(postgres, "CREATE TABLE public.enough ()")).code, 0);
    const wrote = await writing;
    assert.equal(wrote.code, 0, wrote.text);
    assert.ok(meanwhile > 100, `${meanwhile} rows`);
    const proven = await stack.run(["backup", "verify"]);
    assert.equal(proven.code, 0, proven.text);
    console.log(`    ${meanwhile} rows written while it was made, and it is proven`);
  });
});
