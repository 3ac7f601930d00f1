/** Where each secret comes from, that new ones are strong, and that what protects data never changes. */
import { isPrintable } from "../answers/rules.ts";
import { HOPELESS_BITS, strengthOf } from "./strength.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { CANARIES } from "../../tests/support/samples.ts";
import { FakeRandom } from "../../tests/support/fake_host.ts";
import {
  pick,
  resolveSecrets,
  SECRET_DOC,
  SECRET_NAMES,
  type SecretName,
  secretsFromEnvironment,
} from "./secrets.ts";

type Values = Partial<Record<SecretName, string>>;

function resolve(given: Values, present: Values, seed = 1) {
  const random = new FakeRandom(seed);
  const drawn: number[] = [];
  const resolved = resolveSecrets({ given, present }, (count) => {
    drawn.push(count);
    return random.bytes(count);
  });
  const values = Object.fromEntries(
    SECRET_NAMES.map((name) => [name, resolved.secrets[name].reveal()]),
  ) as Record<SecretName, string>;
  return { ...resolved, values, drawn };
}

Deno.test("a new stack gets what it needs, and nothing for what is not configured", () => {
  const { values, generated, problems } = resolve({}, {});
  assert.deepEqual(generated, ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"]);
  assert.deepEqual(problems, []);
  assert.equal(values.SMTP_PASSWORD, "");
  assert.equal(values.IMAP_PASSWORD, "");
});

Deno.test("generated secrets have 256 bits and characters that are safe in URLs and shells", () => {
  const { values, drawn } = resolve({}, {});
  assert.deepEqual(drawn, [32, 32, 32]);
  assert.match(values.SECRET_KEY, /^[0-9a-f]{64}$/);
  assert.match(values.POSTGRES_PASSWORD, /^[A-Za-z0-9_-]{43}$/);
  assert.match(values.ADMIN_PASSWORD, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(
    new Set([values.SECRET_KEY, values.POSTGRES_PASSWORD, values.ADMIN_PASSWORD]).size,
    3,
  );
});

Deno.test("every byte drawn counts: another random source gives other secrets", () => {
  const passwords = Array.from({ length: 200 }, (_, seed) => resolve({}, {}, seed));
  for (const name of ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"] as const) {
    assert.equal(new Set(passwords.map(({ values }) => values[name])).size, 200, name);
  }
  const zero = resolveSecrets({ given: {}, present: {} }, (count) => new Uint8Array(count));
  assert.equal(zero.secrets.POSTGRES_PASSWORD.reveal(), "A".repeat(43));
  const ones = resolveSecrets(
    { given: {}, present: {} },
    (count) => new Uint8Array(count).fill(255),
  );
  assert.equal(ones.secrets.SECRET_KEY.reveal(), "f".repeat(64));
});

Deno.test("present secrets are kept, all of them, and nothing is drawn", () => {
  const { values, generated, drawn } = resolve({}, CANARIES);
  assert.deepEqual(values, CANARIES);
  assert.deepEqual(generated, []);
  assert.deepEqual(drawn, []);
});

Deno.test("one that is missing is generated without touching the others", () => {
  const { SECRET_KEY: _, ...present } = CANARIES;
  const { values, generated } = resolve({}, present);
  assert.deepEqual(generated, ["SECRET_KEY"]);
  assert.deepEqual({ ...values, SECRET_KEY: "" }, { ...CANARIES, SECRET_KEY: "" });
});

Deno.test("an administrator's password that was emptied on purpose stays empty", () => {
  const { values, generated } = resolve({}, { ...CANARIES, ADMIN_PASSWORD: "" });
  assert.equal(values.ADMIN_PASSWORD, "");
  assert.deepEqual(generated, []);
});

Deno.test("an emptied database password is not taken for one", () => {
  assert.ok(resolve({}, { POSTGRES_PASSWORD: "" }).generated.includes("POSTGRES_PASSWORD"));
});

Deno.test("a given secret wins over a generated one", () => {
  const { values, generated, problems } = resolve({ SMTP_PASSWORD: "a-mail-password" }, {});
  assert.equal(values.SMTP_PASSWORD, "a-mail-password");
  assert.ok(!generated.includes("SMTP_PASSWORD"));
  assert.deepEqual(problems, []);
});

Deno.test("the password of an existing database cannot be replaced from outside", () => {
  const { problems } = resolve({ POSTGRES_PASSWORD: "another-password" }, CANARIES);
  assert.equal(problems.length, 1);
  assert.match(problems[0]?.rule ?? "", /lock the application out/);
  assert.deepEqual(
    resolve({ POSTGRES_PASSWORD: CANARIES.POSTGRES_PASSWORD }, CANARIES).problems,
    [],
  );
});

const BAD: readonly (readonly [Values, RegExp])[] = [
  [{ POSTGRES_PASSWORD: "short" }, /at least 12 characters/],
  [{ ADMIN_PASSWORD: "elevenchars" }, /at least 12 characters/],
  [{ SECRET_KEY: "a".repeat(31) }, /at least 32 characters/],
  [{ SECRET_KEY: "" }, /at least 32 characters/],
  [{ SMTP_PASSWORD: "line one\nline two" }, /control characters/],
  [{ IMAP_PASSWORD: "tab\tinside it" }, /control characters/],
  [{ POSTGRES_PASSWORD: "nul\0inside-of-it" }, /control characters/],
  [{ SECRET_KEY: "\x1b[31m".padEnd(40, "x") }, /control characters/],
  [{ POSTGRES_PASSWORD: "k3y\u2028-of-two-lines" }, /control characters/],
  [{ POSTGRES_PASSWORD: "\u202eturned-around-k3y" }, /direction of text/],
  [{ POSTGRES_PASSWORD: "half \ud83d a surrogate" }, /control characters/],
  [{ POSTGRES_PASSWORD: "changemechangeme" }, /first that anybody tries/],
  [{ POSTGRES_PASSWORD: "postgrespostgres" }, /first that anybody tries/],
  [{ ADMIN_PASSWORD: "Password1234" }, /first that anybody tries/],
  [{ ADMIN_PASSWORD: "aaaaaaaaaaaaaaaa" }, /Repetitions add nothing/],
  [{ ADMIN_PASSWORD: "rxdxrxdxrxdx" }, /first that anybody tries/],
  [{ SECRET_KEY: "0".repeat(64) }, /first that anybody tries/],
  // Six characters of two UTF-16 units each are six characters.
  [{ ADMIN_PASSWORD: "🔑🐘🔒🦊🐙🌵" }, /at least 12 characters/],
  [{ SECRET_KEY: "k7#Qz!mW4@".repeat(60) }, /at most 512 characters/],
];

Deno.test("bad secrets are named by their variable, with a rule, and never with their value", () => {
  for (const [given, rule] of BAD) {
    const { problems } = resolve(given, {});
    const [[name, value]] = Object.entries(given) as [[string, string]];
    assert.ok(problems.some((problem) => rule.test(problem.rule)), name);
    for (const problem of problems) {
      assert.equal(problem.key, `RXDX_SECRET_${name}`);
      assert.equal(problem.value, undefined);
      if (value !== "") assert.ok(!JSON.stringify(problem).includes(value));
    }
  }
});

Deno.test("a given database password may be missing but not empty", () => {
  assert.ok(resolve({ POSTGRES_PASSWORD: "" }, {}).problems.length > 0);
});

Deno.test("a mail server's password is what it is, however short", () => {
  assert.deepEqual(resolve({ SMTP_PASSWORD: "short", IMAP_PASSWORD: "x" }, {}).problems, []);
});

Deno.test("an empty password for the administrator means that none is made", () => {
  const { values, problems, generated } = resolve({ ADMIN_PASSWORD: "" }, {});
  assert.deepEqual(problems, []);
  assert.equal(values.ADMIN_PASSWORD, "");
  assert.ok(!generated.includes("ADMIN_PASSWORD"));
});

Deno.test("any printable secret of a fair length is accepted and kept as it is", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 40, maxLength: 100 })
        .filter((text) => isPrintable(text) && strengthOf(text).bits >= HOPELESS_BITS),
      (text) => {
        const { problems, values } = resolve(
          { POSTGRES_PASSWORD: text, SECRET_KEY: `${text}x` },
          {},
        );
        assert.deepEqual(problems, []);
        assert.equal(values.POSTGRES_PASSWORD, text);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("secrets are read from RXDX_SECRET_<NAME>, and unknown names are problems", () => {
  const { given, problems } = secretsFromEnvironment({
    RXDX_SECRET_SMTP_PASSWORD: "mail-password",
    RXDX_SECRET_DATABASE_PASSWORD: "oops",
    RXDX_DOMAIN: "x.org",
    SMTP_PASSWORD: "not ours",
  });
  assert.deepEqual(given, { SMTP_PASSWORD: "mail-password" });
  assert.deepEqual(problems.map((problem) => problem.key), ["RXDX_SECRET_DATABASE_PASSWORD"]);
  assert.ok(!JSON.stringify(problems).includes("oops"));
});

Deno.test("a secrets file is sorted into names, unknown ones named", () => {
  const { given, problems } = pick([["SECRET_KEY", "x"], ["SECRET", "y"]]);
  assert.deepEqual(given, { SECRET_KEY: "x" });
  assert.equal(problems[0]?.key, "SECRET");
});

Deno.test("every secret says what it is for", () => {
  for (const name of SECRET_NAMES) assert.ok(SECRET_DOC[name].length > 10, name);
});

Deno.test("one secret for two purposes is refused at the second", () => {
  const text = "k7#Qz!mW4@xR9$pL2%vT-k7#Qz!mW4@xR9";
  const { problems } = resolve({ POSTGRES_PASSWORD: text, ADMIN_PASSWORD: text }, {});
  assert.deepEqual(problems.map((each) => each.key), ["RXDX_SECRET_ADMIN_PASSWORD"]);
});

Deno.test("a weak password that protects data already is not refused when given again", () => {
  const weak = { POSTGRES_PASSWORD: "changemechangeme" };
  assert.deepEqual(resolve(weak, weak).problems, []);
});
