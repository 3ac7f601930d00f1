import assert from "node:assert/strict";
import type { RawInput, TerminalHost } from "../host/types.ts";
import { ANSI } from "./ansi.ts";
import { canShowFullScreen, TerminalGuard } from "./terminal_guard.ts";

interface Recorded {
  readonly terminal: TerminalHost;
  readonly log: string[];
  gone: boolean;
}

function recorded(): Recorded {
  const log: string[] = [];
  const state: Recorded = {
    log,
    gone: false,
    terminal: {
      stdinIsTerminal: true,
      hasKeyboard: true,
      stdoutIsTerminal: true,
      stderrIsTerminal: true,
      size: () => ({ columns: 80, rows: 24 }),
      out: (text) => {
        if (state.gone) throw new Error("EIO");
        log.push(text);
      },
      err: () => undefined,
      input: () => Promise.resolve(""),
      lines: () => ({ read: () => Promise.resolve(undefined), close: () => undefined }),
      raw: (): RawInput => {
        log.push("raw");
        return {
          chunks: (async function* () {})(),
          close: () => {
            log.push("cooked");
            if (state.gone) throw new Error("EIO");
          },
        };
      },
      onResize: () => () => undefined,
      onSignal: () => () => undefined,
      onReaderGone: () => () => undefined,
      onCrash: () => () => undefined,
    },
  };
  return state;
}

Deno.test("guard: whatever is switched on is switched off, once", () => {
  const { terminal, log } = recorded();
  const guard = new TerminalGuard(terminal);
  assert.ok(guard.enter() !== undefined);
  assert.equal(guard.enter(), undefined, "it cannot be taken twice");
  guard.leave();
  guard.leave();
  const [, entering = "", leaving = "", last] = log;
  const pairs = [
    [ANSI.alternateScreen, ANSI.primaryScreen],
    [ANSI.hideCursor, ANSI.showCursor],
    [ANSI.wrapOff, ANSI.wrapOn],
    [ANSI.bracketedPasteOn, ANSI.bracketedPasteOff],
  ] as const;
  for (const [on, off] of pairs) {
    assert.ok(entering.includes(on), JSON.stringify(on));
    assert.ok(leaving.includes(off), JSON.stringify(off));
  }
  assert.equal(last, "cooked");
  assert.equal(log.length, 4);
});

Deno.test("guard: it can be taken again after it was left (Ctrl-Z, fg)", () => {
  const { terminal, log } = recorded();
  const guard = new TerminalGuard(terminal);
  const first = guard.enter();
  guard.leave();
  const second = guard.enter();
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(guard.holds(first), false);
  assert.equal(guard.holds(second), true);
  guard.leave();
  assert.equal(log.filter((each) => each === "cooked").length, 2);
});

Deno.test("guard: a terminal that is gone does not make leaving fail", () => {
  const state = recorded();
  const guard = new TerminalGuard(state.terminal);
  guard.enter();
  state.gone = true;
  guard.leave();
  assert.equal(guard.entered, false);
});

Deno.test("guard: where a full-screen view makes sense", () => {
  const { terminal } = recorded();
  assert.equal(canShowFullScreen(terminal, { TERM: "xterm-256color" }), true);
  assert.equal(canShowFullScreen(terminal, { TERM: "dumb" }), false);
  assert.equal(canShowFullScreen(terminal, {}), false);
  assert.equal(canShowFullScreen({ ...terminal, stdoutIsTerminal: false }, { TERM: "x" }), false);
});
