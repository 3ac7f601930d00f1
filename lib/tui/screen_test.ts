import assert from "node:assert/strict";
import xterm from "@xterm/headless";
import fc from "fast-check";
import { clean } from "../observe/log_line_clean.ts";
import { ANSI, plain } from "./ansi.ts";
import { characterWidth } from "./ansi_width.ts";
import { difference, Screen } from "./screen.ts";

type Terminal = InstanceType<typeof xterm.Terminal>;

function terminal(columns: number, rows: number): Terminal {
  const made = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  made.write(ANSI.alternateScreen + ANSI.wrapOff);
  return made;
}

/** What the emulator shows, trailing blanks left out. */
async function shown(on: Terminal): Promise<string[]> {
  await new Promise<void>((resolve) => on.write("", resolve));
  const { active } = on.buffer;
  return Array.from(
    { length: on.rows },
    (_, row) => active.getLine(active.viewportY + row)?.translateToString(true).trimEnd() ?? "",
  );
}

/** What a frame should look like: cut to the size, trailing blanks left out. */
function expected(frame: readonly string[], columns: number, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => {
    let line = "";
    let width = 0;
    for (const character of plain(frame[row] ?? "")) {
      width += characterWidth(character);
      if (width > columns) break;
      line += character;
    }
    return line.trimEnd();
  });
}

/** Characters that this emulator's Unicode tables and ours agree on. */
const word = fc.constantFrom(
  "a",
  "Z",
  "0",
  " ",
  "  ",
  "─",
  "●",
  "é",
  "日",
  "本",
  "\x1b[31mred\x1b[0m",
  "✗",
);
const line = fc.array(word, { maxLength: 16 }).map((parts) => parts.join(""));
const frames = fc.array(fc.array(line, { maxLength: 9 }), { minLength: 1, maxLength: 8 });

Deno.test("screen: after any sequence of frames the terminal shows the last one", async () => {
  await fc.assert(
    fc.asyncProperty(frames, async (sequence) => {
      const size = { columns: 18, rows: 7 };
      const emulator = terminal(size.columns, size.rows);
      const screen = new Screen((written) => emulator.write(written));
      for (const frame of sequence) screen.draw(frame, size);
      const last = sequence.at(-1) ?? [];
      assert.deepEqual(await shown(emulator), expected(last, size.columns, size.rows));
      emulator.dispose();
    }),
    { numRuns: 200 },
  );
});

Deno.test("screen: also when its size changes in between", async () => {
  const sizes = fc.record({
    columns: fc.integer({ min: 4, max: 30 }),
    rows: fc.integer({ min: 2, max: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.array(line, { maxLength: 9 }), sizes), {
        minLength: 1,
        maxLength: 6,
      }),
      async (steps) => {
        const emulator = terminal(20, 5);
        const screen = new Screen((written) => emulator.write(written));
        for (const [frame, size] of steps) {
          // Drawn only when the emulator has taken in what came before, as a real terminal resizes.
          await shown(emulator);
          emulator.resize(size.columns, size.rows);
          screen.draw(frame, size);
        }
        const [frame, size] = steps.at(-1) ?? [[], { columns: 1, rows: 1 }];
        assert.deepEqual(await shown(emulator), expected(frame, size.columns, size.rows));
        emulator.dispose();
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("screen: whatever a cleaned line holds, its neighbours stay as they are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 60 }), async (hostile) => {
      const emulator = terminal(20, 3);
      const titles: string[] = [];
      emulator.onTitleChange((title) => titles.push(title));
      new Screen((written) => emulator.write(written))
        .draw(["above", clean(hostile), "below"], { columns: 20, rows: 3 });
      const rows = await shown(emulator);
      assert.equal(rows[0], "above");
      assert.equal(rows[2], "below");
      assert.deepEqual(titles, []);
      assert.equal(emulator.buffer.active.type, "alternate");
      emulator.dispose();
    }),
    { numRuns: 300 },
  );
});

Deno.test("difference: nothing for the same frame, one line for one change, one write", () => {
  const size = { columns: 20, rows: 3 };
  assert.equal(difference(["a", "b"], ["a", "b"], size), "");
  const change = difference(["a", "b", "c"], ["a", "x", "c"], size);
  assert.ok(change.startsWith(ANSI.beginFrame) && change.endsWith(ANSI.endFrame));
  assert.ok(change.includes("x") && !change.includes("a") && !change.includes("c"));
  const writes: string[] = [];
  const screen = new Screen((written) => writes.push(written));
  screen.draw(["a", "b"], size);
  assert.equal(screen.draw(["a", "b"], size), 0);
  screen.invalidate();
  screen.draw(["a", "b"], size);
  assert.equal(writes.length, 2);
});
