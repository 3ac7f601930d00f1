/** No spelling of a secret survives, whatever the secret and whatever stands around it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { writeAssignment } from "../render/env_codec.ts";
import { reachOf } from "./known_secret.ts";
import { redactor } from "./redact.ts";
import { scanArchive } from "./scan.ts";
import { gzip, writeTar } from "./tar.ts";

/** More for a night: RXDX_PROPERTY_RUNS=1000. */
const RUNS = Number(Deno.env.get("RXDX_PROPERTY_RUNS") ?? 30);
const encoder = new TextEncoder();

/** Printable: what the product takes as a password (`isPrintable`). */
const printable = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  },
  { weight: 2, arbitrary: fc.constantFrom(...`$'"\\%&<>+=/@:#{}[]()^.*?|\``) },
  { weight: 1, arbitrary: fc.constantFrom("é", "ß", "ﬁ", "密", "🔑", "e\u0301", "ש", "\u00a0") },
);

const secrets = fc.array(printable, { minLength: 6, maxLength: 90 }).map((all) => all.join(""))
  .filter((value) => reachOf(value) === "anywhere");

/**
 * What the scan is promised to find in every spelling; of values that are little but marks it knows the
 * usual ones.
 */
const telling = secrets.filter((value) => (value.match(/[A-Za-z0-9]/g)?.length ?? 0) >= 6);

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const percentAll = (value: string) =>
  [...encoder.encode(value)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const ascii = (json: string) =>
  json.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
const json = (value: string) => JSON.stringify(value).slice(1, -1);

/** The spellings that programs really give a value. */
const SPELLINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  json,
  "json twice": (value) => json(json(value)),
  "json, ASCII only": (value) => ascii(json(value)),
  "json of Go": (value) =>
    json(value).replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
  "json of PHP": (value) => json(value).replaceAll("/", "\\/"),
  uri: (value) => encodeURIComponent(value),
  form: (value) => new URLSearchParams({ v: value }).toString().slice(2),
  "uri twice": (value) => encodeURIComponent(encodeURIComponent(value)),
  "percent, all": percentAll,
  ".env": (value) => writeAssignment("X", value).slice(2).replace(/^"|"$/g, ""),
  "shell, single quotes": (value) => value.replaceAll("'", `'\\''`),
  "shell, double quotes": (value) => value.replaceAll("'", `'"'"'`),
  "shell, backslashes": (value) => value.replace(/[^A-Za-z0-9]/gu, (char) => `\\${char}`),
  yaml: (value) => value.replaceAll("'", "''"),
  compose: (value) => value.replaceAll("$", "$$$$"),
  "compose in JSON": (value) => json(value.replaceAll("$", "$$$$")),
  html: (value) =>
    value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
  "python bytes": (value) =>
    [...encoder.encode(value)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  hex: (value) => encoder.encode(value).toHex(),
  "hex, upper case": (value) => encoder.encode(value).toHex().toUpperCase(),
  "hex, colons": (value) => encoder.encode(value).toHex().replace(/..(?=.)/g, "$&:"),
  base64: (value) => base64(encoder.encode(value)),
  "base64, behind one byte": (value) => base64(encoder.encode(`:${value}`)),
  "base64, behind two bytes": (value) => base64(encoder.encode(`u:${value}@h`)),
  "base64 of the URL alphabet": (value) =>
    base64(encoder.encode(`ab${value}`)).replaceAll("+", "-").replaceAll("/", "_").replaceAll(
      "=",
      "",
    ),
  "base64 in lines": (value) =>
    base64(encoder.encode(`{"password":"${value}"}`)).replace(/.{20}/g, "$&\n"),
  "base64 of JSON": (value) =>
    base64(encoder.encode(JSON.stringify({ user: "u", password: value }))),
  "base64, percent-encoded": (value) => encodeURIComponent(base64(encoder.encode(value))),
  url: (value) => `postgresql://rxdx:${encodeURIComponent(value)}@postgres:5432/rxdx`,
};

const spelling = fc.constantFrom(...Object.keys(SPELLINGS));
const surrounding = fc.constantFrom(
  "",
  " ",
  "password=",
  '{"a":"',
  "x",
  "==",
  "a1",
  "\n",
  "%20",
  "\\",
  "'",
  '"',
  "$",
  "&",
  "Bearer ",
  "/",
  "🔑",
);

/** Undoes what is undone everywhere: a search of the test's own, by nobody's code. */
function stillIn(text: string, spelled: string, value: string): boolean {
  return text.includes(value) || (spelled.length >= 6 && text.includes(spelled));
}

for (const name of Object.keys(SPELLINGS)) {
  Deno.test(`a secret spelled as ${name} does not survive`, async () => {
    await fc.assert(
      fc.asyncProperty(secrets, surrounding, surrounding, async (value, before, after) => {
        const spelled = SPELLINGS[name]?.(value) ?? "";
        const { text, count } = redactor([{ name: "S", value }]).text(before + spelled + after);
        assert.ok(count > 0, "nothing was found");
        assert.ok(!stillIn(text, spelled, value), text);
        const archive = await gzip(
          writeTar([{ path: "a", bytes: encoder.encode(text) }], new Date(0)),
        );
        assert.deepEqual(await scanArchive(archive, [{ name: "S", value }]), [], text);
      }),
      { numRuns: Math.ceil(RUNS / 5) },
    );
  });

  Deno.test(`the scan finds a secret spelled as ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(telling, async (value) => {
        const bytes = encoder.encode(` ${SPELLINGS[name]?.(value)} `);
        const archive = await gzip(writeTar([{ path: "a", bytes }], new Date(0)));
        const leaks = await scanArchive(archive, [{ name: "S", value }]);
        assert.deepEqual(leaks, [{ path: "a", name: "S" }]);
      }),
      { numRuns: Math.ceil(RUNS / 5) },
    );
  });
}

Deno.test("several secrets in several spellings, one behind the other", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(secrets, spelling, surrounding), { minLength: 1, maxLength: 6 }),
      async (all) => {
        const known = all.map(([value], index) => ({ name: `S${index}`, value }));
        const text = all.map(([value, how, before]) => before + SPELLINGS[how]?.(value)).join("");
        const done = redactor(known).text(text);
        for (const { value } of known) assert.ok(!done.text.includes(value), done.text);
        const archive = await gzip(
          writeTar([{ path: "a", bytes: encoder.encode(done.text) }], new Date(0)),
        );
        assert.deepEqual(await scanArchive(archive, known), [], done.text);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("text without secrets stays as it is, to the byte", () => {
  const harmless = fc.array(
    fc.constantFrom(
      "GET /api/v1/items?id=7 200",
      '{"level":"info","ms":12}',
      "postgres",
      "é🔑",
      "\n",
      "\t",
      " ",
      "password authentication failed for user",
      "token_type",
      "2026-03-14T10:15:00Z",
      "%20",
      "\\n",
      "192.0.2.7",
      "a".repeat(70),
      "sha256:" + "0123456789abcdef".repeat(4),
      "=",
      "'",
      '"',
    ),
  ).map((all) => all.join(" "));
  fc.assert(
    fc.property(harmless, secrets, (text, value) => {
      fc.pre(!text.includes(value.trim().slice(0, 6)));
      assert.deepEqual(redactor([{ name: "S", value }]).text(text), { text, count: 0 });
    }),
    { numRuns: RUNS },
  );
});
