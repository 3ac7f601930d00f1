/**
 * Rotation on a real stack: the database's password under load, sessions and what ends them, values that a
 * mail server refuses, an edited `.env`, a full disk, and SIGKILL at every step. One stack for all of it.
 */
import assert from "node:assert/strict";
import { theHost } from "../../lib/host/real.ts";
import { readBackup } from "../../lib/operations/backup/read.ts";
import { readEnv } from "../../lib/render/env_codec.ts";
import { asDescribed } from "../support/as_described.ts";
import type { RecoveryKey } from "../support/backups.ts";
import { Load } from "../support/load.ts";
import { MailServer } from "../support/loopback_mail.ts";
import { killedAt, pointsAround, stepsOf } from "../support/kills.ts";
import { interrupted, unprivileged } from "../support/small_disk.ts";
import { holdImages, must, type Ran, type RunOptions, sh, TestStack } from "../support/stack.ts";

const SETTINGS = [
  "domain=rxdx.example.org",
  "resources.backend.workers=1",
  "nginx.rate_limits.api=1000r/s",
  "nginx.rate_limits.api_burst=1000",
  "nginx.rate_limits.auth=1000r/m",
].flatMap((setting) => ["--set", setting]);

/** Names whose values must be nowhere but in `.env`. */
const NAMES = ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD", "SMTP_PASSWORD"] as const;

interface PendingFile {
  readonly values: Readonly<Record<string, string>>;
  readonly former: Readonly<Record<string, string>>;
}

class Rotated {
  readonly stack: TestStack;
  /** Every value that any of the secrets ever had. */
  readonly values = new Set<string>();
  /** Command lines of all processes, seen while something was being rotated. */
  readonly commandLines = new Set<string>();
  /** All that the program said. */
  output = "";

  constructor(stack: TestStack) {
    this.stack = stack;
    this.remember();
  }

  env(): Map<string, string> {
    return readEnv(Deno.readTextFileSync(`${this.stack.dir}/.env`));
  }

  pending(): PendingFile | undefined {
    try {
      return JSON.parse(Deno.readTextFileSync(`${this.stack.dir}/.rxdx/rotation.json`));
    } catch {
      return undefined;
    }
  }

  remember(): void {
    const env = this.env();
    for (const name of NAMES) this.values.add(env.get(name) ?? "");
    const { values = {}, former = {} } = this.pending() ?? {};
    for (const each of [...Object.values(values), ...Object.values(former)]) this.values.add(each);
    this.values.delete("");
  }

  async run(args: readonly string[], options: RunOptions = {}) {
    let done = false;
    const watching = (async () => {
      while (!done) {
        for (const { name } of Deno.readDirSync("/proc")) {
          if (!/^\d+$/.test(name)) continue;
          try {
            this.commandLines.add(Deno.readTextFileSync(`/proc/${name}/cmdline`));
          } catch {
            // It has ended meanwhile.
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    const ran = await this.stack.run(["secrets", "rotate", ...args], options);
    done = true;
    await watching;
    this.output += ran.text;
    this.remember();
    return ran;
  }

  async ok(args: readonly string[], options: RunOptions = {}) {
    const ran = await this.run([...args, "--yes"], options);
    assert.equal(ran.code, 0, ran.text);
    return ran;
  }

  /** Which of these passwords the database takes from its role, asked at its own address. */
  async takes(passwords: readonly string[]): Promise<boolean[]> {
    const script =
      'while IFS= read -r PGPASSWORD; do export PGPASSWORD; psql -w -h "$(hostname -i)" ' +
      '-U "$POSTGRES_USER" -d "$POSTGRES_DB" -Atc "SELECT 1" </dev/null 2>&1 | tail -n 1; done';
    const stdin = passwords.map((each) => `${each}\n`).join("");
    const said = await must([
      "docker",
      "exec",
      "-i",
      `${this.stack.name}-postgres-1`,
      "sh",
      "-c",
      script,
    ], {
      stdin,
    });
    return said.split("\n").map((line) => line === "1");
  }

  async letsIn(password: string): Promise<boolean> {
    return (await this.takes([password]))[0] === true;
  }

  async loginAs(password: string): Promise<number> {
    const email = this.env().get("ADMIN_EMAIL");
    return (await this.stack.request("/api/v1/auth/login", { body: { email, password } })).status;
  }

  async me(token: string): Promise<number> {
    return (await this.stack.request("/api/v1/auth/me", { token })).status;
  }

  psql(sql: string): Promise<string> {
    return must(
      ["docker", "compose", "exec", "-T", "postgres", "sh", "-c", 'psql -U "$POSTGRES_USER" -At'],
      { cwd: this.stack.dir, stdin: sql },
    );
  }
}

Deno.test("rotation of secrets", async (t) => {
  await using stack = new TestStack("rotate");
  await using _held = await holdImages();
  const small = Deno.uid() === 0;
  // A small file system of its own, so that it can be filled.
  const mount = stack.place;
  if (small) await must(["mount", "-t", "tmpfs", "-o", "size=4g,mode=700", "tmpfs", mount]);
  try {
    await rotation(t, stack, small ? mount : undefined);
  } finally {
    if (small) {
      await sh(["docker", "compose", "-p", stack.name, "down", "--volumes", "--timeout", "2"]);
      await must(["umount", "--lazy", mount]);
    }
  }
});

async function rotation(t: Deno.TestContext, stack: TestStack, mount: string | undefined) {
  const ran = await stack.init(SETTINGS);
  assert.equal(ran.code, 0, ran.text);
  const it = new Rotated(stack);
  const { https } = stack.ports;
  await it.psql("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf();");
  const token = await stack.login();

  await t.step(
    "the recovery key: old backups open with the old one, new ones with the new",
    async () => {
      await recoveryKey(it);
    },
  );

  // Until here there had to be room; from here on it can be filled.
  if (mount !== undefined) await must(["mount", "-o", "remount,size=24m", mount]);

  await t.step("the database's password under load: it serves on, logins stay", async () => {
    const before = it.env().get("POSTGRES_PASSWORD") ?? "";
    const containers = await stack.containers();
    // Pools as a quiet stack has them: that they carry what comes is the rotation's own matter.
    const options = { newConnections: 1, keptOpen: 1, pauseMs: 20, token };
    const reads = await Load.start(https, { ...options, path: "/api/v1/auth/me" });
    const writes = await Load.start(https, {
      ...options,
      path: "/api/v1/requirements",
      body: JSON.stringify({ title: "Written while the password is rotated" }),
    });
    const ready = await Load.start(https, { newConnections: 2, keptOpen: 2, pauseMs: 20 });
    await reads.settle();
    const from = performance.now();
    const rotated = await it.ok(["POSTGRES_PASSWORD", "--json"]);
    const told = asDescribed<{ started: boolean; downtime_seconds: number | null }>(
      "secrets rotate",
      rotated.stdout,
    );
    assert.equal(told.started, true);
    assert.equal(typeof told.downtime_seconds, "number");
    const seconds = (performance.now() - from) / 1000;
    await reads.settle();
    const results = [await reads.stop(), await writes.stop(), await ready.stop()];
    const [read, written, asked] = results;
    // A question for readiness may fail on a busy machine: the application gives its checks 2 s.
    const failed = (read?.failed ?? 0) + (written?.failed ?? 0);
    const slowest = Math.max(...results.map((each) => each.times.at(-1) ?? 0));
    const none = ((asked?.unansweredMs ?? 0) / 1000).toFixed(2);
    console.log([
      `    ${seconds.toFixed(1)} s, the slowest answer took ${slowest.toFixed(0)} ms; failed: ` +
      `${read?.failed} of ${read?.sent} reads, ${written?.failed} of ${written?.sent} writes, ` +
      `${asked?.failed} of ${asked?.sent} questions for readiness`,
      `    no good answer for at most ${none} s; the program says ${told.downtime_seconds} s in all`,
      ...results.flatMap((each) => each.errors.map((error) => `    ${error}`)),
    ].join("\n"));
    assert.equal(failed, 0);
    const after = it.env().get("POSTGRES_PASSWORD") ?? "";
    assert.notEqual(after, before);
    assert.equal(await it.letsIn(after), true);
    assert.equal(await it.letsIn(before), false);
    assert.equal(await it.me(token), 200, "the login stays");
    const now = await stack.containers();
    for (const service of ["postgres", "nginx", "frontend"]) {
      assert.equal(now.get(service), containers.get(service), `${service} was left alone`);
    }
    assert.notEqual(now.get("backend"), containers.get("backend"));
    assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
    assert.equal(it.pending(), undefined);
  });

  await t.step("what is wrong with a call is told at once, and nothing is written", async () => {
    const env = Deno.readTextFileSync(`${stack.dir}/.env`);
    for (
      const [args, options, code, says] of [
        [["POSTGRE_PASSWORD", "NOTHING"], {}, 2, /did you mean POSTGRES_PASSWORD\?\n.*NOTHING/],
        [[], {}, 2, /Say which secrets/],
        [["SMTP_PASSWORD"], {}, 2, /no terminal to\s+ask on/],
        [["SECRET_KEY"], {}, 2, /--yes/],
        [["POSTGRES_PASSWORD", "--stdin"], { stdin: "shört\n" }, 3, /printable ASCII/],
      ] as const
    ) {
      const refused = await it.run(args, options);
      assert.equal(refused.code, code, `${args.join(" ")}\n${refused.text}`);
      assert.match(refused.text, says, args.join(" "));
    }
    assert.equal(Deno.readTextFileSync(`${stack.dir}/.env`), env);
    assert.equal(it.pending(), undefined);
  });

  const login = { user: "rxdx", password: "Kiesel-Feder-93" };
  await using server = await MailServer.start({ login, disabledCommands: ["STARTTLS"] });
  await t.step("a mail server that refuses the new password: nothing was changed", async () => {
    await stack.ok([
      "config",
      "set",
      "email.host=127.0.0.1",
      `email.port=${server.port}`,
      "email.user=rxdx",
      "email.tls=false",
      "email.from=rxdx@example.com",
    ]);
    const env = Deno.readTextFileSync(`${stack.dir}/.env`);
    const refused = await it.run(["smtp", "--stdin", "--yes"], { stdin: "another one\n" });
    assert.equal(refused.code, 4, refused.text);
    assert.match(refused.stderr, /SMTP_PASSWORD: .*the login was refused.*Nothing was changed/s);
    assert.equal(Deno.readTextFileSync(`${stack.dir}/.env`), env);
    assert.equal(it.pending(), undefined);
    const taken = await it.ok(["smtp", "--stdin"], { stdin: `${login.password}\n` });
    assert.match(taken.stdout, /Users were without the application for \d+(\.\d)? s\./);
    assert.equal(it.env().get("SMTP_PASSWORD"), login.password);
    const inside = await must(
      ["docker", "compose", "exec", "-T", "backend", "printenv", "SMTP_PASSWORD"],
      { cwd: stack.dir },
    );
    assert.equal(inside, login.password);
  });

  await t.step("an edited .env: doctor finds it, --adopt makes the database follow", async () => {
    const path = `${stack.dir}/.env`;
    const edited = "Muschel-Laterne-51-Quarz";
    const text = Deno.readTextFileSync(path)
      .replace(/^POSTGRES_PASSWORD=.*$/m, `POSTGRES_PASSWORD=${edited}`);
    Deno.writeTextFileSync(path, text);
    it.remember();
    const doctor = await stack.run(["doctor", "postgres", "--json"]);
    const { checks } = JSON.parse(doctor.stdout) as {
      checks: { id: string; state: string; hint: string | null }[];
    };
    const found = checks.find((each) => each.id === "database-login");
    assert.equal(found?.state, "fail");
    assert.match(found?.hint ?? "", /secrets rotate .*--adopt/);
    await it.ok(["--adopt"]);
    assert.equal(await it.letsIn(edited), true);
    assert.equal(await it.me(token), 200);
    assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
  });

  await t.step("a full disk, a file that cannot be written: the old state is intact", async () => {
    const path = `${stack.dir}/.env`;
    const env = Deno.readTextFileSync(path);
    const password = it.env().get("POSTGRES_PASSWORD") ?? "";
    const stayed = async (what: string, failed: Ran, says: RegExp) => {
      assert.notEqual(failed.code, 0, what);
      assert.match(failed.stderr, says, failed.text);
      assert.doesNotMatch(failed.stderr, /\.ts:\d+/);
      assert.equal(Deno.readTextFileSync(path), env, what);
      assert.equal(await it.letsIn(password), true, `${what}: the old password holds`);
      assert.equal(it.pending(), undefined, what);
    };
    const intact = async (what: string, says: RegExp, options: RunOptions = {}) =>
      await stayed(what, await it.run(["POSTGRES_PASSWORD", "--yes"], options), says);
    let count = 0;
    for (const free of mount === undefined ? [] : [0, 48, 1024]) {
      const df = await must(["df", "--output=avail", "-k", mount ?? ""]);
      const size = Math.max(0, Number(df.split("\n").at(-1)) - free);
      const filler = `${mount}/filler`;
      await sh(["dd", "if=/dev/zero", `of=${filler}`, "bs=1024", `count=${size}`]);
      await intact(`${free} KiB`, /No space left|KiB are free/).finally(() =>
        Deno.removeSync(filler)
      );
      count++;
    }
    // The file system refuses to put another .env in its place: known before, and behind the change of the role.
    const chattr = (flag: string) => sh(["sh", "-c", `chattr ${flag}i "$0"`, path]);
    const loose = () => chattr("-");
    if (mount !== undefined && (await chattr("+")).code === 0) {
      await intact("EPERM", /Cannot write .*\.env: permission denied.*changed no file/s)
        .finally(loose);
      const args = ["secrets", "rotate", "POSTGRES_PASSWORD", "--yes"];
      const late = await interrupted(stack, args, "before:write-files", async () => {
        await chattr("+");
      }).finally(loose);
      await stayed("EPERM behind the role", late, /Cannot write .*\.env/);
      count += 2;
    }
    if (Deno.uid() === 0) {
      await Deno.chmod(stack.dir, 0o500);
      const refused = await unprivileged(stack, ["secrets", "rotate", "POSTGRES_PASSWORD", "--yes"])
        .finally(() => Deno.chmod(stack.dir, 0o755));
      await stayed("EACCES", refused, /Cannot write .*: permission denied.*changed no file/s);
      count++;
    }
    await intact("I/O error", /failpoint|went wrong/, {
      env: { RXDX_FAILPOINT: "after:write-files=throw" },
    });
    assert.equal(await it.me(token), 200);
    console.log(`    ${count + 1} of ${count + 1} failures left or brought back the old state`);
  });

  await t.step(
    "killed at every step: one known password logs in, the next run goes on",
    async () => {
      const names = [...NAMES];
      const first = new Map(names.map((name) => [name, it.env().get(name) ?? ""]));
      // Read where a rotation begins; one that is gone on with has its value.
      login.password = "Schiefer-Wolke-27";
      const given = { RXDX_SECRET_SMTP_PASSWORD: login.password };
      const rotate = ({ env }: RunOptions) =>
        it.run(it.pending() === undefined ? [...names, "--yes"] : ["--yes"], {
          env: { ...given, ...env },
        });
      await killedAt("before:rotation-pending", rotate);
      const points = pointsAround(stepsOf(stack.dir, "secrets-rotate"), {
        "rotation-role": ["during:rotation-role"],
        start: ["before:add", "after:add", "during:drain", "during:remove"],
      });
      let kills = 1;
      let values: Readonly<Record<string, string>> | undefined;
      for (const point of points) {
        await killedAt(point, rotate);
        kills++;
        const pending = it.pending();
        values ??= pending?.values;
        if (pending !== undefined) {
          assert.deepEqual(pending.values, values, "every run goes on with the same values");
        }
        const works = await it.takes([
          it.env().get("POSTGRES_PASSWORD") ?? "",
          pending?.values["POSTGRES_PASSWORD"] ?? "none",
        ]);
        assert.ok(works.includes(true), `${point}: a known password logs in`);
        if (pending !== undefined && values !== undefined && point === "after:rotation-role") {
          const other = await stack.run(["apply", "--yes"]);
          assert.equal(other.code, 5);
          assert.match(other.stderr, /A rotation of .* did not come to its end/);
          assert.match((await stack.ok(["secrets", "list"])).stdout, /did not come to its end/);
        }
        if (!/:(write-files|start|rotation-admin|rotation-forget)$/.test(point)) continue;
        // One after the other: two at once might want a connection that cannot be had just now.
        const logins = [await it.loginAs(pending?.former["ADMIN_PASSWORD"] ?? "none")];
        if (!logins.includes(200)) {
          logins.push(await it.loginAs(it.env().get("ADMIN_PASSWORD") ?? ""));
        }
        assert.ok(logins.includes(200), `${point}: an administrator's password: ${logins}`);
      }
      assert.equal(it.pending(), undefined, "the last step was done");
      const env = it.env();
      for (const name of names) {
        assert.equal(env.get(name), values?.[name], name);
        assert.notEqual(env.get(name), first.get(name), name);
      }
      assert.equal(await it.letsIn(env.get("POSTGRES_PASSWORD") ?? ""), true);
      assert.equal(await it.letsIn(first.get("POSTGRES_PASSWORD") ?? ""), false);
      assert.equal(await it.loginAs(env.get("ADMIN_PASSWORD") ?? ""), 200);
      assert.equal(await it.me(token), 401, "a new SECRET_KEY ends every session");
      assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
      console.log(`    ${kills} kills, ${kills} of ${kills} gone on with, 0 secrets lost`);
    },
  );

  await t.step("given up: the database follows the .env of before", async () => {
    const password = it.env().get("POSTGRES_PASSWORD") ?? "";
    await it.run(["POSTGRES_PASSWORD", "--yes"], {
      env: { RXDX_FAILPOINT: "after:rotation-role=kill" },
    });
    assert.equal(await it.letsIn(password), false);
    await it.ok(["--adopt"]);
    assert.equal(await it.letsIn(password), true);
    assert.equal(it.pending(), undefined);
    assert.equal((await stack.run(["plan"])).code, 0);
  });

  await t.step("no value was ever seen", async () => {
    const places = new Map<string, string>();
    places.set("output", it.output);
    places.set("command lines", [...it.commandLines].join("\n"));
    for (const { name } of Deno.readDirSync(`${stack.dir}/.rxdx/journal`)) {
      places.set(name, Deno.readTextFileSync(`${stack.dir}/.rxdx/journal/${name}`));
    }
    for (const name of ["audit.jsonl", "receipt.json", "secrets.json", "same-database.json"]) {
      places.set(name, Deno.readTextFileSync(`${stack.dir}/.rxdx/${name}`));
    }
    const ids = (await must([
      "docker",
      "ps",
      "--all",
      "--quiet",
      "--filter",
      `label=com.docker.compose.project=${stack.name}`,
    ])).split("\n");
    for (const id of ids) places.set(`log of ${id}`, (await sh(["docker", "logs", id])).text);
    const logged = [...places.values()].some((text) => text.includes("statement: SELECT"));
    assert.ok(logged, "the database logged its statements");
    const hits = [...places].flatMap(([place, text]) =>
      [...it.values].filter((value) => text.includes(value)).map(() => place)
    );
    assert.deepEqual(hits, []);
    assert.ok(![...places.values()].some((text) => text.includes("SCRAM-SHA-256$")));
    const audit = places.get("audit.jsonl") ?? "";
    assert.match(
      audit,
      /"facts":\{[^}]*"secrets":"POSTGRES_PASSWORD,SECRET_KEY,ADMIN_PASSWORD,SMTP_PASSWORD"/,
    );
    console.log(
      `    ${it.values.size} values, ${places.size} places, ${it.commandLines.size} command ` +
        "lines: 0 hits",
    );
  });
}

/** Documents of an output, in their order. */
function documentsOf(stdout: string): string[] {
  return stdout.split(/(?<=^\}\n)/m).filter((each) => each.trim() !== "");
}

async function recoveryKey(it: Rotated): Promise<void> {
  const { stack } = it;
  const backUp = async () => {
    const { file } = JSON.parse((await stack.ok(["backup", "create", "--json"])).stdout) as {
      file: string;
    };
    return `${stack.dir}/backups/${file}`;
  };
  const opens = async (path: string, { identity }: RecoveryKey) => {
    const hooks = {
      signal: new AbortController().signal,
      receiver: () => undefined,
      onBytes: () => undefined,
    };
    const key = { kind: "identities", identities: [identity] } as const;
    return await readBackup(theHost(), path, key, undefined, hooks).then(() => true, () => false);
  };
  const rotate = (options: RunOptions = {}) =>
    it.run(["BACKUP_RECIPIENT", "--yes", "--json"], options);
  const recipients = () =>
    [...Deno.readTextFileSync(`${stack.dir}/rxdx.yml`).matchAll(/\bage1[0-9a-z]+/g)]
      .map(([each]) => each);
  const old = JSON.parse((await stack.ok(["backup", "key", "--json"])).stdout) as RecoveryKey;
  const before = await backUp();
  // Its secret half is kept nowhere: killed, the next run makes another one, and whichever is in use was seen.
  const seen = [old.recipient];
  let kills = 0;
  for (const point of ["before:write-files", "after:write-files", "before:rotation-forget"]) {
    const killed = await rotate({ env: { RXDX_FAILPOINT: `${point}=kill` } });
    assert.equal(killed.code, 137, `${point}: ${killed.text}`);
    const [first = ""] = documentsOf(killed.stdout);
    seen.push((JSON.parse(first) as { recovery: RecoveryKey }).recovery.recipient);
    const [used = "", ...others] = recipients();
    assert.ok(seen.includes(used), `${point}: the key in use was shown`);
    assert.equal(others.length, 0, point);
    assert.ok(!killed.stdout.includes("BACKUP_RECIPIENT"), `${point}: nothing says it is rotated`);
    kills++;
  }
  const rotated = await rotate();
  assert.equal(rotated.code, 0, rotated.text);
  const [first = "", last = "", ...more] = documentsOf(rotated.stdout);
  assert.equal(more.length, 0);
  const shown = asDescribed<{ rotated: string[]; recovery: RecoveryKey }>("secrets rotate", first);
  assert.deepEqual(shown.rotated, [], "nothing is rotated when the key is shown");
  const told = asDescribed<{ rotated: string[] }>("secrets rotate", last);
  assert.deepEqual(told.rotated, ["BACKUP_RECIPIENT"]);
  assert.deepEqual(recipients(), [shown.recovery.recipient]);
  const after = await backUp();
  assert.deepEqual(
    await Promise.all([
      opens(before, old),
      opens(before, shown.recovery),
      opens(after, old),
      opens(after, shown.recovery),
    ]),
    [true, false, false, true],
  );
  console.log(`    ${kills} kills, ${kills} of ${kills} converged on a key that was shown`);
}
