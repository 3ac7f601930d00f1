/** Programs as commands run them: shown when asked, and Compose without the shell's variables. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { VARIABLES } from "../render/variables.ts";
import { machineFor } from "./machine.ts";

const FLAGS = { json: false, verbose: false, noColor: false, yes: false, accessible: false };

Deno.test("Compose never sees a variable that would win over .env", async () => {
  const host = new FakeHost();
  host.process.expect(["docker", "compose", REST]).expect(["docker", "build", REST]);
  const machine = machineFor(host, FLAGS);
  await machine.process.run(["docker", "compose", "up"], { cwd: "/opt/rxdx" });
  await machine.process.run(["docker", "build", "."], { env: { A: "1" } });
  const [compose, build] = host.process.calls;
  for (const { name } of VARIABLES) assert.ok(compose?.options.unset?.includes(name), name);
  for (const name of ["COMPOSE_PROFILES", "COMPOSE_ENV_FILES", "COMPOSE_FILE"]) {
    assert.ok(compose?.options.unset?.includes(name), name);
  }
  assert.equal(compose?.options.cwd, "/opt/rxdx");
  assert.deepEqual(build?.options, { env: { A: "1" } });
  host.verify();
});

Deno.test("--verbose shows each program as it could be pasted; --json and silence do not", async () => {
  for (
    const [flags, shown] of [
      [{ ...FLAGS, verbose: true }, "  $ printf '%s a'\n"],
      [FLAGS, ""],
      [{ ...FLAGS, verbose: true, json: true }, ""],
    ] as const
  ) {
    const host = new FakeHost();
    host.process.expect(["printf", REST]);
    await machineFor(host, flags).process.run(["printf", "%s a"]);
    assert.equal(host.terminal.stderr, shown);
  }
});
