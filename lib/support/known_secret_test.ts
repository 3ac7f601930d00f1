/** How far a search for a secret goes, and that a search for one that is short goes no further. */
import assert from "node:assert/strict";
import { distinct, placeholderName, reachOf } from "./known_secret.ts";
import { redactor } from "./redact.ts";
import { scanArchive } from "./scan.ts";
import { gzip, writeTar } from "./tar.ts";

for (
  const [value, reach] of [
    ["x7#kQ2", "anywhere"],
    ["sunshine", "anywhere"],
    ["!\"#$%&'()*+,-./:;<=>?", "anywhere"],
    ["🔑🐘🔒🗝️", "word"],
    ["abc", "word"],
    ["x7#kQ", "word"],
    ["postgres", "word"],
    ["Postgres", "word"],
    ["12345678", "word"],
    ["0090417735280164", "anywhere"],
    ["1", "by-name"],
    ["ab", "by-name"],
    ["12345", "by-name"],
    ["--------", "by-name"],
    ["------------------------", "by-name"],
    ["aaaaaaaa", "by-name"],
    ["        ", "by-name"],
  ] as const
) {
  Deno.test(`${JSON.stringify(value)} is searched for: ${reach}`, () => {
    assert.equal(reachOf(value), reach);
  });
}

Deno.test("a name of the stack is an ordinary word", () => {
  assert.equal(reachOf("hospital-west"), "anywhere");
  assert.equal(reachOf("hospital-west", new Set(["hospital-west"])), "word");
});

Deno.test("a short secret goes where it stands alone, and the scan agrees", async () => {
  const secrets = [{ name: "SMTP_PASSWORD", value: "abcd" }];
  const text = 'abcd "abcd" xabcd abcdx abcd_1 pw:abcd,%20abcd%20 \\nabcd\\n 1abcd';
  const done = redactor(secrets).text(text);
  const gone = "[redacted:SMTP_PASSWORD]";
  assert.equal(
    done.text,
    `${gone} "${gone}" xabcd abcdx abcd_1 pw:${gone},%20${gone}%20 \\n${gone}\\n 1abcd`,
  );
  const archive = (what: string) =>
    gzip(writeTar([{ path: "a", bytes: new TextEncoder().encode(what) }], new Date(0)));
  assert.deepEqual(await scanArchive(await archive(done.text), secrets), []);
  assert.deepEqual(await scanArchive(await archive(text), secrets), [
    { path: "a", name: "SMTP_PASSWORD" },
  ]);
});

Deno.test("a secret that is a word of the placeholder does not stop the bundle", async () => {
  const secrets = [{ name: "POSTGRES_PASSWORD", value: "POSTGRES_PASSWORD" }];
  const done = redactor(secrets).text("x POSTGRES_PASSWORD y");
  assert.equal(done.text, "x [redacted:POSTGRES_PASSWORD] y");
  const bytes = new TextEncoder().encode(done.text);
  const archive = await gzip(writeTar([{ path: "a", bytes }], new Date(0)));
  assert.deepEqual(await scanArchive(archive, secrets), []);
});

Deno.test("one entry a value; names fit a placeholder", () => {
  assert.deepEqual(
    distinct([{ name: "A", value: "x" }, { name: "B", value: "x" }, { name: "C", value: "" }]),
    [{ name: "A", value: "x" }],
  );
  assert.equal(placeholderName("a b]c"), "a_b_c");
});
