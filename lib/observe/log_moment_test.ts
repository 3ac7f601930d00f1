import assert from "node:assert/strict";
import { momentOf } from "./log_moment.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

function iso(text: string): string | undefined {
  const at = momentOf(text, NOW);
  return at === undefined ? undefined : new Date(at).toISOString();
}

Deno.test("moment: how long ago", () => {
  assert.equal(iso("10m"), "2026-03-01T11:50:00.000Z");
  assert.equal(iso(" 2h30m "), "2026-03-01T09:30:00.000Z");
  assert.equal(iso("1w1d"), "2026-02-21T12:00:00.000Z");
  assert.equal(iso("0s"), "2026-03-01T12:00:00.000Z");
  assert.equal(iso("9999999w"), "1970-01-01T00:00:00.000Z");
});

Deno.test("moment: a date with a zone", () => {
  assert.equal(iso("2026-01-31T08:00Z"), "2026-01-31T08:00:00.000Z");
  assert.equal(iso("2026-01-31 08:00:30.25+02:00"), "2026-01-31T06:00:30.250Z");
  assert.equal(iso("2026-01-31T23:00:00-0130"), "2026-02-01T00:30:00.000Z");
});

Deno.test("moment: a date without one is meant in the machine's own", () => {
  assert.equal(momentOf("2026-01-31", NOW), new Date(2026, 0, 31).getTime());
  assert.equal(momentOf("2026-07-31T08:00", NOW), new Date(2026, 6, 31, 8).getTime());
});

Deno.test("moment: what is none", () => {
  for (
    const text of [
      "",
      "10",
      "m",
      "-5m",
      "10 m",
      "yesterday",
      "2026-02-30",
      "2026-13-01",
      "2026-01-31T25:00",
      "2026-01-31T08",
      "31.01.2026",
      "2026-01-31Z",
    ]
  ) assert.equal(momentOf(text, NOW), undefined, text);
});
