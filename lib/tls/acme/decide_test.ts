/** When a certificate is renewed, moment by moment; whole years are in `time_travel_test.ts`. */
import assert from "node:assert/strict";
import { BACK_OFF_MS, chooseMoment, decide, renewalAt, retryAt, usualRenewal } from "./decide.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const at = (days: number) => new Date(START + days * DAY);
const life = (days: number) => ({ notBefore: at(0), notAfter: at(days) });

Deno.test("with a third of the life left, half of it where that is under ten days", () => {
  for (
    const [days, renewed] of [[90, 60], [45, 30], [10, 10 * 2 / 3], [9.9, 4.95], [6, 3]] as const
  ) {
    assert.equal(usualRenewal(life(days)).getTime(), START + renewed * DAY, `${days} days`);
  }
});

Deno.test("the authority's wish comes first, unless most of the reserve would be gone", () => {
  const wish = (from: number, to: number, chosen: number) => ({
    start: at(from),
    end: at(to),
    chosen: at(chosen),
  });
  assert.deepEqual(renewalAt(life(90), wish(5, 6, 5.5)), at(5.5));
  assert.deepEqual(renewalAt(life(90), wish(65, 70, 68)), at(68));
  assert.deepEqual(renewalAt(life(90), wish(88, 89, 88.5)), at(80));
  assert.deepEqual(renewalAt(life(90), undefined), at(60));
});

Deno.test("any moment of the window may be chosen", () => {
  const window = { start: at(0), end: at(2) };
  assert.deepEqual([0, 0.5, 0.999].map((x) => chooseMoment(window, x).getTime()), [
    START,
    START + DAY,
    START + 0.999 * 2 * DAY,
  ]);
});

Deno.test("pauses grow from a minute to a day, and shrink near the end", () => {
  const pauses = [1, 2, 3, 4, 9].map((failures) => retryAt(at(0), failures).getTime() - START);
  assert.deepEqual(pauses, [...BACK_OFF_MS, DAY]);
  assert.equal(retryAt(at(0), 9, 3 * DAY).getTime() - START, 3 * DAY / 8);
  assert.equal(retryAt(at(0), 9, 0).getTime() - START, 100 * 60_000);
  assert.equal(retryAt(at(0), 1, 0).getTime() - START, 60_000);
});

const INPUT = {
  lifetime: life(90),
  issuedAt: at(0),
  window: undefined,
  skewMs: undefined,
  nextAttemptAt: undefined,
};

Deno.test("due or not, a pause after a failure, and a pause from the future", () => {
  assert.deepEqual(decide({ ...INPUT, now: at(59) }), {
    kind: "wait",
    until: at(60),
    why: "not_due",
  });
  assert.deepEqual(decide({ ...INPUT, now: at(60) }), { kind: "renew" });
  assert.deepEqual(decide({ ...INPUT, now: at(61), nextAttemptAt: at(61.5) }), {
    kind: "wait",
    until: at(61.5),
    why: "back_off",
  });
  const far = decide({ ...INPUT, now: at(61), nextAttemptAt: at(150) });
  assert.deepEqual(far, { kind: "wait", until: at(62), why: "back_off" });
});

Deno.test("a clock that says the new certificate is at its end is not believed", () => {
  const wrong = decide({ ...INPUT, now: at(95), issuedAt: at(94.9) });
  assert.equal(wrong.kind === "wait" ? wrong.why : "", "clock");
  assert.deepEqual(decide({ ...INPUT, now: at(95), issuedAt: at(94.9), skewMs: 95 * DAY }), {
    kind: "wait",
    until: at(155),
    why: "not_due",
  });
});
