import assert from "node:assert/strict";
import { inheritedLevel } from "./log_line_inherit.ts";
import { compileMatch, levelNamed, type LogMatch, type MatchRequest } from "./log_match.ts";

function compiled(request: MatchRequest): LogMatch {
  const result = compileMatch(request);
  assert.ok(result.ok, JSON.stringify(result));
  return result.match;
}

function wants(request: MatchRequest, text: string, raw?: string): boolean {
  return compiled(request).wantsLine({
    level: undefined,
    text,
    ...(raw === undefined ? {} : { raw }),
  });
}

Deno.test("match: without a wish, everything is wanted and nothing need be parsed", () => {
  const match = compiled({});
  assert.equal(match.everyLine, true);
  assert.equal(match.wantsService("anything"), true);
  assert.equal(match.wantsLine({ level: "debug", text: "" }), true);
  assert.equal(compiled({ include: [], exclude: [], services: [] }).everyLine, true);
  assert.equal(compiled({ level: "debug" }).everyLine, true);
  assert.equal(compiled({ level: "info" }).everyLine, false);
});

Deno.test("match: a level means it and above; a line without one ranks as info", () => {
  const match = compiled({ level: "warning" });
  const wanted = (["debug", "info", undefined, "warning", "error", "critical"] as const)
    .filter((level) => match.wantsLine({ level, text: "" }));
  assert.deepEqual(wanted, ["warning", "error", "critical"]);
  assert.equal(compiled({ level: "info" }).wantsLine({ level: undefined, text: "" }), true);
  assert.deepEqual(
    ["WARN", "err", "Fatal", "notice", "loud"].map(levelNamed),
    ["warning", "error", "critical", "info", undefined],
  );
});

Deno.test("match: all includes and no exclude", () => {
  const request = { include: ["get", "api"], exclude: ["health", "20\\d"] };
  assert.equal(wants(request, "GET /api/x 500"), true);
  assert.equal(wants(request, "GET /x 500"), false);
  assert.equal(wants(request, "GET /api/health 500"), false);
  assert.equal(wants(request, "GET /api/x 201"), false);
});

Deno.test("match: small letters mean any case, a capital means itself, an escape is no capital", () => {
  assert.equal(wants({ include: ["error"] }, "ERROR:  x"), true);
  assert.equal(wants({ include: ["Error"] }, "ERROR:  x"), false);
  assert.equal(wants({ include: ["Error"] }, "ValueError: x"), true);
  assert.equal(wants({ include: ["\\Sfoo\\W"] }, "xFOO "), true);
  assert.equal(wants({ include: ["\\x4A"] }, "j"), true);
  assert.equal(wants({ include: ["(?i)Error"] }, "ERROR:  x"), true);
});

Deno.test("match: an expression may match what is shown or what was written", () => {
  assert.equal(wants({ include: ['"status":502'] }, "GET / 502", '{"status":502}'), true);
  assert.equal(wants({ exclude: ['"status":502'] }, "GET / 502", '{"status":502}'), false);
});

Deno.test("match: every problem at once, each with key, value, rule and example", () => {
  const result = compileMatch({
    level: "warnin",
    include: ["a(b", "", "(x+)+y"],
    exclude: ["[z-a]"],
  });
  assert.ok(!result.ok);
  assert.deepEqual(result.problems.map(({ key, value }) => [key, value]), [
    ["--level", "warnin"],
    ["--grep", "a(b"],
    ["--grep", ""],
    ["--grep", "(x+)+y"],
    ["--exclude", "[z-a]"],
  ]);
  assert.match(result.problems[1]?.rule ?? "", /not a regular expression: unterminated group/);
  assert.match(result.problems[3]?.rule ?? "", /repeats \(x\+\)\+/);
  for (const problem of result.problems) {
    assert.notEqual(problem.example ?? "", "", problem.key);
    if (problem.key !== "--level") {
      assert.ok(compileMatch({ include: [problem.example ?? ""] }).ok, problem.example);
    }
  }
  assert.equal(result.problems[0]?.example, "warning");
});

const REFUSED = [
  "(a+)+$",
  "(a*)*b",
  "(?:\\w+\\s?)*$",
  "(a|a)*b",
  "(a|ab)+c",
  "(\\w|\\d)+!",
  "(.|x)*y",
  "([a-c]|b)+",
  "(?<n>x+){10,}",
  "((a?b?))*",
  "(x{1,5}){20}",
  "(|a)+b",
  "((ab|ac)d)*",
];

const TAKEN = [
  "(\\d{1,3}\\.){3}\\d{1,3}",
  "(?:[0-9a-f]{2}:)+",
  "(get|put)+",
  "(foo.*)?bar",
  "a.*b.*c",
  "[(+*]+",
  "\\(x+\\)+",
  "(?=.*a)(?!.*b)x",
  "((a|b)c)*",
  "x{2,}",
  "a{,3}",
  "(timeout|refused|reset by peer)",
  "^\\s*$",
];

Deno.test("match: what could take for ever is refused, what cannot is not", () => {
  for (const source of REFUSED) {
    const result = compileMatch({ include: [source] });
    assert.ok(!result.ok, source);
    assert.match(result.problems[0]?.rule ?? "", /repeats/);
  }
  for (const source of TAKEN) assert.ok(compileMatch({ include: [source] }).ok, source);
});

Deno.test("match: a slow expression on the longest line is held back, and said to be", () => {
  const match = compiled({ include: ["a.*a.*a.*a.*b"] });
  const began = performance.now();
  assert.equal(match.wantsLine({ level: undefined, text: "a".repeat(8_192) }), false);
  assert.ok(performance.now() - began < 3_000, "it would take hours");
  const [limited] = match.limited();
  assert.equal(limited?.source, "a.*a.*a.*a.*b");
  assert.ok((limited?.characters ?? 0) >= 32 && (limited?.characters ?? 0) < 8_192);
  assert.equal(match.wantsLine({ level: undefined, text: "aaaab" }), true);
});

Deno.test("match: an ordinary expression is matched against the whole of a long line", () => {
  const match = compiled({ include: ["begin.*middle.*end$"] });
  const text = `begin ${"x ".repeat(2_000)}middle ${"y ".repeat(2_000)}end`;
  assert.equal(match.wantsLine({ level: undefined, text }), true);
  assert.deepEqual(match.limited(), []);
});

const BEFORE = { level: "error", at: 1_000 } as const;

function continuing(
  text: string,
  before: Parameters<typeof inheritedLevel>[1] = BEFORE,
  at = 1_010,
): string | undefined {
  return inheritedLevel({ level: undefined, at, text }, before);
}

Deno.test("inherit: lines without a level directly after an error belong to it", () => {
  assert.equal(continuing("    return self.app(scope)"), "error");
  assert.equal(continuing("During handling of the above exception, another one occurred"), "error");
  assert.equal(continuing("later", BEFORE, 2_001), undefined);
  assert.equal(continuing('{"message":"a record of its own"}'), undefined);
  assert.equal(continuing("first"), "error");
  assert.equal(inheritedLevel({ level: undefined, at: 1, text: "first" }, undefined), undefined);
});

Deno.test("inherit: after less than an error only what is indented, and a level of its own stays", () => {
  const warning = { level: "warning", at: 1_000 } as const;
  assert.equal(continuing("next", warning), undefined);
  assert.equal(continuing("  warnings.warn(x)", warning), "warning");
  assert.equal(inheritedLevel({ level: "info", at: 1_000, text: "INFO:  next" }, BEFORE), "info");
});

Deno.test("inherit: PostgreSQL's DETAIL and STATEMENT are as serious as their message", () => {
  const text = "[61] STATEMENT:  select 1/0";
  assert.equal(inheritedLevel({ level: "info", at: 1_000, text }, BEFORE), "error");
});
