/**
 * A disk that fills up, or a file that may not be written, in the middle of a proof, a restore, an upgrade and
 * scaling: the old state serves, nothing is lost, and a second run with room comes to its end. One stack whose
 * install directory and database lie on small disks of their own.
 */
import assert from "node:assert/strict";
import type { Service } from "../../lib/engine/compose.ts";
import { sqlIn } from "../support/backups.ts";
import { contentOf, leftOf } from "../support/restores.ts";
import { interrupted, SmallDisk, UNPRIVILEGED, unprivileged } from "../support/small_disk.ts";
import { holdImages, must, productionImages, type Ran, sh, TestStack } from "../support/stack.ts";
import { derive, forgetNames } from "../support/upgrade_images.ts";

/** Nobody listens there: the images are on this machine, under names of a registry that does not answer. */
const REGISTRY = "127.0.0.1:9";

const root = Deno.uid() === 0;
if (!root) console.log("SKIPPED: full disks: needs root for small file systems");

Deno.test({
  name: "full disks and refused writes: verify, restore, upgrade, scale",
  ignore: !root,
  fn: async (t) => {
    const stack = new TestStack("room");
    await using _held = await holdImages();
    const images = await productionImages();
    const repository = `${REGISTRY}/${stack.name}`;
    const name = (service: Service, tag: string) => `${repository}/${service}:${tag}`;
    await using _directory = {
      async [Symbol.asyncDispose]() {
        await stack[Symbol.asyncDispose]();
      },
    };
    await using install = await SmallDisk.at(stack.dir, 384);
    await using data = await SmallDisk.at(`${stack.dir}/../data`, 640);
    await using _stack = {
      async [Symbol.asyncDispose]() {
        await install.empty();
        await data.empty();
        await sh(["docker", "compose", "-p", stack.name, "down", "--volumes", "--timeout", "1"]);
        await forgetNames(repository, stack.name);
      },
    };
    for (const [service, image] of images) {
      for (const tag of ["1", "2"]) await must(["docker", "tag", image, name(service, tag)]);
    }
    await Promise.all([
      derive(images.get("backend") ?? "", name("backend", "2"), { lines: ["ENV APP_VERSION=2"] }),
      must(["docker", "build", "--quiet", "--tag", name("nginx", "2"), "-"], {
        stdin: `FROM ${images.get("nginx")}\nLABEL org.rxdx.test=newer\n`,
        env: { DOCKER_BUILDKIT: "1" },
      }),
    ]);
    const settings = [
      ...["images.source=registry", `images.registry=${repository}`, "images.tag=1"],
      ...[`images.postgres=${name("postgres", "1")}`, `images.nginx=${name("nginx", "1")}`],
      ...["resources.backend.workers=1", "resources.backend.memory=256M"],
      "nginx.rate_limits.auth=600r/m",
      ...["resources.postgres.memory=768M", "resources.postgres.max_connections=220"],
    ].flatMap((each) => ["--set", each]);
    await stack.ok(["init", "--yes", "--no-start", ...stack.settings(), ...settings]);
    // As an operator gives the database a disk of its own: a volume that is there before the first start.
    await must([
      ...["docker", "volume", "create", "--label", `com.docker.compose.project=${stack.name}`],
      ...["--label", "com.docker.compose.volume=postgres_data_prod", "--opt", "type=none"],
      ...["--opt", "o=bind", "--opt", `device=${await Deno.realPath(data.path)}`],
      `${stack.name}_postgres_data_prod`,
    ]);
    await stack.ok(["apply", "--yes"]);

    const postgres = `${stack.name}-postgres-1`;
    const sql = async (text: string) => {
      const ran = await sqlIn(postgres, text);
      assert.equal(ran.code, 0, ran.text);
      return ran.text;
    };
    // What compresses well makes a small backup and a large database.
    await sql(`CREATE TABLE evidence AS
SELECT g AS id, repeat(md5(g::text), 20) AS text FROM generate_series(1, 25000) g;`);
    const good = JSON.parse((await stack.ok(["backup", "create", "--json"])).stdout) as {
      file: string;
    };
    await sql("INSERT INTO evidence VALUES (0, 'since');");
    const secrets = stack.secrets();
    const present = await contentOf(stack, ["rxdx_graph"]);
    const serverStarted = async () => (await stack.containers()).get("postgres");
    let cases = 0;

    const says = (ran: Ran, code: number, ...texts: readonly RegExp[]) => {
      assert.equal(ran.code, code, ran.text);
      for (const text of texts) assert.match(ran.text, text);
      assert.doesNotMatch(ran.text, /\.ts:\d+/, "no trace");
    };
    /** People are served by the old state, and nothing of the new one is left. */
    const serves = async (what: string, left = true) => {
      const answer = await stack.ready();
      assert.equal(answer.status, 200, `${what}: ${answer.body}`);
      assert.deepEqual(await contentOf(stack, ["rxdx_graph"]), present, what);
      if (left) assert.deepEqual(await leftOf(stack), [], what);
      assert.deepEqual(stack.secrets(), secrets, what);
      await stack.login();
      cases++;
    };
    const filled = (args: readonly string[], point: string, disk: SmallDisk, leave = 0) =>
      interrupted(stack, args, point, () => disk.fill(leave));

    await t.step("restore: the disk of the database", async () => {
      const restore = ["backup", "restore", good.file, "--yes", "--skip-backup"];
      const server = await serverStarted();
      await data.fill(40e6);
      says(await stack.run(restore), 4, /disk of the database has .* free; .* needs/);
      await data.empty();
      await serves("too small from the beginning");
      // Room enough when it is asked for, and then somebody else takes it.
      for (const leave of [0, 90e6]) {
        const ran = await filled(restore, "before:restore-load", data, leave);
        says(ran, 5, /disk of the database has only|disk of the database is full/, /more room/);
        assert.ok(leave === 0 || await data.free() > 40e6, "what was loaded is gone");
        if (leave === 0) {
          // Without a byte PostgreSQL takes no new session if it has to write what it remembers of its
          // catalogue anew; the application's own sessions go on.
          assert.equal((await stack.ready()).status, 200);
          await data.empty();
        }
        await serves(`${leave} bytes left`);
        await data.empty();
      }
      assert.equal(await serverStarted(), server, "PostgreSQL went on");
    });

    await t.step("verify: the disk of the scratch database, and its end", async () => {
      const verify = ["backup", "verify", good.file];
      const label = `label=rxdx-setup.scratch=${stack.name}`;
      const scratch = () => must(["docker", "ps", "--quiet", "--filter", label]);
      const listed = async () => {
        const { backups, failure } = JSON.parse(
          (await stack.ok(["backup", "list", "--json"])).stdout,
        ) as {
          backups: { file: string; proof: { ok: boolean } | null }[];
          failure: { what: string } | null;
        };
        return [backups.find(({ file }) => file === good.file)?.proof?.ok, failure?.what];
      };
      const during = (meanwhile: (container: string) => Promise<unknown>) =>
        interrupted(stack, verify, "before:verify-restore", async () => {
          await meanwhile((await scratch()).trim());
        });
      await stack.ok(verify);
      assert.deepEqual(await listed(), [true, undefined]);
      // Docker's own disk is everybody's: what is restored goes to the memory disk of the container instead.
      const full = await during(async (container) => {
        await must(["docker", "exec", container, "mkdir", "-m", "700", "/dev/shm/small"]);
        for (
          const text of [
            "CREATE TABLESPACE small LOCATION '/dev/shm/small'",
            "ALTER DATABASE template0 SET TABLESPACE small",
          ]
        ) {
          const psql = ["psql", "-q", "-U", "rxdx", "-d", "rxdx_scratch", "-c", text];
          await must(["docker", "exec", container, ...psql]);
        }
        // Room for an empty database, and for none with all the evidence.
        const fill = "free=$(df -Pm /dev/shm | awk 'END { print $4 }') && " +
          "dd if=/dev/zero of=/dev/shm/filler bs=1M count=$((free - 16)) status=none";
        await must(["docker", "exec", container, "sh", "-c", fill]);
      });
      says(full, 5, /scratch database found no room on Docker's disk/, /No space left on device/);
      assert.deepEqual(await listed(), [true, "verify"], "the proof of before stays");
      const killed = await during((container) => must(["docker", "kill", container]));
      says(killed, 5, /says nothing of the backup: The scratch database was (ended|removed)/);
      assert.deepEqual(await listed(), [true, "verify"]);
      assert.equal(await scratch(), "");
      await stack.ok(verify);
      assert.deepEqual(await listed(), [true, undefined]);
      await serves("a proof that the machine did not finish");
    });

    await t.step("restore: the install directory", async () => {
      const restore = ["backup", "restore", good.file, "--yes", "--skip-backup"];
      for (const id of ["load", "stop", "started", "start"]) {
        const ran = await filled(restore, `before:restore-${id}`, install);
        await install.empty();
        // Whatever has room in the last pages of its files goes on; it goes back, or it comes to its end.
        if (ran.code === 0) {
          assert.equal(await sql("SELECT count(*) FROM evidence"), "25000");
          await sql("INSERT INTO evidence VALUES (0, 'since');");
        } else says(ran, 5, /No space left|os error 28/, /Free some space/);
        await serves(`full before restore-${id}`);
      }
      await Deno.chmod(`${stack.dir}/backups`, 0o500);
      const refused = await unprivileged(stack, ["backup", "restore", good.file, "--yes"]);
      says(refused, 5, /Cannot write .*backups.*denied/);
      await Deno.chmod(`${stack.dir}/backups`, 0o700);
      await serves("the backup of the present state cannot be written");
    });

    const runs = (service: Service) =>
      must(["docker", "inspect", "-f", "{{.Config.Image}}", `${stack.name}-${service}-1`]);
    const old = async (what: string) => {
      for (const service of ["backend", "nginx"] as const) {
        assert.equal(await runs(service), name(service, "1"), what);
      }
      assert.equal(await Deno.stat(`${stack.dir}/.rxdx/upgrade`).catch(() => null), null, what);
      await serves(what, false);
    };
    const upgrade = ["upgrade", "--to", "2", "--yes"];

    await t.step("upgrade: while the old version is stopped", async () => {
      await data.fill(90e6);
      says(await stack.run(upgrade), 4, /disk of the database has .* free; the copy .* may need/);
      await data.empty();
      await old("no room for the copy");
      says(
        await filled(upgrade, "before:upgrade-copy", data, 70e6),
        5,
        /copy that an upgrade keeps for its way back/,
        /1 serves again/,
      );
      await data.empty();
      await old("no room for the copy any more");
      says(
        await filled(upgrade, "before:upgrade-copy", install),
        5,
        /No space left|os error 28/,
        /1 serves again/,
      );
      await install.empty();
      await old("full when the copy is noted");
      assert.equal((await stack.run(["plan"])).code, 0);
    });

    // Of nginx alone, which needs neither backup nor copy: what is written is the same.
    await t.step("upgrade: the install directory", async () => {
      const next = () => stack.ok(["config", "set", `images.nginx=${name("nginx", "2")}`]);
      const swap = ["upgrade", "--yes"];
      for (const point of ["before:write-files", "before:record"]) {
        await next();
        const ran = await filled(swap, point, install);
        await install.empty();
        says(ran, 5, /No space left|os error 28/, /1 serves again/);
        await old(`full ${point}`);
      }
      await next();
      await Deno.chmod(stack.dir, 0o500);
      const refused = await unprivileged(stack, swap);
      await Deno.chmod(stack.dir, 0o755);
      says(refused, 4, /Cannot write \S+\/stack: permission denied/, /changed no file/);
      await old("the install directory cannot be written");
      await next();
      // Between the look and the writing: then its rxdx.yml cannot be put back either, and that is told.
      const shut = () => Deno.chmod(stack.dir, 0o500);
      const late = await interrupted(stack, swap, "before:write-files", shut, UNPRIVILEGED);
      await Deno.chmod(stack.dir, 0o755);
      says(late, 5, /Cannot write .*denied/, /way back failed too/, /rollback .*goes on/);
      await serves("closed from one moment to the next", false);
      await stack.ok(["rollback", "--yes"]);
      await old("it can be written again");
      await next();
      const done = await filled(swap, "before:upgrade-commit", install);
      await install.empty();
      says(done, 0, /runs and is healthy/);
      assert.equal(await runs("nginx"), name("nginx", "2"));
      await serves("full before the last step of an upgrade", false);
      assert.equal((await stack.run(["plan"])).code, 0);
    });

    await t.step("scale: rxdx.yml and the Compose files cannot be written", async () => {
      const scale = ["scale", "backend=2", "--yes"];
      const once = async (what: string) => {
        await serves(what, false);
        assert.equal((await stack.run(["plan"])).code, 0, what);
      };
      const ran = await filled(scale, "before:write-files", install);
      await install.empty();
      says(ran, 5, /No space left/);
      await once("full before the files of scaling");
      await Deno.chmod(stack.dir, 0o500);
      const refused = await unprivileged(stack, scale);
      await Deno.chmod(stack.dir, 0o755);
      says(refused, 5, /Cannot write .*denied/);
      await once("rxdx.yml cannot be written");
      await stack.ok(scale);
      const down = await filled(["scale", "backend=1", "--yes"], "before:drain", install);
      await install.empty();
      says(down, 5, /No space left/);
      await serves("full before nginx is told that one leaves", false);
      await stack.ok(["scale", "backend=1", "--yes"]);
      await once("scaled with room");
    });

    // What found no room for a whole line of a journal, or of the record, has left no half of one.
    const journal = `${stack.dir}/.rxdx/journal`;
    for (const { name: file } of Deno.readDirSync(journal)) {
      const lines = Deno.readTextFileSync(`${journal}/${file}`).split("\n");
      for (const line of lines.filter((each) => each !== "")) JSON.parse(line);
    }
    const record = await stack.ok(["audit", "verify", "--json"]);
    assert.equal((JSON.parse(record.stdout) as { ok: boolean }).ok, true, record.stdout);
    console.log(`    ${cases} of ${cases}: the old state served, 0 rows and 0 secrets lost`);
  },
});
