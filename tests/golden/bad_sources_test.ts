/**
 * The same mistakes from every source: --set, RXDX_*, secrets by environment and by file, a hand-edited rxdx.yml,
 * and a machine on which the port is taken. The field is named, no trace, not one byte written.
 */
import assert from "node:assert/strict";
import { run } from "../../lib/cli/app.ts";
import { EXIT } from "../../lib/errors.ts";
import { type Machine, machineOf } from "../support/fake_host_machine.ts";
import { REST } from "../support/fake_host_process.ts";

async function refused(
  { host }: Machine,
  argv: readonly string[],
  key: string,
  exit: number = EXIT.answers,
): Promise<string> {
  const before = host.files.mutations.length;
  host.terminal.stderr = "";
  const code = await run(argv, host);
  const { stderr } = host.terminal;
  assert.equal(code, exit, stderr);
  assert.ok(stderr.includes(key), `${key} is named:\n${stderr}`);
  assert.doesNotMatch(stderr, /\n\s+at |\.ts:\d+/, "no trace");
  assert.deepEqual(host.files.mutations.slice(before), [], "nothing is written");
  return stderr;
}

/** Field and wrong text: by flag and by variable. */
const TEXTS: readonly (readonly [path: string, text: string])[] = [
  ["domain", "https://x"],
  ["domain", ""],
  ["aliases", "a.org,b c"],
  ["ports.https", "x"],
  ["ports.https", "08"],
  ["ports.http", "6667"],
  ["ports.http", "1e3"],
  ["environment", "prod"],
  ["tls.mode", "off"],
  ["resources.memory", "lots"],
  ["resources.cpus", "4,5"],
  ["resources.postgres.max_connections", "100"],
  ["backups.schedule", "30 2 31 2 *"],
  ["backups.enabled", "yes"],
  ["admin.email", "admin"],
  ["schema", "2"],
  ["application.cors_origins", "*"],
  ["alerts.email", "ops@example.com"],
];

for (const [path, text] of TEXTS) {
  Deno.test(`wrong by --set and by variable: ${path}=${text}`, async () => {
    await refused(machineOf(), ["init", "--yes", "--set", `${path}=${text}`], path);
    const name = `RXDX_${path.replaceAll(".", "_").toUpperCase()}`;
    await refused(machineOf({}, { env: { [name]: text } }), ["init", "--yes", "--demo"], path);
  });
}

for (
  const [argv, key] of [
    [["--set", "prots.https=1"], "prots"],
    [["--set", "ports=443"], "ports"],
    [["--set", "domain"], "--set domain"],
    [["--set", "=x"], "--set"],
    [["--set", "__proto__.x=1"], "__proto__"],
    [["--env", "prod"], "environment"],
    [["--set", "domain=a b", "--set", "ports.http=0"], "ports.http"],
  ] as const
) {
  Deno.test(`wrong flags: ${argv.join(" ")}`, async () => {
    await refused(machineOf(), ["init", "--yes", ...argv], key);
  });
}

Deno.test("a variable that is nearly one of ours is a mistake, not silence", async () => {
  const machine = machineOf({}, { env: { RXDX_DOMIAN: "a.org" } });
  assert.match(await refused(machine, ["init", "--yes", "--demo"], "RXDX_DOMIAN"), /RXDX_DOMAIN/);
});

const SECRETS: readonly (readonly [name: string, value: string, says: RegExp])[] = [
  ["POSTGRES_PASSWORD", "short", /at least 12 characters/],
  ["POSTGRES_PASSWORD", "", /at least 12 characters/],
  ["POSTGRES_PASSWORD", "changemechangeme", /first that anybody tries/],
  ["POSTGRES_PASSWORD", "rxdx-rxdx-rxdx", /first that anybody tries/],
  ["ADMIN_PASSWORD", "Password123456", /first that anybody tries/],
  ["ADMIN_PASSWORD", "admin@rxdx.example.com", /first that anybody tries/],
  ["SECRET_KEY", "k7#Qz!mW4@", /at least 32 characters/],
  ["SECRET_KEY", "secretsecretsecretsecretsecretsecret", /first that anybody tries/],
  ["SMTP_PASSWORD", "two\nlines", /control characters/],
  ["IMAP_PASSWORD", "turned\u202e around", /direction/],
  ["DATABASE_PASSWORD", "k7#Qz!mW4@xR9$pL2%vT", /not a known secret/],
];

for (const [name, value, says] of SECRETS) {
  Deno.test(`a wrong secret: ${name} ${JSON.stringify(value)}`, async () => {
    const domain = ["--set", "domain=rxdx.example.com"];
    const byVariable = machineOf({}, { env: { [`RXDX_SECRET_${name}`]: value } });
    const texts = [await refused(byVariable, ["init", "--yes", ...domain], name)];
    if (!value.includes("\n")) {
      const byFile = machineOf();
      byFile.host.files.put("/root/s.env", `${name}='${value}'\n`, { mode: 0o600 });
      const flags = ["--secrets-file", "/root/s.env", ...domain];
      texts.push(await refused(byFile, ["init", "--yes", ...flags], name));
    }
    for (const text of texts) {
      assert.match(text, says);
      if (value !== "" && value.length > 5) assert.ok(!text.includes(value), "never shown");
    }
  });
}

const STRONG = "k7#Qz!mW4@xR9-pL2%vT";
for (
  const [title, text, mode, says] of [
    ["readable by others", `SMTP_PASSWORD='${STRONG}'\n`, 0o644, /owner only/],
    [
      "a colon instead of an equals sign",
      `SMTP_PASSWORD: ${STRONG}\n`,
      0o600,
      /line 1.*\n.*no assignment/,
    ],
    [
      "given twice",
      `SMTP_PASSWORD=a\nSMTP_PASSWORD='${STRONG}'\n`,
      0o600,
      /line 2.*\n.*given twice/,
    ],
    ["a quote not closed", `SMTP_PASSWORD="${STRONG}\n`, 0o600, /line 1.*\n.*quote not closed/],
    ["no UTF-8", `SMTP_PASSWORD='\uFFFD${STRONG}'\n`, 0o600, /UTF-8/],
    ["a name that is nearly one", `SMTP_PASSWROD='${STRONG}'\n`, 0o600, /known are/],
  ] as const
) {
  Deno.test(`a wrong secrets file: ${title}`, async () => {
    const machine = machineOf();
    machine.host.files.put("/root/s.env", text, { mode });
    const argv = ["init", "--yes", "--demo", "--secrets-file", "/root/s.env"];
    const said = await refused(machine, argv, "");
    assert.match(said, says);
    assert.ok(!said.includes(STRONG), "never shown");
  });
}

/** A stack that was set up, and then somebody edited its rxdx.yml. */
async function edited(change: (text: string) => string): Promise<Machine> {
  const machine = machineOf();
  machine.host.process.allow(["docker", "compose", "config", REST], "");
  machine.host.process.allow(["docker", "compose", "--project-directory", REST], "");
  const argv = ["init", "--no-start", "--yes", "--set", "domain=rxdx.example.com"];
  assert.equal(await run(argv, machine.host), 0, machine.host.terminal.stderr);
  const text = await machine.host.files.readText("/opt/rxdx/rxdx.yml") ?? "";
  const changed = change(text);
  assert.notEqual(changed, text, "the edit changes something");
  machine.host.files.put("/opt/rxdx/rxdx.yml", changed, { mode: 0o600 });
  return machine;
}

for (
  const [title, change, key] of [
    ["a port of letters", (text: string) => text.replace("https: 443", "https: x"), "ports.https"],
    [
      "a port that browsers refuse",
      (text: string) => text.replace("https: 443", "https: 6000"),
      "ports.https",
    ],
    ["a key that does not exist", (text: string) => `${text}extra: 1\n`, "extra"],
    ["a tab", (text: string) => `${text}\n\tx: 1\n`, "rxdx.yml, line"],
    ["a key twice", (text: string) => `${text}\ndomain: b.org\n`, "rxdx.yml, line"],
    [
      "no UTF-8",
      (text: string) => text.replace("rxdx.example.com", "m\uFFFD.example"),
      "rxdx.yml, line",
    ],
    ["a future format", (text: string) => text.replace("schema: 1", "schema: 2"), "schema"],
    [
      "too few connections",
      (text: string) =>
        text.replace("resources:", "resources:\n  postgres: { max_connections: 30 }"),
      "resources.postgres.max_connections",
    ],
    [
      "nothing kept",
      (text: string) =>
        text.replace(/daily: \d+/, "daily: 0").replace(/weekly: \d+/, "weekly: 0").replace(
          /monthly: \d+/,
          "monthly: 0",
        ),
      "backups.keep",
    ],
  ] as const
) {
  Deno.test(`a wrong edit of rxdx.yml: ${title}`, async () => {
    const machine = await edited(change);
    await refused(machine, ["plan"], key);
    await refused(machine, ["apply", "--yes"], key);
  });
}

Deno.test("a port that is taken is named with its holder; that is the machine's fault: exit 4", async () => {
  const holders = [
    { port: 8443, address: "0.0.0.0", pid: 812, process: "caddy" },
    { port: 8080, address: "0.0.0.0", container: "web-1", project: "shop" },
  ];
  const argv = ["init", "--yes", "--set", "ports.https=8443", "--set", "ports.http=8080"];
  const text = await refused(
    machineOf({ listeners: holders }),
    argv,
    "Port 8443 (ports.https) is taken by caddy (pid 812)",
    EXIT.prerequisite,
  );
  assert.match(text, /Port 8080 \(ports\.http\) is taken by container .* of project shop/);
});
