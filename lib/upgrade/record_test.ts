/** Records of upgrades as they are found: whole, foreign, in each phase. */
import assert from "node:assert/strict";
import { samplePlan } from "../../tests/support/samples.ts";
import {
  fromTo,
  parseRecord,
  type Phase,
  recordText,
  unfinishedFinding,
  unfinishedText,
  type UpgradeRecord,
} from "./record.ts";

const version = (name: string, setup = "0.1.0") => ({
  version: name,
  setup,
  images: { backend: { image: `rxdx/backend:${name}`, id: `sha256:${name}` } },
  settings: samplePlan().answers.images,
});

function record(phase: Phase): UpgradeRecord {
  return {
    schema: 1,
    started_at: "2026-03-14T10:15:00.000Z",
    phase,
    from: version("1.0.0"),
    to: version("1.1.0"),
    touches_data: true,
  };
}

Deno.test("what was written is read back; what is none is nothing", () => {
  assert.deepEqual(parseRecord(recordText(record("swapping"))), record("swapping"));
  const bad = [
    "",
    "null",
    "7",
    "{}",
    '{"schema":2}',
    JSON.stringify({ ...record("swapping"), phase: "?" }),
  ];
  for (const text of [undefined, ...bad]) assert.equal(parseRecord(text), undefined, String(text));
});

Deno.test("each phase says how far it came, and what goes on with it", () => {
  assert.match(unfinishedText(record("preparing")), /nothing that runs was changed so far/);
  assert.match(unfinishedText(record("swapping")), /in the middle of the change/);
  assert.match(unfinishedText(record("returning")), /failed, and the way back/);
  assert.match(unfinishedText(record("committed")), /but for its last step/);
  assert.match(unfinishedText(record("rolling-back")), /rollback to 1\.0\.0/);
  const at = (time: string) => new Date(`2026-03-14T${time}Z`);
  const now = at("10:20:00");
  assert.equal(unfinishedFinding(record("rolling-back"), now)?.hint, "rxdx-setup rollback");
  assert.match(unfinishedFinding(record("swapping"), now)?.hint ?? "", /upgrade; or back/);
  assert.equal(unfinishedFinding(record("swapping"), now)?.fresh, true);
  assert.equal(unfinishedFinding(record("swapping"), at("11:20:00"))?.fresh, false);
  assert.equal(unfinishedFinding(undefined, now), undefined);
});

Deno.test("the same name twice tells what is newer", () => {
  assert.equal(fromTo(record("swapping")), "1.0.0 → 1.1.0");
  assert.match(fromTo({ from: version("1.0"), to: version("1.0") }), /newer content/);
  assert.equal(
    fromTo({ from: version("1.0", "0.1.0"), to: version("1.0", "0.2.0") }),
    "rxdx-setup 0.1.0 → 0.2.0",
  );
});
