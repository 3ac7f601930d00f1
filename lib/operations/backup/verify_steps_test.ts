/** What a proof needs before it begins. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import type { KnownBackup } from "../../backup/record.ts";
import type { SetupError } from "../../errors.ts";
import type { BackupScene } from "./scene.ts";
import { verifySteps } from "./verify_steps.ts";

Deno.test("without room for the restored database, the hint is a command that makes some", () =>
  withFakeHost({}, async (host) => {
    const engine = { info: () => Promise.resolve({ DockerRootDir: "/" }) };
    const install = { dir: "/opt/rxdx", answers: { name: "rxdx" } };
    const scene = { host, engine, install, directory: "/b" } as unknown as BackupScene;
    const backup = { file: "a.tar.age", record: { database_bytes: 2 ** 60 } };
    const steps = verifySteps(scene, {
      backup: backup as unknown as KnownBackup,
      key: { kind: "identities", identities: [] },
    });
    const space = steps.find(({ id }) => id === "verify-space");
    assert.equal(await space?.isDone(), false);
    const report = { detail: () => undefined, services: () => undefined };
    await assert.rejects(
      space?.run(report, new AbortController().signal) ?? Promise.resolve(),
      ({ code, hint }: SetupError) =>
        // Without --prune nothing is removed.
        code === "disk_full" && hint?.startsWith("rxdx-setup doctor --fix --prune;") === true,
    );
  }));
