/**
 * Copies of backups on another disk, a real SSH server and a real remote of rclone, all on loopback: made and
 * compared, every way in which a target fails, killed in the middle, pruned, and fetched back.
 */
import assert from "node:assert/strict";
import { asDescribed } from "../support/as_described.ts";
import { hasRclone, RcloneServer } from "../support/rclone_server.ts";
import { hasSshd, SshServer } from "../support/ssh_server.ts";
import { must, type Ran, sh, TestStack } from "../support/stack.ts";

interface Outcome {
  readonly target: string;
  readonly ok: boolean;
  readonly copied: readonly string[];
  readonly reason?: string;
  readonly hint?: string;
}

const NEEDED = Deno.uid() === 0 && await hasSshd() && await hasRclone();

/** Names in a directory, what is hidden too. */
const names = (path: string) => [...Deno.readDirSync(path)].map((each) => each.name).sort();

async function sumOf(path: string): Promise<string> {
  return (await must(["sha256sum", path])).split(" ")[0] ?? "";
}

/** Waits for something to be true, and no longer. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 20_000, what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test({
  name: "copies: made, compared, failed, killed, pruned, fetched" +
    (NEEDED ? "" : " (SKIPPED: needs root, openssh-server and rclone)"),
  ignore: !NEEDED,
  fn: async (t) => {
    await using stack = new TestStack("copies");
    await using ssh = await SshServer.start();
    await using nas = await RcloneServer.start();
    const work = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "rxdx-copies-" });
    const [disk, remote] = [`${work}/disk`, `${work}/remote`];
    for (const path of [disk, remote]) {
      await Deno.mkdir(path);
      await must(["mount", "-t", "tmpfs", "-o", "size=400m,mode=0700", "tmpfs", path]);
    }
    try {
      const made = await stack.init();
      assert.equal(made.code, 0, made.text);
      const sftp = ssh.target(`${remote}/rxdx`);
      const rclone = "rclone:nas:rxdx";
      const targets = [disk, sftp, rclone];
      const places = [disk, `${remote}/rxdx`, `${nas.directory}/rxdx`];
      const set = (...values: string[]) => stack.ok(["config", "set", ...values]);
      await set(
        `backups.copy_to=${targets.join(",")}`,
        `backups.ssh_key=${ssh.key}`,
        `backups.known_hosts=${ssh.knownHosts}`,
        `backups.rclone_config=${nas.configuration}`,
      );
      const backups = `${stack.dir}/backups`;
      const large = "head -c 50000000 /dev/urandom > /app/uploads/large.bin";
      await must(["docker", "exec", `${stack.name}-backend-1`, "sh", "-c", large]);
      let file = "";
      const partials = () =>
        places.flatMap((each) => names(each).filter((name) => name.endsWith(".partial")));
      const copy = async (...more: string[]): Promise<{ ran: Ran; outcomes: Outcome[] }> => {
        const ran = await stack.run(["backup", "copy", "--json", ...more]);
        const { targets } = asDescribed<{ targets: Outcome[] }>("backup copy", ran.stdout);
        for (const each of targets) if (!each.ok) console.log(`    ${each.reason}`);
        return { ran, outcomes: targets };
      };
      /** Everything is everywhere as it is here, and nothing half. */
      const assertWhole = async (what: string) => {
        const sum = await sumOf(`${backups}/${file}`);
        for (const place of places) {
          assert.equal(await sumOf(`${place}/${file}`), sum, `${what}: ${place}`);
          assert.ok(names(place).includes(file.replace(".tar.age", ".json")), what);
        }
        assert.deepEqual(partials(), [], what);
      };
      const forget = async () => {
        // Its server remembers what was half written, also when the file is gone.
        await nas.stop();
        for (const place of places) {
          for (const name of names(place)) await Deno.remove(`${place}/${name}`);
        }
        await nas.listen();
      };

      await t.step("create copies to all three, and everybody can see it", async () => {
        const ran = await stack.ok(["backup", "create", "--json"]);
        const said = JSON.parse(ran.stdout) as { file: string; copies: Outcome[] };
        file = said.file;
        assert.deepEqual(
          said.copies.map((each) => [each.target, each.ok]),
          targets.map((each) => [
            each,
            true,
          ]),
        );
        await assertWhole("create");
        const list = await stack.ok(["backup", "list"]);
        assert.match(list.stdout, /1 2 3 {2}not proven$/m);
        assert.ok(list.stdout.includes(`2  ${sftp}: 1 copy, the last`));
        const json = JSON.parse((await stack.ok(["backup", "list", "--remote", "--json"])).stdout);
        assert.deepEqual(json.targets.map((each: { reachable: boolean }) => each.reachable), [
          true,
          true,
          true,
        ]);
        const status = JSON.parse((await stack.ok(["status", "--json"])).stdout);
        assert.equal(status.backup.copies.length, 3);
        assert.match((await stack.ok(["check", "copies"])).stdout, /answers, 1 copy/);
        // Nothing to do, at once and without a transfer.
        assert.deepEqual((await copy()).outcomes.map((each) => each.copied), [[], [], []]);
      });

      await t.step("no secret of a target is in an output, the journal or the record", async () => {
        const ran = await stack.run(["backup", "copy", "--verbose"]);
        const key = (await Deno.readTextFile(ssh.key)).split("\n")[1] ?? "";
        for (const secret of [nas.secret, key]) {
          assert.ok(!ran.text.includes(secret));
          const found = await sh(["grep", "-rlF", secret, `${stack.dir}/.rxdx`, backups]);
          assert.equal(found.stdout, "");
        }
        await Deno.chmod(ssh.key, 0o644);
        await Deno.chmod(nas.configuration, 0o644);
        const { outcomes } = await copy();
        assert.deepEqual(outcomes.map((each) => each.hint ?? ""), [
          "",
          `chmod 600 ${ssh.key}`,
          `chmod 600 ${nas.configuration}`,
        ]);
        await Deno.chmod(ssh.key, 0o600);
        await Deno.chmod(nas.configuration, 0o600);
      });

      await t.step("what fails at a target is said, told, and over when it is mended", async () => {
        await forget();
        await ssh.stop();
        await nas.stop();
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        const ran = await stack.ok(["backup", "create", "--json"]);
        const said = JSON.parse(ran.stdout) as { file: string; copies: Outcome[] };
        file = said.file;
        assert.deepEqual(said.copies.map((each) => each.ok), [true, false, false]);
        for (const each of said.copies.slice(1)) assert.match(each.reason ?? "", /does not answer/);
        const health = await stack.run(["healthcheck"]);
        assert.match(health.text, /warning: The copy of backups failed at .*does not answer/);
        const { checks } = JSON.parse((await stack.run(["doctor", "--json"])).stdout) as {
          checks: { id: string; state: string; detail: string; hint: string }[];
        };
        const looked = checks.filter(({ id }) => id.startsWith("backup-copies-"));
        assert.deepEqual(looked.map((each) => each.state), ["ok", "fail", "fail"]);
        assert.match(looked[1]?.hint ?? "", /^ssh -p \d+ .*backup copy .*--to sftp:/);
        await nas.listen();
        const failed = async (what: RegExp, hint: RegExp) => {
          const { ran, outcomes } = await copy("--to", sftp);
          assert.equal(ran.code, 6, ran.text);
          assert.match(outcomes[0]?.reason ?? "", what);
          assert.match(outcomes[0]?.hint ?? "", hint);
          assert.deepEqual(names(places[1] ?? ""), []);
        };
        await ssh.newKey("host");
        await ssh.listen();
        await failed(/host key is another than the known one/, /ssh-keygen -R/);
        await Deno.writeTextFile(ssh.knownHosts, "");
        await failed(/host key is not known/, /ssh-keyscan -p/);
        await ssh.know();
        await set(`backups.ssh_key=${ssh.key.replace(/login$/, "other")}`);
        await failed(/login was refused: .*Permission denied/, /authorized_keys/);
        await set(`backups.ssh_key=${ssh.key}`);
        const after = await copy();
        assert.equal(after.ran.code, 0, after.ran.text);
        await assertWhole("mended");
        const { problems } = JSON.parse((await stack.ok(["status", "--json"])).stdout) as {
          problems: { code: string }[];
        };
        assert.ok(!problems.some(({ code }) => code.startsWith("copy")));
        const unknown = await copy("--to", "rclone:nowhere:x", "--to", `${work}/none`);
        assert.match(unknown.outcomes[0]?.reason ?? "", /has no remote nowhere/);
        assert.match(unknown.outcomes[1]?.reason ?? "", /no such directory/);
        const wrong = await stack.run(["backup", "copy", "--to", "s3://b/x", "--to", "x"]);
        assert.equal(wrong.code, 2);
        assert.match(wrong.stderr, /s3:\/\/b\/x[\s\S]*"x" must[\s\S]*rclone:s3:b\/x or \/x/);
      });

      await t.step(
        "killed in the middle and between all steps: nothing half, and it converges",
        async () => {
          let kills = 0;
          for (const [index, place] of places.entries()) {
            await forget();
            const child = stack.spawn(["backup", "copy", "--to", targets[index] ?? ""]);
            await until(`a partial file in ${place}`, () => names(place).length > 0);
            child.kill("SIGKILL");
            await child.output();
            assert.ok(!names(place).includes(file), "no half file has its name");
            kills++;
          }
          const stamp = (name: string) => /(\d{8}T\d{6}Z)/.exec(name)?.[1]?.toLowerCase() ?? "";
          for (const at of ["before:copy-compare", "after:copy-compare"]) {
            await forget();
            const env = { RXDX_FAILPOINT: `${at}-${stamp(file)}=kill` };
            const ran = await stack.run(["backup", "copy", "--to", sftp], { env });
            assert.equal(ran.code, 137, ran.text);
            assert.equal(names(places[1] ?? "").includes(file), at.startsWith("after"));
            kills++;
            assert.equal((await copy("--to", sftp)).ran.code, 0);
          }
          assert.equal((await copy()).ran.code, 0);
          await assertWhole("after all kills");
          console.log(
            `    ${kills} of ${kills} kills left no half copy, and the next run was whole`,
          );
        },
      );

      await t.step("Ctrl-C takes its half away", async () => {
        await forget();
        const child = stack.spawn(["backup", "copy", "--to", sftp]);
        await until("a partial file", () => names(places[1] ?? "").length > 0);
        child.kill("SIGINT");
        assert.equal((await child.output()).code, 130);
        assert.deepEqual(partials(), []);
      });

      await t.step("a login without a shell: read back instead", async () => {
        await ssh.stop();
        await ssh.listen(true);
        assert.equal((await copy("--to", sftp)).ran.code, 0);
        assert.equal(await sumOf(`${places[1]}/${file}`), await sumOf(`${backups}/${file}`));
      });

      await t.step("a full target, before and in the middle, keeps what it has", async () => {
        await forget();
        for (const path of [disk, remote]) {
          await must(["mount", "-o", "remount,size=30m", path]);
          const { outcomes } = await copy("--to", path === disk ? disk : sftp);
          assert.match(outcomes[0]?.reason ?? "", /are free, and .* needs/);
        }
        // Full only while it writes: somebody else takes the room meanwhile.
        await must(["mount", "-o", "remount,size=70m", remote]);
        const child = stack.spawn(["backup", "copy", "--json", "--to", sftp]);
        await until("a partial file", () => partials().length > 0);
        // Stopped, it cannot come to its end first. ssh goes on, but has no more than what is on its way already, the
        // 2 MiB of sftp.ts; the rest of the file comes from the program.
        child.kill("SIGSTOP");
        try {
          await sh(["dd", "if=/dev/zero", `of=${remote}/filler`, "bs=1M", "count=70"]);
        } finally {
          child.kill("SIGCONT");
        }
        const { stdout } = await child.output();
        const said = JSON.parse(new TextDecoder().decode(stdout)) as { targets: Outcome[] };
        assert.match(said.targets[0]?.reason ?? "", /it is full/);
        assert.deepEqual(names(places[1] ?? ""), []);
        await Deno.remove(`${remote}/filler`);
        for (const path of [disk, remote]) await must(["mount", "-o", "remount,size=400m", path]);
        assert.equal((await copy()).ran.code, 0);
        await assertWhole("room again");
      });

      await t.step("a disk that is not mounted is not filled in its place", async () => {
        await must(["umount", disk]);
        const { outcomes } = await copy("--to", disk);
        assert.match(outcomes[0]?.reason ?? "", /it is not mounted/);
        assert.deepEqual(names(disk), []);
        await must(["mount", "-t", "tmpfs", "-o", "size=400m,mode=0700", "tmpfs", disk]);
        assert.equal((await copy()).ran.code, 0);
      });

      await t.step("retention there as here, and never the last verified one", async () => {
        await set("backups.keep.daily=1", "backups.keep.weekly=0", "backups.keep.monthly=0");
        const small = new TextEncoder().encode("x");
        const old = (day: string, ok?: boolean) => {
          const name = `${stack.name}-202601${day}T020000Z`;
          const record = { schema: 1, file: `${name}.tar.age`, sha256: "0", recipients: [] };
          const proof = { at: "2026-01-01T03:00:00Z", ok, seconds: 1 };
          for (const place of places) {
            Deno.writeFileSync(`${place}/${name}.tar.age`, small);
            const text = JSON.stringify({ ...record, ...(ok === undefined ? {} : { proof }) });
            Deno.writeTextFileSync(`${place}/${name}.json`, text);
          }
          return `${name}.tar.age`;
        };
        const [verified, later] = [old("05", true), old("06")];
        const foreign = `other-20260101T020000Z.tar.age`;
        for (const place of places) Deno.writeFileSync(`${place}/${foreign}`, small);
        // This one's own proof would make the old one dispensable.
        const own = `${backups}/${file.replace(".tar.age", ".json")}`;
        const { proof: _, ...unproven } = JSON.parse(await Deno.readTextFile(own));
        await Deno.writeTextFile(own, JSON.stringify(unproven));
        assert.equal((await copy()).ran.code, 0);
        for (const place of places) {
          const left = names(place).filter((name) => name.endsWith(".tar.age"));
          assert.ok(
            left.includes(verified) && left.includes(file) && left.includes(foreign),
            place,
          );
          assert.ok(!left.includes(later), `${place}: ${left.join(" ")}`);
        }
      });

      await t.step("a fresh server gets it back, and is told when it is another", async () => {
        const fresh = `${work}/fresh`;
        const login = ["--ssh-key", ssh.key, "--known-hosts", ssh.knownHosts];
        const fetch = (from: string, more: string[]) =>
          sh([
            ...[Deno.env.get("RXDX_SETUP") ?? "dist/rxdx-setup", "backup", "fetch", file, "--json"],
            ...["--from", from, "--dir", fresh, ...more],
          ]);
        const got = await fetch(sftp, login);
        assert.equal(got.code, 0, got.text);
        assert.equal(asDescribed<{ compared: boolean }>("backup fetch", got.stdout).compared, true);
        await must(["cmp", `${backups}/${file}`, `${fresh}/backups/${file}`]);
        const twice = await fetch(sftp, login);
        assert.equal(twice.code, 5, "never over a backup");
        const other = ["--output", `${work}/other`, "--rclone-config", nas.configuration];
        assert.equal((await fetch(rclone, other)).code, 0);
        const [place = ""] = places;
        const bytes = await Deno.readFile(`${place}/${file}`);
        bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
        await Deno.writeFile(`${place}/${file}`, bytes);
        const bad = await fetch(place, ["--output", `${work}/third`]);
        assert.equal(bad.code, 6, bad.text);
        assert.match(bad.stderr, /not the file that was copied there/);
        assert.deepEqual(names(`${work}/third`), []);
      });
    } finally {
      for (const path of [disk, remote]) await sh(["umount", path]);
      await Deno.remove(work, { recursive: true });
    }
  },
});
