/** Unknown data becomes answers, or every problem at once; nothing makes the parser throw. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readDocument } from "./document.ts";
import { FIELDS, SECTIONS } from "./fields.ts";
import { parseAnswers, show } from "./parse.ts";
import { distance, nearest } from "./suggest.ts";

function problemsOf(input: unknown) {
  const parsed = parseAnswers(input);
  assert.ok(!parsed.ok, "must not be valid");
  return parsed.problems;
}

Deno.test("nothing said gives the documented defaults", () => {
  const parsed = parseAnswers({});
  assert.ok(parsed.ok);
  const { answers } = parsed;
  assert.equal(answers.schema, 1);
  assert.equal(answers.name, "rxdx");
  assert.equal(answers.environment, "production");
  assert.deepEqual(answers.ports, {
    http: 80,
    https: 443,
    backend: 8000,
    frontend: 3000,
    postgres: 5432,
  });
  assert.deepEqual(answers.database, { user: "rxdx", name: "rxdx", graph: "rxdx_graph" });
  assert.deepEqual(answers.backups.keep, { daily: 7, weekly: 4, monthly: 12 });
  assert.equal(answers.application.max_login_attempts, 3);
});

Deno.test("every field's own example is accepted by its rule", () => {
  for (const field of FIELDS) {
    const keys = field.path.split(".");
    // The example is written as it would stand in rxdx.yml.
    const example = field.kind === "choice" ? field.example.split(" | ")[0] : field.example;
    const yaml = keys.map((key, depth) => `${"  ".repeat(depth)}${key}:`).join("\n") +
      ` ${example}`;
    const read = readDocument(yaml, "example");
    assert.ok(read.ok, yaml);
    const parsed = parseAnswers(read.tree);
    assert.ok(parsed.ok, `${field.path}: ${JSON.stringify(parsed)}`);
  }
});

Deno.test("every field has a meaning and an example", () => {
  for (const field of FIELDS) {
    assert.notEqual(field.doc, "", field.path);
    assert.notEqual(field.example, "", field.path);
  }
  for (const section of SECTIONS) assert.notEqual(section.doc, "", section.path);
});

Deno.test("every problem is reported at once, each with key, value, rule and example", () => {
  const problems = problemsOf({
    schema: 2,
    name: "Bad Name",
    environment: "prod",
    domain: "https://x.example.com/",
    ports: { http: "eighty", https: 70000 },
    tls: { mode: "self_signed" },
    database: { graph: "g" },
    resources: { preset: "huge", backend: { workers: 0 } },
    application: { cors_origins: "https://x" },
    nope: 1,
  });
  assert.deepEqual(problems.map((problem) => problem.key), [
    "schema",
    "name",
    "environment",
    "domain",
    "ports.http",
    "ports.https",
    "tls.mode",
    "database.graph",
    "resources.preset",
    "resources.backend.workers",
    "application.cors_origins",
    "nope",
  ]);
  for (const problem of problems) {
    assert.ok(problem.rule.length > 5, problem.key);
    assert.notEqual(problem.value, undefined, problem.key);
    assert.ok((problem.example ?? "").length > 0, `${problem.key} has an example`);
  }
  const https = problems.find((problem) => problem.key === "ports.https");
  assert.deepEqual(https, {
    key: "ports.https",
    value: "70000",
    rule: "must be a whole number from 1 to 65535",
    example: "443",
  });
});

Deno.test("an unknown key is named with the one that was meant", () => {
  for (
    const [input, key, meant] of [
      [{ enviroment: "production" }, "enviroment", "environment"],
      [{ Domain: "x.org" }, "Domain", "domain"],
      [{ ports: { htps: 1 } }, "ports.htps", "https"],
      [{ tls: { modes: "none" } }, "tls.modes", "mode"],
      [{ resources: { postgress: {} } }, "resources.postgress", "postgres"],
      [{ resources: { backend: { replica: 2 } } }, "resources.backend.replica", "replicas"],
      [{ backups: { keep: { dayly: 1 } } }, "backups.keep.dayly", "daily"],
    ] as const
  ) {
    const [problem, ...more] = problemsOf(input);
    assert.equal(more.length, 0, key);
    assert.equal(problem?.key, key);
    assert.match(problem?.rule ?? "", new RegExp(`is not a known key; did you mean ${meant}\\?`));
  }
});

Deno.test("a key that resembles nothing gets the list of what there is", () => {
  const [problem] = problemsOf({ ports: { zzzzzzzz: 1 } });
  assert.equal(problem?.rule, "is not a known key");
  assert.equal(problem?.example, "one of http, https, backend, frontend, postgres");
});

Deno.test("names that every JavaScript object has are unknown keys like any other", () => {
  for (const key of ["toString", "constructor", "hasOwnProperty", "valueOf", "__defineGetter__"]) {
    assert.equal(problemsOf(JSON.parse(`{"${key}":1}`))[0]?.key, key);
    assert.equal(problemsOf(JSON.parse(`{"ports":{"${key}":1}}`))[0]?.key, `ports.${key}`);
  }
});

Deno.test("`__proto__` is an unknown key, and changes no object", () => {
  for (const text of ['{"__proto__":{"polluted":1}}', '{"ports":{"__proto__":{"http":1}}}']) {
    const problems = problemsOf(JSON.parse(text));
    assert.match(problems[0]?.key ?? "", /__proto__/);
  }
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

Deno.test("a group written with nothing under it means its defaults", () => {
  const parsed = parseAnswers({ ports: null, resources: { backend: null } });
  assert.ok(parsed.ok);
  assert.equal(parsed.answers.ports.https, 443);
});

Deno.test("a value where a group belongs is a problem, and so is a group where a value belongs", () => {
  assert.equal(problemsOf({ ports: 443 })[0]?.key, "ports");
  assert.equal(problemsOf({ ports: [443] })[0]?.key, "ports");
  assert.equal(problemsOf({ domain: { name: "x" } })[0]?.key, "domain");
  assert.equal(problemsOf({ domain: null })[0]?.key, "domain");
  assert.equal(problemsOf({ domain: {} })[0]?.key, "domain");
});

Deno.test("the entry of a list that is wrong is shown, not the whole list", () => {
  const [problem, ...more] = problemsOf({ aliases: ["good.example", "b ad", "also.good"] });
  assert.equal(more.length, 0);
  assert.equal(problem?.key, "aliases.1");
  assert.equal(problem?.value, "b ad");
  assert.equal(problem?.example, "[www.example.com]");
});

Deno.test("a list may not be endless", () => {
  const [problem] = problemsOf({ aliases: Array.from({ length: 101 }, (_, i) => `h${i}.org`) });
  assert.match(problem?.rule ?? "", /at most 100/);
});

Deno.test("what is not a group of keys at all is one problem", () => {
  for (const input of [undefined, null, 1, "text", true, [], [{ name: "rxdx" }]]) {
    const problems = problemsOf(input);
    assert.equal(problems.length, 1);
    assert.equal(problems[0]?.key, "(file)");
  }
});

Deno.test("a shown value is one printable line of at most 80 characters", () => {
  assert.equal(show("a\nb\x1b[31mc"), "a?b?[31mc");
  assert.equal(show("x".repeat(200)).length, 80);
  assert.equal(show({ a: [1, null] }), '{"a":[1,null]}');
  assert.equal(show(undefined), "undefined");
  const recursive: Record<string, unknown> = {};
  recursive["self"] = recursive;
  assert.equal(show(recursive), "(recursive)");
});

/** Values near the schema: real keys with any values, and any keys with any values. */
const nearAnswers = fc.oneof(
  fc.jsonValue(),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
  fc.dictionary(
    fc.constantFrom(...new Set(FIELDS.flatMap((field) => field.path.split(".")))),
    fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(...new Set(FIELDS.map((field) => field.path.split(".").at(-1) ?? ""))),
        fc.jsonValue(),
      ),
    ),
  ),
);

Deno.test("parseAnswers throws for no value whatever (4,000 runs)", () => {
  fc.assert(
    fc.property(nearAnswers, (value) => {
      const parsed = parseAnswers(value);
      if (parsed.ok) return;
      assert.ok(parsed.problems.length > 0);
      for (const problem of parsed.problems) {
        assert.notEqual(problem.key, "");
        assert.notEqual(problem.rule, "");
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(`${problem.key}${problem.value}`, /[\x00-\x08\x0a-\x1f]/);
      }
    }),
    { numRuns: 4000 },
  );
});

const yamlFragments = fc.array(
  fc.constantFrom(
    ..."name: ports: http: tls: - [ ] { } , ' \" # & * ! | > % @ ` ? : << &a *a 1 443 ~ null true .nan .inf"
      .split(
        " ",
      ),
    "\n",
    "\n  ",
    "\t",
    "---",
    "...",
    " ",
    "\r\n",
    "\uFEFF",
    "é",
    "\0",
  ),
  { maxLength: 40 },
).map((parts) => parts.join(""));

Deno.test("no text makes reading and parsing throw (6,000 runs)", () => {
  fc.assert(
    fc.property(fc.oneof(yamlFragments, fc.string({ unit: "binary", maxLength: 200 })), (text) => {
      const read = readDocument(text, "answers.yml");
      if (!read.ok) assert.ok(read.problems.length > 0);
      else parseAnswers(read.tree);
    }),
    { numRuns: 6000 },
  );
});

Deno.test("distance counts letters added, left out, replaced and swapped", () => {
  assert.equal(distance("", ""), 0);
  assert.equal(distance("abc", "abc"), 0);
  assert.equal(distance("abc", "ab"), 1);
  assert.equal(distance("ab", "abc"), 1);
  assert.equal(distance("abc", "axc"), 1);
  assert.equal(distance("abc", "acb"), 1);
  assert.equal(distance("kitten", "sitting"), 3);
  assert.equal(distance("", "four"), 4);
});

Deno.test("distance is a metric as far as did-you-mean needs it", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(fc.property(word, word, (a, b) => {
    assert.equal(distance(a, b), distance(b, a));
    assert.equal(distance(a, b) === 0, a === b);
    assert.ok(distance(a, b) <= Math.max(a.length, b.length));
  }));
});

Deno.test("a suggestion is made only when it is near enough to be meant", () => {
  assert.equal(nearest("htps", ["http", "https"]), "https");
  assert.equal(nearest("zzz", ["http", "https"]), undefined);
  assert.equal(nearest("", ["http"]), undefined);
  assert.equal(nearest("x".repeat(1000), ["x"]), undefined);
});
