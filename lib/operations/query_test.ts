/** Which container is asked, and what is said where none can be. */
import assert from "node:assert/strict";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { apiSummary, type SampleContainer, samplePlan } from "../../tests/support/samples.ts";
import { EXIT, SetupError } from "../errors.ts";
import { query } from "./query.ts";

const POSTGRES = { service: "postgres" };

async function asked(containers: readonly SampleContainer[]): Promise<string | undefined> {
  const { host, engine } = machineOf();
  engine.containers = [...containers];
  host.process.allow(["docker", "exec", REST], "1\n");
  assert.equal(await query(host, samplePlan(), "SELECT :'a';\n", { a: "b" }), "1");
  const call = host.process.calls.find(({ argv }) => argv[1] === "exec");
  assert.equal(call?.options.stdin, "SELECT :'a';\n");
  assert.ok(call.argv.includes("--set=a=b"));
  return call.argv[3];
}

Deno.test("the running database of this stack is asked, whatever runs beside it", async () => {
  const id = apiSummary(POSTGRES).Id;
  for (
    const beside of [
      { service: "postgres", number: 2, state: "exited" },
      { service: "postgres", number: 3, oneoff: true },
      { service: "backend" },
      { service: "postgres", project: "other" },
    ]
  ) {
    assert.equal(await asked([beside, POSTGRES]), id, JSON.stringify(beside));
  }
});

Deno.test("one that does not run: exit 6, with its state and what helps", async () => {
  for (
    const [container, message, hint] of [
      [undefined, /of the stack rxdx is not there/, /rxdx-setup start/],
      [{ service: "postgres", oneoff: true }, /is not there/, /rxdx-setup start/],
      [{ service: "postgres", state: "exited" }, /its container is exited/, /logs postgres/],
      [{ service: "postgres", state: "restarting" }, /is restarting/, /logs postgres/],
      [{ service: "postgres", state: "paused" }, /is paused/, /docker unpause rxdx-postgres-1/],
    ] as const
  ) {
    const { host, engine } = machineOf();
    engine.containers = container === undefined ? [] : [container];
    await assert.rejects(query(host, samplePlan(), "SELECT 1;\n"), (error) => {
      assert.ok(error instanceof SetupError);
      assert.deepEqual([error.code, error.exit], ["database_query_failed", EXIT.unhealthy]);
      assert.match(error.message, message);
      assert.match(error.hint ?? "", hint);
      return true;
    });
  }
});
