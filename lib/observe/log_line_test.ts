import assert from "node:assert/strict";
import fc from "fast-check";
import type { OutputLine } from "../engine/frames.ts";
import { MAX_CHARACTERS, parseLogLine } from "./log_line.ts";
import { clean } from "./log_line_clean.ts";
import { sortStamp, stampOf, stampTime } from "./log_stamp.ts";
import { detectLevel, type Level, rank } from "./log_line_level.ts";

const STAMP = "2026-03-01T10:00:00.123456789Z";

function line(text: string, stamp = STAMP): OutputLine {
  return { stream: "stdout", text: `${stamp} ${text}` };
}

/** What a terminal could obey or hide: C0, DEL, C1, format characters, separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(
      "\x1b[31m",
      "\x1b[2J\x1b[H",
      "\x1b]0;owned\x07",
      "\x1b]0;owned\x1b\\",
      "\x1b]0;never ended",
      "\x1bP1$r0m\x1b\\",
      "\x9b5A",
      "\x9d0;owned\x9c",
      "\x1b[?1049l",
      "\x1bc",
      "\x1b",
      "\r",
      "\t",
      "\b\b\b",
      "\u202e",
      "\u200d",
      "日本語",
      "👩‍👩‍👧",
      "é",
      "\ud800",
      "text",
    ),
  ),
  { maxLength: 20 },
).map((parts) => parts.join(""));

Deno.test("clean: nothing that a terminal obeys is left of any text", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const safe = clean(text);
      assert.doesNotMatch(safe, UNSAFE);
      assert.ok(safe.isWellFormed());
      assert.equal(clean(safe), safe, "cleaning twice changes nothing more");
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("clean: a parsed line is safe in every field that is shown", () => {
  fc.assert(fc.property(hostile, (text) => {
    assert.doesNotMatch(parseLogLine(line(text)).text, UNSAFE);
    assert.doesNotMatch(parseLogLine(line(JSON.stringify({ message: text, text }))).text, UNSAFE);
    assert.doesNotMatch(parseLogLine({ stream: "stderr", text }).text, UNSAFE);
  }));
});

Deno.test("clean: complete sequences vanish, incomplete ones are seen and hide nothing", () => {
  assert.equal(clean("a\x1b[1;31mb\x1b[0mc"), "abc");
  assert.equal(clean("a\x1b]0;title\x07b"), "ab");
  assert.equal(clean("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b"), "alinkb");
  assert.equal(
    clean("a\x1b]0;title and the rest of the line"),
    "a␛]0;title and the rest of the line",
  );
  assert.equal(clean("a\rb\x07\x7f"), "a␍b␇␡");
  assert.equal(clean("user\u202egnp.exe"), "usergnp.exe");
});

Deno.test("clean: tabs go to the next multiple of eight", () => {
  assert.equal(clean("a\tb"), "a       b");
  assert.equal(clean("12345678\tb"), "12345678        b");
  assert.equal(clean("\t\tb"), `${" ".repeat(16)}b`);
});

const LEVELLED: readonly (readonly [text: string, level: Level | undefined])[] = [
  ['INFO:     172.18.0.1:4242 - "GET /api/v1/health HTTP/1.1" 200 OK', "info"],
  [
    'INFO:     172.18.0.1:4242 - "GET /api/v1/health/ready HTTP/1.1" 503 Service Unavailable',
    "error",
  ],
  ['INFO:     172.18.0.1:4242 - "POST /api/v1/auth/login HTTP/1.1" 401 Unauthorized', "warning"],
  ["WARNING:  Invalid HTTP request received.", "warning"],
  ["ERROR:    Exception in ASGI application", "error"],
  ["CRITICAL:app.main:cannot start", "critical"],
  ["2026-03-01 10:00:00,123 - app.main - ERROR - boom", "error"],
  ["[2026-03-01 10:00:00 +0000] [7] [WARNING] worker timeout", "warning"],
  ["Traceback (most recent call last):", "error"],
  ['  File "/app/app/main.py", line 12, in <module>', "error"],
  ["sqlalchemy.exc.OperationalError: connection refused", "error"],
  ["2026/03/01 10:00:00 [error] 29#29: *1 connect() failed (111: Connection refused)", "error"],
  ["2026/03/01 10:00:00 [warn] 1#1: conflicting server name", "warning"],
  ["2026/03/01 10:00:00 [notice] 1#1: start worker process 29", "info"],
  ["2026/03/01 10:00:00 [emerg] 1#1: host not found in upstream", "critical"],
  ['192.0.2.7 - - [01/Mar/2026:10:00:00 +0000] "GET / HTTP/2.0" 502 157 "-" "curl/8"', "error"],
  ["2026-03-01 10:00:00.000 UTC [41] LOG:  checkpoint starting: time", "info"],
  [
    '2026-03-01 10:00:00.000 UTC [99] rxdx@rxdx ERROR:  relation "x" does not exist at character 15',
    "error",
  ],
  [
    '2026-03-01 10:00:00.000 UTC [99] FATAL:  password authentication failed for user "rxdx"',
    "critical",
  ],
  ["2026-03-01 10:00:00.000 UTC [99] STATEMENT:  SELECT 'ERROR:  no'", "info"],
  ['{"level":"warning","message":"slow"}', "warning"],
  ['{"msg":"x","level":50}', "error"],
  ['{"severity":"CRITICAL","message":"x"}', "critical"],
  ['{"request_method":"GET","request_uri":"/","status":504}', "error"],
  ['{"request_method":"GET","request_uri":"/","status":"200"}', "info"],
  ['{"message":"{\\"level\\":\\"error\\"} was posted","level":"info"}', "info"],
  ["time=2026-03-01T10:00:00Z level=error msg=x", "error"],
  ["the word error in a sentence is no level", undefined],
  ["", undefined],
];

Deno.test("level: the formats of this stack", () => {
  for (const [text, level] of LEVELLED) assert.equal(detectLevel(text), level, text);
});

Deno.test("level: colour in front of it does not hide it", () => {
  assert.equal(parseLogLine(line("\x1b[32mINFO\x1b[0m:     started")).level, "info");
  assert.equal(parseLogLine(line("\x1b[31mERROR\x1b[0m:    boom")).level, "error");
});

Deno.test("level: ranks rise with seriousness; no level ranks as info", () => {
  assert.ok(rank("debug") < rank("info") && rank("info") < rank("warning"));
  assert.ok(rank("warning") < rank("error") && rank("error") < rank("critical"));
  assert.equal(rank(undefined), rank("info"));
});

Deno.test("parse: time from the daemon, the program's own time left out", () => {
  const parsed = parseLogLine(line("2026-03-01 10:00:00.000 UTC [41] LOG:  ready"));
  assert.equal(parsed.at, Date.UTC(2026, 2, 1, 10, 0, 0, 123));
  assert.equal(parsed.text, "[41] LOG:  ready");
  assert.equal(parseLogLine(line("2026/03/01 10:00:00 [notice] x")).text, "[notice] x");
  assert.equal(stampOf(line("x").text), STAMP);
});

Deno.test("parse: a line without a stamp, and one that is only a stamp", () => {
  assert.deepEqual(parseLogLine({ stream: "stderr", text: "no stamp" }), {
    at: 0,
    level: undefined,
    text: "no stamp",
    raw: "no stamp",
    stream: "stderr",
  });
  assert.equal(parseLogLine({ stream: "stdout", text: `${STAMP} ` }).text, "");
});

Deno.test("parse: JSON reads as a request, or as message and fields", () => {
  const request = {
    time: "x",
    request_method: "GET",
    request_uri: "/api/v1/requirements",
    status: 200,
    request_time: 0.0123,
    remote_addr: "192.0.2.7",
  };
  assert.equal(
    parseLogLine(line(JSON.stringify(request))).text,
    "GET /api/v1/requirements 200 in 12 ms remote_addr=192.0.2.7",
  );
  assert.equal(
    parseLogLine(line('{"level":"info","message":"saved","user":"a b","n":3,"ok":true}')).text,
    'saved user="a b" n=3 ok=true',
  );
  assert.equal(parseLogLine(line("{not json}")).text, "{not json}");
});

Deno.test("parse: an endless line is cut before any work is done on it", () => {
  assert.equal(parseLogLine(line("x".repeat(1_000_000))).text.length, MAX_CHARACTERS);
});

Deno.test("stamp: read fast or slowly, the same", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
      fc.integer({ min: 0, max: 999_999 }),
      (date, nanoseconds) => {
        const iso = date.toISOString();
        const stamp = iso.replace("Z", `${String(nanoseconds).padStart(6, "0")}Z`);
        assert.equal(stampOf(`${stamp} text`), stamp);
        assert.equal(sortStamp(`${stamp} text`), stamp);
        assert.equal(stampTime(stamp), date.getTime());
        assert.equal(stampTime(iso), date.getTime());
      },
    ),
  );
});

Deno.test("stamp: a zone or fewer digits sort like the others; anything else is no stamp", () => {
  assert.equal(
    sortStamp("2026-03-01T12:00:00.5+02:00 x"),
    "2026-03-01T10:00:00.500000000Z",
  );
  assert.equal(sortStamp("2026-03-01T10:00:00Z"), "2026-03-01T10:00:00.000000000Z");
  for (const text of ["", "x", "2026-03-01T10:00:00.123456789Zx", "2026-99-99T10:00:00Z x"]) {
    assert.equal(sortStamp(text), "", text);
  }
});
