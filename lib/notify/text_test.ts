/** What goes out: subject, text, JSON, threads; nothing in them can break out of its place. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AlertMessage, News } from "./state.ts";
import { type AlertOrigin, identifiersOf, jsonOf, span, subjectOf, textOf } from "./text.ts";

const ORIGIN: AlertOrigin = {
  stack: "rxdx",
  environment: "production",
  url: "https://rxdx.example.com",
  state: "degraded",
  hostname: "server1",
  dir: "/opt/rxdx",
  repeatHours: 24,
  id: "0123456789abcdef",
};

function news(more: Partial<News> = {}): News {
  return {
    event: "opened",
    code: "service_not_running",
    subject: "rxdx-postgres-1",
    severity: "critical",
    message: "rxdx-postgres-1 has stopped.",
    hint: "docker logs rxdx-postgres-1; rxdx-setup start",
    since: "2026-03-15T03:05:00.000Z",
    thread: 7,
    ...more,
  };
}

function message(problems: readonly News[], more: Partial<AlertMessage> = {}): AlertMessage {
  return {
    number: 7,
    at: "2026-03-15T03:10:00.000Z",
    event: "opened",
    problems: [...problems],
    ...more,
  };
}

Deno.test("the commands of a message mean the stack's directory, also one with a blank", () => {
  const text = textOf(message([news()]), { ...ORIGIN, dir: "/srv/my stack" });
  assert.match(text, /^Look at it: {5}rxdx-setup status --dir '\/srv\/my stack'$/m);
});

Deno.test("the whole text", () => {
  const text = textOf(
    message([
      news(),
      news({ event: null, severity: "warning", message: "The disk is full.", hint: "df -h" }),
    ]),
    ORIGIN,
  );
  assert.equal(
    text,
    `Stack  rxdx (production), https://rxdx.example.com
Host   server1
Time   2026-03-15 03:10 UTC

New:

  CRITICAL  rxdx-postgres-1 has stopped.
    since 2026-03-15 03:05 UTC (5 min)
    -> docker logs rxdx-postgres-1; rxdx-setup start

Told before, not over:

  WARNING  The disk is full.
    since 2026-03-15 03:05 UTC (5 min)
    -> df -h

Look at it:     rxdx-setup status --dir /opt/rxdx
Find the cause: rxdx-setup doctor --dir /opt/rxdx
Two hours rest: rxdx-setup alerts silence 2h --dir /opt/rxdx

-- 
Sent by rxdx-setup. What lasts is told again after 24 h.
Who is told of what: alerts in /opt/rxdx/rxdx.yml.
`,
  );
});

Deno.test("subjects say what it is about", () => {
  const two = [news(), news({ subject: "b", message: "b has stopped." })];
  assert.equal(subjectOf(message(two), ORIGIN), "[rxdx] critical: postgres-1 has stopped. (+1)");
  const over = [news({ event: "recovered" })];
  assert.equal(
    subjectOf(message(over, { event: "recovered" }), ORIGIN),
    "[rxdx] over: postgres-1 has stopped.",
  );
  assert.equal(subjectOf(message([], { event: "test" }), ORIGIN), "[rxdx] test message");
  assert.match(textOf(message(over, { event: "recovered" }), ORIGIN), /Nothing else is wrong/);
});

Deno.test("law: a subject is one line of at most 78 characters of ASCII", () => {
  const words = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(
    fc.property(words, fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,62}$/), (text, stack) => {
      const subject = subjectOf(message([news({ message: text }), news()]), { ...ORIGIN, stack });
      assert.match(subject, /^[\x20-\x7e]{1,78}$/);
    }),
  );
});

Deno.test("law: foreign words stay on their line of the text, and the JSON is JSON", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      const one = message([news({ message: text, hint: text })]);
      assert.equal(textOf(one, ORIGIN).split("\n").length, 18);
      assert.doesNotMatch(textOf(one, ORIGIN), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      const body = JSON.parse(jsonOf(one, ORIGIN)) as { problems: unknown[]; text: string };
      assert.equal(body.problems.length, 1);
      assert.equal(body.text.split("\n").length, 2);
    }),
  );
});

Deno.test("the JSON of a webhook", () => {
  assert.deepEqual(JSON.parse(jsonOf(message([news()]), ORIGIN)), {
    schema: 1,
    source: "rxdx-setup",
    id: "0123456789abcdef.7",
    at: "2026-03-15T03:10:00.000Z",
    stack: "rxdx",
    environment: "production",
    url: "https://rxdx.example.com",
    host: "server1",
    state: "degraded",
    event: "opened",
    problems: [{
      event: "opened",
      code: "service_not_running",
      subject: "rxdx-postgres-1",
      severity: "critical",
      message: "rxdx-postgres-1 has stopped.",
      hint: "docker logs rxdx-postgres-1; rxdx-setup start",
      since: "2026-03-15T03:05:00.000Z",
    }],
    text: "rxdx on server1: problem\ncritical: rxdx-postgres-1 has stopped. \u2192 docker logs " +
      "rxdx-postgres-1; rxdx-setup start",
  });
});

Deno.test("foreign words call nobody in a chat room", () => {
  const { text } = JSON.parse(
    jsonOf(message([news({ message: "<!channel> @here <https://evil.example|x>" })]), ORIGIN),
  ) as { text: string };
  assert.doesNotMatch(text, /<|@h/);
});

Deno.test("messages about one problem are a thread", () => {
  const first = identifiersOf(message([news()]), ORIGIN, "rxdx@example.com");
  assert.deepEqual(first, {
    messageId: "<alert-0123456789abcdef.7@example.com>",
    references: [],
  });
  const later = identifiersOf(
    message([news({ event: "recovered" }), news({ event: null, thread: 3 })], { number: 9 }),
    ORIGIN,
    "rxdx@example.com",
  );
  assert.deepEqual(later.references, [first.messageId]);
});

Deno.test("spans", () => {
  const from = "2026-03-15T03:00:00Z";
  assert.equal(span(from, "2026-03-15T03:12:40Z"), "12 min");
  assert.equal(span(from, "2026-03-15T08:12:00Z"), "5 h 12 min");
  assert.equal(span(from, "2026-03-18T07:00:00Z"), "3 d 4 h");
  assert.equal(span(from, "2026-03-14T07:00:00Z"), "0 min");
});
