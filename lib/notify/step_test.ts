/**
 * What is told of looks: worked examples, then laws over looks that come by chance. In the examples a
 * look is a letter: `x` finds the problem, `.` does not, `s` finds it while nobody is to be told, `q` is
 * a quiet one without it.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { StatusProblem } from "../observe/status.ts";
import { type AlertState, freshState, type News, parseState } from "./state.ts";
import { CALM, keyOf, type Look, step } from "./step.ts";

const SETTINGS = { after: 2, recoverAfter: 2, repeatHours: 24 };
const START = Date.parse("2026-03-15T03:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function problem(subject: string, more: Partial<StatusProblem> = {}): StatusProblem {
  return {
    code: "service_not_running",
    subject,
    severity: "critical",
    message: `${subject} has stopped.`,
    hint: "rxdx-setup start",
    ...more,
  };
}

const POSTGRES = problem("rxdx-postgres-1");

/** What each look told: `3 opened`. */
function story(looks: string, settings = SETTINGS, every = 5 * MINUTE): string[] {
  let state = freshState("0123456789abcdef");
  return [...looks].flatMap((letter, index) => {
    const look = { problems: "xs".includes(letter) ? [POSTGRES] : [], complete: true };
    const now = new Date(START + index * every);
    const stepped = step(state, look, now, settings, "sq".includes(letter));
    // As it would come back from the disk.
    state = parseState(JSON.stringify(stepped.state)) ?? assert.fail("the state is no state");
    return stepped.message === undefined ? [] : [`${index + 1} ${stepped.message.event}`];
  });
}

const STORIES: readonly (readonly [title: string, looks: string, told: readonly string[]])[] = [
  ["nothing", "........", []],
  ["one look is none", ".x......", []],
  ["told once, its end once", "..xxxxxx....", ["4 opened", "10 recovered"]],
  ["one good look in between is no end", "xxxx.xxxx..", ["2 opened", "11 recovered"]],
  ["quick flapping: one message, and one when it is calm", "xx.x.x.x.x.x........", [
    "2 opened",
    "20 recovered",
  ]],
  ["slow flapping: its second coming says so, then its calm", "xx..xx..xx..xx..........", [
    "2 opened",
    "4 recovered",
    "6 flapping",
    "22 recovered",
  ]],
  ["every other look: told as flapping, never as opened", ".x.x.x.x.x........", [
    "6 flapping",
    "18 recovered",
  ]],
  ["long after a calm it is a new one", `xx..${".".repeat(16)}xx`, [
    "2 opened",
    "4 recovered",
    "22 opened",
  ]],
  ["flapping that stays is a problem like any", `xx..xx..${"x".repeat(9)}..`, [
    "2 opened",
    "4 recovered",
    "6 flapping",
    "19 recovered",
  ]],
  ["work that nobody is told of", ".ssssqqqq....", []],
  ["what lasts beyond a silence is told then", ".ssssxx", ["6 opened"]],
  ["an end in a silence is told after it", "xxqqq.", ["2 opened", "6 recovered"]],
  ["restarts in a silence are no flapping", "sqsqsqsqsqxx..", ["12 opened", "14 recovered"]],
];

for (const [title, looks, told] of STORIES) {
  Deno.test(`told: ${title}`, () => assert.deepEqual(story(looks), told));
}

Deno.test("told at the first look, where that is wanted", () => {
  const settings = { after: 1, recoverAfter: 1, repeatHours: 24 };
  assert.deepEqual(story(".x.", settings), ["2 opened", "3 recovered"]);
});

Deno.test("told again after a day, and after two", () => {
  assert.deepEqual(story("x".repeat(60), SETTINGS, HOUR), [
    "2 opened",
    "26 reminder",
    "50 reminder",
  ]);
});

/** Runs looks and gives each message's news. */
function tell(
  looks: readonly Partial<Look & { readonly at: number; readonly silenced: boolean }>[],
  state: AlertState = freshState("0123456789abcdef"),
) {
  const messages: (readonly News[] | undefined)[] = [];
  let now = state;
  for (const [index, each] of looks.entries()) {
    const { problems = [], complete = true, at = index * 5 * MINUTE, silenced = false } = each;
    const stepped = step(now, { problems, complete }, new Date(START + at), SETTINGS, silenced);
    now = stepped.state;
    messages.push(stepped.message?.problems);
  }
  return { messages, state: now };
}

const words = (news: readonly News[] | undefined) =>
  news?.map((each) => `${each.event} ${each.subject}`);

Deno.test("several changes of one look are one message, and what else is wrong goes along", () => {
  const backend = problem("rxdx-backend-1", { code: "service_unhealthy" });
  const { messages } = tell([
    { problems: [POSTGRES] },
    { problems: [POSTGRES, backend] },
    { problems: [POSTGRES, backend] },
    { problems: [backend] },
    { problems: [] },
    { problems: [] },
  ]);
  assert.deepEqual(messages.map(words), [
    undefined,
    ["opened rxdx-postgres-1", "opened rxdx-backend-1"],
    undefined,
    undefined,
    undefined,
    ["recovered rxdx-postgres-1", "recovered rxdx-backend-1"],
  ]);
});

Deno.test("what was told before stands in the next message, as nothing new", () => {
  const disk = problem("", { code: "disk_nearly_full", severity: "warning" });
  const { messages } = tell([
    { problems: [disk] },
    { problems: [disk] },
    { problems: [disk, POSTGRES] },
    { problems: [disk, POSTGRES] },
  ]);
  assert.deepEqual(words(messages[3]), ["opened rxdx-postgres-1", "null "]);
  assert.deepEqual(messages[3]?.map((each) => each.thread), [2, 1]);
});

Deno.test("a warning that becomes critical is told at once, in the thread of the warning", () => {
  const disk = (severity: "warning" | "critical") =>
    problem("", { code: "disk_nearly_full", severity });
  const looks = ["warning", "warning", "critical", "warning", "critical", "critical", "critical"];
  const { messages } = tell(looks.map((each) => ({ problems: [disk(each as "warning")] })));
  assert.deepEqual(messages.map(words), [
    undefined,
    ["opened "],
    undefined,
    undefined,
    undefined,
    ["opened "],
    undefined,
  ]);
  assert.deepEqual(messages[5]?.map((each) => [each.severity, each.thread]), [["critical", 1]]);
});

Deno.test("two ways to be broken are one problem; two containers are two", () => {
  const service = (code: string) => keyOf({ code, subject: "rxdx-backend-1" });
  assert.equal(service("service_unhealthy"), service("service_not_running"));
  assert.notEqual(service("service_unhealthy"), service("memory_near_limit"));
  assert.notEqual(
    service("service_unhealthy"),
    keyOf({ code: "service_unhealthy", subject: "rxdx-backend-2" }),
  );
});

Deno.test("information, and alerts about alerts, are never told", () => {
  const problems = [
    problem("", { code: "hand_edited", severity: "info" }),
    problem("", { code: "alerts_not_delivered", severity: "warning" }),
  ];
  const { messages, state } = tell([{ problems }, { problems }, { problems }]);
  assert.deepEqual(messages, [undefined, undefined, undefined]);
  assert.deepEqual(state.problems, []);
});

Deno.test("what cannot be seen is neither there nor gone", () => {
  const engine = problem("", { code: "engine_unreachable" });
  const blind = { problems: [engine], complete: false };
  const { messages } = tell([
    { problems: [POSTGRES] },
    { problems: [POSTGRES] },
    blind,
    blind,
    blind,
    { problems: [POSTGRES] },
    { problems: [POSTGRES] },
  ]);
  assert.deepEqual(messages.map(words), [
    undefined,
    ["opened rxdx-postgres-1"],
    undefined,
    ["opened ", "null rxdx-postgres-1"],
    undefined,
    undefined,
    ["recovered ", "null rxdx-postgres-1"],
  ]);
});

Deno.test("a clock set back by a year keeps nobody from being told", () => {
  const year = 365 * 24 * HOUR;
  const { messages, state } = tell([
    { problems: [POSTGRES], at: year },
    { problems: [POSTGRES], at: year + MINUTE },
    { problems: [POSTGRES], at: 0 },
    { problems: [POSTGRES], at: 23 * HOUR },
    { problems: [POSTGRES], at: 24 * HOUR },
  ]);
  assert.deepEqual(messages.map((each) => each?.[0]?.event), [
    undefined,
    "opened",
    undefined,
    undefined,
    "reminder",
  ]);
  assert.equal(state.problems[0]?.since, new Date(START).toISOString());
  const silence = {
    from: new Date(START + year).toISOString(),
    until: new Date(START + year + 2 * HOUR).toISOString(),
    reason: "",
  };
  const later = tell([{}], { ...freshState("0123456789abcdef"), silence });
  assert.equal(later.state.silence?.until, new Date(START + 2 * HOUR).toISOString());
});

// ── Laws ────────────────────────────────────────────────────────────────────────────────────────

const SUBJECTS = ["a", "b", "c"];

const anyLook = fc.record({
  found: fc.uniqueArray(fc.constantFrom(...SUBJECTS)),
  severities: fc.array(fc.constantFrom("info", "warning", "critical"), {
    minLength: 3,
    maxLength: 3,
  }),
  complete: fc.boolean(),
  silenced: fc.boolean(),
  minutes: fc.integer({ min: 0, max: 40 * 60 }),
});
const anySettings = fc.record({
  after: fc.integer({ min: 1, max: 5 }),
  recoverAfter: fc.integer({ min: 1, max: 5 }),
  repeatHours: fc.integer({ min: 1, max: 48 }),
});

Deno.test("law: nothing is told twice without a change before its time, and in its order", () => {
  fc.assert(
    fc.property(fc.array(anyLook, { maxLength: 80 }), anySettings, (looks, settings) => {
      let state = freshState("0123456789abcdef");
      let now = START;
      const last = new Map<string, { event: string; severity: string; at: number }>();
      for (const { found, severities, complete, silenced, minutes } of looks) {
        now += minutes * MINUTE;
        const problems = found.map((subject) =>
          problem(subject, {
            severity: severities[SUBJECTS.indexOf(subject)] as "warning",
          })
        );
        const { state: next, message } = step(
          state,
          { problems, complete },
          new Date(now),
          settings,
          silenced,
        );
        assert.notEqual(parseState(JSON.stringify(next)), undefined);
        state = next;
        if (message === undefined) continue;
        assert.equal(silenced, false, "told in a silence");
        const told = message.problems.filter((each) => each.event !== null);
        assert.ok(told.length > 0, "a message about nothing");
        assert.equal(new Set(told.map((each) => each.subject)).size, told.length);
        for (const { event, subject, severity } of told) {
          const before = last.get(subject);
          const open = before !== undefined && before.event !== "recovered";
          if (event === "flapping") assert.equal(open, false, "flapping told twice");
          if (event === "recovered") assert.equal(open, true, "an end of nothing");
          if (event === "opened" && open) {
            assert.deepEqual([before?.severity, severity], ["warning", "critical"]);
          }
          if (event === "reminder") {
            assert.equal(open, true, "a reminder of nothing");
            assert.ok(now - (before?.at ?? now) >= settings.repeatHours * HOUR, "too early");
          }
          const worst = event === "reminder" ? before?.severity ?? severity : severity;
          last.set(subject, { event: event ?? "", severity: worst, at: now });
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("law: whatever was told, its end is told when all stays good", () => {
  fc.assert(
    fc.property(fc.array(anyLook, { maxLength: 60 }), anySettings, (looks, settings) => {
      let state = freshState("0123456789abcdef");
      let now = START;
      const open = new Set<string>();
      const good = { found: [], severities: [], complete: true, silenced: false, minutes: 5 };
      const calm = Array.from({ length: CALM + settings.recoverAfter }, () => good);
      for (const { found, severities, complete, silenced, minutes } of [...looks, ...calm]) {
        now += minutes * MINUTE;
        const problems = found.map((subject) =>
          problem(subject, { severity: severities[SUBJECTS.indexOf(subject)] as "warning" })
        );
        const look = { problems, complete };
        const stepped = step(state, look, new Date(now), settings, silenced);
        state = stepped.state;
        for (const { event, subject } of stepped.message?.problems ?? []) {
          if (event === "recovered") open.delete(subject);
          else if (event !== null) open.add(subject);
        }
      }
      assert.deepEqual([...open], []);
      assert.ok(state.problems.every((each) => each.told === null));
    }),
    { numRuns: 500 },
  );
});

Deno.test("law: what stays bad for long enough is told", () => {
  fc.assert(
    fc.property(fc.array(anyLook, { maxLength: 40 }), anySettings, (looks, settings) => {
      let state = freshState("0123456789abcdef");
      let now = START;
      for (const { found, complete, silenced, minutes } of looks) {
        now += minutes * MINUTE;
        const problems = found.map((subject) => problem(subject));
        state = step(state, { problems, complete }, new Date(now), settings, silenced).state;
      }
      for (let look = 0; look < settings.after; look++) {
        now += 5 * MINUTE;
        const bad = { problems: [problem("a")], complete: true };
        state = step(state, bad, new Date(now), settings, false).state;
      }
      assert.ok(state.problems.some((each) => each.subject === "a" && each.told !== null));
    }),
    { numRuns: 500 },
  );
});

Deno.test("law: a problem that comes and goes for ever is told less than every fourth look", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 40, maxLength: 200 }),
      (bits) => {
        const told = story(bits.map((bit) => bit ? "x" : ".").join(""));
        assert.ok(told.length <= Math.ceil(bits.length / 4), told.join(", "));
      },
    ),
    { numRuns: 200 },
  );
});
