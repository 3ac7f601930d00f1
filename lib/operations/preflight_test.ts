/** What stands in the way is found before anything is changed, and named. */
import assert from "node:assert/strict";
import { GIB, sampleFacts, samplePlan } from "../../tests/support/samples.ts";
import type { Tree } from "../answers/tree.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Facts, Listener } from "../plan/facts.ts";
import { publishedPorts } from "../plan/ports.ts";
import {
  checkDataHasSecrets,
  checkDisk,
  checkPorts,
  describeHolder,
  portProblems,
} from "./preflight.ts";

function refusal(body: () => void): SetupError {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof SetupError, String(error));
    assert.equal(error.exit, EXIT.prerequisite);
    return error;
  }
  assert.fail("must be refused");
}

const plan = (facts: Partial<Facts>, answers: Tree = {}) => samplePlan({ answers, facts });
const nginx: Listener = { port: 443, address: "0.0.0.0", pid: 812, process: "nginx" };

Deno.test("a taken port is told with its key and the process that holds it", () => {
  const error = refusal(() => checkPorts(plan({ listeners: [nginx] })));
  assert.equal(error.code, "port_in_use");
  assert.equal(error.message, "Port 443 (ports.https) is taken by nginx (pid 812).");
  assert.equal(error.hint, "Stop it, or choose another port: --set ports.https=8443");
});

Deno.test("all taken ports are told at once", () => {
  const error = refusal(() =>
    checkPorts(plan({
      listeners: [
        { port: 80, address: "0.0.0.0", container: "shop-web-1", project: "shop" },
        nginx,
        { port: 5432, address: "127.0.0.1", pid: 7, process: "postgres" },
      ],
    }))
  );
  assert.equal(
    error.message,
    "Port 80 (ports.http) is taken by container shop-web-1 of project shop.\n" +
      "Port 443 (ports.https) is taken by nginx (pid 812).",
    "5432 is published in development only",
  );
});

Deno.test("who holds a port, as far as it can be known", () => {
  const at = { port: 80, address: "0.0.0.0" };
  assert.equal(describeHolder({ ...at, pid: 1, process: "caddy" }), "caddy (pid 1)");
  assert.equal(describeHolder({ ...at, pid: 1 }), "process (pid 1)");
  assert.equal(describeHolder({ ...at, container: "web" }), "container web");
  assert.match(describeHolder(at), /another user \(run as root/);
});

Deno.test("the stack's own listeners, and free ports, stand in nobody's way", () => {
  checkPorts(plan({}));
  checkPorts(plan({ listeners: [{ ...nginx, container: "rxdx-nginx-1", project: "rxdx" }] }));
  checkPorts(plan({ listeners: [nginx] }, { ports: { https: 8443 } }));
});

Deno.test("published are two ports in production, five in development, in every TLS mode", () => {
  const keys = (answers: Tree) =>
    publishedPorts(samplePlan({ answers }).answers).map(([key]) => key);
  assert.deepEqual(keys({}), ["ports.http", "ports.https"]);
  assert.deepEqual(keys({ environment: "staging" }), ["ports.http", "ports.https"]);
  assert.deepEqual(keys({ environment: "development" }), [
    "ports.http",
    "ports.https",
    "ports.backend",
    "ports.frontend",
    "ports.postgres",
  ]);
  assert.ok(keys({ environment: "development", tls: { mode: "none" } }).includes("ports.https"));
});

Deno.test("a disk that is too small is refused for a new stack, not for a present one", () => {
  const small = plan({ disk: { totalBytes: 10 * GIB, freeBytes: 2 * GIB } });
  const error = refusal(() => checkDisk(small, false));
  assert.equal(error.message, "2.0 GiB are free at /opt/rxdx; a new stack needs 3.0 GiB.");
  checkDisk(small, true);
  checkDisk(plan({ disk: { totalBytes: 10 * GIB, freeBytes: 3 * GIB } }), false);
});

Deno.test("S8: a database volume without its secrets is never started with new ones", () => {
  const volumes = ["rxdx_postgres_data_prod"];
  const look = (facts: Partial<Facts>, hasPassword: boolean, answers: Tree = {}) =>
    checkDataHasSecrets({ plan: plan(facts, answers), hasPassword });
  const error = refusal(() => look({ volumes }, false));
  assert.equal(error.code, "volume_without_secrets");
  assert.match(error.message, /rxdx_postgres_data_prod exists, but its password is not in/);
  assert.match(error.hint ?? "", /put the old \.env back.*--name rxdx2/);
  look({ volumes }, true);
  look({ volumes: [] }, false);
  look({ volumes: ["rxdx_postgres_data"] }, false);
  refusal(() => look({ volumes: ["rxdx_postgres_data"] }, false, { environment: "development" }));
});

Deno.test("a port of another stack is taken also while that one is stopped", () => {
  const installs = [{ dir: "/srv/rxdx", name: "other", ports: [["ports.https", 443]] as const }];
  const error = refusal(() => checkPorts(plan({ installs })));
  assert.match(error.message, /Port 443 \(ports\.https\) is taken by the stack in \/srv\/rxdx/);
  assert.deepEqual(portProblems(samplePlan().answers, sampleFacts({ installs })), [{
    key: "ports.https",
    value: "443",
    rule: "is taken by the stack in /srv/rxdx (its ports.https), running or not",
    example: "8443",
  }]);
});
