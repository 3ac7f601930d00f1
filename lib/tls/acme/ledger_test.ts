/** Our own record of orders: on disk, readable after a crash, and stricter than any authority. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import {
  appendLedger,
  checkLedger,
  type LedgerEntry,
  nextOrderAt,
  pruneLedger,
  readLedger,
} from "./ledger.ts";
import { ledgerPath } from "./places.ts";

const DIR = "/opt/rxdx";
const NOW = new Date("2026-06-15T12:00:00Z");
const CA = "https://ca.example/directory";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const entry = (event: LedgerEntry["event"], ago: number, more: Partial<LedgerEntry> = {}) => ({
  at: new Date(NOW.getTime() - ago).toISOString(),
  event,
  directory: CA,
  names: "a.org,b.org",
  ...more,
});

const OF = { directory: CA, names: ["b.org", "a.org"], now: NOW };

Deno.test("five certificates for the same names in seven days, five failures in an hour", () => {
  const issued = [6, 5, 4, 3, 1].map((days) => entry("issued", days * DAY));
  const wait = nextOrderAt(issued, OF);
  assert.match(wait?.why ?? "", /5 certificates/);
  assert.equal(wait?.at.toISOString(), "2026-06-16T12:00:00.000Z", "when the oldest is a week old");
  assert.equal(nextOrderAt(issued.slice(1), OF), undefined);
  assert.equal(nextOrderAt([entry("issued", 8 * DAY), ...issued.slice(1)], OF), undefined);
  const failed = [50, 40, 30, 20, 10].map((minutes) => entry("failed", minutes * MINUTE));
  assert.equal(nextOrderAt(failed, OF)?.at.toISOString(), "2026-06-15T12:10:00.000Z");
  assert.equal(nextOrderAt(failed.slice(1), OF), undefined);
  assert.match(nextOrderAt([...issued, ...failed], OF)?.why ?? "", /certificates/, "the later one");
});

Deno.test("other names, another authority, orders and the future do not count", () => {
  const five = (more: Partial<LedgerEntry>) =>
    [1, 2, 3, 4, 5].map((days) => entry("issued", days * DAY, more));
  assert.equal(nextOrderAt(five({ names: "a.org" }), OF), undefined);
  assert.equal(nextOrderAt(five({ directory: "https://staging/" }), OF), undefined);
  assert.equal(nextOrderAt(five({ event: "ordered" }), OF), undefined);
  assert.equal(nextOrderAt([1, 2, 3, 4, 5].map(() => entry("issued", -90 * DAY)), OF), undefined);
});

Deno.test("written lines are read back, a torn one and nonsense are passed over", () =>
  withFakeHost({}, async (host) => {
    assert.deepEqual(await readLedger(host, DIR), []);
    await appendLedger(host, DIR, entry("ordered", 0));
    const text = await host.files.readText(ledgerPath(DIR)) ?? "";
    host.files.put(ledgerPath(DIR), `${text}null\n{"at":7}\n{"at":"2026`);
    assert.deepEqual(await readLedger(host, DIR), [entry("ordered", 0)]);
    assert.equal((await host.files.stat(`${DIR}/.rxdx/tls`))?.mode, 0o700);
  }));

Deno.test("the limit is an error that says when, and old entries go", () =>
  withFakeHost({ now: NOW.toISOString() }, async (host) => {
    for (const days of [1, 2, 3, 4, 5]) await appendLedger(host, DIR, entry("issued", days * DAY));
    await assert.rejects(checkLedger(host, DIR, OF), {
      code: "acme_limit",
      exit: 5,
      message: /2026-06-17T12:00:00\.000Z/,
    });
    await appendLedger(host, DIR, entry("issued", 500 * DAY));
    await pruneLedger(host, DIR);
    assert.equal((await readLedger(host, DIR)).length, 5);
  }));
