/**
 * Four hundred days of a certificate, in a second: the timer comes every quarter of an hour, the authority
 * fails now and then or is down for days, and the machine's clock is wrong. What must hold: a certificate
 * that is valid by the right clock is always there, and no authority ever sees a storm of orders.
 */
import assert from "node:assert/strict";
import { chooseMoment, decide, retryAt, type SuggestedWindow } from "./decide.ts";
import { type LedgerEntry, nextOrderAt } from "./ledger.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.parse("2026-01-01T00:00:00Z");
const NAMES = ["rxdx.example.com"];
const DIRECTORY = "https://ca.example/directory";

/** mulberry32: the same days in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface World {
  readonly lifetimeDays: number;
  /** Milliseconds by which the machine's clock is ahead, at a true time since the start. */
  readonly skew: (since: number) => number;
  /** True when the authority answers. */
  readonly up: (since: number) => boolean;
  /** Share of orders that fail. */
  readonly failing: number;
  /** It has renewal information (ARI). */
  readonly ari: boolean;
  /** Answers carry the time. */
  readonly dated: boolean;
  /** It wishes to have certificates replaced early from this true time on (a revocation to come). */
  readonly revokeAt?: number;
}

interface Life {
  readonly orders: number[];
  /** True time in which no valid certificate was there, ms. */
  readonly lapsed: number;
  /** Most orders in any 7 days of true time, and in any hour. */
  readonly week: number;
  readonly hour: number;
}

function most(times: readonly number[], span: number): number {
  return Math.max(0, ...times.map((at) => times.filter((t) => t >= at && t < at + span).length));
}

function live(world: World, days = 400): Life {
  const random = randomFrom(world.lifetimeDays * 1000 + days);
  const lifetime = world.lifetimeDays * DAY;
  // Issued in the first second, as `init` does.
  let certificate = { notBefore: START - HOUR, notAfter: START - HOUR + lifetime };
  let issuedAt = START + world.skew(0);
  let skewMs: number | undefined = world.dated ? world.skew(0) : undefined;
  let window: SuggestedWindow | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let nextAttemptAt: Date | undefined;
  const ledger: LedgerEntry[] = [];
  const orders: number[] = [];
  let lapsed = 0;
  const step = 15 * MINUTE;
  for (let since = 0; since < days * DAY; since += step) {
    const truth = START + since;
    const now = new Date(truth + world.skew(since));
    if (truth > certificate.notAfter) lapsed += step;
    const up = world.up(since);
    const age = now.getTime() - askedAt;
    if (up && (age < 0 || age >= 11 * HOUR)) {
      askedAt = now.getTime();
      if (world.dated) skewMs = world.skew(since);
      if (world.ari) {
        const early = world.revokeAt !== undefined && since >= world.revokeAt &&
          certificate.notBefore < START + world.revokeAt;
        const third = certificate.notAfter - lifetime / 3;
        const start = early ? truth - DAY : third - lifetime / 50;
        const end = early ? truth - HOUR : third + lifetime / 50;
        if (window === undefined || window.start.getTime() !== start) {
          const wish = { start: new Date(start), end: new Date(end) };
          window = { ...wish, chosen: chooseMoment(wish, random()) };
        }
      }
    }
    const decision = decide({
      now,
      lifetime: {
        notBefore: new Date(certificate.notBefore),
        notAfter: new Date(certificate.notAfter),
      },
      issuedAt: new Date(issuedAt),
      window,
      skewMs,
      nextAttemptAt,
    });
    if (decision.kind === "wait") continue;
    const caNow = new Date(now.getTime() - (skewMs ?? 0));
    const limit = nextOrderAt(ledger, { directory: DIRECTORY, names: NAMES, now: caNow });
    if (limit !== undefined) continue;
    const note = (event: LedgerEntry["event"]) =>
      ledger.push({ at: caNow.toISOString(), event, directory: DIRECTORY, names: NAMES.join(",") });
    const failed = !up || random() < world.failing;
    if (up) {
      orders.push(truth);
      note("ordered");
    }
    if (failed) {
      if (up) note("failed");
      failures++;
      nextAttemptAt = retryAt(now, failures, certificate.notAfter - caNow.getTime());
      continue;
    }
    note("issued");
    certificate = { notBefore: truth - HOUR, notAfter: truth - HOUR + lifetime };
    issuedAt = now.getTime();
    if (world.dated) skewMs = world.skew(since);
    window = undefined;
    askedAt = Number.NEGATIVE_INFINITY;
    failures = 0;
    nextAttemptAt = undefined;
  }
  return { orders, lapsed, week: most(orders, 7 * DAY), hour: most(orders, HOUR) };
}

const CALM = { skew: () => 0, up: () => true, failing: 0, dated: true } as const;

/** A wrong clock from the hundredth day, put right after another hundred. */
const wrongFor = (by: number) => (since: number) =>
  since >= 100 * DAY && since < 200 * DAY ? by : 0;

const SKEWS: Readonly<Record<string, (since: number) => number>> = {
  "right": () => 0,
  "+1 d": () => DAY,
  "-1 d": () => -DAY,
  "+90 d": () => 90 * DAY,
  "-90 d": () => -90 * DAY,
  "+1 d for a time": wrongFor(DAY),
  "-1 d for a time": wrongFor(-DAY),
  "+90 d for a time": wrongFor(90 * DAY),
  "-90 d for a time": wrongFor(-90 * DAY),
};

/** As many as a lifetime needs, and a third more for wishes, jitter and failures. */
function enough(lifetimeDays: number): number {
  const every = lifetimeDays < 10 ? lifetimeDays / 2 : lifetimeDays * 2 / 3;
  return Math.ceil(400 / every * 4 / 3) + 2;
}

for (const lifetimeDays of [90, 45, 6]) {
  for (const ari of [true, false]) {
    for (const dated of [true, false]) {
      for (const [name, skew] of Object.entries(SKEWS)) {
        // Six days and a clock that is ninety days off, with nobody who tells the time: no decision by
        // that clock can be right. What can be asked is that no storm follows.
        const hopeless = !dated && /90 d/.test(name);
        const title = `400 days of ${lifetimeDays}-day certificates, clock ${name}${
          ari ? ", ARI" : ""
        }${dated ? "" : ", no time from the authority"}`;
        Deno.test(title, () => {
          const life = live({ ...CALM, lifetimeDays, ari, dated, skew });
          if (!hopeless) assert.equal(life.lapsed, 0, "never expired");
          assert.ok(life.orders.length <= enough(lifetimeDays), `${life.orders.length} orders`);
          assert.ok(life.orders.length >= 400 / lifetimeDays - 2 || hopeless);
          assert.ok(life.week <= 5, `${life.week} orders in a week`);
        });
      }
    }
  }
}

Deno.test("one in two orders fails: never expired, pauses and limits kept", () => {
  for (const lifetimeDays of [90, 45, 6]) {
    const life = live({ ...CALM, lifetimeDays, ari: true, failing: 0.5 });
    assert.equal(life.lapsed, 0, `${lifetimeDays} days`);
    assert.ok(life.hour <= 5, `${life.hour} orders in an hour`);
  }
});

Deno.test("an authority that is down for a while: tried every day at most, and no certificate lapses", () => {
  for (const [lifetimeDays, downDays] of [[90, 20], [45, 10], [6, 1.5]] as const) {
    const life = live({
      ...CALM,
      lifetimeDays,
      ari: false,
      up: (since) => since % (60 * DAY) > downDays * DAY || since < DAY,
    });
    assert.equal(life.lapsed, 0, `${lifetimeDays} days, down for ${downDays}`);
    assert.ok(life.orders.length <= enough(lifetimeDays));
  }
});

Deno.test("every order fails for a month: one a day, not more, and then it is renewed", () => {
  const life = live({
    ...CALM,
    lifetimeDays: 90,
    ari: false,
    up: (since) => since < 50 * DAY || since > 85 * DAY,
  });
  assert.equal(life.lapsed, 0);
});

Deno.test("a wish to renew at once is followed within a day", () => {
  const life = live({ ...CALM, lifetimeDays: 90, ari: true, revokeAt: 10 * DAY });
  const first = ((life.orders[0] ?? 0) - START) / DAY;
  assert.ok(first >= 10 && first < 11, `${first}`);
});
