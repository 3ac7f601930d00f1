/** What looks like a secret goes, though nobody has told us of it; what only speaks of one stays. */
import assert from "node:assert/strict";
import { namesSecret } from "./patterns.ts";
import { redactor } from "./redact.ts";

// Put together here: no tool that looks for keys shall find one in this file.
const BEGIN = "-----BEGIN " + "EC PRIVATE KEY-----";
const END = "-----END " + "EC PRIVATE KEY-----";
const JWT = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxIn0", "c2lnbmF0dXJl"].join(".");
const clean = redactor([]);

for (
  const [text, expected] of [
    [`a\n${BEGIN}\nMHcCAQ\nEE\n${END}\nb`, "a\n[redacted:private-key]\nb"],
    [`{"key":"${BEGIN}\\nMHc\\n${END}\\n"}`, '{"key":"[redacted:private-key]\\n"}'],
    [`${BEGIN}\nMHc cut off`, "[redacted:private-key]"],
    [`token ${JWT} end`, "token [redacted:jwt] end"],
    ["Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer [redacted:authorization]"],
    ["authorization=Basic dXNlcjpwYXNz", "authorization=Basic [redacted:authorization]"],
    ['{"authorization":"Bearer abcdefgh"}', '{"authorization":"Bearer [redacted:authorization]"}'],
    ["Set-Cookie: session=abc; HttpOnly", "Set-Cookie: [redacted:cookie]"],
    ["cookie: a=1; b=2\nnext", "cookie: [redacted:cookie]\nnext"],
    ["password=hunter2 user=x", "password=[redacted:named-secret] user=x"],
    ["db_password: 'it is long' # x", "db_password: '[redacted:named-secret]' # x"],
    ['"api_key": "k-1234"', '"api_key": "[redacted:named-secret]"'],
    ['{\\"password\\": \\"hunter2\\"}', '{\\"password\\": \\"[redacted:named-secret]\\"}'],
    ["GET /login?token=abc&x=1", "GET /login?token=[redacted:named-secret]&x=1"],
    ["postgresql://rxdx:p%40ss@db:5432/x", "postgresql://rxdx:[redacted:url-password]@db:5432/x"],
    ["key AKIA" + "ABCDEFGHIJKLMNOP", "key [redacted:aws-key]"],
    ["ALTER ROLE rxdx PASSWORD 'it''s'", "ALTER ROLE rxdx PASSWORD '[redacted:sql-password]'"],
    ["hash $2b$12$abcdefghijklmnopqrstuv", "hash [redacted:password-hash]"],
    ["SCRAM-SHA-256$4096:c2FsdA==$a2V5:c2Vydg==", "[redacted:password-hash]"],
  ] as const
) {
  Deno.test(`goes: ${JSON.stringify(text).slice(0, 60)}`, () => {
    assert.equal(clean.text(text).text, expected);
    // What was cleaned once stays as it is.
    assert.equal(clean.text(expected).text, expected);
  });
}

for (
  const text of [
    'FATAL: password authentication failed for user "rxdx"',
    "ACCESS_TOKEN_EXPIRE_MINUTES=30",
    "SMTP_PASSWORD=\nSMTP_TLS=true",
    "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?POSTGRES_PASSWORD is missing in .env}",
    "postgresql+asyncpg://${POSTGRES_USER:-rxdx}:${POSTGRES_PASSWORD}@postgres:5432/rxdx",
    '"IMAP_PASSWORD": "",',
    "password_file: /run/secrets/x",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "https://rxdx.example.com:8443/a@b",
    "SECRET_KEY=********",
    '"token_type": "x"',
  ]
) {
  Deno.test(`stays: ${JSON.stringify(text).slice(0, 60)}`, () => {
    assert.deepEqual(clean.text(text), { text, count: 0 });
  });
}

Deno.test("in JSON the key tells what its value is", () => {
  const { value, count } = redactor([{ name: "SMTP_PASSWORD", value: "1" }]).json({
    env: ["OLD_TOKEN=abc", "A=1"],
    nested: { adminPassword: "x", password: true, smtp: { passwd: "1" }, port: 1 },
  });
  assert.deepEqual(value, {
    env: ["OLD_TOKEN=[redacted:named-secret]", "A=1"],
    nested: {
      adminPassword: "[redacted:adminPassword]",
      password: true,
      smtp: { passwd: "[redacted:SMTP_PASSWORD]" },
      port: 1,
    },
  });
  assert.equal(count, 3);
});

Deno.test("names of secrets are told from names of settings about them", () => {
  for (const name of ["POSTGRES_PASSWORD", "apiKey", "SECRET_KEY", "GH_TOKEN", "db.passwd"]) {
    assert.ok(namesSecret(name), name);
  }
  for (const name of ["TOKEN_TYPE", "ACCESS_TOKEN_EXPIRE_MINUTES", "PASSWORD_FILE", "USER"]) {
    assert.ok(!namesSecret(name), name);
  }
});

Deno.test("hostile lines take no longer than others", () => {
  const long = 200_000;
  const from = performance.now();
  for (
    const unit of [
      "a",
      "\\",
      "$",
      "'",
      "%",
      "=",
      "0f",
      "ey",
      "password",
      "a:",
      "://",
      "@",
      ".",
      " ",
      "-",
    ]
  ) {
    const text = unit.repeat(long / unit.length);
    redactor([{ name: "S", value: "c4n4ry/$ecret '\\ of%the" }]).text(text);
  }
  // Quadratic work would take minutes.
  assert.ok(performance.now() - from < 20_000, `${performance.now() - from} ms`);
});
