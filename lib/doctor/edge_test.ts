/** What the world sees of a stack, judged. */
import assert from "node:assert/strict";
import {
  countRequests,
  judgeContainerNames,
  judgePorts,
  judgeReadiness,
  judgeRequests,
  type Published,
} from "./edge.ts";

const published = (service: string, address: string, hostPort: number): Published => ({
  service,
  address,
  hostPort,
  containerPort: 80,
});
const ports = (list: readonly Published[], ufw = false, loopback: readonly string[] = []) =>
  judgePorts({ published: list, open: ["nginx"], loopback, ufw });

Deno.test("ports: nginx alone to the outside; ufw is mentioned, because it does not help", () => {
  const nginx = [published("nginx", "", 80), published("nginx", "", 443)];
  assert.equal(ports(nginx).detail, "80, 443 to the outside, as planned");
  assert.match(ports(nginx, true).detail, /ufw does not cover them: Docker publishes past it$/);
  assert.equal(ports([published("nginx", "127.0.0.1", 8443)]).detail, "none to the outside");
});

Deno.test("ports: a database that is published is a failure, on loopback a warning", () => {
  const open = ports([published("postgres", "0.0.0.0", 5432)], true);
  assert.equal(open.state, "fail");
  assert.match(
    open.detail,
    /from outside: postgres on 0\.0\.0\.0:5432\. ufw does not keep them out/,
  );
  assert.equal(ports([published("postgres", "::", 5432)]).state, "fail");
  assert.equal(ports([published("postgres", "192.0.2.4", 5432)]).state, "fail");
  assert.equal(ports([published("postgres", "127.0.0.1", 5432)]).state, "warn");
  assert.equal(ports([published("postgres", "127.0.0.1", 5432)], false, ["postgres"]).state, "ok");
  assert.equal(ports([published("postgres", "", 5432)], false, ["postgres"]).state, "fail");
});

const line = (status: number, request_time: number, uri = "/api/v1/x") =>
  JSON.stringify({ time: "2026-03-14T10:15:00+00:00", status, request_time, uri });

Deno.test("requests are counted; what is no entry, and sockets that stay open, are not", () => {
  assert.deepEqual(
    countRequests([
      line(200, 0.1),
      line(200, 2.5),
      line(502, 30, "/api/v1/slow"),
      line(101, 3600, "/ws"),
      "2026/03/14 10:15:00 [notice] 1#1: start",
      '{"broken',
      '{"other":"json"}',
    ]),
    { requests: 3, slow: 2, failed: 1, slowest: { uri: "/api/v1/slow", seconds: 30 } },
  );
});

Deno.test("requests: shares count from twenty on", () => {
  const of = (...lines: string[]) => judgeRequests(countRequests(lines));
  const many = (count: number, text: string) => Array.from({ length: count }, () => text);
  assert.equal(of().state, "ok");
  assert.equal(of(...many(5, line(502, 1))).state, "ok");
  assert.equal(of(...many(98, line(200, 0.1)), ...many(2, line(502, 1))).state, "ok");
  assert.equal(of(...many(90, line(200, 0.1)), ...many(10, line(502, 1))).state, "warn");
  assert.match(of(...many(90, line(200, 0.1)), ...many(10, line(200, 4))).detail, /10 slower/);
  assert.equal(of(...many(10, line(200, 0.1)), ...many(20, line(502, 1))).state, "fail");
});

Deno.test("readiness: which part is not ready", () => {
  assert.equal(judgeReadiness({ status: 200, body: "" }).state, "ok");
  const body = JSON.stringify({
    status: "unhealthy",
    checks: {
      database: { status: "healthy" },
      graph_database: { status: "unhealthy", error: "InvalidSchemaName" },
    },
  });
  assert.equal(
    judgeReadiness({ status: 503, body }).detail,
    "The backend answers 503: graph_database (InvalidSchemaName) not ready",
  );
  const plain = JSON.stringify({ checks: { database: "unhealthy", graph_database: "healthy" } });
  assert.match(judgeReadiness({ status: 503, body: plain }).detail, /503: database not ready$/);
  assert.match(judgeReadiness({ status: 500, body: "<html>" }).detail, /500: it is not ready$/);
  assert.match(judgeReadiness({ status: 0, body: "" }).detail, /does not answer/);
});

Deno.test("names inside: without the database's nothing works, others are a warning", () => {
  const of = (resolved: Record<string, boolean> | undefined) =>
    judgeContainerNames({
      resolved: resolved === undefined ? undefined : new Map(Object.entries(resolved)),
      inner: "postgres",
    }).state;
  assert.equal(of(undefined), "unknown");
  assert.equal(of({ postgres: true, "mail.example.com": true }), "ok");
  assert.equal(of({ postgres: true, "mail.example.com": false }), "warn");
  assert.equal(of({ postgres: false }), "fail");
});
