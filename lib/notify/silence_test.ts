/** Until when nobody is told: by command, by windows, by both, around midnight and the week's end. */
import assert from "node:assert/strict";
import { parseDuration, silencedUntil } from "./silence.ts";

/** Local time, as windows have it; 15 March 2026 is a Sunday. */
const at = (day: number, hours: number, minutes = 0) => new Date(2026, 2, day, hours, minutes);
const none = { silence: null };
const until = (windows: readonly string[], now: Date, state: typeof none | Silence = none) =>
  silencedUntil(state, windows, now)?.getTime();
type Silence = { silence: { from: string; until: string; reason: string } };
const said = (from: Date, to: Date): Silence => ({
  silence: { from: from.toISOString(), until: to.toISOString(), reason: "" },
});

Deno.test("a window: from its first minute to the one after its last", () => {
  const windows = ["sun 02:00-04:00"];
  assert.equal(until(windows, at(15, 1, 59)), undefined);
  assert.equal(until(windows, at(15, 2)), at(15, 4).getTime());
  assert.equal(until(windows, new Date(at(15, 3, 59).getTime() + 59_999)), at(15, 4).getTime());
  assert.equal(until(windows, at(15, 4)), undefined);
  assert.equal(until(windows, at(16, 3)), undefined);
});

Deno.test("past midnight, and past the end of the week", () => {
  assert.equal(until(["mon-fri 22:00-06:00"], at(17, 5)), at(17, 6).getTime());
  assert.equal(until(["mon-fri 22:00-06:00"], at(16, 5)), undefined, "Sunday night is not one");
  assert.equal(until(["sat 23:00-01:00"], at(15, 0, 30)), at(15, 1).getTime());
});

Deno.test("what was said, and windows that go on from there, are one silence", () => {
  const state = said(at(14, 20), at(15, 3));
  assert.equal(until([], at(15, 1), state), at(15, 3).getTime());
  assert.equal(
    until(["sun 02:00-04:00", "sun 04:00-05:00"], at(15, 1), state),
    at(15, 5).getTime(),
  );
  assert.equal(until([], at(15, 3), state), undefined);
});

Deno.test("a whole week of windows ends the question, not the program", () => {
  const end = until(["daily 00:00-24:00"], at(15, 1));
  assert.ok(end !== undefined && end > at(16, 0).getTime());
});

Deno.test("durations", () => {
  const minute = 60_000;
  assert.equal(parseDuration("30m"), 30 * minute);
  assert.equal(parseDuration("2h"), 120 * minute);
  assert.equal(parseDuration("1d12h5m"), (36 * 60 + 5) * minute);
  assert.equal(parseDuration("30d"), 30 * 24 * 60 * minute);
  for (const text of ["", "0m", "31d", "2", "2 h", "-2h", "2h!", "h", "1.5h", "2m2h"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});
