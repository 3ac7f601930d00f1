/** Directories as they are met: which stack runs from there, what Compose makes of its files, what is refused. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { Engine } from "../../engine/client.ts";
import { SetupError } from "../../errors.ts";
import { lookAtHandMade } from "./look.ts";

const DIR = "/srv/plant";
const LABELS = {
  "com.docker.compose.project": "plant",
  "com.docker.compose.project.working_dir": DIR,
  "com.docker.compose.project.config_files": `${DIR}/docker-compose.yml,override.yml`,
  "com.docker.compose.service": "api",
  "com.docker.compose.config-hash": "abc",
};

function running(host: FakeHost, containers: readonly Readonly<Record<string, string>>[]): void {
  host.net.allow("GET", /\/containers\/json/, {
    json: containers.map((labels, index) => ({
      Id: `id${index}`,
      Names: [`/x${index}`],
      State: "exited",
      Status: "",
      Labels: { ...LABELS, ...labels },
      Ports: [],
    })),
  });
  host.net.allow("GET", /\/containers\/id\d\/json/, {
    json: {
      Id: "id0",
      Name: "/plant-api",
      State: { Running: false },
      Config: { Image: "acme/api:1", Labels: LABELS, Env: ["SECRET_KEY=a=b", "EMPTY="] },
      Mounts: [{ Type: "bind", Source: "/srv/plant/up", Destination: "/app/uploads" }],
      HostConfig: {
        PortBindings: { "8000/tcp": [{ HostIp: "127.0.0.1", HostPort: "8001" }], "53/udp": null },
      },
    },
  });
}

const COMPOSE = [
  ...["docker", "compose", "--project-name", "plant", "--project-directory", DIR],
  ...["--file", `${DIR}/docker-compose.yml`, "--file", `${DIR}/override.yml`, "config"],
];

const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof SetupError, String(error));
  assert.equal(error.code, expected, error.message);
  return true;
};

Deno.test("what runs from a directory, as it runs, and whether its files still say so", () =>
  withFakeHost({}, async (host) => {
    running(host, [{}]);
    host.files.put(`${DIR}/.env`, "A='x y'\nB=2 # two\n");
    const model = { services: { api: { build: { context: `${DIR}/backend` } } } };
    host.process.expect([...COMPOSE, "--format", "json"], JSON.stringify(model));
    host.process.expect([...COMPOSE, "--hash", "*"], "api abc\n");
    const { found, compose } = await lookAtHandMade(host, new Engine(host), DIR);
    assert.deepEqual(["docker", "compose", ...compose, "config"], COMPOSE);
    assert.equal(found.project, "plant");
    assert.deepEqual([...found.env], [["A", "x y"], ["B", "2"]]);
    const [service] = found.services;
    assert.equal(service?.env.get("SECRET_KEY"), "a=b");
    assert.equal(service?.build, `${DIR}/backend`);
    assert.equal(service?.asDescribed, true);
    assert.deepEqual(service?.ports, [{ target: 8000, published: 8001, ip: "127.0.0.1" }]);
    assert.equal(found.database, undefined);
  }));

Deno.test("files that Compose cannot read are named, with what it says", () =>
  withFakeHost({}, async (host) => {
    running(host, [{}]);
    const bad = { code: 15, stderr: "yaml: line 3: mapping values are not allowed\n" };
    host.process.expect([...COMPOSE, "--format", "json"], bad);
    host.process.expect([...COMPOSE, "--hash", "*"], bad);
    await assert.rejects(lookAtHandMade(host, new Engine(host), DIR), (error: Error) => {
      assert.match(error.message, /docker-compose\.yml, \/srv\/plant\/override\.yml.*\n.*line 3/);
      return code("compose_invalid")(error);
    });
  }));

Deno.test("nothing runs; no stack at all; several of them", () =>
  withFakeHost({}, async (host) => {
    running(host, []);
    await assert.rejects(lookAtHandMade(host, new Engine(host), DIR), code("not_a_stack"));
    host.files.put(`${DIR}/compose.prod.yaml`, "services: {}\n");
    await assert.rejects(lookAtHandMade(host, new Engine(host), DIR), code("not_running"));
    host.files.put("/srv/my plant/compose.yaml", "services: {}\n");
    await assert.rejects(
      lookAtHandMade(host, new Engine(host), "/srv/my plant"),
      (error) =>
        error instanceof SetupError && /^cd '\/srv\/my plant' && docker /.test(error.hint ?? ""),
    );
    running(host, [{}, { "com.docker.compose.project": "other" }]);
    await assert.rejects(lookAtHandMade(host, new Engine(host), DIR), code("several_projects"));
    const third = lookAtHandMade(host, new Engine(host), DIR, "third");
    await assert.rejects(third, code("no_such_project"));
  }));
