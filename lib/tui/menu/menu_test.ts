import assert from "node:assert/strict";
import { plain } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import { palette } from "../widgets/palette.ts";
import { menuKey, type MenuModel, menuView } from "./menu.ts";

const MODEL: MenuModel = {
  title: "RxDx in /opt/rxdx",
  state: { text: "4 of 4 services healthy", good: true },
  choices: [
    { value: "status", label: "Status", hint: "the live dashboard" },
    { value: "quit", label: "Quit" },
  ],
  at: 0,
};

const press = (...names: string[]) => {
  let model: MenuModel | "chosen" | "leave" = MODEL;
  for (const name of names) if (typeof model === "object") model = menuKey(model, { name });
  return model;
};

Deno.test("menu: moving stays within it, enter chooses, q, esc and ctrl-c leave", () => {
  assert.deepEqual(press("down"), { ...MODEL, at: 1 });
  assert.deepEqual(press("down", "down", "up", "up", "up"), MODEL);
  assert.deepEqual(press("2"), { ...MODEL, at: 1 });
  assert.deepEqual(press("9"), MODEL);
  assert.equal(press("down", "enter"), "chosen");
  for (const name of ["q", "esc", "ctrl+c"]) assert.equal(press(name), "leave");
});

Deno.test("menu: every line fits, however small the terminal is", () => {
  for (const [columns, rows] of [[120, 40], [80, 24], [30, 6], [12, 3]] as const) {
    const lines = menuView(MODEL, { columns, rows }, palette(true));
    assert.equal(lines.length, rows);
    for (const line of lines) assert.ok(textWidth(plain(line)) <= columns, line);
  }
  const text = menuView(MODEL, { columns: 80, rows: 24 }, palette(false)).join("\n");
  assert.match(text, /● 4 of 4 services healthy/);
  assert.match(text, /❯ Status {3}the live dashboard/);
});
