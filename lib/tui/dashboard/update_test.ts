import assert from "node:assert/strict";
import {
  dashboard,
  HEALTHY,
  LOGS,
  NOW,
  pressed,
  said,
  statusDocument,
} from "../../../tests/support/dashboard_scenario.ts";
import { plain } from "../ansi.ts";
import { palette } from "../widgets/palette.ts";
import { KEYMAP } from "./keymap.ts";
import { matchingCommands } from "./commands.ts";
import { type DashboardModel, filterOf } from "./model.ts";
import { update } from "./update.ts";
import { view } from "./view.ts";

const SIZE = { columns: 80, rows: 24 };

function model(...keys: readonly string[]): DashboardModel {
  return dashboard({
    size: SIZE,
    containers: HEALTHY,
    status: statusDocument(),
    logs: LOGS,
    keys,
  });
}

function screen(state: DashboardModel): string {
  return view(state, palette(false)).map(plain).join("\n");
}

/** The line under the bar: what is drawn inverse, and its text. */
function barLine(state: DashboardModel): string | undefined {
  const row = view(state, palette(false)).find((line) => line.includes("\x1b[7m"));
  return /line \d+/.exec(row ?? "")?.[0];
}

/** A log that is much longer than a page: `line 0` … `line 499`. */
function long(...keys: readonly string[]): DashboardModel {
  const lines = Array.from({ length: 500 }, (_, index) => said(500 - index, `line ${index}`));
  return dashboard({ size: SIZE, containers: HEALTHY, logs: { backend: lines }, keys });
}

function shown(state: DashboardModel): string[] {
  return screen(state).split("\n").flatMap((line) => /line \d+/.exec(line) ?? []);
}

Deno.test("keys: every key of the table has one meaning, and every meaning is handled", () => {
  const keys = KEYMAP.flatMap((each) => each.keys);
  assert.equal(new Set(keys).size, keys.length, "a key is bound twice");
  for (const key of keys) {
    const before = long("up", "up");
    const [next, effect] = update(before, { type: "key", key: { name: key } });
    const state = (of: DashboardModel) =>
      JSON.stringify({ ...of, logs: 0, frozen: !!of.frozen, marks: of.marks.size });
    // Four services: there is no fifth; and what is at its start already cannot go back there.
    const nothing = ["5", "6", "7", "8", "9", "left", "h"].includes(key);
    assert.equal(state(next) !== state(before) || effect !== undefined, !nothing, key);
  }
});

Deno.test("keys: quitting, suspending and redrawing are effects", () => {
  const effect = (name: string, from = model()) =>
    update(from, { type: "key", key: { name } })[1]?.do;
  assert.equal(effect("q"), "quit");
  assert.equal(effect("ctrl+c"), "quit");
  assert.equal(effect("ctrl+z"), "suspend");
  assert.equal(effect("f"), "redraw");
  assert.equal(effect("u"), undefined);
  for (const open of [model("?"), model("p"), model("/"), model(":"), model("3", "r")]) {
    assert.equal(effect("ctrl+c", open), "quit", "Ctrl-C leaves from anywhere");
    assert.equal(effect("ctrl+z", open), "suspend");
  }
  assert.equal(effect("q", model("?")), undefined, "q closes the help first");
  assert.equal(update(model("?"), { type: "key", key: { name: "q" } })[0].overlay, undefined);
});

Deno.test("filter: number keys in the order of the table, again for all, tab around", () => {
  assert.equal(model("3").service, "backend");
  assert.equal(model("3", "3").service, undefined);
  assert.equal(model("3", "0").service, undefined);
  assert.equal(model("9").service, undefined);
  assert.equal(model("tab").service, "nginx");
  assert.equal(model("tab", "tab").service, "frontend");
  assert.equal(model("shift+tab").service, "postgres");
  assert.equal(model("tab", "tab", "tab", "tab", "tab").service, undefined);
});

Deno.test("filter: levels go around", () => {
  assert.deepEqual(
    [model("l"), model("l", "l"), model("l", "l", "l"), model("l", "l", "l", "l")]
      .map((each) => each.level),
    ["info", "warning", "error", undefined],
  );
});

Deno.test("filters: while typing; enter keeps, esc takes back what was there", () => {
  const typing = model("i", "s", "l", "o");
  assert.equal(typing.include.text, "slo");
  assert.ok(typing.field !== undefined);
  assert.match(screen(typing), /slow query/);
  assert.doesNotMatch(screen(typing), /checkpoint/);
  const kept = pressed(typing, "enter");
  assert.equal(kept.include.text, "slo");
  assert.equal(kept.field, undefined);
  assert.equal(pressed(kept, "i", "x", "esc").include.text, "slo");
  assert.equal(pressed(typing, "q").include.text, "sloq", "a letter is a letter here");
  const [pasted] = update(model("i"), { type: "key", key: { name: "paste", text: "a\nb" } });
  assert.equal(pasted.include.text, "a b");
  const without = pressed(kept, "x", ..."slow|check", "enter");
  assert.match(screen(without), /no line matches/);
  assert.match(screen(without), /only slo · no slow\|check/);
});

Deno.test("filters: what is typed can be corrected in its middle", () => {
  const typed = model("i", ..."slw", "left", "o");
  assert.equal(typed.include.text, "slow");
  assert.equal(pressed(typed, "home", "delete").include.text, "low");
  assert.equal(pressed(typed, "end", "!").include.text, "slow!");
  const long = model("S", "ctrl+u", ..."/a".repeat(60), "home");
  assert.match(screen(long), /save to \/a\/a/, "the part around the cursor is shown");
});

Deno.test("filters: what is no regular expression yet is said, and filters nothing", () => {
  const typing = model("i", "(", "s");
  assert.ok(typing.include.problem !== undefined);
  assert.match(screen(typing), /checkpoint/);
  assert.match(screen(typing), /unterminated group/);
  assert.ok(pressed(typing, "enter").field !== undefined, "it cannot be kept");
});

Deno.test("search: n goes up, N down, the match is what the bar is on", () => {
  let state = long("/", ..."line 4[01]2", "enter");
  assert.equal(barLine(state), "line 412");
  state = pressed(state, "n");
  assert.equal(barLine(state), "line 402");
  assert.match(screen(pressed(state, "n")), /No match further up/);
  assert.equal(barLine(pressed(state, "N")), "line 412");
  assert.match(screen(pressed(state, "N", "N")), /No match further down/);
  assert.match(screen(long("/", ..."nowhere", "enter")), /No line matches nowhere/);
  assert.equal(pressed(state, "esc").search.text, "");
});

Deno.test("search: capitals count when there is one", () => {
  const count = (text: string) => {
    const state = model("i", ...text, "enter");
    return state.logs.page(filterOf(state), 99).lines.length;
  };
  assert.ok(count("warning") > 0);
  assert.equal(count("wArning"), 0);
  assert.equal(count("\\Warning"), 0, "an escape is no capital, and matches what it means");
});

Deno.test("marks: set on the bar's line, found from anywhere, taken away again", () => {
  let state = long("up", "up", "m", "g", "m");
  assert.equal(state.marks.size, 2);
  assert.match(screen(state), /2 marked/);
  state = pressed(state, "G", "'");
  assert.equal(barLine(state), "line 497");
  state = pressed(state, "'");
  assert.equal(barLine(state), "line 0");
  assert.equal(barLine(pressed(state, "'")), "line 497", "and around");
  assert.equal(pressed(state, "m").marks.size, 1);
  assert.match(screen(long("'")), /No line is marked/);
});

Deno.test("one line: in full, with JSON laid out, and copied without its colours", () => {
  const record = '{"level":"error","message":"no","detail":{"a":[1,2]},"evil":"\\u001b[2J"}';
  const state = dashboard({
    size: SIZE,
    containers: HEALTHY,
    logs: { backend: [said(1, record)] },
    keys: ["enter"],
  });
  const text = screen(state);
  for (const part of ["backend 1", "error", '"detail": {', '"a": [']) {
    assert.ok(text.includes(part), part);
  }
  assert.doesNotMatch(text, /\x1b/);
  const [, effect] = update(state, { type: "key", key: { name: "y" } });
  assert.deepEqual(effect?.do === "copy" && effect.text.startsWith("no detail="), true);
});

Deno.test("esc: takes back the search, the text, then the filters, then the pause", () => {
  let state = pressed(model("3", "l", "i", "x", "enter", "/", "y", "enter", "esc"), "up");
  state = pressed(state, "esc");
  assert.deepEqual([state.search.text, state.include.text], ["", "x"]);
  state = pressed(state, "esc");
  assert.deepEqual([state.include.text, state.service], ["", "backend"]);
  state = pressed(state, "esc");
  assert.deepEqual([state.level, state.service], [undefined, undefined]);
  assert.ok(state.frozen !== undefined);
  assert.equal(pressed(state, "esc").frozen, undefined);
});

Deno.test("esc and a key that arrive together are esc and that key", () => {
  const state = pressed(model("3"), "alt+/");
  assert.equal(state.service, undefined);
  assert.ok(state.field !== undefined);
});

Deno.test("reading: up pauses, the end follows again, the edges hold", () => {
  const page = shown(long()).length;
  assert.equal(shown(long()).at(-1), "line 499");
  const up = long("up", "k");
  assert.equal(barLine(up), "line 497");
  assert.equal(shown(up).at(-1), "line 499", "the bar moves within the page");
  assert.ok(up.frozen !== undefined);
  assert.equal(pressed(up, "down", "j").cursor, 0);
  assert.equal(pressed(up, "down", "j", "j").frozen, undefined);
  assert.equal(shown(pressed(up, "G")).at(-1), "line 499");
  const top = long("g");
  assert.equal(shown(top)[0], "line 0");
  assert.equal(barLine(top), "line 0");
  assert.equal(shown(top).length, page, "the first page is a full one");
  assert.deepEqual(shown(pressed(top, "up", "pageup")), shown(top));
  assert.equal(shown(pressed(top, "pagedown"))[0], `line ${page - 1}`, "one line is kept");
  assert.equal(shown(pressed(top, "pagedown", "pageup"))[0], "line 0");
  const over = pressed(top, ...new Array<string>(page).fill("down"));
  assert.equal(shown(over)[0], "line 1", "the page goes with the bar");
});

Deno.test("paused: what is read stays while lines come, and they are counted", () => {
  const paused = long("space");
  const before = shown(paused);
  paused.logs.push({ service: "backend", replica: 1 }, [
    said(-1, "line 500"),
    said(-2, "line 501"),
  ]);
  assert.deepEqual(shown(paused), before);
  assert.ok(view(paused, palette(false)).some((line) => line.includes("paused, 2 new")));
  assert.equal(shown(pressed(paused, "space")).at(-1), "line 501");
});

Deno.test("paused: a flood that turns the rings over does not touch what is read", () => {
  const paused = long("up");
  const before = shown(paused);
  const flood = Array.from({ length: 20_000 }, (_, index) => said(-index, `new ${index}`));
  paused.logs.push({ service: "backend", replica: 1 }, flood);
  assert.deepEqual(shown(paused), before);
  assert.equal(shown(pressed(paused, "g"))[0], "line 0");
});

Deno.test("scrolling: a change of size or filter never leaves the page beyond the log", () => {
  const top = long("g");
  const [smaller] = update(top, { type: "resized", size: { columns: 80, rows: 60 } });
  assert.equal(shown(smaller)[0], "line 0");
  const filtered = pressed(top, "i", "4", "9", "9");
  assert.deepEqual(shown(filtered), ["line 499"]);
  assert.deepEqual(shown(pressed(filtered, "enter", "up", "pageup", "g")), ["line 499"]);
});

Deno.test("long lines: sideways by columns, or wrapped", () => {
  const text = `${"abcdefgh".repeat(40)}END`;
  const state = dashboard({ size: SIZE, containers: HEALTHY, logs: { backend: [said(1, text)] } });
  const frame = (of: DashboardModel) => view(of, palette(false)).join("\n");
  assert.ok(!frame(state).includes("END"));
  const right = pressed(state, ...new Array<string>(20).fill("right"));
  assert.ok(frame(right).includes("END"));
  assert.equal(pressed(right, ...new Array<string>(30).fill("left")).column, 0);
  assert.ok(frame(pressed(state, "w")).includes("END"));
});

Deno.test("overlay: scrolls within its text, and its keys do not reach the log", () => {
  const help = model("?");
  assert.equal(pressed(help, "up").overlayOffset, 0);
  const end = pressed(help, "G");
  assert.ok(end.overlayOffset > 0);
  assert.equal(pressed(end, "down").overlayOffset, end.overlayOffset);
  assert.equal(pressed(help, "3").service, undefined);
  assert.equal(pressed(help, "3").overlay, undefined, "any other key closes it");
  assert.equal(pressed(help, "p").overlay?.kind, "problems");
});

Deno.test("overlay: at its end in a small terminal, in a larger one it is not empty", () => {
  const small = dashboard({
    size: { columns: 40, rows: 12 },
    containers: HEALTHY,
    keys: ["?", "G"],
  });
  const [large] = update(small, { type: "resized", size: { columns: 120, rows: 90 } });
  assert.equal(large.overlayOffset, 0);
  assert.match(screen(large), /the service in full/);
});

Deno.test("help: names every key of the table", () => {
  const tall = dashboard({ size: { columns: 120, rows: 100 }, keys: ["?"] });
  const text = view(tall, palette(false)).join("\n");
  for (const { shown: keys, help } of KEYMAP) {
    assert.ok(text.includes(keys) && text.includes(help), help);
  }
});

Deno.test("tick: time goes on, and the rate of lines is counted", () => {
  const state = long();
  const [first] = update(state, { type: "tick", now: NOW + 1_000 });
  assert.equal(first.logRate, 500);
  state.logs.push({ service: "backend", replica: 1 }, [said(0, "x")]);
  const [second] = update(first, { type: "tick", now: NOW + 2_000 });
  assert.equal(second.logRate, 1);
  assert.equal(second.now, NOW + 2_000);
});

Deno.test("tick: what was said leaves, also when the clock is set back", () => {
  for (const at of [NOW + 10_000, NOW - 3_600_000]) {
    const [later] = update(model("y"), { type: "tick", now: at });
    assert.equal(later.outcome, undefined);
  }
  const [soon] = update(model("y"), { type: "tick", now: NOW + 1_000 });
  assert.ok(soon.outcome !== undefined);
});

Deno.test("status: facts that cannot be refreshed stay, and say so until they can", () => {
  const [failed] = update(model(), { type: "status_failed", reason: "psql is not there" });
  assert.ok(failed.status !== undefined);
  const text = (of: DashboardModel) => view(of, palette(false)).join("\n");
  assert.match(text(failed), /not up to date: psql is not there/);
  const [again] = update(failed, { type: "status", status: statusDocument() });
  assert.doesNotMatch(text(again), /not up to date/);
});

Deno.test("health: unhealthy without a failed check is no failed check", () => {
  const state = dashboard({
    size: SIZE,
    containers: [{ service: "backend", health: "unhealthy" }],
  });
  assert.match(
    screen(state),
    /health check failed 3×, exit 1$/m,
    "no colon with nothing behind it",
  );
  const containers = state.stack.containers.map((each) => ({
    ...each,
    failingStreak: 0,
    ...(each.lastCheck && { lastCheck: { ...each.lastCheck, exitCode: 0 } }),
  }));
  const thawed = { ...state, stack: { ...state.stack, containers } };
  assert.match(screen(thawed), /Docker calls it so; its last check did not fail/);
});

Deno.test("a service without containers: one replica is offered; what has ended has no health", () => {
  const gone = dashboard({ size: SIZE, containers: [], keys: ["c"] });
  assert.match(screen(gone), /replicas of backend 1 /);
  const ended = dashboard({
    size: SIZE,
    containers: [{ service: "backend", state: "exited", exitCode: 137, health: "unhealthy" }],
    keys: ["1", "d"],
  });
  assert.match(screen(ended), /state +exited$/m);
});

Deno.test("no all-clear while something is not well; what is past says so", () => {
  assert.match(screen(model()), /no problems/);
  const ill = dashboard({
    size: SIZE,
    containers: [{ service: "backend", health: "unhealthy" }],
    status: { ...statusDocument(), problems: [] },
  });
  assert.doesNotMatch(screen(ill), /no problems/);
  const [lost] = update(model("3", "d"), {
    type: "watched",
    event: { type: "lost", reason: "ENOENT", attempt: 1, retryAt: NOW },
  });
  assert.match(screen(lost), /this is the last that is known/);
  assert.match(screen(pressed(lost, "esc", "e")), /No shell while Docker is out of reach/);
});

Deno.test("actions: about the chosen service, asked first, done only when confirmed", () => {
  const [asked, effect] = update(model("3"), { type: "key", key: { name: "r" } });
  const action = { kind: "restart", service: "backend" };
  assert.deepEqual(effect, { do: "preview", action });
  assert.match(screen(asked), /Restart backend\?/);
  assert.ok(asked.overlay?.kind === "confirm");
  const [previewed] = update(asked, {
    type: "previewed",
    action: asked.overlay.action,
    lines: ["1 container ends and comes back."],
    refused: false,
  });
  assert.match(screen(previewed), /1 container ends and comes back/);
  assert.equal(update(previewed, { type: "key", key: { name: "esc" } })[1], undefined);
  const [doing, perform] = update(previewed, { type: "key", key: { name: "enter" } });
  assert.deepEqual(perform, { do: "perform", action });
  const [reported] = update(doing, { type: "doing", text: "waiting for \x1b[2Jbackend" });
  assert.match(screen(reported), /◐ restart backend: waiting for backend/);
  assert.match(screen(pressed(reported, "s")), /Still at it:/);
  const [done] = update(reported, { type: "outcome", ok: true, text: "backend is back", hint: "" });
  assert.match(screen(done), /● backend is back/);
  const [later] = update(done, { type: "tick", now: NOW + 60_000 });
  assert.doesNotMatch(screen(later), /backend is back/);
});

Deno.test("actions: nothing is confirmed before it was shown what would happen", () => {
  for (const name of ["enter", "y"]) {
    const [next, effect] = update(model("3", "r"), { type: "key", key: { name } });
    assert.equal(effect, undefined, name);
    assert.equal(next.doing, undefined);
    assert.equal(next.overlay?.kind, "confirm", "it still asks");
    assert.doesNotMatch(screen(next), /do it/);
  }
});

Deno.test("actions: leaving in the middle is asked for twice, stopping is refused", () => {
  const busy = { ...model(), doing: { title: "restart backend", detail: "", since: NOW } };
  for (const name of ["q", "ctrl+c"]) {
    const [warned, first] = update(busy, { type: "key", key: { name } });
    assert.equal(first, undefined, name);
    assert.match(screen(warned), /Still at it: restart backend +q again cancels it and leaves/);
    assert.deepEqual(update(warned, { type: "key", key: { name } })[1], { do: "quit" });
    const [done] = update(warned, { type: "outcome", ok: true, text: "restarted", hint: "" });
    assert.deepEqual(update(done, { type: "key", key: { name } })[1], { do: "quit" });
  }
  const [held, effect] = update(busy, { type: "key", key: { name: "ctrl+z" } });
  assert.equal(effect, undefined);
  assert.match(screen(held), /Ctrl-Z only when it is done/);
});

Deno.test("actions: without a service they are about everything; a shell needs one", () => {
  assert.match(screen(model("s")), /Stop everything\?/);
  assert.match(screen(model("e")), /Choose a service first/);
  const [, shell] = update(model("4"), { type: "key", key: { name: "e" } });
  assert.deepEqual(shell, { do: "shell", service: "postgres", container: "rxdx-postgres-1" });
});

Deno.test("save: every line that matches, and no empty file", () => {
  const [, effect] = update(model("3", "S"), { type: "key", key: { name: "enter" } });
  assert.ok(effect?.do === "save" && effect.text.includes("backend 1 "));
  const [none, nothing] = update(model("i", ..."zzz", "enter", "S"), {
    type: "key",
    key: { name: "enter" },
  });
  assert.equal(nothing, undefined);
  assert.match(screen(none), /Not saved: no line matches/);
});

Deno.test("scale: a number, of the one service that can", () => {
  const typing = model("c");
  assert.match(screen(typing), /replicas of backend 1/);
  assert.match(screen(pressed(typing, "backspace", "0", "enter")), /A number from 1 to 32/);
  const [, effect] = update(pressed(typing, "backspace", "3"), {
    type: "key",
    key: { name: "enter" },
  });
  assert.deepEqual(effect, {
    do: "preview",
    action: { kind: "scale", service: "backend", replicas: 3 },
  });
  assert.match(screen(pressed(typing, "1", "2")), /replicas of backend 12 /, "not 112");
  assert.match(screen(pressed(typing, "ctrl+u", "1", "0")), /replicas of backend 10 /);
  const [pasted] = update(typing, { type: "key", key: { name: "paste", text: "3\n" } });
  assert.equal(update(pasted, { type: "key", key: { name: "enter" } })[1]?.do, "preview");
  assert.match(screen(model("1", "c")), /replicas of backend 1/);
  assert.match(screen(model(":", ..."scale nginx 2", "enter")), /Only backend can have replicas/);
});

Deno.test("read-only: nothing that changes the machine is done, everything else is", () => {
  const only = { ...model("3"), readOnly: true };
  for (const { keys, changes } of KEYMAP) {
    const [next, effect] = update(only, { type: "key", key: { name: keys[0] ?? "" } });
    if (changes !== true) continue;
    assert.equal(effect, undefined, keys[0]);
    assert.match(screen(next), /Nothing can be changed from here/);
  }
  const titles = matchingCommands(only, "").map(({ title }) => title);
  assert.ok(titles.includes("doctor about backend"));
  assert.ok(!titles.some((title) => /^(restart|stop|scale|shell|start) /.test(title)), "palette");
});

Deno.test("palette: every command by its words, and what it does", () => {
  const found = (text: string) => matchingCommands(model(), text).map(({ title }) => title);
  assert.equal(found("rest back")[0], "restart backend");
  assert.deepEqual(found("no such thing"), []);
  const [asked, effect] = update(model(":", ..."restart backend"), {
    type: "key",
    key: { name: "enter" },
  });
  assert.equal(asked.service, "backend");
  assert.deepEqual(effect?.do, "preview");
  const [scaled, preview] = update(model(":", ..."scale backend 2"), {
    type: "key",
    key: { name: "enter" },
  });
  assert.ok(scaled.overlay?.kind === "confirm");
  assert.deepEqual(preview?.do, "preview");
  for (const kind of ["restart", "stop", "start"]) {
    const typed = model("3", ":", ...`${kind} everything`);
    assert.deepEqual(update(typed, { type: "key", key: { name: "enter" } })[1], {
      do: "preview",
      action: { kind, service: undefined },
    });
  }
  assert.equal(model(":", ..."level error", "enter").level, "error");
  assert.equal(model(":", ..."log of postgres", "enter").service, "postgres");
  assert.equal(model(":", ..."wrap", "enter").wrap, true);
  assert.match(screen(model(":", "z", "z", "z")), /no command has these words/);
  assert.equal(model(":", "esc").field, undefined);
});

Deno.test("mouse: the wheel turns, a click chooses a service", () => {
  const [on, effect] = update(model(), { type: "key", key: { name: "M" } });
  assert.deepEqual(effect, { do: "mouse", on: true });
  assert.equal(on.mouse, true);
  const row = screen(model()).split("\n").findIndex((line) => line.includes("backend"));
  const [clicked] = update(model(), { type: "key", key: { name: "click", row, column: 5 } });
  assert.equal(clicked.service, "backend");
  const [turned] = update(long(), { type: "key", key: { name: "wheelup", row: 0, column: 0 } });
  assert.equal(turned.offset, 3);
});

Deno.test("replicas: one row for all until they are opened", () => {
  const backend = HEALTHY[2];
  assert.ok(backend);
  const three = [1, 2, 3].map((replica) => ({ ...backend, replica }));
  const state = dashboard({ size: SIZE, containers: three });
  assert.match(screen(state), /backend ×3/);
  assert.match(screen(pressed(state, "o")), /backend 2/);
  assert.match(screen(pressed(state, "tab", "d", "G")), /rxdx-backend-3/);
});
