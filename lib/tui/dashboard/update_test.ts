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
import { palette } from "../widgets/palette.ts";
import { KEYMAP } from "./keymap.ts";
import type { DashboardModel } from "./model.ts";
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

/** A log that is much longer than a page: `line 0` … `line 499`. */
function long(...keys: readonly string[]): DashboardModel {
  const lines = Array.from({ length: 500 }, (_, index) => said(500 - index, `line ${index}`));
  return dashboard({ size: SIZE, containers: HEALTHY, logs: { backend: lines }, keys });
}

function shown(state: DashboardModel): string[] {
  return view(state, palette(false)).flatMap((line) => /line \d+/.exec(line) ?? []);
}

Deno.test("keys: every key of the table has one meaning, and every meaning is handled", () => {
  const keys = KEYMAP.flatMap((each) => each.keys);
  assert.equal(new Set(keys).size, keys.length, "a key is bound twice");
  for (const key of keys) {
    const before = long("up", "up");
    const [next, effect] = update(before, { type: "key", key: { name: key } });
    const state = (of: DashboardModel) => JSON.stringify({ ...of, logs: 0, frozen: !!of.frozen });
    // Four services: there is no fifth; and what is at its start already cannot go back there.
    const nothing = ["5", "6", "7", "8", "9", "left"].includes(key);
    assert.equal(state(next) !== state(before) || effect !== undefined, !nothing, key);
  }
});

Deno.test("keys: quitting, suspending and redrawing are effects", () => {
  const effect = (name: string, from = model()) => update(from, { type: "key", key: { name } })[1];
  assert.equal(effect("q"), "quit");
  assert.equal(effect("ctrl+c"), "quit");
  assert.equal(effect("ctrl+z"), "suspend");
  assert.equal(effect("f"), "redraw");
  assert.equal(effect("x"), undefined);
  for (const open of [model("?"), model("p"), model("/")]) {
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

Deno.test("find: filters while typing; enter keeps, esc takes back what was there", () => {
  const typing = model("/", "s", "l", "o");
  assert.equal(typing.text, "slo");
  assert.ok(typing.find !== undefined);
  const kept = pressed(typing, "enter");
  assert.equal(kept.text, "slo");
  assert.equal(kept.find, undefined);
  assert.equal(pressed(kept, "/", "x", "esc").text, "slo");
  assert.equal(pressed(typing, "q").text, "sloq", "a letter is a letter here");
  const [pasted] = update(model("/"), { type: "key", key: { name: "paste", text: "a\nb" } });
  assert.equal(pasted.text, "a b");
});

Deno.test("esc: takes back the text, then the filters, then the pause", () => {
  let state = pressed(model("3", "l", "/", "x", "enter"), "up");
  state = pressed(state, "esc");
  assert.deepEqual([state.text, state.service], ["", "backend"]);
  state = pressed(state, "esc");
  assert.deepEqual([state.level, state.service], [undefined, undefined]);
  assert.ok(state.frozen !== undefined);
  assert.equal(pressed(state, "esc").frozen, undefined);
});

Deno.test("esc and a key that arrive together are esc and that key", () => {
  const state = pressed(model("3"), "alt+/");
  assert.equal(state.service, undefined);
  assert.ok(state.find !== undefined);
});

Deno.test("scrolling: up pauses, the end follows again, the edges hold", () => {
  const page = shown(long()).length;
  assert.equal(shown(long()).at(-1), "line 499");
  const up = long("up", "k");
  assert.equal(shown(up).at(-1), "line 497");
  assert.ok(up.frozen !== undefined);
  assert.equal(pressed(up, "down", "j").frozen, undefined);
  assert.equal(shown(pressed(up, "G")).at(-1), "line 499");
  const top = long("g");
  assert.equal(shown(top)[0], "line 0");
  assert.equal(shown(top).length, page, "the first page is a full one");
  assert.deepEqual(shown(pressed(top, "up", "pageup")), shown(top));
  assert.equal(shown(pressed(top, "pagedown"))[0], `line ${page - 1}`, "one line is kept");
  assert.equal(shown(pressed(top, "pagedown", "pageup"))[0], "line 0");
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
  const filtered = pressed(top, "/", "4", "9", "9");
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
  assert.equal(pressed(help, "p").overlay, "problems");
});

Deno.test("help: names every key of the table", () => {
  const tall = dashboard({ size: { columns: 100, rows: 80 }, keys: ["?"] });
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

Deno.test("status: facts that cannot be refreshed stay, and say so until they can", () => {
  const [failed] = update(model(), { type: "status_failed", reason: "psql is not there" });
  assert.ok(failed.status !== undefined);
  const text = (of: DashboardModel) => view(of, palette(false)).join("\n");
  assert.match(text(failed), /not up to date: psql is not there/);
  const [again] = update(failed, { type: "status", status: statusDocument() });
  assert.doesNotMatch(text(again), /not up to date/);
});
