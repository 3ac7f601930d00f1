/**
 * Passwords that an operator brings, of any printable characters, on the real engine: PostgreSQL is
 * initialised with each, and the backend becomes ready, which asks the database and the graph through
 * `DATABASE_URL`. Only the two services that see the password are started, a few stacks at a time.
 */
import assert from "node:assert/strict";
import { readEnv, writeAssignment } from "../../lib/render/env_codec.ts";
import { must, sh, TestStack } from "../support/stack.ts";

/** Each differs from the others in what could break: shell, Compose, `.env`, URL, SQL, SASLprep. */
const PASSWORDS: readonly (readonly [title: string, password: string])[] = [
  ["dollar signs and braces", "$ecret$${X}${HOME:-y}$1"],
  ["single quotes", "it's'a''quoted'one'"],
  ["double quotes and backslashes", '"\\"a\\nb\\\\c\\$d"\\'],
  ["what divides a URL", "a:b/c@d?e=f&g#h%41+i"],
  ["percent signs", "100%-sure%20%2F%%s%"],
  ["blanks at both ends", "  two blanks each  "],
  ["comments", "#not # a comment #"],
  ["backticks and substitution", "`id`$(id)<(id);|&!*?~"],
  ["all ASCII punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"],
  ["equals signs", "=a=b==c===d===="],
  ["SQL", "x'; DROP ROLE rxdx; --"],
  ["psql variables", ":'secret':\"x\":{?y}\\q \\! id"],
  ["template braces", "{{.Env}}<%= it %>${{ x }}"],
  ["umlauts, as one and as two code points", "Größe-gro\u0308ße-é-e\u0301"],
  ["emoji", "🔑🐘👨‍👩‍👧🏳️‍🌈🔒🗝️"],
  ["what SASLprep would change, and what it does not know", "ﬁ-Ⅷ-①-🔑-ﬁnal-x²"],
  ["what SASLprep changes", "ﬁne-Ⅷ-①-half½-ª"],
  ["a blank that is none of ASCII's", "no\u00a0break\u2003em\u3000wide"],
  ["Hebrew, Greek, Chinese", "שלום-κωδικός-密码密码"],
  ["a word that YAML knows", "null: [true, ~, 0x1F]"],
  ["digits only", "0090417735280164"],
  ["256 characters", "0$'\"\\ é🔑%".repeat(40).slice(0, 256).toWellFormed()],
];

/** Stacks at a time: most of a start is waiting. */
const AT_ONCE = 5;

interface Brought {
  readonly POSTGRES_PASSWORD: string;
  readonly ADMIN_PASSWORD: string;
  readonly SECRET_KEY: string;
}

/** Three hostile secrets, each another one. */
function broughtAt(index: number): Brought {
  const at = (shift: number) => PASSWORDS[(index + shift) % PASSWORDS.length]?.[1] ?? "";
  return {
    POSTGRES_PASSWORD: at(0),
    ADMIN_PASSWORD: at(1),
    SECRET_KEY: `${at(2)} and ${at(3)}, which makes it long enough`,
  };
}

/** By turns by the environment and by file: both ways in must keep every character. */
async function init(stack: TestStack, secrets: Brought, byFile: boolean, ...flags: string[]) {
  const file = `${stack.dir}.secrets`;
  const entries = Object.entries(secrets);
  if (byFile) {
    const lines = entries.map(([name, value]) => writeAssignment(name, value) + "\n");
    await Deno.writeTextFile(file, lines.join(""), { mode: 0o600 });
  }
  const ran = await stack.init([...flags, ...(byFile ? ["--secrets-file", file] : [])], {
    env: byFile
      ? {}
      : Object.fromEntries(entries.map(([name, value]) => [`RXDX_SECRET_${name}`, value])),
  });
  assert.equal(ran.code, 0, ran.text);
  for (const [name, value] of entries) assert.ok(!ran.text.includes(value), `${name} is shown`);
  const written = readEnv(await Deno.readTextFile(`${stack.dir}/.env`));
  for (const [name, value] of entries) assert.equal(written.get(name), value, name);
}

/** Only postgres and backend: its readiness asks database and graph by `DATABASE_URL`. */
async function becomesReady(index: number): Promise<void> {
  await using stack = new TestStack(`pw${index}`);
  const brought = broughtAt(index);
  await init(stack, brought, index % 2 === 1, "--no-start");
  const up = await sh(
    ["docker", "compose", "up", "--detach", "--wait", "--wait-timeout", "300", "backend"],
    { cwd: stack.dir },
  );
  if (up.code !== 0) {
    const logs = await sh(["docker", "compose", "logs", "--tail", "15"], { cwd: stack.dir });
    assert.fail(`the backend is not ready:\n${up.text}\n${logs.text}`);
  }
  const script = "import json, os\nfrom urllib.parse import unquote, urlsplit\n" +
    "url = urlsplit(os.environ['DATABASE_URL'])\n" +
    "print(json.dumps([os.environ['POSTGRES_PASSWORD'], os.environ['SECRET_KEY'], " +
    "unquote(url.password), url.hostname, url.port, url.path, url.query, url.fragment]))";
  const inside = await must(
    ["docker", "compose", "exec", "--no-TTY", "backend", "python3", "-c", script],
    { cwd: stack.dir },
  );
  const { POSTGRES_PASSWORD: password, SECRET_KEY: key } = brought;
  assert.deepEqual(JSON.parse(inside), [
    password,
    key,
    password,
    "postgres",
    5432,
    "/rxdx",
    "",
    "",
  ]);
}

/** The whole stack, and the administrator logs in with the password as it was brought. */
async function logsIn(index: number): Promise<void> {
  await using stack = new TestStack(`login${index}`);
  const brought = broughtAt(index);
  await init(stack, brought, index % 2 === 0);
  const login = (password: string) =>
    stack.request("/api/v1/auth/login", {
      body: { email: "admin@rxdx.internal", password },
    });
  const answer = await login(brought.ADMIN_PASSWORD);
  assert.equal(answer.status, 200, answer.body);
  const { access_token: token } = JSON.parse(answer.body);
  assert.equal((await stack.request("/api/v1/auth/me", { token })).status, 200);
  assert.equal((await login(brought.ADMIN_PASSWORD + "x")).status, 401);
}

/** Passwords of the administrator: quotes and backslashes, all punctuation, Unicode. */
const LOGINS = [1, 7, 13];

Deno.test(`${PASSWORDS.length} hostile passwords: initialised, encoded, ready; ${LOGINS.length} log in`, async () => {
  assert.ok(PASSWORDS.length >= 20);
  const waiting = [
    ...LOGINS.map((index) => ({ index, run: logsIn })),
    ...PASSWORDS.map((_, index) => ({ index, run: becomesReady })),
  ];
  const failed: string[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { index, run } = next;
      await run(index).catch((error: unknown) => {
        failed.push(`${run.name}, ${PASSWORDS[index]?.[0]}: ${String(error)}`);
      });
    }
  }));
  assert.deepEqual(failed, []);
});
