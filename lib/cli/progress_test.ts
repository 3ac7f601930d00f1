/** One stream of events, three renderers: plain lines, JSON lines, a terminal. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import type { ProgressEvent } from "../steps/events.ts";
import { Output } from "./output.ts";
import { clean, duration, progressFor } from "./progress.ts";
import { cut } from "./progress_terminal.ts";

const services = (state: string, elapsedMs: number) => [{ service: "nginx", state, elapsedMs }];

const STORY: readonly ProgressEvent[] = [
  {
    type: "interrupted",
    previous: {
      run: "r0",
      command: "init",
      startedAt: "2026-03-14T09:00:00.000Z",
      during: "Write files",
      finished: 1,
      total: 5,
    },
  },
  { type: "run-start", run: "r1", command: "init", steps: [{ id: "a", title: "Do a" }] },
  { type: "step-start", id: "a", title: "Do a", index: 0, total: 3 },
  { type: "step-done", id: "a", title: "Do a", skipped: true, check: false, ms: 1 },
  { type: "step-start", id: "b", title: "Do b", index: 1, total: 3 },
  { type: "step-detail", id: "b", text: "\x1b[32mpulling\x1b[0m\tlayer" },
  { type: "step-services", id: "b", services: services("starting", 100) },
  { type: "step-services", id: "b", services: services("starting", 350) },
  { type: "step-services", id: "b", services: services("healthy", 4200) },
  { type: "step-done", id: "b", title: "Do b", skipped: false, check: false, ms: 4200 },
  { type: "step-start", id: "c", title: "Do c", index: 2, total: 3 },
  { type: "step-failed", id: "c", title: "Do c", message: "no", ms: 65_000 },
  { type: "undo-start", id: "b", title: "Do b" },
  { type: "undo-failed", id: "b", title: "Do b", message: "stuck" },
  { type: "run-end", run: "r1", ok: false, changed: 1, ms: 70_000 },
];

function play(options: {
  terminal?: boolean;
  json?: boolean;
  verbose?: boolean;
  env?: Record<string, string>;
}): FakeHost {
  const host = new FakeHost({ terminal: options.terminal ?? false, env: options.env ?? {} });
  const out = new Output(host, {
    json: options.json ?? false,
    verbose: options.verbose ?? false,
    noColor: true,
    yes: false,
    accessible: false,
  });
  const progress = progressFor(host, out);
  try {
    for (const event of STORY) progress.emit(event);
  } finally {
    progress.end();
  }
  host.verify();
  return host;
}

Deno.test("plain: a line for each thing that happens, a state only when it changes", () => {
  assert.equal(
    play({}).terminal.stderr,
    "! An earlier `init` (2026-03-14T09:00:00.000Z) did not come to its end: 1 of 5 steps were " +
      'done, it was in "Write files". Going on from there.\n' +
      "[1/3] Do a\n  nothing to do\n" +
      "[2/3] Do b\n  nginx: starting (100 ms)\n  nginx: healthy (4.2 s)\n  done in 4.2 s\n" +
      "[3/3] Do c\n  failed after 1 min 05 s\n" +
      "  taking back: Do b\n  could not take back: stuck\n",
  );
});

Deno.test("plain, verbose: details too, without what would move the cursor", () => {
  assert.match(play({ verbose: true }).terminal.stderr, /\n {2}pulling layer\n/);
});

Deno.test("JSON lines: every event as it is, one a line, nothing on stdout", () => {
  const { terminal } = play({ json: true });
  const lines = terminal.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines, STORY.map((event) => ({ event })));
  assert.equal(terminal.stdout, "");
});

Deno.test("terminal: the cursor is hidden while it draws and shown at the end, failures included", () => {
  const { stderr } = play({ terminal: true }).terminal;
  assert.ok(stderr.includes("\x1b[?25l"));
  assert.ok(stderr.lastIndexOf("\x1b[?25h") > stderr.lastIndexOf("\x1b[?25l"));
  // deno-lint-ignore no-control-regex
  const plain = stderr.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
  assert.match(plain, /· Do a {2}nothing to do\n/);
  assert.match(plain, /✓ Do b {2}4\.2 s\n/);
  assert.match(plain, /✗ Do c {2}1 min 05 s\n/);
  assert.match(plain, /✗ could not take back: Do b: stuck\n/);
});

Deno.test("a terminal that cannot move its cursor, a CI and --verbose get plain lines", () => {
  for (
    const options of [
      { terminal: true, env: { TERM: "dumb" } },
      { terminal: true, env: { CI: "true" } },
      { terminal: true, verbose: true },
    ]
  ) {
    const { stderr } = play(options).terminal;
    assert.ok(!stderr.includes("\x1b[?25l"));
    assert.match(stderr, /\[2\/3\] Do b/);
  }
});

Deno.test("durations are short and never wrong by a unit", () => {
  for (
    const [ms, text] of [
      [0, "0 ms"],
      [850.4, "850 ms"],
      [999, "999 ms"],
      [1000, "1.0 s"],
      [4249, "4.2 s"],
      [60_000, "1 min 00 s"],
      [125_900, "2 min 05 s"],
      [3_600_000, "60 min 00 s"],
    ] as const
  ) assert.equal(duration(ms), text);
  assert.equal(duration(59_999), "60.0 s");
});

Deno.test("output of other programs is made printable", () => {
  assert.equal(clean("\x1b[1;32mok\x1b[0m\r\n"), "ok");
  assert.equal(clean("\x1b[2Ja\x07b\x9bc"), "a b c");
});

Deno.test("text is cut by the columns it takes, wide characters counted twice", () => {
  assert.equal(cut("abcdef", 10), "abcdef");
  assert.equal(cut("abcdef", 4), "abc…");
  assert.equal(cut("日本語", 5), "日本…");
  assert.equal(cut("日本語", 6), "日本語");
});
