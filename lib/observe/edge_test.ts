import assert from "node:assert/strict";
import fc from "fast-check";
import { EdgeMeter, WINDOW } from "./edge.ts";
import { CLASSES, count, percentiles } from "./edge_histogram.ts";
import logTemplate from "../../templates/nginx/partials/log.eta" with { type: "text" };

const BEGIN = Date.UTC(2026, 2, 1, 10);

interface Sample {
  readonly at?: number;
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly took?: number;
  readonly agent?: string;
  readonly upstream?: string;
}

/** A line as nginx writes it by our template, with the daemon's stamp. */
function access(sample: Sample = {}): string {
  const values: Record<string, string> = {
    time_iso8601: "2026-03-01T10:00:00+00:00",
    remote_addr: "192.0.2.7",
    request_method: sample.method ?? "GET",
    request_path: sample.uri ?? "/api/v1/requirements",
    server_protocol: "HTTP/2.0",
    log_status: String(sample.status ?? 200),
    bytes_sent: "1234",
    request_time: ((sample.took ?? 12) / 1_000).toFixed(3),
    host: "rxdx.example.com",
    ssl_protocol: "TLSv1.3",
    http_user_agent: sample.agent ?? "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101",
    upstream_addr: "172.18.0.4:8000",
    upstream_status: "200",
    upstream_response_time: sample.upstream ?? "0.010",
  };
  const format = /log_format json escape=json\n([\s\S]*?);/.exec(logTemplate)?.[1] ?? "";
  const pattern = [...format.matchAll(/'([^']*)'/g)].map((each) => each[1]).join("");
  const text = pattern.replace("<%= it.requestId %>", "0123456789abcdef0123456789abcdef")
    .replace(/\$(\w+)/g, (_, name: string) => {
      const value = values[name];
      assert.ok(value !== undefined, `the template has a new variable ${name}`);
      return JSON.stringify(value).slice(1, -1);
    });
  JSON.parse(text);
  const stamp = new Date(BEGIN + (sample.at ?? 0)).toISOString().replace("Z", "456789Z");
  return `${stamp} ${text}`;
}

/** Figures two seconds after the beginning, so that the first two are complete. */
function figuresOf(samples: readonly Sample[], atMs = 2_000) {
  const meter = new EdgeMeter();
  for (const each of samples) assert.equal(meter.add(access(each)), true);
  return meter.figures(BEGIN + atMs);
}

Deno.test("edge: requests, errors of both kinds, rates", () => {
  const figures = figuresOf([
    { status: 200 },
    { status: 503, at: 10 },
    { status: 404, at: 1_000 },
    { status: 304, at: 1_999 },
    { status: 0 },
  ]);
  assert.equal(figures.seconds, 2);
  assert.equal(figures.requests, 5);
  assert.equal(figures.perSecond, 2.5);
  assert.deepEqual([figures.serverErrors, figures.serverErrorShare], [1, 0.2]);
  assert.deepEqual([figures.clientErrors, figures.clientErrorShare], [1, 0.2]);
  assert.deepEqual(figures.history.slice(-2), [3, 2]);
  assert.equal(figures.history.length, WINDOW);
});

Deno.test("edge: only complete seconds count, and only the last minute of them", () => {
  const meter = new EdgeMeter();
  for (let second = 0; second < 300; second++) {
    for (let each = 0; each <= second % 3; each++) meter.add(access({ at: second * 1_000 + each }));
  }
  const figures = meter.figures(BEGIN + 299_500);
  assert.equal(figures.seconds, WINDOW);
  assert.equal(figures.requests, 20 * (1 + 2 + 3));
  assert.deepEqual(figures.history, Array.from({ length: WINDOW }, (_, at) => (239 + at) % 3 + 1));
  assert.equal(figures.perSecond, 2);
  const quiet = meter.figures(BEGIN + 3_600_000);
  assert.deepEqual(
    [quiet.seconds, quiet.requests, quiet.durations, quiet.slowest],
    [WINDOW, 0, undefined, undefined],
  );
});

Deno.test("edge: nothing is known before the first line", () => {
  const figures = new EdgeMeter().figures(BEGIN);
  assert.deepEqual([figures.seconds, figures.perSecond, figures.recentPerSecond], [0, 0, 0]);
});

Deno.test("edge: a burst shows at once in the rate of the last ten seconds", () => {
  const samples = Array.from({ length: 100 }, (_, at) => ({ at: 59_000 + at }));
  const figures = figuresOf([{ at: 0 }, ...samples], 60_000);
  assert.equal(figures.recentPerSecond, 10);
  assert.ok(Math.abs(figures.perSecond - 101 / 60) < 1e-9);
});

Deno.test("edge: the slowest request, printable; a WebSocket's hours are not a duration", () => {
  const figures = figuresOf([
    { uri: "/fast", took: 5 },
    { uri: "/slow/\x1b[2J\u202e", method: "POST", took: 2_500, status: 504, at: 1_200 },
    { uri: "/ws", took: 7_200_000, status: 101 },
  ]);
  assert.deepEqual(figures.slowest, {
    method: "POST",
    path: "/slow/\\u001b[2J",
    status: 504,
    took: 2_500,
    at: BEGIN + 1_200,
  });
  assert.equal(figures.requests, 3);
  assert.ok((figures.durations?.p99 ?? 0) < 2_700);
  const long = figuresOf([{ uri: `/${"x".repeat(5_000)}` }]).slowest?.path ?? "";
  assert.equal(long.length, 200);
});

Deno.test("edge: the application's part, over several attempts", () => {
  const p50 = (upstream: string) => figuresOf([{ upstream }]).upstream?.p50;
  const near = (found: number | undefined, exact: number) =>
    assert.ok(Math.abs((found ?? 0) - exact) <= exact * 0.05, `${found} for ${exact}`);
  near(p50("0.100"), 100);
  near(p50("0.100, 1.000"), 1_100);
  near(p50("0.100 : 0.300"), 400);
  near(p50("-, 0.300"), 300);
  assert.equal(p50("0.000"), 0);
  assert.equal(p50("-"), undefined);
  assert.equal(p50(""), undefined);
});

Deno.test("edge: a client cannot forge a field", () => {
  const forged = '","status":500,"request_time":99.000,"x":"';
  const figures = figuresOf([
    { uri: `/a${forged}`, agent: forged },
    { uri: '/","protocol":"x","status":503', agent: '\\","request_time":99.0' },
  ]);
  assert.equal(figures.serverErrors, 0);
  assert.ok((figures.slowest?.took ?? 99_000) < 100);
});

Deno.test("edge: other lines are passed over", () => {
  const meter = new EdgeMeter();
  for (
    const line of [
      "",
      "{",
      access().slice(31),
      "2026-03-01T10:00:00.123456789Z 2026/03/01 10:00:00 [error] 7#7: *1 upstream timed out",
      '2026-03-01T10:00:00.123456789Z {"level":"info","message":"x","status":500}',
      access().replace('"request_time":0.012', '"request_time":"soon"'),
      access().replace('"status":200', '"status":-'),
      access().slice(0, 120),
    ]
  ) assert.equal(meter.add(line), false, line);
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(400), (text, cut) => {
    meter.add(text);
    meter.add(access().slice(0, cut) + text);
    meter.add(access() + text);
  }));
  meter.figures(BEGIN);
});

Deno.test("edge: a second that is long gone does not come back", () => {
  const figures = figuresOf([{ at: 64_000 }, { at: 0 }, { at: 64_100 }], 65_000);
  assert.equal(figures.requests, 2);
});

Deno.test("edge: percentiles are within a twentieth of the exact ones", () => {
  const durations = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: 3_600_000 }),
    ),
    { minLength: 1, maxLength: 400 },
  );
  fc.assert(
    fc.property(durations, (milliseconds) => {
      const counts = new Uint32Array(CLASSES);
      for (const each of milliseconds) count(counts, 0, each);
      const sorted = [...milliseconds].sort((a, b) => a - b);
      const shares = [0.01, 0.5, 0.95, 0.99, 1];
      const found = percentiles(counts, shares) ?? [];
      shares.forEach((share, at) => {
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN;
        const error = Math.abs((found[at] ?? Number.NaN) - exact);
        assert.ok(error <= exact * 0.05, `${found[at]} for ${exact} at ${share}`);
      });
    }),
    { numRuns: 1_000 },
  );
});
