/** Questions at once, as many as the pools keep; never more than the database carries. */
import assert from "node:assert/strict";
import { BESIDE_POSTGRES } from "../../../tests/support/fake_database.ts";
import { machineOf } from "../../../tests/support/fake_host_machine.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { run } from "../../cli/app.ts";
import { scramVerifier } from "../../secrets/scram.ts";
import type { Engine } from "../../engine/client.ts";
import { SERVICES } from "../../engine/compose.ts";
import { needInstall } from "../install.ts";
import { prepareApply } from "../prepare.ts";
import { questionsAtOnce, warmStep } from "./warm_step.ts";

Deno.test("thirty for each worker, and a third of the connections stays for others", () => {
  assert.equal(questionsAtOnce({ replicas: 2, workers: 2, maxConnections: 420 }), 120);
  assert.equal(questionsAtOnce({ replicas: 2, workers: 2, maxConnections: 100 }), 33);
  assert.equal(questionsAtOnce({ replicas: 1, workers: 1, maxConnections: 3 }), 1);
});

Deno.test("asked at nginx's own server, at once; no answer is no failure; done once the role is told", async () => {
  const { host, engine: fake } = machineOf();
  let verifier = "";
  host.process.allow([...BESIDE_POSTGRES, REST], () => `${verifier}\n`);
  host.process.allow(
    ["docker", "compose", REST],
    SERVICES.map((service) => `${service} hash-${service}\n`).join(""),
  );
  assert.equal(await run(["init", "--demo", "--no-start", "--yes"], host), 0);
  fake.containers.push({ service: "postgres" });
  const { plan } = await prepareApply(host, await needInstall(host, "/opt/rxdx"));
  const asked: string[][] = [];
  const engine = (exec: () => { stdout: string }) => ({
    containers: () =>
      Promise.resolve([
        { Id: "n", State: "running", Labels: { "com.docker.compose.service": "nginx" } },
      ]),
    exec: async (id: string, command: string[]) => {
      assert.equal(id, "n");
      asked.push(command);
      return await Promise.resolve(exec());
    },
  } as unknown as Engine);
  const said: string[] = [];
  const report = { detail: (text: string) => said.push(text), services: () => undefined };
  const go = (exec: () => { stdout: string }) => {
    const step = warmStep(host, engine(exec), plan, "another one");
    return step.run(report, new AbortController().signal);
  };
  const atOnce = questionsAtOnce(plan.sizing);
  await go(() => ({ stdout: "200\n503\n200\n" }));
  assert.deepEqual(asked[0]?.slice(-2), [
    `${atOnce}`,
    `http://127.0.0.1:8080/health?[1-${4 * atOnce}]`,
  ]);
  await go(() => {
    throw new Error("no curl there");
  });
  assert.deepEqual(said, [
    `2 of ${4 * atOnce} questions, ${atOnce} at once, were answered`,
    "no curl there",
  ]);
  const step = warmStep(host, engine(() => ({ stdout: "" })), plan, "another one");
  verifier = scramVerifier("former", new Uint8Array(16));
  assert.equal(await step.isDone(), false);
  verifier = scramVerifier("another one", new Uint8Array(16));
  assert.equal(await step.isDone(), true);
});
