/** Schema and administrator: made once, and no secret ever in a command line or a message. */
import assert from "node:assert/strict";
import { BESIDE_POSTGRES, withDatabase } from "../../tests/support/fake_database.ts";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { CANARIES, samplePlan } from "../../tests/support/samples.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Step } from "../steps/step.ts";
import { adminStep, schemaStep } from "./database_steps.ts";

const PSQL = [...BESIDE_POSTGRES, "psql", REST] as const;
const BACKEND = ["docker", "compose", "exec", "-T", "backend", "python", REST] as const;
const signal = new AbortController().signal;
const run = (step: Step) =>
  step.run({ detail: () => undefined, services: () => undefined }, signal);

function noSecretInArgv(host: FakeHost): void {
  const text = host.process.calls.map((call) => call.argv.join(" ")).join("\n");
  for (const value of Object.values(CANARIES)) assert.ok(!text.includes(value));
}

Deno.test("the schema is there when the users table and the graph are", () =>
  withDatabase(async (host) => {
    host.process.expect(PSQL, "t\n").expect(PSQL, "f\n");
    const step = schemaStep(host, samplePlan());
    assert.equal(await step.isDone(), true);
    assert.equal(await step.isDone(), false);
    const [call] = host.process.calls;
    assert.ok(call?.argv.includes("--set=graph=rxdx_graph"));
    assert.match(String(call?.options.stdin), /:'graph'/);
  }));

Deno.test("the schema is made without the users whose password is public", () =>
  withDatabase(async (host) => {
    host.process.expect([
      "docker",
      "compose",
      "exec",
      "-T",
      "backend",
      "python",
      "-m",
      "app.db.init_schema",
      "--no-seed",
    ]);
    await run(schemaStep(host, samplePlan()));
  }));

Deno.test("the administrator is made once; the password goes by standard input", () =>
  withDatabase(async (host) => {
    const plan = samplePlan();
    host.process.expect(PSQL, "f\n").expect(BACKEND).expect(PSQL, "t\n");
    const step = adminStep(host, plan);
    assert.equal(step.title, "Create the administrator admin@rxdx.example.com");
    assert.equal(await step.isDone(), false);
    await run(step);
    assert.equal(await step.isDone(), true);
    assert.deepEqual(JSON.parse(String(host.process.calls[1]?.options.stdin)), {
      email: "admin@rxdx.example.com",
      name: "Administrator",
      role: "admin",
      password: CANARIES.ADMIN_PASSWORD,
    });
    noSecretInArgv(host);
  }));

Deno.test("an emptied password means not again, without a question to the database", () =>
  withDatabase(async (host) => {
    const plan = samplePlan({ secrets: { ADMIN_PASSWORD: "" } });
    assert.equal(await adminStep(host, plan).isDone(), true);
  }));

Deno.test("a failure is exit 6 with its reason, and without the password", () =>
  withDatabase(async (host) => {
    host.process.expect(BACKEND, {
      code: 1,
      stderr: `Traceback…\n  password='${CANARIES.ADMIN_PASSWORD}'\nValueError: ` +
        `password ${CANARIES.ADMIN_PASSWORD} is too common`,
    });
    await assert.rejects(
      run(adminStep(host, samplePlan())),
      (error) =>
        error instanceof SetupError && error.exit === EXIT.unhealthy &&
        error.message ===
          "The administrator could not be created: ValueError: password ******** is too common",
    );
  }));
