/** What came between a question and its answer: another run or an editor ended before the lock is had. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { SERVICES } from "../engine/compose.ts";
import { EXIT } from "../errors.ts";
import { run } from "./app.ts";

const DIR = "/opt/rxdx";
const PENDING = {
  schema: 1,
  at: "2026-03-14T10:15:00.000Z",
  values: { SECRET_KEY: "new" },
  former: { SECRET_KEY: "old" },
};

/** Runs a command; right before it takes the lock, `meanwhile` happens. */
async function interrupted(
  argv: readonly string[],
  meanwhile: (host: FakeHost) => Promise<void>,
): Promise<{ code: number; stderr: string }> {
  const { host } = machineOf();
  host.process.allow(
    ["docker", "compose", REST],
    SERVICES.map((service) => `${service} hash-${service}\n`).join(""),
  );
  // What `doctor` looks at besides.
  host.process.allow(["cat", "/proc/stat"], "cpu  100 0 100 700 50 0 0 50 10 0\n");
  host.process.allow(["cat", "/proc/meminfo"], "MemTotal: 800 kB\nMemAvailable: 400 kB\n");
  host.process.allow(["timedatectl", REST], "yes\n");
  host.process.allow(["systemctl", REST], { code: 3, stdout: "failed\n" });
  assert.equal(await run(["init", "--demo", "--no-start", "--yes"], host), EXIT.ok);
  host.terminal.stderr = "";
  const tryLock = host.files.tryLock.bind(host.files);
  host.files.tryLock = async (path) => {
    await meanwhile(host);
    return await tryLock(path);
  };
  const code = await run(argv, host);
  return { code, stderr: host.terminal.stderr };
}

for (const argv of [["restart"], ["uninstall", "--yes"], ["doctor", "--fix", "--yes"]]) {
  Deno.test(`${argv.join(" ")}: what was agreed to is what is done, or nothing`, async () => {
    const edited = await interrupted(argv, async ({ files }) => {
      const text = await files.readText(`${DIR}/rxdx.yml`) ?? "";
      await files.writeAtomic(`${DIR}/rxdx.yml`, `${text}# edited\n`, { mode: 0o600 });
    });
    assert.equal(edited.code, EXIT.apply, edited.stderr);
    assert.match(edited.stderr, /was changed by somebody else/);
    const rotating = await interrupted(argv, async ({ files }) => {
      const text = JSON.stringify(PENDING);
      await files.writeAtomic(`${DIR}/.rxdx/rotation.json`, text, { mode: 0o600 });
    });
    assert.equal(rotating.code, EXIT.apply, rotating.stderr);
    assert.match(rotating.stderr, /rotation of SECRET_KEY.*did not come to its end/);
  });
}
