/**
 * Passwords that an operator brings, of any printable characters, on the real engine: PostgreSQL is
 * initialised with each, and the backend becomes ready, which asks the database and the graph through
 * `DATABASE_URL`. Only the two services that see the password are started, a few stacks at a time.
 */
import assert from "node:assert/strict";
import { writeAssignment } from "../../lib/render/env_codec.ts";
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
  ["digits only", "0012345678901234"],
  ["256 characters", "0$'\"\\ é🔑%".repeat(40).slice(0, 256).toWellFormed()],
];

/** Stacks at a time: most of a start is waiting. */
const AT_ONCE = 5;

async function starts(password: string, index: number): Promise<void> {
  await using stack = new TestStack(`pw${index}`);
  // By turns by the environment and by file: both ways in must keep every character.
  const file = `${stack.dir}.secrets`;
  const byFile = index % 2 === 1;
  if (byFile) {
    await Deno.writeTextFile(file, writeAssignment("POSTGRES_PASSWORD", password) + "\n", {
      mode: 0o600,
    });
  }
  const inited = await stack.init(
    ["--no-start", ...(byFile ? ["--secrets-file", file] : [])],
    { env: byFile ? {} : { RXDX_SECRET_POSTGRES_PASSWORD: password } },
  );
  assert.equal(inited.code, 0, inited.text);
  assert.ok(!inited.text.includes(password), "the password is never shown");

  const up = await sh(
    ["docker", "compose", "up", "--detach", "--wait", "--wait-timeout", "60", "backend"],
    { cwd: stack.dir },
  );
  if (up.code !== 0) {
    const logs = await sh(["docker", "compose", "logs", "--tail", "15"], { cwd: stack.dir });
    assert.fail(`the backend is not ready:\n${up.text}\n${logs.text}`);
  }
  const inside = JSON.parse(
    await must([
      "docker",
      "compose",
      "exec",
      "--no-TTY",
      "backend",
      "python3",
      "-c",
      "import json, os\nfrom urllib.parse import unquote, urlsplit\n" +
      "url = urlsplit(os.environ['DATABASE_URL'])\n" +
      "print(json.dumps([os.environ['POSTGRES_PASSWORD'], unquote(url.password), url.hostname, " +
      "url.port, url.path, url.query, url.fragment]))",
    ], { cwd: stack.dir }),
  );
  const { name } = { name: "rxdx" };
  assert.deepEqual(inside, [password, password, "postgres", 5432, `/${name}`, "", ""]);
}

Deno.test(`${PASSWORDS.length} hostile database passwords: initialised, encoded, ready`, async (t) => {
  assert.ok(PASSWORDS.length >= 20);
  const waiting = PASSWORDS.map((each, index) => ({ each, index }));
  const failed: string[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { each: [title, password], index } = next;
      await starts(password, index).catch((error: unknown) => {
        failed.push(`${title}: ${String(error)}`);
      });
    }
  }));
  assert.deepEqual(failed, []);
  await t.step("none was left out", () => assert.equal(waiting.length, 0));
});
