/** Another major version of PostgreSQL must not meet the data. */
import assert from "node:assert/strict";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { Engine } from "../engine/client.ts";
import { BEGIN } from "../steps/begun_by_line.ts";
import { majorRefusal, postgresVersions } from "./postgres_major.ts";

Deno.test("server and data are asked in one container that can change nothing", async () => {
  const { host } = machineOf();
  host.net.allow("GET", /\/volumes/, { json: { Volumes: [{ Name: "rxdx_data" }] } });
  const seen: string[][] = [];
  host.process.allow(["docker", "run", REST], ({ argv, options }) => {
    seen.push([...argv]);
    assert.equal(options.stdin, BEGIN, "nothing that it says is lost");
    return { stdout: "postgres (PostgreSQL) 18.1 (Debian)\ndata 17\n" };
  });
  const found = await postgresVersions(host, new Engine(host), "age:18", "rxdx_data");
  assert.deepEqual(found, { image: "18.1", data: "17" });
  assert.ok(seen[0]?.includes("--volume=rxdx_data:/rxdx-data:ro,nocopy"));
  assert.ok(seen[0]?.includes("--network=none") && seen[0].includes("--read-only"));
  // A volume that is not there must not be made by asking.
  await postgresVersions(host, new Engine(host), "age:18", "rxdx_other");
  assert.ok(!seen[1]?.some((word) => word.startsWith("--volume")));
  const error = majorRefusal("age:18", found, "/opt/rxdx");
  assert.equal(error.exit, 4);
  assert.match(
    error.hint ?? "",
    /backup create; .*backup restore --from FILE --identity-file KEY --dir \/opt\/rxdx-18/,
  );
});
