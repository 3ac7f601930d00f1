import { sampleTls } from "../../../tests/support/samples.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  dashboard,
  EDGE,
  HEALTHY,
  LOGS,
  NOW,
  said,
  type Scenario,
  statusDocument,
} from "../../../tests/support/dashboard_scenario.ts";
import { lineWidth, plain } from "../ansi.ts";
import { palette } from "../widgets/palette.ts";
import type { DashboardModel } from "./model.ts";
import { view } from "./view.ts";

const GOLDEN = new URL("../../../tests/golden/dashboard/", import.meta.url);

const SIZES = [
  { columns: 120, rows: 40 },
  { columns: 80, rows: 24 },
  { columns: 40, rows: 12 },
] as const;

const [nginx, frontend, backend, postgres] = HEALTHY;
assert.ok(nginx && frontend && backend && postgres);

const SCENARIOS: Readonly<Record<string, Omit<Scenario, "size">>> = {
  "first-paint": {},
  "nothing-installed": { containers: [] },
  "healthy": { containers: HEALTHY, status: statusDocument(), logs: LOGS, edge: EDGE },
  "trouble": {
    containers: [
      nginx,
      { service: "frontend", state: "exited", exitCode: 137, outOfMemory: true, limitMib: 128 },
      { ...backend, replica: 1 },
      { ...backend, replica: 2, health: "unhealthy", check: "curl: (7) Failed to connect\nmore" },
      { ...backend, replica: 3, health: "starting", upSeconds: 12, cpu: [], check: "not yet" },
    ],
    status: statusDocument({
      tls: sampleTls({ mode: "letsencrypt", not_after: null, days_left: 6, self_signed: false }),
      database: {
        reachable: false,
        size_bytes: null,
        connections: null,
        max_connections: null,
        slowest_query_seconds: null,
        age_version: null,
        graph: null,
      },
      disk: { path: "/", used_percent: 94, free_bytes: 1_200_000_000 },
      problems: [
        {
          code: "disk_full",
          severity: "critical",
          message: "The disk is 94 % full.",
          hint: "docker image prune",
        },
        {
          code: "certificate_ends",
          severity: "warning",
          message: "The certificate ends in 6 days.",
          hint: "rxdx-setup tls renew",
        },
      ],
    }),
    logs: { ...LOGS, "backend 2": [said(1, "ERROR:    Exception in ASGI application")] },
    keys: ["l", "l"],
  },
  "daemon-lost": {
    containers: HEALTHY,
    status: statusDocument(),
    logs: LOGS,
    events: [{
      type: "lost",
      reason: "No answer from /var/run/docker.sock: ECONNREFUSED",
      attempt: 2,
      retryAt: NOW + 2_500,
    }],
  },
  "reading": {
    containers: HEALTHY,
    status: statusDocument(),
    logs: LOGS,
    keys: ["3", "i", "s", "enter", "up", "w"],
  },
  "searching": {
    containers: HEALTHY,
    status: statusDocument(),
    logs: LOGS,
    keys: ["/", ..."risks|slow", "enter", "m", "n", "t"],
  },
  "line": {
    containers: HEALTHY,
    status: statusDocument(),
    logs: LOGS,
    keys: ["/", ..."risks", "enter", "enter"],
  },
  "service": { containers: HEALTHY, status: statusDocument(), logs: LOGS, keys: ["3", "d"] },
  "commands": {
    containers: HEALTHY,
    status: statusDocument(),
    logs: LOGS,
    keys: [":", ..."back"],
  },
  "confirm": { containers: HEALTHY, status: statusDocument(), logs: LOGS, keys: ["3", "r"] },
  "help": { containers: HEALTHY, status: statusDocument(), logs: LOGS, keys: ["?"] },
};

/** A frame that keeps to the terminal: its rows, its columns, no sequence but styles. */
function checkFrame(model: DashboardModel): string[] {
  const coloured = view(model, palette(true));
  // Without colour only a bar and what was searched for are told by a style.
  const styled = view(model, palette(false));
  for (const line of styled) assert.doesNotMatch(line.replace(/\x1b\[[047]m/g, ""), /\x1b/);
  const bare = styled.map(plain);
  assert.equal(bare.length, model.size.rows);
  assert.deepEqual(coloured.map(plain), bare, "colour changes nothing but colour");
  for (const line of bare) {
    assert.ok(lineWidth(line) <= model.size.columns, JSON.stringify(line));
    assert.doesNotMatch(line, /\p{Cc}/u);
  }
  return bare;
}

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  for (const size of SIZES) {
    Deno.test(`view: ${name} at ${size.columns}×${size.rows}`, async () => {
      const frame = checkFrame(dashboard({ ...scenario, size }));
      const shown = frame.map((line) => line.trimEnd()).join("\n") + "\n";
      const file = new URL(`${name}-${size.columns}x${size.rows}.txt`, GOLDEN);
      // RXDX_GOLDEN=update writes what is shown now; a reviewer reads the difference.
      if (Deno.env.get("RXDX_GOLDEN") === "update") await Deno.writeTextFile(file, shown);
      assert.equal(shown, await Deno.readTextFile(file));
    });
  }
}

Deno.test("view: any size from nothing up, any scenario, keeps to the terminal", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(SCENARIOS)),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      (scenario, columns, rows) => {
        checkFrame(dashboard({ ...scenario, size: { columns, rows } }));
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("view: foreign text cannot break out, wherever it appears", () => {
  const evil = "\x1b]0;owned\x07\x1b[2J\x1b[10;10H日\r\n\t\x9b5A";
  const model = dashboard({
    size: { columns: 80, rows: 30 },
    containers: [
      { service: `web${evil}`, health: "unhealthy", check: evil },
      { service: "job", state: "exited", exitCode: 3 },
    ],
    status: statusDocument({
      problems: [{ code: "x", severity: "critical", message: evil, hint: evil }],
    }),
    logs: { web: [said(1, evil)] },
  });
  const frame = checkFrame(model).join("\n");
  assert.ok(!frame.includes("owned"));
});

Deno.test("view: many replicas give way to one line per service, and the log keeps its place", () => {
  const replicas = Array.from({ length: 16 }, (_, index) => ({ ...backend, replica: index + 1 }));
  const model = dashboard({
    size: { columns: 80, rows: 24 },
    containers: [nginx, ...replicas, postgres],
    status: statusDocument(),
    logs: LOGS,
  });
  const frame = checkFrame(model);
  assert.ok(frame.some((line) => line.includes("backend ×16")));
  assert.ok(frame.some((line) => line.includes("checkpoint complete")));
});

Deno.test("view: a flood is counted on the screen", () => {
  const model = dashboard({ size: { columns: 120, rows: 40 }, containers: HEALTHY });
  const lines = Array.from({ length: 12_345 }, (_, index) => said(0, `line ${index}`));
  model.logs.push({ service: "backend", replica: 1 }, lines);
  const frame = view({ ...model, logRate: 10_012 }, palette(false)).join("\n");
  assert.match(frame, /10,012 lines\/s/);
  assert.match(frame, /10,345 dropped/);
  assert.match(frame, /line 12344/);
});
