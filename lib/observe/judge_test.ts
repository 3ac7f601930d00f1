/** From what is seen to what it means: a table of stacks and their states and problems. */
import assert from "node:assert/strict";
import { sampleAnswers, sampleTls } from "../../tests/support/samples.ts";
import { type AlertFindings, type InstallFindings, problemsOf, stackState } from "./judge.ts";
import type { ServiceStatus, StackState, StatusDocument } from "./status.ts";

function service(name: string, more: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    service: name,
    container: `rxdx-${name}-1`,
    state: "running",
    health: "healthy",
    restarts: 0,
    cpu_percent: 1,
    memory_bytes: 50,
    memory_limit_bytes: 100,
    image: "x:1",
    digest: "sha256:0",
    started_at: "2026-03-14T10:00:00Z",
    ports: [],
    last_check: null,
    ...more,
  };
}

const NAMES = ["nginx", "frontend", "backend", "postgres"];

/** A healthy stack with one service changed. */
function stack(name?: string, more: Partial<ServiceStatus> = {}): ServiceStatus[] {
  return NAMES.map((each) => service(each, each === name ? more : {}));
}

const STATES: readonly (readonly [string, ServiceStatus[], StackState])[] = [
  ["all healthy", stack(), "healthy"],
  ["one starting", stack("backend", { health: "starting" }), "starting"],
  ["one without a check", stack("nginx", { health: "none" }), "starting"],
  ["one created", stack("nginx", { state: "created", health: "none" }), "starting"],
  ["one unhealthy", stack("backend", { health: "unhealthy" }), "degraded"],
  ["one exited", stack("backend", { state: "exited", health: "none" }), "degraded"],
  ["one restarting", stack("backend", { state: "restarting" }), "degraded"],
  ["one paused", stack("postgres", { state: "paused" }), "degraded"],
  ["one dead", stack("postgres", { state: "dead" }), "degraded"],
  ["one missing", stack("nginx", { state: "missing", container: "" }), "degraded"],
  [
    "starting and exited",
    [service("nginx", { health: "starting" }), service("backend", { state: "exited" })],
    "degraded",
  ],
  ["nothing there", NAMES.map((name) => service(name, { state: "missing" })), "down"],
  ["all stopped", NAMES.map((name) => service(name, { state: "exited" })), "down"],
  ["no service at all", [], "down"],
  ["only restarting", NAMES.map((name) => service(name, { state: "restarting" })), "degraded"],
];

for (const [title, services, state] of STATES) {
  Deno.test(`state: ${title} → ${state}`, () => assert.equal(stackState(services), state));
}

type Seen = Pick<StatusDocument, "services" | "tls" | "database" | "disk"> & {
  readonly install?: InstallFindings;
  readonly machineChange?: string;
};

const ORDERED = sampleTls().renewal;

const WELL: Seen = {
  services: stack(),
  tls: sampleTls({ not_after: "2027-01-01T00:00:00Z", days_left: 200, names: ["x"] }),
  database: {
    reachable: true,
    size_bytes: 1,
    connections: 10,
    max_connections: 100,
    slowest_query_seconds: null,
    age_version: "1.5.0",
    graph: "rxdx_graph",
  },
  disk: { path: "/opt/rxdx", used_percent: 40, free_bytes: 1 },
};

function problems(changes: Partial<Seen>): string[] {
  return problemsOf({
    ...WELL,
    install: {},
    ...changes,
    alerts: sampleAnswers().alerts,
    now: new Date("2026-03-14T10:15:00Z"),
  }).map((problem) => `${problem.severity} ${problem.code}`);
}

const database = (more: Partial<Seen["database"]>) => ({ database: { ...WELL.database, ...more } });
const tls = (more: Partial<Seen["tls"]>) => ({ tls: { ...WELL.tls, ...more } });
const disk = (used_percent: number) => ({ disk: { ...WELL.disk, used_percent } });

const page = (by: string, at: string) => ({
  install: { maintenance: { since: `2026-03-14T${at}:00.000Z`, by, message: "" } },
});

const PROBLEMS: readonly (readonly [string, Partial<Seen>, readonly string[]])[] = [
  ["a moved directory", { install: { moved: "moved" } }, ["warning moved"]],
  ["hand edits", { install: { handEdited: [".env"] } }, ["info hand_edited"]],
  ["nothing wrong", {}, []],
  ["the operator's maintenance page", page("stop --maintenance", "10:14"), ["warning maintenance"]],
  ["the page of an upgrade under way", page("upgrade", "10:14"), ["info maintenance"]],
  ["the page of a restore that was killed", page("backup restore", "09:14"), [
    "warning maintenance",
  ]],
  ["a machine that changed", { machineChange: "The machine has 4G …" }, [
    "warning machine_changed",
  ]],
  ["a service missing", { services: stack("nginx", { state: "missing", container: "" }) }, [
    "critical service_missing",
  ]],
  ["a service exited", { services: stack("backend", { state: "exited" }) }, [
    "critical service_not_running",
  ]],
  ["a service unhealthy", { services: stack("backend", { health: "unhealthy" }) }, [
    "critical service_unhealthy",
  ]],
  ["memory at 92 %", { services: stack("backend", { memory_bytes: 92 }) }, []],
  ["memory above 92 %", { services: stack("backend", { memory_bytes: 93 }) }, [
    "warning memory_near_limit",
  ]],
  [
    "no memory limit",
    { services: stack("backend", { memory_bytes: 93, memory_limit_bytes: null }) },
    [],
  ],
  ["a certificate with 14 days left", tls({ days_left: 14 }), []],
  ["a certificate with 13 days left", tls({ days_left: 13 }), ["warning certificate_expiring"]],
  ["an expired certificate", tls({ days_left: -1 }), ["critical certificate_expired"]],
  ["no certificate", tls({ days_left: null, not_after: null }), ["critical certificate_missing"]],
  ["no certificate, TLS elsewhere", tls({ mode: "external", days_left: null }), []],
  ["no certificate, no TLS", tls({ mode: "none", days_left: null }), []],
  [
    "six days that are renewed in time",
    tls({ mode: "letsencrypt", days_left: 3, renewal: { ...ORDERED, at: "2026-12-30T00:00:00Z" } }),
    [],
  ],
  [
    "six days and nothing that renews",
    tls({
      mode: "letsencrypt",
      days_left: 3,
      renewal: { ...ORDERED, at: "2026-12-30T00:00:00Z", scheduled_by: null },
    }),
    ["warning certificate_expiring", "warning renewal_unscheduled"],
  ],
  ["another certificate is served", tls({ served: "other" }), ["critical certificate_not_served"]],
  ["HTTPS is silent", tls({ served: "silent" }), ["critical https_silent"]],
  [
    "self-signed in place of an ordered one",
    tls({ mode: "letsencrypt", renewal: { ...ORDERED, wanted: "it is not", failures: 1 } }),
    ["critical certificate_not_issued"],
  ],
  [
    "ordered for other names",
    tls({ mode: "letsencrypt", self_signed: false, renewal: { ...ORDERED, wanted: "names" } }),
    ["warning certificate_not_issued"],
  ],
  [
    "a renewal that failed",
    tls({ mode: "letsencrypt", renewal: { ...ORDERED, failures: 2 } }),
    ["warning renewal_failed"],
  ],
  [
    "a clock that is two days late",
    tls({ mode: "letsencrypt", renewal: { ...ORDERED, clock_ahead_seconds: -172_800 } }),
    ["warning clock_off"],
  ],
  ["a silent database", database({ reachable: false }), ["critical database_unreachable"]],
  [
    "a silent database whose container does not run",
    { ...database({ reachable: false }), services: stack("postgres", { state: "exited" }) },
    ["critical service_not_running"],
  ],
  ["85 % of the connections", database({ connections: 85 }), []],
  ["more than 85 % of the connections", database({ connections: 86 }), [
    "warning connections_near_limit",
  ]],
  ["no AGE", database({ age_version: null, graph: null }), ["critical graph_missing"]],
  ["no graph", database({ graph: null }), ["critical graph_missing"]],
  ["a disk below the threshold", disk(79.9), []],
  ["a disk at the threshold", disk(80), ["warning disk_nearly_full"]],
  ["a disk at 95 %", disk(95), ["critical disk_nearly_full"]],
  ["two things at once", { ...disk(99), ...tls({ days_left: -3 }) }, [
    "critical certificate_expired",
    "critical disk_nearly_full",
  ]],
];

Deno.test("what ends a maintenance page depends on who has put it up, and what is unfinished", () => {
  const hint = (by: string, unfinished = false) =>
    problemsOf({
      ...WELL,
      install: {
        ...page(by, "09:00").install,
        ...(unfinished ? { unfinished: { text: "…", hint: "…", fresh: false } } : {}),
      },
      alerts: sampleAnswers().alerts,
      now: new Date("2026-03-14T10:15:00Z"),
    }).find(({ code }) => code === "maintenance")?.hint;
  assert.equal(hint("stop --maintenance", true), "rxdx-setup start");
  assert.equal(hint("backup restore"), "rxdx-setup start");
  assert.equal(hint("upgrade", true), "rxdx-setup upgrade");
  assert.equal(hint("rollback", true), "rxdx-setup rollback");
  // A rollback that was given up has left it: going on with one would take the data back.
  assert.equal(hint("rollback"), "rxdx-setup start");
  assert.equal(hint(""), "rxdx-setup start");
});

for (const [title, changes, expected] of PROBLEMS) {
  Deno.test(`problems: ${title}`, () => assert.deepEqual(problems(changes), expected));
}

Deno.test("every problem says what to do, and an unhealthy service repeats its check's last words", () => {
  const [problem] = problemsOf({
    ...WELL,
    install: {},
    services: stack("backend", {
      health: "unhealthy",
      last_check: { at: "", exit_code: 22, output: "first\ncurl: (22) 503" },
    }),
    alerts: sampleAnswers().alerts,
    now: new Date(),
  });
  assert.equal(problem?.message, "rxdx-backend-1 is unhealthy: curl: (22) 503.");
  assert.equal(problem?.hint, "docker logs rxdx-backend-1");
});

Deno.test("thresholds are those of rxdx.yml, and lower by three points for what was told", () => {
  const alerts = sampleAnswers({
    alerts: { memory_percent: 70, connections_percent: 50, disk_percent: 60 },
  }).alerts;
  const codes = (held: readonly string[], percent: number) =>
    problemsOf({
      ...WELL,
      ...database({ connections: percent - 20 }),
      ...disk(percent - 10),
      services: stack("backend", { memory_bytes: percent }),
      install: {},
      alerts,
      held: new Set(held),
      now: new Date(),
    }).map((each) => `${each.code} ${each.subject}`.trim());
  const all = [
    "memory_near_limit rxdx-backend-1",
    "connections_near_limit",
    "disk_nearly_full",
  ];
  assert.deepEqual(codes([], 71), all);
  assert.deepEqual(codes([], 69), []);
  const told = ["memory_near_limit:rxdx-backend-1", "connections_near_limit", "disk_nearly_full"];
  assert.deepEqual(codes(told, 68), all);
  assert.deepEqual(codes(told, 66.9), []);
  assert.deepEqual(codes(["memory_near_limit:rxdx-nginx-1"], 69), [], "another container was told");
});

Deno.test("a timer that should look and is not there; messages that nobody has taken", () => {
  const found = (more: Partial<AlertFindings>) =>
    problemsOf({
      ...WELL,
      install: {},
      alerts: sampleAnswers().alerts,
      alertFindings: { expected: true, scheduledBy: "cron", undelivered: [], ...more },
      now: new Date(),
    }).map((each) => `${each.severity} ${each.code}`);
  assert.deepEqual(found({}), []);
  assert.deepEqual(found({ scheduledBy: null }), ["warning alerts_unscheduled"]);
  assert.deepEqual(found({ scheduledBy: null, expected: false }), []);
  const undelivered = [{ channel: "email", error: "No connection." }];
  assert.deepEqual(found({ undelivered }), ["warning alerts_not_delivered"]);
});

Deno.test("a rotation that has not come to its end is told; while it may be under way, nobody is woken", () => {
  const found = (fresh: boolean) =>
    problemsOf({
      ...WELL,
      install: { rotation: { secrets: ["POSTGRES_PASSWORD"], fresh } },
      alerts: sampleAnswers().alerts,
      now: new Date(),
    }).filter(({ code }) => code === "rotation_unfinished");
  assert.deepEqual(found(false), [{
    code: "rotation_unfinished",
    subject: "",
    severity: "warning",
    message: "A rotation of POSTGRES_PASSWORD has not come to its end.",
    hint: "rxdx-setup secrets rotate",
  }]);
  assert.equal(found(true)[0]?.severity, "info");
});
