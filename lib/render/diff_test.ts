/** Diffs show what changes and never a secret, whatever stands in the files. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { CANARIES, samplePlan } from "../../tests/support/samples.ts";
import { MASK } from "../plan/secret.ts";
import { SECRET_NAMES } from "../secrets/secrets.ts";
import { changesOf, maskEnv } from "./diff.ts";
import { writeAssignment } from "./env_codec.ts";
import { envFile } from "./env_files.ts";
import type { RenderedFile } from "./file.ts";
import { encodeUserInfo } from "./variable_values.ts";
import { SECRET_VARIABLES } from "./variables.ts";

function file(path: string, text: string, secret = false): RenderedFile {
  return { path, text, secret, mode: 0o600 };
}

Deno.test("an unchanged file is no change", () => {
  assert.deepEqual(changesOf([file("a", "x\n")], new Map([["a", "x\n"]])), []);
});

Deno.test("a new file is created, a different one updated, with a unified diff", () => {
  const [created, updated] = changesOf(
    [file("new.yml", "a\n"), file("old.yml", "one\ntwo\n")],
    new Map([["old.yml", "one\n2\n"]]),
  );
  assert.equal(created?.kind, "create");
  assert.match(created?.diff ?? "", /^--- \/dev\/null\n\+\+\+ b\/new\.yml\n@@ .*\n\+a\n/);
  assert.equal(updated?.kind, "update");
  assert.equal(
    updated?.diff,
    "--- a/old.yml\n+++ b/old.yml\n@@ -1,2 +1,2 @@\n one\n-2\n+two\n",
  );
});

Deno.test("no secret of a new or changed .env is in its diff", () => {
  const plan = samplePlan();
  const other = samplePlan({
    secrets: Object.fromEntries(SECRET_NAMES.map((name) => [name, `other-${CANARIES[name]}`])),
    answers: { ports: { https: 8443 } },
  });
  for (const before of [undefined, envFile(other).text]) {
    const changes = changesOf(
      [envFile(plan)],
      new Map(before === undefined ? [] : [[".env", before]]),
    );
    assert.equal(changes.length, 1);
    const text = JSON.stringify(changes);
    for (const name of SECRET_NAMES) assert.ok(!text.includes(CANARIES[name]), name);
    assert.match(text, /NGINX_SSL_PORT/);
  }
});

Deno.test("a changed secret is marked as changed, an unchanged one is not", () => {
  const before = "SECRET_KEY=aaa\nPOSTGRES_PASSWORD=bbb\n";
  const after = "SECRET_KEY=ccc\nPOSTGRES_PASSWORD=bbb\n";
  const [change] = changesOf([file(".env", after, true)], new Map([[".env", before]]));
  assert.match(change?.diff ?? "", /\+SECRET_KEY=.*# changed/);
  assert.doesNotMatch(change?.diff ?? "", /POSTGRES_PASSWORD.*# changed/);
});

Deno.test("an empty secret is shown as empty", () => {
  assert.equal(maskEnv("SMTP_PASSWORD=\n"), "SMTP_PASSWORD=\n");
});

Deno.test("masking leaves all other lines as they are", () => {
  const text = '# comment\nA=1\n\nSECRET_KEY=x\nB="two words"\n';
  assert.equal(
    maskEnv(text),
    `# comment\nA=1\n\n${writeAssignment("SECRET_KEY", MASK)}\nB="two words"\n`,
  );
});

const V = "canary-31f7";

/** Files as people leave them behind: every one holds the canary. */
const BY_HAND: Readonly<Record<string, string>> = {
  "unquoted": `SECRET_KEY=${V}`,
  "single quotes": `SECRET_KEY='${V}'`,
  "double quotes": `SECRET_KEY="${V}"`,
  "export": `export SECRET_KEY=${V}`,
  "spaces around": `  SECRET_KEY = ${V}`,
  "a comment behind": `SECRET_KEY=${V} # do not lose`,
  "CRLF": `SECRET_KEY=${V}\r\nA=1\r\n`,
  "a value over two lines": `SECRET_KEY="first\n${V}"\nA=1`,
  "a single-quoted value over two lines": `SECRET_KEY='first\n${V}'\nA=1`,
  "an old one commented out": `# SECRET_KEY=${V}\nSECRET_KEY=x`,
  "given twice, the last one empty": `SECRET_KEY=${V}\nSECRET_KEY=`,
  "given twice": `SECRET_KEY=x\nSECRET_KEY=${V}`,
  "quotes that never close": `SECRET_KEY="${V}\nA=1`,
  "text after the quotes": `SECRET_KEY="a" ${V}`,
  "in a URL": `DATABASE_URL=postgresql+asyncpg://rxdx:${V}@postgres:5432/rxdx`,
  "a name of their own": `GITHUB_TOKEN=${V}`,
  "another name of their own": `MY_API_KEY=${V}`,
  "a password of their own": `BACKUP_PASSPHRASE=${V}`,
  "a URL of their own with a password": `BROKER_URL=amqp://user:${V}@broker/`,
};

for (const [title, text] of Object.entries(BY_HAND)) {
  Deno.test(`a secret does not show in the diff of a hand-written .env: ${title}`, () => {
    const masked = maskEnv(text);
    assert.ok(!masked.includes(V), masked);
    const [change] = changesOf([envFile(samplePlan())], new Map([[".env", text]]));
    assert.ok(!JSON.stringify(change).includes(V));
  });
}

Deno.test("whatever the secrets are, none of them is in a diff (150 runs)", () => {
  const value = fc.string({ unit: "binary", minLength: 12, maxLength: 40 })
    // Shorter or common texts would be found in the comments of the file.
    .filter((text) => /[^\s*#]{12}/.test(text));
  fc.assert(
    fc.property(value, value, (before, after) => {
      const of = (secret: string) =>
        envFile(samplePlan({
          secrets: Object.fromEntries(SECRET_NAMES.map((name) => [name, secret])),
        })).text;
      const [change] = changesOf(
        [file(".env", of(after), true)],
        new Map([[".env", of(before)]]),
      );
      for (const secret of [before, after]) {
        for (
          const spelling of [secret, writeAssignment("X", secret).slice(2), encodeUserInfo(secret)]
        ) {
          assert.ok(!(change?.diff ?? "").includes(spelling));
        }
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("every secret variable is masked", () => {
  for (const name of SECRET_VARIABLES) assert.ok(!maskEnv(`${name}=${V}`).includes(V), name);
});

Deno.test("an empty secret is shown as empty, whether quoted or not", () => {
  for (const text of ["IMAP_PASSWORD=\n", 'IMAP_PASSWORD=""\n', "IMAP_PASSWORD=''\n"]) {
    assert.equal(maskEnv(text), text);
  }
  assert.doesNotMatch(maskEnv('IMAP_PASSWORD="x"\n'), /x/);
});
