/** The state as plain text. */
import { sampleAlerts, sampleTls } from "../../tests/support/samples.ts";
import assert from "node:assert/strict";
import { createColors } from "picocolors";
import type { StatusDocument } from "../observe/status.ts";
import { age, bytes, statusText } from "./status_text.ts";

const NOW = new Date("2026-03-14T10:15:00Z");

const DOCUMENT: StatusDocument = {
  schema: 1,
  stack: {
    name: "rxdx",
    dir: "/opt/rxdx",
    environment: "production",
    state: "degraded",
    url: "https://rxdx.example.com",
    version: "1.2.0",
    images_source: "registry",
  },
  services: [
    {
      service: "nginx",
      container: "rxdx-nginx-1",
      state: "running",
      health: "healthy",
      restarts: 0,
      cpu_percent: 1.25,
      memory_bytes: 12 * 2 ** 20,
      memory_limit_bytes: 128 * 2 ** 20,
      image: "nginx:1",
      digest: "sha256:0",
      started_at: "2026-03-11T06:00:00Z",
      ports: ["443->443/tcp", "80->80/tcp"],
      last_check: null,
    },
    {
      service: "backend",
      container: "rxdx-backend-1",
      state: "exited",
      health: "none",
      restarts: 12,
      cpu_percent: null,
      memory_bytes: null,
      memory_limit_bytes: null,
      image: "backend:1",
      digest: "sha256:1",
      started_at: "2026-03-14T10:14:20Z",
      ports: [],
      last_check: null,
    },
    {
      service: "postgres",
      container: "",
      state: "missing",
      health: "none",
      restarts: 0,
      cpu_percent: null,
      memory_bytes: null,
      memory_limit_bytes: null,
      image: "",
      digest: "",
      started_at: null,
      ports: [],
      last_check: null,
    },
  ],
  tls: sampleTls({ not_after: "2027-01-01T00:00:00Z", days_left: 292, names: [] }),
  database: {
    reachable: false,
    size_bytes: null,
    connections: null,
    max_connections: null,
    slowest_query_seconds: null,
    age_version: null,
    graph: null,
  },
  disk: { path: "/opt/rxdx", used_percent: 41.5, free_bytes: 58.5 * 2 ** 30 },
  alerts: sampleAlerts(),
  backup: {
    wanted: false,
    last_at: null,
    proven_at: null,
    restore_seconds: null,
    rpo_seconds: null,
    restored_at: null,
    restored_seconds: null,
  },
  problems: [{
    code: "service_missing",
    severity: "critical",
    message: "postgres has no container.",
    hint: "rxdx-setup start",
  }],
};

Deno.test("the whole text, without colours", () => {
  assert.equal(
    statusText(DOCUMENT, createColors(false), NOW),
    [
      "▲ degraded  rxdx  production  https://rxdx.example.com  1.2.0",
      "",
      "service    state    cpu    memory            restarts  up     ports",
      "nginx-1    healthy  1.3 %  12 MiB / 128 MiB  0         3d 4h  443->443/tcp 80->80/tcp",
      "backend-1  exited   -      -                 12        -",
      "postgres   missing  -      -                 0         -",
      "",
      "tls       self-signed, 292 days left",
      "database  does not answer",
      "disk      41.5 % used, 59 GiB free (/opt/rxdx)",
      "alerts    nobody is told (alerts.email, alerts.webhook)",
      "backup    none, and none is wanted (backups.enabled)",
      "",
      "✗ postgres has no container.",
      "  → rxdx-setup start",
    ].join("\n"),
  );
});

Deno.test("a reachable database tells its size, connections, AGE and graph", () => {
  const text = statusText(
    {
      ...DOCUMENT,
      problems: [],
      tls: { ...DOCUMENT.tls, mode: "none", days_left: null },
      database: {
        reachable: true,
        size_bytes: 9 * 2 ** 20,
        connections: 7,
        max_connections: 120,
        slowest_query_seconds: null,
        age_version: "1.5.0",
        graph: null,
      },
    },
    createColors(false),
    NOW,
  );
  assert.match(text, /^database {2}9\.0 MiB, 7 of 120 connections, AGE 1\.5\.0, graph missing$/m);
  assert.match(text, /^tls {7}none$/m);
  assert.doesNotMatch(text, /→/);
});

Deno.test("sizes and ages for people", () => {
  for (
    const [value, text] of [
      [0, "0 B"],
      [1023, "1023 B"],
      [1024, "1.0 KiB"],
      [10 * 1024, "10 KiB"],
      [1.44 * 2 ** 30, "1.4 GiB"],
      [5000 * 2 ** 40, "5000 TiB"],
    ] as const
  ) assert.equal(bytes(value), text);
  const before = (seconds: number) =>
    age(new Date(NOW.getTime() - seconds * 1000).toISOString(), NOW);
  assert.deepEqual([0, 59, 60, 3599, 3600, 86_399, 86_400, 277_200].map(before), [
    "0s",
    "59s",
    "1m",
    "59m",
    "1h 0m",
    "23h 59m",
    "1d 0h",
    "3d 5h",
  ]);
  assert.equal(before(-30), "0s", "a clock that went back");
});

Deno.test("alerts: what is open, held back, sent, tested, and by what", () => {
  const alerts = sampleAlerts({
    configured: true,
    open: 2,
    silenced_until: "2026-03-14T12:00:00.000Z",
    last_sent_at: "2026-03-14T10:05:00.000Z",
    scheduled_by: "cron",
  });
  assert.match(
    statusText({ ...DOCUMENT, alerts }, createColors(false), NOW),
    /^alerts {4}2 open, silent until 2026-03-14T12:00:00.000Z, last sent 10m ago, never tested, cron$/m,
  );
});

Deno.test("backups: none yet, made and never proven, proven with its time", () => {
  const line = (backup: Partial<StatusDocument["backup"]>) =>
    /^backup {4}(.*)$/m.exec(
      statusText(
        { ...DOCUMENT, backup: { ...DOCUMENT.backup, wanted: true, ...backup } },
        createColors(false),
        NOW,
      ),
    )?.[1];
  const ago = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000).toISOString();
  assert.equal(line({}), "none yet");
  assert.equal(line({ last_at: ago(3) }), "last 3h 0m ago, never proven");
  assert.equal(
    line({ last_at: ago(3), proven_at: ago(2), restore_seconds: 25.2 }),
    "last 3h 0m ago, proven 2h 0m ago (RTO 25 s)",
  );
  assert.equal(
    line({ last_at: ago(3), proven_at: ago(2), restore_seconds: 25.2, rpo_seconds: 86_400 }),
    "last 3h 0m ago, proven 2h 0m ago (RTO 25 s, RPO 1d 0h)",
  );
});
