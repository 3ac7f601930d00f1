import assert from "node:assert/strict";
import { type FakeEngine, machineOf } from "../../tests/support/fake_host_machine.ts";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { healthyStack } from "../../tests/support/samples.ts";
import { Engine } from "../engine/client.ts";
import { removeContainers, stopContainers } from "./containers.ts";

const REPORT = { detail: () => undefined, services: () => undefined };
const { signal } = new AbortController();

function stack(): {
  host: FakeHost;
  engine: FakeEngine;
  target: Parameters<typeof stopContainers>[0];
} {
  const { host, engine } = machineOf();
  engine.containers = healthyStack();
  return { host, engine, target: { host, engine: new Engine(host), project: "rxdx" } };
}

Deno.test("a stack that lacks a container is stopped and removed like any other", async () => {
  const { host, engine, target } = stack();
  engine.containers = engine.containers.filter((each) => each.service !== "frontend");
  for (const service of ["nginx", "backend", "postgres"]) {
    host.process.expect(["docker", "stop", `rxdx-${service}-1`], "");
  }
  host.process.expect(
    ["docker", "container", "rm", "--force", "rxdx-postgres-1", "rxdx-backend-1", "rxdx-nginx-1"],
    () => {
      engine.containers = [];
      return "";
    },
  );
  await removeContainers(target, REPORT, signal);
  host.verify();
});

Deno.test("a volume without a name goes with the container whose modules it holds, and no other", async () => {
  const { host, engine, target } = stack();
  const mount = (Name: string, Destination: string) => ({
    Type: "volume",
    Name,
    Source: `/var/lib/docker/volumes/${Name}/_data`,
    Destination,
  });
  const modules = "a".repeat(64);
  engine.containers = engine.containers.filter((each) => each.service === "frontend").map((
    each,
  ) => ({
    ...each,
    mounts: [
      mount(modules, "/app/node_modules"),
      mount("b".repeat(64), "/data"),
      mount("rxdx_modules", "/app/node_modules"),
      { Type: "bind", Source: "/srv/node_modules", Destination: "/app/node_modules" },
    ],
  }));
  host.process.expect(["docker", "stop", "rxdx-frontend-1"], "");
  host.process.expect(["docker", "container", "rm", "--force", "rxdx-frontend-1"], () => {
    engine.containers = [];
    return "";
  });
  host.process.expect(["docker", "volume", "rm", modules], "");
  await removeContainers(target, REPORT, signal);
  host.verify();
});

Deno.test("only the named services are stopped, and only what runs", async () => {
  const { host, engine, target } = stack();
  engine.containers = engine.containers.map((each) =>
    each.service === "backend" ? { ...each, state: "exited" } : each
  );
  host.process.expect(["docker", "stop", "rxdx-nginx-1"], "");
  await stopContainers(target, ["nginx", "backend"], REPORT, signal);
  host.verify();
});

Deno.test("a container that goes by itself meanwhile is no failure; one that stays is", async () => {
  const { host, engine, target } = stack();
  const gone = { code: 1, stderr: "Error response from daemon: No such container: rxdx-nginx-1" };
  host.process.expect(["docker", "stop", "rxdx-nginx-1"], () => {
    engine.containers = engine.containers.filter((each) => each.service !== "nginx");
    return gone;
  });
  await stopContainers(target, ["nginx"], REPORT, signal);
  const stuck = { code: 1, stderr: "cannot stop container: permission denied" };
  host.process.expect(["docker", "stop", "rxdx-backend-1"], stuck);
  await assert.rejects(stopContainers(target, ["backend"], REPORT, signal), /permission denied/);
});
