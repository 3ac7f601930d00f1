/**
 * Ten thousand sets of answers that nobody in their right mind would give: each ends in a plan whose files are
 * sound, or in problems that name their field. A few hundred of them go through the whole program. The
 * seed of a failed run is in its message.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { variableName } from "../../lib/answers/fields.ts";
import { setAt, type Tree } from "../../lib/answers/tree.ts";
import { run } from "../../lib/cli/app.ts";
import { EXIT } from "../../lib/errors.ts";
import { machineOf } from "../support/fake_host_machine.ts";
import { REST } from "../support/fake_host_process.ts";
import { EVERYTHING, PLAIN } from "./documents.ts";
import {
  anyField,
  asRead,
  hostileText,
  hostileValue,
  spoil,
  spoiledValue,
  spoils,
  validValue,
} from "./hostile.ts";
import { type Given, judgePlan, judgeProblems, outcomeOf } from "./outcome.ts";

/** How many sets each way of making them gives. */
const RUNS = { field: 3000, several: 2000, spoiled: 2500, bytes: 1500, yaml: 1500, layers: 1500 };

const counts = { valid: 0, refused: 0 };

function judge(given: Given, named?: readonly string[]): void {
  const outcome = outcomeOf(given);
  if (outcome.ok) {
    counts.valid++;
    judgePlan(outcome.plan);
    return;
  }
  counts.refused++;
  judgeProblems(outcome.problems);
  if (named === undefined) return;
  const keys = outcome.problems.map((problem) => problem.key);
  assert.ok(
    keys.some((key) => named.some((path) => near(path, key))),
    `${named} is named: ${JSON.stringify(outcome.problems)}`,
  );
}

/** A rule over several fields may name the other one, which is then of the same group or one of these. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  domain: ["aliases", "admin"],
  aliases: ["domain"],
  environment: ["tls", "ports"],
  tls: ["tls", "ports"],
  nginx: ["application"],
  application: ["nginx"],
  resources: ["nginx"],
  alerts: ["email"],
  email: ["alerts"],
};

function near(path: string, key: string): boolean {
  const [group = ""] = path.split(".");
  const [named = ""] = key.split(".");
  return key.startsWith(path) || named === group || (ELSEWHERE[group] ?? []).includes(named) ||
    // What is no YAML is named by its place.
    key.startsWith("answers.yml, line");
}

/** A document with these values; what YAML cannot hold is left to its writer. */
function documentOf(values: readonly (readonly [string, unknown])[]): string {
  const tree: Tree = {};
  for (const [path, value] of values) setAt(tree, path, value);
  return asRead(stringify(tree));
}

const one = anyField.chain((field) =>
  fc.tuple(fc.constant(field.path), fc.oneof(hostileValue, validValue(field), spoiledValue(field)))
);
const severalValid = fc.array(
  anyField.chain((field) => fc.tuple(fc.constant(field.path), validValue(field))),
  { minLength: 3, maxLength: 25 },
);
const spoiled = fc.tuple(fc.constantFrom(PLAIN, EVERYTHING), spoils)
  .map(([text, changes]) => asRead(spoil(text, changes)));
const bytes = fc.uint8Array({ maxLength: 200 }).map((raw) => new TextDecoder().decode(raw));
const anyYaml = fc.anything({ maxDepth: 3, withNullPrototype: false, key: hostileText })
  .map((value) => asRead(stringify(value, { aliasDuplicateObjects: true }) ?? ""));
const layers = fc.record({
  settings: fc.array(
    fc.oneof(
      fc.tuple(anyField.map((field) => field.path), hostileText).map(([path, text]) =>
        `${path}=${text}`
      ),
      hostileText,
    ),
    { maxLength: 4 },
  ),
  env: fc.dictionary(
    fc.oneof(
      anyField.map((field) => variableName(field.path)),
      fc.constantFrom("RXDX_DOMIAN", "RXDX_PORTS", "RXDX_", "RXDX_PORTS_HTPS", "RXDX___PROTO__"),
    ),
    hostileText.map((text) => text.replaceAll("\0", "")),
    { maxKeys: 3 },
  ),
});

Deno.test("fuzz: one hostile value in one field is fine, or named", () => {
  fc.assert(
    fc.property(one, ([path, value]) => judge({ file: documentOf([[path, value]]) }, [path])),
    { numRuns: RUNS.field },
  );
});

Deno.test("fuzz: many values that are valid alone", () => {
  fc.assert(
    fc.property(severalValid, (values) => judge({ file: documentOf(values) })),
    { numRuns: RUNS.several },
  );
});

Deno.test("fuzz: valid documents with a few spoiled places", () => {
  fc.assert(fc.property(spoiled, (file) => judge({ file })), { numRuns: RUNS.spoiled });
});

Deno.test("fuzz: bytes that are no document", () => {
  fc.assert(fc.property(bytes, (file) => judge({ file })), { numRuns: RUNS.bytes });
});

Deno.test("fuzz: YAML of any shape", () => {
  fc.assert(fc.property(anyYaml, (file) => judge({ file })), { numRuns: RUNS.yaml });
});

Deno.test("fuzz: --set and RXDX_* with anything in them", () => {
  fc.assert(fc.property(layers, (given) => judge(given)), { numRuns: RUNS.layers });
});

Deno.test("fuzz: at least ten thousand sets were judged, and both ends were seen often", () => {
  console.log(`    ${counts.valid} valid and rendered, ${counts.refused} refused by name`);
  assert.ok(counts.valid + counts.refused >= 10_000);
  assert.ok(counts.valid >= 1000, `${counts.valid} valid`);
  assert.ok(counts.refused >= 1000, `${counts.refused} refused`);
});

Deno.test("fuzz: the whole program ends with 0, or with 3 and nothing written", async () => {
  const secrets = fc.dictionary(
    fc.constantFrom("POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD", "SMTP_PASSWORD", "X"),
    hostileText.map((text) => text.replaceAll("\0", "")),
    { maxKeys: 2 },
  );
  const files = fc.oneof(
    one.map((value) => documentOf([value])),
    severalValid.map(documentOf),
    spoiled,
    bytes,
  );
  const ends = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(files, layers, secrets, fc.nat({ max: 3 }), async (file, more, given, way) => {
      const { host } = machineOf({}, {
        env: {
          ...(way === 1 ? more.env : {}),
          ...(way === 2
            ? Object.fromEntries(
              Object.entries(given).map(([name, text]) => [`RXDX_SECRET_${name}`, text]),
            )
            : {}),
        },
      });
      host.process.allow(["docker", "compose", "config", REST], "");
      host.files.put("/root/answers.yml", file);
      const flags = way === 1
        ? more.settings.filter((each) => !each.startsWith("-")).flatMap((each) => ["--set", each])
        : [];
      const argv = ["init", "--no-start", "--yes", "--answers", "/root/answers.yml", ...flags];
      const code = await run(argv, host);
      ends.set(code, (ends.get(code) ?? 0) + 1);
      const { stdout, stderr } = host.terminal;
      assert.ok(code === EXIT.ok || code === EXIT.answers, `exit ${code}:\n${stderr}`);
      assert.doesNotMatch(stdout + stderr, /\n\s+at .*:\d+:\d+|\.ts:\d+/, "no trace");
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f\x9b\u202e]/, "no control");
      for (const text of way === 2 ? Object.values(given) : []) {
        if ([...text].length > 11) assert.ok(!(stdout + stderr).includes(text), "no secret shown");
      }
      if (code !== EXIT.answers) return;
      assert.deepEqual(host.files.mutations, [], "nothing is written");
      assert.match(stderr, /^✗ \d+ problems? in .*; nothing was written\./);
    }),
    { numRuns: 400 },
  );
  console.log(`    ${ends.get(0) ?? 0} installed, ${ends.get(3) ?? 0} refused with exit 3`);
  assert.ok((ends.get(0) ?? 0) > 20 && (ends.get(3) ?? 0) > 20, JSON.stringify([...ends]));
});
