/**
 * The `.env` codec against the program that reads it: ten thousand hostile values through the real
 * `docker compose config`, by both of Compose's routes (interpolation and `env_file`), hundreds at a
 * time. The seed of a failed run is in its message.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { theHost } from "../../lib/host/real.ts";
import { readEnv, writeAssignment } from "../../lib/render/env_codec.ts";
import { composeConfig, NO_COMPOSE, withFiles } from "../support/real_tools.ts";

/** Values of one call. Compose takes about as long for one as for all of them. */
const BATCH = 1000;
const TOTAL = 12_000;

const PIECES = [
  ..."\"'`\\$#=:;,%!*?~&|<>(){}[]@^+-_/ \t\n\r".split(""),
  "${HOME}",
  "$HOME",
  "$$",
  "$(id)",
  "${X:-y}",
  "${",
  "\\n",
  "\\r",
  "\\t",
  '\\"',
  "\\$",
  "\\\\",
  " #",
  "# ",
  "export ",
  "A=1",
  "\n\n",
  "\r\n",
  "null",
  "true",
  "0x1F",
  "1e3",
  "é",
  "ü✓",
  "🔑",
  "\u2028",
  "\u00a0",
  "\uFEFF",
  "\x01",
  "\x1b[31m",
  "\x7f",
  "a",
  "Z",
  "9",
];

/** Any text that an environment variable can hold: no NUL, and encodable as UTF-8. */
const holdable = (text: string) => text.replaceAll("\0", "").toWellFormed();

const hostile = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((parts) =>
      parts.join("")
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }).map(holdable) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }).map(holdable) },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 40 }).map(holdable) },
);

interface Effective {
  readonly services: Readonly<
    Record<string, { readonly environment: Readonly<Record<string, string | null>> }>
  >;
}

/** What Compose makes of the values, by each route. */
async function throughCompose(values: readonly string[], encode = writeAssignment) {
  const name = (index: number) => `V${index}`;
  const env = values.map((value, index) => encode(name(index), value)).join("\n") + "\n";
  const compose = [
    "name: codec",
    "services:",
    "  interpolated:",
    "    image: x",
    "    environment:",
    ...values.map((_, index) => `      ${name(index)}: "\${${name(index)}}"`),
    "  from_file:",
    "    image: x",
    "    env_file: .env",
    "",
  ].join("\n");
  return await withFiles([
    { path: ".env", text: env, mode: 0o600 },
    { path: "docker-compose.yml", text: compose, mode: 0o600 },
  ], async (dir) => {
    const shown = await composeConfig(dir, "--format", "json");
    assert.equal(shown.code, 0, shown.stderr);
    const { services } = JSON.parse(shown.stdout) as Effective;
    // The output doubles every dollar sign, so that it could be read as a Compose file again.
    const route = (service: string) =>
      values.map((_, index) => services[service]?.environment[name(index)]?.replaceAll("$$", "$"));
    return { env, interpolated: route("interpolated"), fromFile: route("from_file") };
  });
}

const skipped = NO_COMPOSE === undefined ? "" : ` (SKIPPED: ${NO_COMPOSE})`;

Deno.test({
  name: `${TOTAL} hostile values come back unchanged through the real Compose${skipped}`,
  ignore: NO_COMPOSE !== undefined,
  fn: async () => {
    const seed = theSeed();
    let compared = 0;
    const differing: string[] = [];
    for (let batch = 0; batch * BATCH < TOTAL; batch++) {
      const values = fc.sample(hostile, { numRuns: BATCH, seed: seed + batch });
      const { env, interpolated, fromFile } = await throughCompose(values);
      const own = readEnv(env);
      for (const [index, value] of values.entries()) {
        const seen = {
          interpolated: interpolated[index],
          fromFile: fromFile[index],
          own: own.get(`V${index}`),
        };
        for (const [route, found] of Object.entries(seen)) {
          if (found !== value) {
            differing.push(`${route}: ${JSON.stringify(value)} → ${JSON.stringify(found)}`);
          }
        }
        compared++;
      }
    }
    assert.equal(compared, TOTAL);
    assert.deepEqual(differing.slice(0, 10), [], `${differing.length} differ (seed ${seed})`);
  },
});

/** Another one on each run; RXDX_TEST_SEED repeats a run. */
function theSeed(): number {
  const given = theHost().env["RXDX_TEST_SEED"];
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
}

Deno.test({
  name: `an encoding that is not the right one is found out${skipped}`,
  ignore: NO_COMPOSE !== undefined,
  fn: async () => {
    const values = ["plain", "a$HOME", 'say "yes"', "back\\slash", "two\nlines", " #x"];
    const naive = (name: string, value: string) => `${name}="${value.replaceAll('"', '\\"')}"`;
    const { interpolated } = await throughCompose(values, naive);
    assert.equal(interpolated[0], "plain");
    assert.notEqual(interpolated[1], "a$HOME");
    const single = (name: string, value: string) => `${name}='${value}'`;
    const { fromFile } = await throughCompose(["it", "a\\'b"], single);
    assert.notEqual(fromFile[1], "a\\'b");
  },
});
