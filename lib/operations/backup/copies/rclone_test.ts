/** What the complaints of rclone mean to an operator; its numbers are none. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../../tests/support/fake_host.ts";
import { REST } from "../../../../tests/support/fake_host_process.ts";
import { parseCopyTarget } from "../../../answers/rules_copies.ts";
import type { SetupError } from "../../../errors.ts";
import { RclonePlace } from "./rclone.ts";

const TARGET = parseCopyTarget("rclone:b2:bucket/rxdx") as RclonePlace["target"];

/** A line of progress, as it comes each second: numbers in plenty. */
const PROGRESS = JSON.stringify({
  level: "warning",
  msg: "\nTransferred:   \t 403 MiB / 507 MiB, 79%, 401 KiB/s, ETA 1m\n",
  source: "accounting/stats.go:403",
  stats: { bytes: 401, totalBytes: 507, speed: 403.401, elapsedTime: 401 },
  time: "2026-03-14T02:00:00.403+00:00",
});
const line = (msg: string) => JSON.stringify({ level: "error", msg, source: "x.go:401" });

/** The code that a failed upload ends with. */
async function failing(...stderr: readonly string[]): Promise<string> {
  let code = "none";
  await withFakeHost({}, async (host) => {
    host.process.allow(["rclone", REST], { code: 1, stderr: [PROGRESS, ...stderr, ""].join("\n") });
    const transfer = { signal: new AbortController().signal, onBytes: () => undefined };
    const place = new RclonePlace(host, TARGET, "/root/rclone.conf");
    await assert.rejects(place.put("/b/x", "x", transfer), (error: SetupError) => {
      code = error.code;
      return true;
    });
  });
  return code;
}

Deno.test("numbers of the progress are no refused login and no full disk", async () => {
  const down = 'Put "https://b2/x": dial tcp 192.0.2.1:443: connect: connection refused';
  for (
    const [code, ...said] of [
      ["copy_target_down", line(down), `2026/03/14 02:00:01 Failed to copyto: ${down}`],
      ["copy_failed", line("Failed to copy: unexpected EOF")],
      ["copy_failed", line("Failed to copy: 14013 of 54030 parts were sent")],
    ] as const
  ) assert.equal(await failing(...said), code, said.join());
});

Deno.test("what rclone says of a login, of room and of its configuration", async () => {
  for (
    const [code, said] of [
      ["copy_login_refused", "Failed to copy: Unauthorized: 401 Unauthorized"],
      ["copy_login_refused", "Failed to copy: AccessDenied: Access Denied\n\tstatus code: 403"],
      ["copy_target_full", "Failed to copy: 507 Insufficient Storage"],
    ] as const
  ) assert.equal(await failing(line(said), PROGRESS), code, said);
  const plain = '2026/03/14 02:00:01 Failed to create file system for "b2:": ' +
    "didn't find section in config file";
  assert.equal(await failing(plain), "copy_remote_unknown");
});
