/**
 * Wrong answers files, as people write them, through the whole program: exit 3, every wrong field named
 * with its rule, no trace, and not one byte written.
 */
import assert from "node:assert/strict";
import { run } from "../../lib/cli/app.ts";
import { EXIT } from "../../lib/errors.ts";
import { machineOf } from "../support/fake_host_machine.ts";
import { MIB } from "../support/samples.ts";

interface Case {
  readonly title: string;
  readonly yaml: string;
  /** Keys that must be named, all of them. */
  readonly keys: readonly string[];
  /** Must be said somewhere. */
  readonly says?: RegExp;
}

const bad = (title: string, yaml: string, key: string, says?: RegExp): Case => ({
  title,
  yaml,
  keys: [key],
  ...(says === undefined ? {} : { says }),
});

const CASES: readonly Case[] = [
  // Names and addresses.
  bad("a project name in capitals", "name: RxDx", "name", /a-z, 0-9, _ and -/),
  bad("a project name with a blank", "name: my stack", "name"),
  bad("a project name that begins with a dash", "name: -rxdx", "name"),
  bad("an empty project name", 'name: ""', "name"),
  bad("a project name of 64 characters", `name: ${"a".repeat(64)}`, "name"),
  bad("a number as project name", "name: 42", "name"),
  bad("a project name that would run a command", 'name: "$(reboot)"', "name"),
  bad("an address with a scheme", "domain: https://rxdx.example.com", "domain", /without scheme/),
  bad("an address with a port", "domain: rxdx.example.com:443", "domain"),
  bad("an address with a path", "domain: rxdx.example.com/app", "domain"),
  bad("an address with a trailing dot", "domain: rxdx.example.com.", "domain"),
  bad("an address with an underscore", "domain: rx_dx.example.com", "domain"),
  bad("an address with umlauts", "domain: bücher.example", "domain", /xn--/),
  bad("a wildcard", 'domain: "*.example.com"', "domain"),
  bad("an IPv6 address in brackets", 'domain: "[2001:db8::1]"', "domain"),
  bad("an IPv4 address out of range", "domain: 192.0.2.256", "domain"),
  bad("an address that ends a directive of nginx", 'domain: "x.org; return 200"', "domain"),
  bad("no address", "domain:", "domain"),
  bad("a list as address", "domain: [a.org, b.org]", "domain"),
  bad("a group as address", "domain: { name: a.org }", "domain"),
  bad("an empty group as address", "domain: {}", "domain"),
  bad("one text as aliases", "aliases: www.example.com", "aliases", /must be a list/),
  bad("a wrong alias among good ones", "aliases: [a.org, 'b org', c.org]", "aliases.1", /b org/),
  bad("an alias that is the domain", "domain: a.org\naliases: [A.ORG]", "aliases", /once/),

  // Choices.
  bad("an environment that is shortened", "environment: prod", "environment", /production/),
  bad("an environment in capitals", "environment: Production", "environment"),
  bad("a boolean as environment", "environment: true", "environment"),
  bad("a TLS mode with an underscore", "tls: { mode: self_signed }", "tls.mode", /self-signed/),
  bad("a TLS mode that YAML reads as a boolean", "tls: { mode: false }", "tls.mode"),
  bad("TLS off in production", "tls: { mode: none }", "tls.mode", /development only/),
  bad("TLS at a proxy that is not named", "tls: { mode: external }", "tls.trusted_proxies"),
  bad("a log level in lower case", "application: { log_level: debug }", "application.log_level"),
  bad("a preset that does not exist", "resources: { preset: huge }", "resources.preset"),
  bad("an image source that does not exist", "images: { source: docker }", "images.source"),
  bad(
    "a registry without its address",
    "images: { source: registry, tag: '1' }",
    "images.registry",
  ),
  bad("a version of the format from the future", "schema: 2", "schema", /newer rxdx-setup/),
  bad("the version of the format as a text", "schema: '1'", "schema"),

  // Numbers.
  bad("port 0", "ports: { https: 0 }", "ports.https", /1 to 65535/),
  bad("port 65536", "ports: { http: 65536 }", "ports.http"),
  bad("a negative port", "ports: { http: -80 }", "ports.http"),
  bad("half a port", "ports: { http: 80.5 }", "ports.http"),
  bad("a port as a text", 'ports: { http: "80" }', "ports.http"),
  bad("a port that is not a number", "ports: { http: .nan }", "ports.http"),
  bad("an endless port", "ports: { http: .inf }", "ports.http"),
  bad("two services on one port", "ports: { http: 8443, https: 8443 }", "ports.https", /differ/),
  bad("no backend at all", "resources: { backend: { replicas: 0 } }", "resources.backend.replicas"),
  bad("too many CPUs", "resources: { cpus: 64 }", "resources.cpus", /4 CPUs of this machine/),
  bad("no CPU", "resources: { postgres: { cpus: 0 } }", "resources.postgres.cpus"),
  bad(
    "too few connections",
    "resources: { postgres: { max_connections: 5 } }",
    "resources.postgres.max_connections",
  ),
  bad("a negative retention", "backups: { keep: { daily: -1 } }", "backups.keep.daily"),
  bad("more than all of the disk", "alerts: { disk_percent: 101 }", "alerts.disk_percent"),

  // Sizes, rates, schedules.
  bad("memory as a number", "resources: { memory: 4096 }", "resources.memory", /whole M or G/),
  bad("memory with a unit of its own", "resources: { memory: 4GB }", "resources.memory"),
  bad("more memory than there is", "resources: { postgres: { memory: 64G } }", "resources", /fit/),
  bad("a body without a unit", 'nginx: { max_body: "20" }', "nginx.max_body"),
  bad("a body that ends a directive", 'nginx: { max_body: "20m; deny all" }', "nginx.max_body"),
  bad("a rate per hour", "nginx: { rate_limits: { api: 10r/h } }", "nginx.rate_limits.api"),
  bad("no rate at all", "nginx: { rate_limits: { auth: 0r/m } }", "nginx.rate_limits.auth"),
  bad(
    "an upload larger than nginx lets in",
    "application: { max_upload: 1g }",
    "application.max_upload",
  ),
  bad(
    "a schedule in words",
    "backups: { schedule: daily }",
    "backups.schedule",
    /five cron fields/,
  ),
  bad("a schedule with 25 hours", 'backups: { schedule: "0 25 * * *" }', "backups.schedule"),
  bad("a schedule with a command", 'backups: { schedule: "* * * * * rm" }', "backups.schedule"),

  // Texts.
  bad("a role in capitals", "database: { user: RxDx }", "database.user"),
  bad("a role that PostgreSQL reserves", "database: { user: pg_rxdx }", "database.user"),
  bad("a role that ends a statement", "database: { user: 'x\"; DROP' }", "database.user"),
  bad("a graph of two letters", "database: { graph: ab }", "database.graph", /3 to 63/),
  bad("an address of mail without a domain", "admin: { email: admin }", "admin.email"),
  bad("a mail header in an address", 'alerts: { email: ["a@b.org\\nBcc: x@y"] }', "alerts.email.0"),
  bad("mail without a sender", "email: { host: mail.example.com }", "email.from"),
  bad("a password in a URL", "llm: { url: 'http://u:p@10.0.0.5/v1' }", "llm.url"),
  bad("a model without an address", "llm: { enabled: true }", "llm.url"),
  bad("a webhook that is no address", "alerts: { webhook: 'javascript:1' }", "alerts.webhook"),
  bad("yes instead of true", "backups: { enabled: yes }", "backups.enabled", /true or false/),
  bad("a boolean as a text", "monitoring: { enabled: 'true' }", "monitoring.enabled"),
  bad("a path of somebody's home", "backups: { directory: ~/backups }", "backups.directory"),
  bad("no path", 'backups: { directory: "" }', "backups.directory"),
  bad("a network of 33 bits", "tls: { trusted_proxies: [10.0.0.0/33] }", "tls.trusted_proxies.0"),
  bad("a tag with a colon", "images: { tag: 'a:b' }", "images.tag"),
  bad("a registry with a scheme", "images: { registry: 'https://r.org/x' }", "images.registry"),
  bad(
    "origins as one text",
    "application: { cors_origins: 'https://a.org' }",
    "application.cors_origins",
  ),
  bad("a text with an escape sequence", 'imap: { mailbox: "\\e[2J" }', "imap.mailbox"),

  // Shape.
  bad("an unknown key", "enviroment: production", "enviroment", /did you mean environment\?/),
  bad("an unknown key inside", "ports: { htps: 1 }", "ports.htps", /did you mean https\?/),
  bad("an unknown group", "postgres: { user: x }", "postgres", /not a known key/),
  bad("an unknown empty group", "postgres: {}", "postgres", /not a known key/),
  bad("a value in place of a group", "ports: 443", "ports", /group of keys/),
  bad("a list in place of a group", "ports: [80, 443]", "ports", /group of keys/),
  bad("an empty list in place of a group", "ports: []", "ports", /group of keys/),
  bad("a list as the whole", "- domain: a.org", "answers.yml", /group of keys/),
  bad("a text as the whole", "production", "answers.yml", /group of keys/),
  bad("the key of all keys", "__proto__: { domain: a.org }", "__proto__", /not a known key/),
  bad("a key that every object has", "constructor: 1", "constructor", /not a known key/),
  bad("a merge that would not happen", "x: &x { http: 1 }\nports: { <<: *x }", "ports.<<"),
  bad(
    "a secret in the answers",
    "database: { password: x }",
    "database.password",
    /not a known key/,
  ),

  // Spelling.
  bad("a tab", "ports:\n\thttp: 80", "answers.yml, line 2, column 1", /tabs/),
  bad("a key given twice", "domain: a.org\ndomain: b.org", "answers.yml, line 2, column 1"),
  bad("a bracket that is not closed", "aliases: [a.org", "answers.yml, line 1, column", /YAML/),
  bad("a quote that is not closed", 'domain: "a.org', "answers.yml, line 1, column"),
  bad("two documents", "domain: a.org\n---\ndomain: b.org", "answers.yml, line 2, column 1"),
  bad("an alias to nothing", "domain: *nowhere", "answers.yml", /alias|nowhere/i),
  bad("an alias inside of itself", "ports: &p { http: *p }", "answers.yml", /inside of what/),
  bad(
    "an alias bomb",
    [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]",
      "c: &c [*b,*b,*b,*b,*b,*b,*b]",
    ]
      .join("\n"),
    "answers.yml",
    /aliases/,
  ),
  bad("a file that is too large", `# ${"x".repeat(300_000)}\n`, "answers.yml", /at most 256 KiB/),
  bad("bytes that are no text", "\0\0\0\x01\x02", "answers.yml"),

  {
    title: "many mistakes at once, each told",
    yaml: "name: Bad Name\nenvironment: prod\nports: { http: 0, htps: 1 }\ntls: { mode: no }\n" +
      "database: { graph: g }\nresources: { backend: { workers: 100 } }\nextra: {}\n",
    keys: [
      "name",
      "environment",
      "ports.http",
      "ports.htps",
      "tls.mode",
      "database.graph",
      "resources.backend.workers",
      "extra",
    ],
  },
  {
    title: "many rules over several fields at once, each told",
    yaml: "tls: { mode: none }\nemail: { host: mail.example.com }\nllm: { enabled: true }\n" +
      "ports: { http: 81, https: 81 }\napplication: { max_upload: 1g }\n",
    keys: ["tls.mode", "email.from", "llm.url", "application.max_upload"],
  },
];

Deno.test(`there are ${CASES.length} curated wrong answers, at least sixty`, () => {
  assert.ok(CASES.length >= 60);
  assert.equal(new Set(CASES.map((each) => each.yaml)).size, CASES.length);
});

async function init(yaml: string, ...flags: readonly string[]) {
  const { host } = machineOf();
  host.files.put("/root/answers.yml", yaml);
  const code = await run(["init", "--yes", "--answers", "/root/answers.yml", ...flags], host);
  host.verify();
  return { code, host, ...host.terminal };
}

for (const { title, yaml, keys, says } of CASES) {
  Deno.test(`wrong answers: ${title}`, async () => {
    const asText = await init(yaml);
    assert.equal(asText.code, EXIT.answers, asText.host.terminal.stderr);
    const { stderr, stdout } = asText.host.terminal;
    assert.equal(stdout, "");
    assert.match(stderr, /^✗ \d+ problems? in .*; nothing was written\.\n/);
    for (const key of keys) {
      assert.ok(
        stderr.split("\n").some((line) => line.trimStart().replace("/root/", "").startsWith(key)),
        `names ${key}:\n${stderr}`,
      );
    }
    if (says !== undefined) assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n\s+at |\.ts:\d+|Error:/, "no trace");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f]/, "nothing that moves the cursor");
    assert.deepEqual(asText.host.files.mutations, [], "not one byte is written");

    const asJson = await init(yaml, "--json");
    assert.equal(asJson.code, EXIT.answers);
    const { error } = JSON.parse(asJson.host.terminal.stderr);
    assert.equal(error.exit, EXIT.answers);
    const named = error.problems.map((problem: { key: string }) =>
      problem.key.replace("/root/", "")
    );
    for (const key of keys) {
      assert.ok(named.some((each: string) => each.startsWith(key)), `${key} in ${named.join()}`);
    }
    for (const problem of error.problems) assert.ok(problem.rule.length > 5);
    assert.deepEqual(asJson.host.files.mutations, []);
  });
}

Deno.test("the same mistakes on the command line and in the environment are exit 3 as well", async () => {
  for (
    const [argv, env] of [
      [["--set", "domain=https://x"], {}],
      [["--set", "ports.https=x"], {}],
      [["--env", "prod"], {}],
      [[], { RXDX_DOMAIN: "https://x" }],
      [[], { RXDX_PORTS_HTTPS: "0" }],
      [[], { RXDX_SECRET_SECRET_KEY: "short" }],
      [[], { RXDX_SECRET_POSTGRES_PASSWORD: "" }],
    ] as const
  ) {
    const { host } = machineOf({}, { env: { ...env } });
    const code = await run(["init", "--yes", "--demo", ...argv], host);
    assert.equal(code, EXIT.answers, host.terminal.stderr);
    assert.deepEqual(host.files.mutations, []);
  }
});

Deno.test("a machine that is too small is told like a wrong answer", async () => {
  const { host } = machineOf({ memoryBytes: 700 * MIB });
  assert.equal(await run(["init", "--yes", "--demo"], host), EXIT.answers);
  assert.match(host.terminal.stderr, /700M of memory less 512M for the host leaves 188M/);
  assert.deepEqual(host.files.mutations, []);
});
