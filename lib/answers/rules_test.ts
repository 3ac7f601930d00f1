/** Each rule against values that people really write, good and bad, and at its bounds. */
import assert from "node:assert/strict";
import * as rules from "./rules.ts";
import { isHostname, isIpAddress, parseSize, type Rule } from "./rules.ts";

interface Table<T> {
  readonly rule: Rule<T>;
  readonly good: readonly T[];
  readonly bad: readonly T[];
}

const label63 = "a".repeat(63);
const name253 = `${label63}.${label63}.${label63}.${"a".repeat(61)}`;

const texts: Readonly<Record<string, Table<string>>> = {
  projectName: {
    rule: rules.projectName,
    good: ["rxdx", "r", "0", "my-rxdx_2", "a".repeat(63)],
    bad: ["", "Rxdx", "-a", "_a", "a b", "a.b", "a".repeat(64), "rxdx\n", "ü", "$(id)", "a/b"],
  },
  hostname: {
    rule: rules.hostname,
    good: [
      "localhost",
      "rxdx.example.com",
      "RXDX.Example.COM",
      "xn--bcher-kva.example",
      "1.example.com",
      "a-b.c-d",
      "192.0.2.1",
      "0.0.0.0",
      "::1",
      "2001:db8::1",
      "::ffff:192.0.2.1",
      label63,
      name253,
    ],
    bad: [
      "",
      ".",
      "example.com.",
      ".example.com",
      "a..b",
      "-a.com",
      "a-.com",
      "a_b.com",
      "https://example.com",
      "example.com:443",
      "example.com/path",
      "bücher.example",
      "192.0.2.256",
      "192.0.2",
      "192.0.2.01",
      "1.2.3.4.5",
      "[::1]",
      "2001:db8::g",
      "::1::2",
      "fe80::1%eth0",
      "a b",
      "a;b",
      "$host",
      "*.example.com",
      "example.com\n",
      `${label63}a.com`,
      `${name253}a`,
    ],
  },
  sqlIdentifier: {
    rule: rules.sqlIdentifier,
    good: ["rxdx", "rxdx_prod", "a", "a1", "a".repeat(63)],
    bad: ["", "1a", "_a", "Rxdx", "rx-dx", "a b", "pg_rxdx", 'a"b', "a;drop", "a".repeat(64), "é"],
  },
  graphName: {
    rule: rules.graphName,
    good: ["abc", "rxdx_graph", "a".repeat(63)],
    bad: ["", "ab", "1ab", "_ab", "Abc", "a-b", "a.b.c", "a".repeat(64), "abc'"],
  },
  memorySize: {
    rule: rules.memorySize,
    good: ["32M", "512M", "1G", "1024M", "9999999M"],
    bad: ["", "31M", "0G", "1.5G", "1g", "512m", "512MB", "1 G", "-1G", "1GiB", "1T", "G", "64"],
  },
  bodySize: {
    rule: rules.bodySize,
    good: ["1k", "20m", "1g", "9999999k"],
    bad: ["", "0m", "20", "20M", "20mb", "1.5m", "-1m", "20 m", "010m", "20m;"],
  },
  requestRate: {
    rule: rules.requestRate,
    good: ["1r/s", "10r/s", "5r/m", "999999r/s"],
    bad: ["", "0r/s", "10", "10/s", "10r/h", "10 r/s", "1.5r/s", "-1r/s", "10r/s;", "01r/s"],
  },
  emailAddress: {
    rule: rules.emailAddress,
    good: [
      "ops@example.com",
      "o.p-s+tag@mail.example.com",
      "a@b",
      "o'neil@example.com",
      `${"a".repeat(64)}@example.com`,
    ],
    bad: [
      "",
      "ops",
      "@example.com",
      "ops@",
      "ops@example..com",
      "o..ps@example.com",
      ".ops@example.com",
      "ops.@example.com",
      "a b@example.com",
      "ops@exa mple.com",
      "Ops <ops@example.com>",
      "ops@example.com,qa@example.com",
      "ops@@example.com",
      "ops@example.com\nBcc: x@y",
      "öps@example.com",
      `${"a".repeat(65)}@example.com`,
      `a@${"b".repeat(254)}`,
    ],
  },
  httpUrl: {
    rule: rules.httpUrl,
    good: [
      "http://localhost:1234/v1",
      "https://example.com",
      "https://example.com:8443/a?b=c#d",
      "http://[::1]:80/",
    ],
    bad: [
      "",
      "example.com",
      "ftp://example.com",
      "javascript:alert(1)",
      "http://",
      "https://user@example.com",
      "https://user:password@example.com",
      "http://exa mple.com",
      "http://example.com/ x",
      "http://example.com:99999",
      "HTTP://example.com",
    ],
  },
  cronSchedule: {
    rule: rules.cronSchedule,
    good: [
      "0 2 * * *",
      "*/15 * * * *",
      "0,30 8-18 * * 1-5",
      "59 23 31 12 7",
      "0 0 1-31/2 * 0",
      "  0   2 * * * ",
    ],
    bad: [
      "",
      "daily",
      "@daily",
      "0 2 * *",
      "0 2 * * * *",
      "60 2 * * *",
      "0 24 * * *",
      "0 2 0 * *",
      "0 2 32 * *",
      "0 2 * 13 *",
      "0 2 * * 8",
      "0 5-2 * * *",
      "*/0 * * * *",
      "0 2 * * mon",
      "0 2 * * *; reboot",
      "-1 2 * * *",
      "1,,2 * * * *",
    ],
  },
  filePath: {
    rule: rules.filePath,
    good: ["backups", "/srv/backups", "./a b/c", "../up", "/srv/Bücher", "$HOME/x"],
    bad: ["", "~/backups", "~", "/a:b", "a\nb", "a\0b", "\x7f", "C:\\x", "x".repeat(1025)],
  },
  singleLine: {
    rule: rules.singleLine,
    good: ["anything: goes # here", " a ", "ключ", "x".repeat(1024)],
    bad: ["", "  ", "a\nb", "a\tb", "\x1b[31m", "\x7f", "\x9b1m", "a\u202eb", "\ufeffa", "\u2028"]
      .concat("x".repeat(1025), "\ud800"),
  },
  gitRevision: {
    rule: rules.gitRevision,
    good: ["main", "v1.2.0", "feature/x-1", "0a1b2c3", "größe"],
    bad: [
      "",
      "-x",
      "--upload-pack=id",
      "a b",
      "a..b",
      "a~1",
      "a:b",
      "a/",
      "/.a",
      "x.lock",
      "a@{1}",
    ],
  },
  webOrigin: {
    rule: rules.webOrigin,
    good: ["https://a.org", "http://a.org:8080", "https://[2001:db8::1]", "https://A.ORG"],
    bad: [
      "*",
      "",
      "https://a.org/",
      "https://a.org/x",
      "https://a.org:443",
      "https://bücher.example",
    ]
      .concat("ftp://a.org", "https://u:p@a.org", "null"),
  },
  ageRecipient: {
    rule: rules.ageRecipient,
    good: [
      "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    ],
    bad: [
      "",
      "age1…",
      "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q",
      `ssh-ed25519 ${"A".repeat(68)} ops@example.com`,
      "ops@example.com",
      "AGE-SECRET-KEY-1QQQQ",
      "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
  },
  schedulePossible: {
    rule: rules.schedulePossible,
    good: [
      "0 2 * * *",
      "0 2 29 2 *",
      "0 2 31 1-2 *",
      "0 2 30,31 2 1",
      "0 2 1-31 2 *",
      "0 2 */5 2 *",
    ]
      .concat("0 2 31 */2 *", "0 2 31 2,3 *", "* * 30 * *"),
    bad: ["30 2 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 4/1 *", "0 2 30-31 2 *"],
  },
  imageRepository: {
    rule: rules.imageRepository,
    good: [
      "registry.example.com/rxdx",
      "localhost:5000/rxdx",
      "ghcr.io/hapi-ds/rxdx",
      "registry.example.com",
      "r/a__b/c.d-e",
    ],
    bad: [
      "",
      "https://registry.example.com/rxdx",
      "registry.example.com/rxdx:1.2",
      "registry.example.com/RxDx",
      "registry.example.com/",
      "/rxdx",
      "a//b",
      "registry.example.com/rxdx@sha256:0",
      "a b/c",
      "reg.example.com/rxdx\n",
      "reg/-a",
    ],
  },
  imageTag: {
    rule: rules.imageTag,
    good: ["1.2.0", "latest", "v1", "_x", "A-b_c.d", "a".repeat(128)],
    bad: ["", ".1", "-1", "a b", "a:b", "a/b", "a".repeat(129), "1.2.0\n", "ü"],
  },
  cidr: {
    rule: rules.cidr,
    good: ["10.0.0.5", "10.0.0.0/8", "0.0.0.0/0", "::1", "2001:db8::/32", "fd00::/128"],
    bad: [
      "",
      "10.0.0.0/33",
      "10.0.0/8",
      "10.0.0.0/",
      "10.0.0.0/8/8",
      "10.0.0.0/-1",
      "2001:db8::/129",
      "example.com",
      "10.0.0.0/8; allow all",
      "10.0.0.*",
    ],
  },
};

const numbers: Readonly<Record<string, Table<number>>> = {
  port: {
    rule: rules.port,
    good: [1, 80, 443, 65535],
    bad: [0, -1, 65536, 80.5, NaN, Infinity, -Infinity, 1e9],
  },
  cpuCount: {
    rule: rules.cpuCount,
    good: [0.1, 0.25, 1, 1.5, 0.29, 64, 1024],
    bad: [0, 0.09, -1, 1025, 1.005, 0.123, NaN, Infinity],
  },
  "between 5 and 10": {
    rule: rules.between(5, 10),
    good: [5, 7, 10],
    bad: [4, 11, 7.5, NaN, Infinity, -5],
  },
};

for (const [name, table] of Object.entries({ ...texts, ...numbers })) {
  const { rule, good, bad } = table as Table<unknown>;
  Deno.test(`rule ${name}: accepts ${good.length} good values`, () => {
    for (const value of good) assert.ok(rule.holds(value), `${JSON.stringify(value)} is good`);
  });
  Deno.test(`rule ${name}: refuses ${bad.length} bad values`, () => {
    for (const value of bad) assert.ok(!rule.holds(value), `${JSON.stringify(value)} is bad`);
  });
}

Deno.test("a host name is never also taken for an address, nor an address for a host name", () => {
  for (const text of ["192.0.2.1", "::1", "2001:db8::1"]) {
    assert.ok(isIpAddress(text));
    assert.ok(!isHostname(text), text);
  }
  for (const text of ["example.com", "abc", "dead.beef"]) assert.ok(!isIpAddress(text), text);
});

Deno.test("sizes are read in binary units, and only sizes are", () => {
  assert.equal(parseSize("512M"), 512 * 2 ** 20);
  assert.equal(parseSize("2G"), 2 * 2 ** 30);
  assert.equal(parseSize("20m"), 20 * 2 ** 20);
  assert.equal(parseSize("8k"), 8192);
  for (const text of ["", "5", "M", "1.5G", "-1G", "1GB", " 1G", "1G\n"]) {
    assert.equal(parseSize(text), undefined, JSON.stringify(text));
  }
});
