import assert from "node:assert/strict";
import { SetupError } from "../../errors.ts";
import type { LoggedContainer } from "../../observe/log_history.ts";
import type { StampedLine } from "../../observe/log_merge.ts";
import { palette } from "../../tui/widgets/palette.ts";
import { type LogFlags, logOptions } from "./options.ts";
import { LogPrinter } from "./printer.ts";

const SERVICES = ["nginx", "frontend", "backend", "postgres"];
const NOW = new Date("2026-03-01T12:00:00Z");
const PLAIN: LogFlags = { follow: false, noPrefix: false, raw: false };

function source(service: string, replica = 1): LoggedContainer {
  return { id: `${service}${replica}`, service, replica, name: `rxdx-${service}-1`, tty: false };
}

const BACKEND = source("backend");
const NGINX = source("nginx");

function line(
  second: number,
  text: string,
  from = BACKEND,
  stream: "stdout" | "stderr" = "stdout",
): StampedLine<LoggedContainer> {
  const stamp = `2026-03-01T10:00:${String(second).padStart(2, "0")}.123456789Z`;
  return { source: from, stamp, line: { stream, text: `${stamp} ${text}` } };
}

/** What is written for these lines of the past. */
function printed(
  lines: readonly StampedLine<LoggedContainer>[],
  flags: Partial<LogFlags> = {},
  { json = false, color = false } = {},
): { lines: string[]; told: string[]; printer: LogPrinter } {
  let written = "";
  const told: string[] = [];
  const printer = new LogPrinter({
    options: logOptions({ timestamps: "off", ...PLAIN, ...flags }, [], SERVICES, NOW),
    json,
    colors: palette(color),
    services: SERVICES,
    now: () => NOW.getTime(),
    write: (text) => written += text,
    tell: (code) => told.push(code),
  });
  printer.expect(lines.map((each) => each.source));
  for (let at = 0; at < lines.length; at += 3) printer.history(lines.slice(at, at + 3));
  printer.historyEnds();
  assert.ok(written === "" || written.endsWith("\n"));
  return { lines: written.split("\n").slice(0, -1), told, printer };
}

Deno.test("logs text: name, mark, text; names are aligned from the first line on", () => {
  const { lines } = printed([
    line(0, "INFO:     up", NGINX),
    line(1, "ERROR:    down"),
    line(2, "WARNING:  shaky"),
  ]);
  assert.deepEqual(lines, [
    "nginx     INFO:     up",
    "backend ✗ ERROR:    down",
    "backend ▲ WARNING:  shaky",
  ]);
});

Deno.test("logs text: replicas are told apart where a service has several", () => {
  const { lines } = printed([
    line(0, "a"),
    line(1, "b", source("backend", 2)),
    line(2, "c", NGINX),
  ]);
  assert.deepEqual(lines, ["backend 1   a", "backend 2   b", "nginx       c"]);
});

Deno.test("logs text: times on, relative, in UTC", () => {
  const one = [line(7, "x", NGINX)];
  assert.match(
    printed(one, { timestamps: "on" }).lines[0] ?? "",
    /^2026-0[23]-\d\d \d\d:\d\d:07\.123 nginx {3}x$/,
  );
  assert.deepEqual(printed(one, { timestamps: "relative" }).lines, [" 1h ago nginx   x"]);
  assert.deepEqual(printed(one, { timestamps: "utc", noPrefix: true }).lines, [
    "2026-03-01T10:00:07.123456789Z x",
  ]);
});

Deno.test("logs text: colours are the dashboard's, and only where they are wanted", () => {
  const { lines } = printed([line(0, "ERROR:  x"), line(1, "y", NGINX)], {}, { color: true });
  const colors = palette(true);
  assert.deepEqual(lines, [
    `${colors.service(2)("backend")} ${colors.bad("✗")} ${colors.bad("ERROR:  x")}`,
    `${colors.service(0)("nginx  ")}   y`,
  ]);
});

const HOSTILE = "\x1b[2J\x1b]0;title\x07a\rb\x9b5A\u202ec";

Deno.test("logs text: a hostile line moves nothing; raw writes it as it came", () => {
  assert.deepEqual(printed([line(0, HOSTILE)], { noPrefix: true }).lines, ["a␍bc"]);
  assert.deepEqual(printed([line(0, HOSTILE)], { noPrefix: true, raw: true }).lines, [HOSTILE]);
});

Deno.test("logs text: a line that is too long says so", () => {
  const [cut = ""] = printed([line(0, "x".repeat(10_000))], { noPrefix: true }).lines;
  assert.match(cut, /^x{8192} … 1,808 more characters; --raw shows them$/);
  const [raw = ""] = printed([line(0, "x".repeat(10_000))], { noPrefix: true, raw: true }).lines;
  assert.equal(raw.length, 10_000);
});

Deno.test("logs: a level shows an error whole, with the trace that follows it", () => {
  const { lines } = printed([
    line(0, "INFO:     before"),
    line(1, "ERROR:    Exception in ASGI application", BACKEND, "stderr"),
    line(1, "Traceback (most recent call last):", BACKEND, "stderr"),
    line(1, "INFO:     in between on the other stream"),
    line(1, '  File "/app/x.py", line 1, in f', BACKEND, "stderr"),
    line(1, "    raise ValueError", BACKEND, "stderr"),
    line(1, "a line of nginx", NGINX),
    line(9, "    much later", BACKEND, "stderr"),
  ], { level: "error", noPrefix: true });
  assert.deepEqual(lines, [
    "ERROR:    Exception in ASGI application",
    "Traceback (most recent call last):",
    '  File "/app/x.py", line 1, in f',
    "    raise ValueError",
  ]);
});

Deno.test("logs: expressions see what is shown and what was written", () => {
  const record = '{"level":"error","message":"timeout","request_id":"abc"}';
  const texts = (flags: Partial<LogFlags>) =>
    printed([line(0, record), line(1, "plain")], { noPrefix: true, ...flags }).lines;
  assert.deepEqual(texts({ grep: ['"request_id":"abc"'] }), ["timeout request_id=abc"]);
  assert.deepEqual(texts({ grep: ["request_id=abc"] }), ["timeout request_id=abc"]);
  assert.deepEqual(texts({ exclude: ["TIMEOUT"] }), ["timeout request_id=abc", "plain"]);
  assert.deepEqual(texts({ exclude: ["timeout"] }), ["plain"]);
});

Deno.test("logs: a tail counts the lines that are shown, over all services", () => {
  const many = Array.from(
    { length: 20 },
    (_, at) => line(at, `${at}`, at % 2 === 0 ? NGINX : BACKEND),
  );
  const tail = (count: string, flags: Partial<LogFlags> = {}) =>
    printed(many, { tail: count, noPrefix: true, ...flags }).lines;
  assert.deepEqual(tail("3"), ["17", "18", "19"]);
  assert.deepEqual(tail("2", { grep: ["^1.*[05]"] }), ["10", "15"]);
  assert.deepEqual(tail("0"), []);
  assert.equal(tail("all").length, 20);
  assert.equal(tail("99").length, 20);
  const { printer, lines } = printed(many, { tail: "1", noPrefix: true });
  printer.live([line(30, "new")]);
  assert.deepEqual(lines, ["19"]);
});

Deno.test("logs json: one object a line, records as fields, raw when asked for", () => {
  const record = '{"level":"error","message":"time\\nout","n":1}';
  const objects = (flags: Partial<LogFlags>) =>
    printed([line(0, record), line(5, "  plain")], flags, { json: true }).lines
      .map((each) => JSON.parse(each));
  const common = {
    service: "backend",
    replica: 1,
    container: "rxdx-backend-1",
    stream: "stdout",
  };
  assert.deepEqual(objects({}), [
    {
      time: "2026-03-01T10:00:00.123456789Z",
      ...common,
      level: "error",
      message: "time\nout",
      fields: { level: "error", message: "time\nout", n: 1 },
    },
    { time: "2026-03-01T10:00:05.123456789Z", ...common, level: null, message: "  plain" },
  ]);
  assert.deepEqual(objects({ raw: true }).map((each) => each.raw), [record, "  plain"]);
});

Deno.test("logs json: what a terminal would obey is an escape, and read back the same", () => {
  const [text = ""] = printed([line(0, HOSTILE)], { raw: true }, { json: true }).lines;
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
  assert.equal(JSON.parse(text).raw, HOSTILE);
});

Deno.test("logs: an expression that is held back is told once", () => {
  const long = "a".repeat(8_000);
  const { told } = printed([line(0, long), line(1, long)], { grep: ["a.*a.*a.*a.*b"] });
  assert.deepEqual(told, ["expression_slow"]);
});

Deno.test("logs options: every problem at once, exit 3", () => {
  const flags: LogFlags = {
    ...PLAIN,
    follow: true,
    since: "1h",
    until: "2h",
    tail: "many",
    timestamps: "relativ",
    level: "erorr",
    grep: ["("],
  };
  try {
    logOptions(flags, ["bakend", "x"], SERVICES, NOW);
    assert.fail("nothing was thrown");
  } catch (error) {
    assert.ok(error instanceof SetupError, String(error));
    assert.equal(error.exit, 3);
    assert.deepEqual(error.problems.map(({ key, example }) => [key, example]), [
      ["service", "backend"],
      ["service", "nginx"],
      ["--until", "--since 2h --until 1h"],
      ["--until", "--since 2h --until 1h"],
      ["--tail", "200"],
      ["--timestamps", "relative"],
      ["--level", "error"],
      ["--grep", "\\("],
    ]);
    assert.match(error.problems[0]?.rule ?? "", /did you mean backend\?/);
  }
});

Deno.test("logs options: following begins with a hundred lines, or where it is told to", () => {
  const tail = (flags: Partial<LogFlags>) =>
    logOptions({ ...PLAIN, ...flags }, [], SERVICES, NOW).tail;
  assert.equal(tail({}), undefined);
  assert.equal(tail({ follow: true }), 100);
  assert.equal(tail({ follow: true, since: "1h" }), undefined);
  assert.equal(tail({ follow: true, tail: "all" }), undefined);
  assert.equal(tail({ follow: true, tail: "5" }), 5);
});
