/** The whole program through its door: argv in, text and exit code out, on a fake machine. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { type Machine, machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { CANARIES, healthyStack, MIB } from "../../tests/support/samples.ts";
import { SERVICES } from "../engine/compose.ts";
import { EXIT } from "../errors.ts";
import { readEnv, writeAssignment } from "../render/env_codec.ts";
import { VERSION } from "../version.ts";
import { run } from "./app.ts";

const DIR = "/opt/rxdx";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function rxdx(host: FakeHost, ...argv: readonly string[]): Promise<Ran> {
  host.terminal.stdout = "";
  host.terminal.stderr = "";
  const code = await run(argv, host);
  host.verify();
  const { stdout, stderr } = host.terminal;
  assert.doesNotMatch(stdout + stderr, /\n\s+at .*\(?file:|\.ts:\d+:\d+/, "no stack trace");
  return { code, stdout, stderr };
}

/** Hashes as Compose would print them, whenever it is asked. */
function compose(host: FakeHost): void {
  const hashes = SERVICES.map((service) => `${service} hash-${service}`).join("\n") + "\n";
  host.process.allow(["docker", "compose", "config", REST], hashes);
  host.process.allow(["docker", "compose", "--project-directory", REST], hashes);
}

/** A stack that was installed by `init --no-start` just now. */
async function installed(...settings: readonly string[]): Promise<Machine> {
  const machine = machineOf();
  compose(machine.host);
  const { code, stderr } = await rxdx(
    machine.host,
    "init",
    "--no-start",
    "--yes",
    "--set",
    "domain=rxdx.example.com",
    ...settings.flatMap((setting) => ["--set", setting]),
  );
  assert.equal(code, 0, stderr);
  return machine;
}

Deno.test("--version is answered at once, without looking at the machine", async () => {
  for (const flag of ["--version", "-v"]) {
    const host = new FakeHost();
    const { code, stdout } = await rxdx(host, flag);
    assert.deepEqual([code, stdout], [0, `rxdx-setup ${VERSION}\n`]);
  }
});

Deno.test("help is a result: stdout, exit 0, examples before options", async () => {
  const root = await rxdx(new FakeHost(), "--help");
  assert.equal(root.code, 0);
  assert.equal(root.stderr, "");
  for (const command of ["init", "plan", "apply", "status", "config", "uninstall"]) {
    assert.match(root.stdout, new RegExp(`^ *${command}\\b`, "m"));
  }
  const init = await rxdx(new FakeHost(), "init", "--help");
  assert.equal(init.code, 0);
  assert.ok(init.stdout.indexOf("Examples:") < init.stdout.indexOf("FLAGS"));
  assert.ok(init.stdout.indexOf("Examples:") > 0);
});

Deno.test("an unknown command is exit 2, with the one that was meant and the way to the help", async () => {
  const { code, stdout, stderr } = await rxdx(new FakeHost(), "statsu");
  assert.equal(code, EXIT.usage);
  assert.equal(stdout, "");
  assert.match(stderr, /No command registered for `statsu`.*did you mean.*status/s);
  assert.match(stderr, /--help/);
});

Deno.test("an unknown flag, a missing value, a missing word are exit 2", async () => {
  for (
    const argv of [
      ["status", "--onec"],
      ["init", "--set"],
      ["config", "get"],
      ["config", "bogus"],
      ["uninstall", "--confirm"],
      ["status", "--dir"],
      ["--bogus"],
    ]
  ) {
    const { code, stderr } = await rxdx(new FakeHost(), ...argv);
    assert.equal(code, EXIT.usage, argv.join(" "));
    assert.match(stderr, /^✗ /, argv.join(" "));
  }
});

Deno.test("with --json a usage error is one JSON object", async () => {
  for (const argv of [["statsu", "--json"], ["--json", "statsu"]]) {
    const { code, stderr } = await rxdx(new FakeHost(), ...argv);
    assert.equal(code, EXIT.usage);
    const { error } = JSON.parse(stderr);
    assert.equal(error.code, "usage");
    assert.equal(error.exit, 2);
  }
});

Deno.test("without a terminal nothing is asked: exit 2 names the flags", async () => {
  for (const argv of [[], ["init"], ["--json"]]) {
    const { code, stderr } = await rxdx(new FakeHost(), ...argv);
    assert.equal(code, EXIT.usage, argv.join(" "));
    assert.match(stderr, /init --demo --yes/);
  }
});

Deno.test("every command of an installed stack is exit 4 without one, and writes nothing", async () => {
  for (
    const argv of [
      ["plan"],
      ["apply", "--yes"],
      ["status", "--once"],
      ["status", "--json"],
      ["start"],
      ["stop"],
      ["restart"],
      ["config", "show"],
      ["config", "get", "domain"],
      ["config", "set", "domain=x.org"],
      ["uninstall", "--yes"],
    ]
  ) {
    const { host } = machineOf();
    const { code, stderr } = await rxdx(host, ...argv);
    assert.equal(code, EXIT.prerequisite, argv.join(" "));
    assert.match(stderr, /There is no RxDx stack in \/opt\/rxdx|"not_installed"/, argv.join(" "));
    assert.deepEqual(host.files.mutations, [], `${argv.join(" ")} writes nothing`);
    assert.ok(!host.files.has(DIR));
  }
});

Deno.test("--dir names another directory, before or after the command, in either spelling", async () => {
  for (
    const argv of [
      ["--dir", "/srv/x", "plan"],
      ["plan", "--dir", "/srv/x"],
      ["--dir=/srv/x", "plan"],
      ["plan", "--dir=/srv/x"],
    ]
  ) {
    const { stderr } = await rxdx(machineOf().host, ...argv);
    assert.match(stderr, /no RxDx stack in \/srv\/x/, argv.join(" "));
  }
});

Deno.test("invalid answers are exit 3 with every problem, as text and as JSON, and nothing is written", async () => {
  const settings = ["domain=bad domain", "ports.https=0", "nope=1", "tls.mode=off"];
  const argv = ["init", "--yes", ...settings.flatMap((setting) => ["--set", setting])];
  const text = machineOf();
  const shown = await rxdx(text.host, ...argv);
  assert.equal(shown.code, EXIT.answers);
  assert.match(shown.stderr, /✗ 4 problems in the answers; nothing was written\./);
  for (const key of ["domain", "ports.https", "nope", "tls.mode"]) {
    assert.match(shown.stderr, new RegExp(`^  ${key} = `, "m"));
  }
  assert.deepEqual(text.host.files.mutations, []);

  const json = machineOf();
  const object = await rxdx(json.host, ...argv, "--json");
  assert.equal(object.code, EXIT.answers);
  assert.equal(object.stdout, "");
  const { error } = JSON.parse(object.stderr);
  assert.deepEqual(
    error.problems.map((problem: { key: string }) => problem.key).sort(),
    ["domain", "nope", "ports.https", "tls.mode"],
  );
  assert.deepEqual(json.host.files.mutations, []);
});

Deno.test("a file that is not there is exit 3 and named", async () => {
  for (const flag of ["--answers", "--secrets-file"]) {
    const { code, stderr } = await rxdx(machineOf().host, "init", "--yes", flag, "no/such.yml");
    assert.equal(code, EXIT.answers);
    assert.match(stderr, new RegExp(`${flag} no/such\\.yml: there is no such file`));
  }
});

Deno.test("a machine that is too small is exit 3 with the numbers", async () => {
  const { host } = machineOf({ memoryBytes: 512 * MIB });
  const { code, stderr } = await rxdx(host, "init", "--demo", "--yes");
  assert.equal(code, EXIT.answers);
  assert.match(stderr, /512M of memory less 512M for the host leaves 0M/);
  assert.deepEqual(host.files.mutations, []);
});

Deno.test("a taken port is exit 4, by which process, before anything is written", async () => {
  const { host } = machineOf({
    listeners: [{ port: 8443, address: "0.0.0.0", pid: 812, process: "nginx" }],
  });
  const { code, stderr } = await rxdx(host, "init", "--yes", "--set", "ports.https=8443");
  assert.equal(code, EXIT.prerequisite);
  assert.match(stderr, /Port 8443 \(ports\.https\) is taken by nginx \(pid 812\)/);
  assert.deepEqual(host.files.mutations, []);
});

Deno.test("init --no-start writes a whole install, private, and says what to do next", async () => {
  const { host } = await installed();
  const { stdout, stderr } = host.terminal;
  assert.match(stdout, /The files are written\./);
  assert.match(stdout, /Address +https:\/\/rxdx\.example\.com\n/);
  assert.match(stdout, /SHA-256\n *[0-9A-F:]+/);
  assert.match(stdout, /Login +admin@rxdx\.example\.com/);
  assert.match(stdout, /Password +ADMIN_PASSWORD in \/opt\/rxdx\/\.env/);
  assert.match(stdout, /Start it: +rxdx-setup apply/);
  assert.match(stderr, /generated: POSTGRES_PASSWORD, SECRET_KEY, ADMIN_PASSWORD/);
  assert.match(stderr, /Nothing was started/);
  assert.equal((await host.files.stat(DIR))?.mode, 0o700);
  assert.equal((await host.files.stat(`${DIR}/.env`))?.mode, 0o600);
  const tree = host.files.tree(DIR);
  for (const path of Object.keys(tree)) assert.doesNotMatch(path, /\.tmp-/);
  const values = readEnv(tree[`${DIR}/.env`] ?? "");
  for (const name of ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"]) {
    const secret = values.get(name) ?? "";
    assert.ok(secret.length >= 43, name);
    for (const text of [stdout, stderr]) assert.ok(!text.includes(secret), `${name} shows`);
    const holding = Object.entries(tree).filter(([, text]) => text.includes(secret));
    assert.deepEqual(holding.map(([path]) => path), [`${DIR}/.env`], name);
  }
});

Deno.test("the same init again writes nothing but its journal, and keeps every secret", async () => {
  const { host } = await installed();
  const before = host.files.tree(DIR);
  host.clock.advance(60_000);
  const from = host.files.mutations.length;
  const { code } = await rxdx(
    host,
    "init",
    "--no-start",
    "--yes",
    "--set",
    "domain=rxdx.example.com",
  );
  assert.equal(code, 0);
  const after = host.files.tree(DIR);
  for (const [path, text] of Object.entries(before)) assert.equal(after[path], text, path);
  const touched = host.files.mutations.slice(from).map((each) => each.path)
    .filter((path) => !path.startsWith(`${DIR}/.rxdx/journal`) && path !== `${DIR}/.rxdx/lock`);
  assert.deepEqual(touched, []);
});

Deno.test("config get, set and show: values, their sources, and the file with its comments", async () => {
  const { host } = await installed();
  assert.equal((await rxdx(host, "config", "get", "domain")).stdout, "rxdx.example.com\n");
  assert.equal((await rxdx(host, "config", "get", "ports.https", "--json")).stdout, "443\n");

  const set = await rxdx(host, "config", "set", "ports.https=8443", "aliases=www.example.com");
  assert.equal(set.code, 0);
  assert.match(set.stdout, /is changed\. See what it means: rxdx-setup plan/);
  const text = host.files.tree(DIR)[`${DIR}/rxdx.yml`] ?? "";
  assert.match(text, /https: 8443 # HTTPS\./);
  const again = await rxdx(host, "config", "set", "ports.https=8443");
  assert.match(again.stdout, /Nothing to change/);

  const { values } = JSON.parse((await rxdx(host, "config", "show", "--json")).stdout);
  const source = (key: string) => values.find((row: { key: string }) => row.key === key)?.source;
  assert.equal(source("domain"), "flag");
  assert.equal(source("ports.https"), "rxdx.yml");
  assert.equal(source("tls.mode"), "default");
});

Deno.test("config set refuses what is wrong, alone or together with the rest, and changes nothing", async () => {
  const { host } = await installed();
  const before = host.files.tree(DIR)[`${DIR}/rxdx.yml`];
  for (
    const [setting, key] of [
      ["ports.https=0", "ports.https"],
      ["ports.htps=1", "ports.htps"],
      ["tls.mode=none", "tls.mode"],
      ["ports=1", "--set ports"],
      ["nonsense", "--set nonsense"],
    ] as const
  ) {
    const { code, stderr } = await rxdx(host, "config", "set", setting);
    assert.equal(code, EXIT.answers, setting);
    assert.ok(stderr.includes(`  ${key}`), stderr);
    assert.equal(host.files.tree(DIR)[`${DIR}/rxdx.yml`], before);
  }
  assert.equal((await rxdx(host, "config", "set")).code, EXIT.usage);
  const unknown = await rxdx(host, "config", "get", "ports.htps");
  assert.equal(unknown.code, EXIT.answers);
  assert.match(unknown.stderr, /did you mean ports\.https\?/);
});

Deno.test("plan is 0 when nothing differs and 10 when something does, and shows no secret", async () => {
  const { host, engine } = await installed();
  engine.containers = healthyStack();
  const plan = JSON.parse((await rxdx(host, "plan", "--json")).stdout);
  for (const name of plan.images) engine.images.set(name, `sha256:${/\/(\w+):/.exec(name)?.[1]}`);
  const containers = JSON.parse((await rxdx(host, "plan", "--json")).stdout).containers;
  if (containers.length > 0) {
    // The sizing of this machine wants more than one backend container.
    engine.containers = [...healthyStack(), { service: "backend", number: 2 }];
  }
  const nothing = await rxdx(host, "plan");
  assert.equal(nothing.code, EXIT.ok, nothing.stdout);
  assert.equal(nothing.stdout, "Nothing to do: the machine matches rxdx.yml.\n");

  await rxdx(host, "config", "set", "application.log_level=DEBUG");
  const before = host.files.tree("/");
  const some = await rxdx(host, "plan");
  assert.equal(some.code, EXIT.pending);
  assert.match(some.stdout, /~ \.env\n(.*\n)*.*-LOG_LEVEL=INFO\n.*\+LOG_LEVEL=DEBUG\n/);
  const values = readEnv(host.files.tree(DIR)[`${DIR}/.env`] ?? "");
  for (const name of ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"]) {
    assert.ok(!some.stdout.includes(values.get(name) ?? "?"), name);
  }
  assert.deepEqual(host.files.tree("/"), before, "no scratch file is left behind");
});

Deno.test("a hand edit shows in plan as what it is; apply does not touch it unasked", async () => {
  const { host } = await installed();
  host.files.put(`${DIR}/docker-compose.yml`, "services: {}\n", { mode: 0o600 });
  const { code, stdout } = await rxdx(host, "plan");
  assert.equal(code, EXIT.pending);
  assert.match(stdout, /! docker-compose\.yml was edited by hand; you will be asked/);
  assert.match(stdout, /\+services: \{\}/);
  const json = JSON.parse((await rxdx(host, "plan", "--json")).stdout);
  assert.deepEqual(
    json.hand_edits.map((each: { path: string; kind: string }) => [each.path, each.kind]),
    [["docker-compose.yml", "edited"]],
  );
  const apply = await rxdx(host, "apply", "--yes", "--json");
  assert.equal(apply.code, EXIT.usage);
  assert.equal(JSON.parse(apply.stderr).error.code, "needs_decision");
  assert.equal((await rxdx(host, "apply", "--yes", "--hand-edits", "mine")).code, EXIT.usage);
  assert.equal(await host.files.readText(`${DIR}/docker-compose.yml`), "services: {}\n");
});

Deno.test("apply without --yes and without a terminal shows what it would do, exit 2", async () => {
  const { host } = await installed();
  const from = host.files.mutations.length;
  const { code, stderr } = await rxdx(host, "apply");
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /create +postgres/);
  assert.match(stderr, /give --yes/);
  const touched = host.files.mutations.slice(from).map((each) => each.path);
  assert.deepEqual(touched.filter((path) => path.startsWith(DIR)), []);
});

Deno.test("a second run at once is exit 7 and names the first", async () => {
  const { host } = await installed();
  host.files.holdLock(
    `${DIR}/.rxdx/lock`,
    JSON.stringify({ pid: 99, command: "apply", since: "2026-03-14T10:00:00.000Z" }),
  );
  const text = await rxdx(host, "config", "set", "domain=x.org");
  assert.equal(text.code, EXIT.locked);
  assert.match(text.stderr, /`rxdx-setup apply` \(pid 99, since 2026-03-14T10:00:00\.000Z\)/);
  const json = await rxdx(host, "config", "set", "domain=x.org", "--json");
  assert.equal(JSON.parse(json.stderr).error.code, "locked");
});

Deno.test("status with the engine silent is exit 4; a stack that is down is exit 6", async () => {
  const { host } = await installed();
  const down = await rxdx(host, "status", "--once");
  assert.equal(down.code, EXIT.unhealthy);
  assert.match(down.stdout, /○ down {2}rxdx {2}production/);
  const document = JSON.parse((await rxdx(host, "status", "--json")).stdout);
  assert.equal(document.stack.state, "down");
  host.net.allow("GET", "/_ping", "refused");
  const silent = await rxdx(host, "status", "--once");
  assert.equal(silent.code, EXIT.prerequisite);
  assert.match(silent.stderr, /Docker does not answer/);
});

Deno.test("an unknown service is exit 2 with the one that was meant", async () => {
  const { host } = await installed();
  for (const verb of ["stop", "restart"]) {
    const { code, stderr } = await rxdx(host, verb, "backed");
    assert.equal(code, EXIT.usage);
    assert.match(stderr, /There is no service backed; did you mean backend\?/);
  }
});

Deno.test("uninstall asks for --yes, --purge for the stack's name; neither does anything without", async () => {
  const { host } = await installed();
  const before = host.files.tree(DIR);
  for (
    const [argv, says] of [
      [["uninstall"], /give --yes/],
      [["uninstall", "--purge"], /--confirm rxdx/],
      [["uninstall", "--purge", "--yes"], /--confirm rxdx/],
      [["uninstall", "--purge", "--yes", "--confirm", "other"], /is not the name of this stack/],
    ] as const
  ) {
    const { code, stderr } = await rxdx(host, ...argv);
    assert.equal(code, EXIT.usage, argv.join(" "));
    assert.match(stderr, says);
  }
  assert.deepEqual(host.files.tree(DIR), before);
});

Deno.test("uninstall keeps what the data need; init brings the stack back with the same secrets", async () => {
  const { host } = await installed();
  const env = host.files.tree(DIR)[`${DIR}/.env`];
  const { code, stdout } = await rxdx(host, "uninstall", "--yes");
  assert.equal(code, 0);
  assert.match(stdout, /Bring it back: rxdx-setup init/);
  assert.deepEqual(Object.keys(host.files.tree(DIR)), [
    `${DIR}/.env`,
    `${DIR}/.rxdx/audit.head`,
    `${DIR}/.rxdx/audit.jsonl`,
    `${DIR}/rxdx.yml`,
  ]);
  assert.equal((await rxdx(host, "init", "--no-start", "--yes")).code, 0);
  assert.equal(host.files.tree(DIR)[`${DIR}/.env`], env);
});

Deno.test("Ctrl-C is exit 130, says so, and leaves the old state", async () => {
  const { host } = await installed();
  const before = host.files.tree(DIR);
  const stop = ["docker", "stop", "rxdx-nginx-1"];
  host.process.expect(stop, () => {
    host.terminal.signal("SIGINT");
    return { code: 130 };
  });
  host.net.allow("GET", "/v1.44/containers/json", {
    json: [{
      Id: "x",
      Names: ["/rxdx-nginx-1"],
      State: "running",
      Status: "Up",
      Labels: { "com.docker.compose.service": "nginx" },
      Ports: [],
    }],
  });
  const { code, stderr } = await rxdx(host, "stop");
  assert.equal(code, EXIT.cancelled);
  assert.match(stderr, /Cancelled\./);
  const after = host.files.tree(DIR);
  for (const [path, text] of Object.entries(before)) {
    // The room for the way back was given back for it.
    if (/\/(audit\.|reserve$)/.test(path)) continue;
    assert.equal(after[path], text, path);
  }
  const record = after[`${DIR}/.rxdx/audit.jsonl`] ?? "";
  assert.ok(record.startsWith(before[`${DIR}/.rxdx/audit.jsonl`] ?? "?"), "only appended to");
  assert.match(record.split("\n").at(-2) ?? "", /"command":"stop","result":"cancelled"/);
});

Deno.test("a bug is exit 1: its trace goes to a private file, the operator gets the path", async () => {
  const { host } = machineOf();
  Object.defineProperty(host.system, "cpus", {
    value: () => {
      throw new TypeError("cannot read the sky");
    },
  });
  const { code, stderr } = await rxdx(
    host,
    "init",
    "--yes",
    "--set",
    "domain=private.example.com",
  );
  assert.equal(code, EXIT.bug);
  assert.match(stderr, /This is a bug in rxdx-setup: cannot read the sky/);
  const path = /The trace is in (\S+);/.exec(stderr)?.[1] ?? "";
  const trace = host.files.tree("/tmp")[path] ?? "";
  assert.match(trace, /TypeError: cannot read the sky\n\s+at /);
  assert.match(trace, /rxdx-setup init --yes --set domain=…/);
  assert.ok(!trace.includes("private.example.com"));
  assert.equal((await host.files.stat(path))?.mode, 0o600);
});

Deno.test("a bug whose trace cannot be written is told all the same", async () => {
  const { host } = machineOf();
  Object.defineProperty(host.system, "cpus", {
    value: () => {
      throw new TypeError("no");
    },
  });
  host.files.failAt(1, "ENOSPC");
  const { code, stderr } = await rxdx(host, "init", "--demo", "--yes");
  assert.equal(code, EXIT.bug);
  assert.match(stderr, /The trace could not be written/);
});

Deno.test("given secrets reach .env and nothing else", async () => {
  const { host } = machineOf({}, {
    env: {
      RXDX_SECRET_SMTP_PASSWORD: CANARIES.SMTP_PASSWORD,
      RXDX_SECRET_ADMIN_PASSWORD: CANARIES.ADMIN_PASSWORD,
    },
  });
  compose(host);
  const text = writeAssignment("IMAP_PASSWORD", CANARIES.IMAP_PASSWORD);
  host.files.put("/root/secrets", text, { mode: 0o600 });
  const ran = await rxdx(
    host,
    "init",
    "--no-start",
    "--yes",
    "--verbose",
    "--secrets-file",
    "/root/secrets",
  );
  assert.equal(ran.code, 0);
  for (const name of ["SMTP_PASSWORD", "ADMIN_PASSWORD", "IMAP_PASSWORD"] as const) {
    const value = CANARIES[name];
    assert.ok(!(ran.stdout + ran.stderr).includes(value), name);
    const holding = Object.entries(host.files.tree(DIR)).filter(([, each]) => each.includes(value));
    assert.deepEqual(holding.map(([path]) => path), [`${DIR}/.env`]);
    const argv = host.process.calls.map((call) => call.argv.join(" ")).join("\n");
    assert.ok(!argv.includes(value), `${name} in argv`);
  }
});
