/** Weekly windows and intervals: what is taken, what is not, what is guessed. */
import assert from "node:assert/strict";
import { parseSilence, silenceWindow, timerMinutes } from "./rules_alerts.ts";

const DAY = 24 * 60;

Deno.test("windows: one day, a range of days, over the weekend, every day, past midnight", () => {
  assert.deepEqual(parseSilence("sun 02:00-04:00"), { starts: [120], length: 120 });
  assert.deepEqual(parseSilence("mon-wed 22:00-06:00"), {
    starts: [DAY + 1320, 2 * DAY + 1320, 3 * DAY + 1320],
    length: 480,
  });
  assert.deepEqual(parseSilence("sat-sun 00:00-24:00"), { starts: [6 * DAY, 0], length: DAY });
  assert.equal(parseSilence("daily 03:00-03:30")?.starts.length, 7);
});

Deno.test("no windows", () => {
  const wrong = [
    "",
    "sun",
    "02:00-04:00",
    "sun 2:00-4:00",
    "sunday 02:00-04:00",
    "sun 02:00-02:00",
    "sun 24:00-02:00",
    "sun 02:60-04:00",
    "sun 02:00-24:01",
    "sun 02:00 - 04:00",
    "foo 02:00-04:00",
    "sun-foo 02:00-04:00",
    "daily-mon 02:00-04:00",
    "sun 02:00-04:00\n",
  ];
  for (const text of wrong) assert.equal(parseSilence(text), undefined, JSON.stringify(text));
});

Deno.test("what was meant is guessed", () => {
  const guesses: readonly (readonly [string, string])[] = [
    ["Sunday 2:00-4:00", "sun 02:00-04:00"],
    ["sun 02:00 - 04:00", "sun 02:00-04:00"],
    ["MON - FRI  22:00-06:00", "mon-fri 22:00-06:00"],
  ];
  for (const [given, meant] of guesses) assert.equal(silenceWindow.suggest?.(given), meant);
});

Deno.test("the timer's interval divides an hour", () => {
  const good = Array.from({ length: 61 }, (_, minutes) => minutes).filter(timerMinutes.holds);
  assert.deepEqual(good, [0, 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30]);
  assert.equal(timerMinutes.holds(2.5), false);
});
