/** What a killed restore has left: never thrown away where somebody may have worked in it. */
import assert from "node:assert/strict";
import { machineOf } from "../../../tests/support/fake_host_machine.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { healthyStack, sampleAnswers } from "../../../tests/support/samples.ts";
import { RESTORE_STATE, type RestoreState } from "../../backup/restore_state.ts";
import { Engine } from "../../engine/client.ts";
import { SetupError } from "../../errors.ts";
import type { StackScene } from "../backup/scene.ts";
import { FRESH_STATE } from "./configuration.ts";
import { settle } from "./settle.ts";
import { forgetFinished, readState } from "./target.ts";

const DIR = "/opt/rxdx";
const STATE: RestoreState = {
  schema: 1,
  id: "0a1b2c3d",
  phase: "start",
  file: "rxdx-20260314T020000Z.tar.age",
  parts: ["database"],
  at: "2026-03-14T10:00:00Z",
};
const REPORT = { detail: () => undefined, services: () => undefined };
const { signal } = new AbortController();

function scene() {
  const { host, engine } = machineOf();
  engine.containers = healthyStack().map((each) =>
    each.service === "backend" ? { ...each, state: "exited" } : each
  );
  host.files.put(`${DIR}/${RESTORE_STATE}`, JSON.stringify(STATE));
  host.files.put(`${DIR}/${FRESH_STATE}`, "{}");
  const found: StackScene = {
    host,
    engine: new Engine(host),
    install: { dir: DIR, answers: sampleAnswers({ name: "rxdx" }) },
  };
  return { host, found };
}

Deno.test("a restored state that does not become ready is left as it is, and a person chooses", async () => {
  const { host, found } = scene();
  host.process.expect(["docker", "ps", REST], "");
  host.process.expect(["docker", "network", "ls", REST], "");
  host.process.expect(["docker", "start", REST], { code: 1, stderr: "no space left on device" });
  await assert.rejects(
    settle(found, REPORT, signal),
    (error) =>
      error instanceof SetupError && error.code === "restore_not_ready" && error.exit === 6 &&
      /no space left/.test(error.message) && /--take-back/.test(error.hint ?? ""),
  );
  host.verify();
  assert.equal((await readState(host, DIR))?.phase, "start");
});

Deno.test("a restore that has ended leaves no note that a move goes on", async () => {
  const { host, found } = scene();
  await forgetFinished(found);
  assert.equal(await readState(host, DIR), undefined);
  assert.equal(await host.files.stat(`${DIR}/${FRESH_STATE}`), undefined);
  await forgetFinished(found);
});
