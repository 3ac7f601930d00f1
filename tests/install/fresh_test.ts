/**
 * The checkout door where there is nothing but what Debian calls essential: no Docker, no curl, no
 * network. Two releases beside each other, each with a root file system made for this (fresh.sh).
 */
import assert from "node:assert/strict";
import { host, IS_ROOT, ROOT } from "./support.ts";

const SUITES = ["bookworm", "trixie"] as const;

const ready = IS_ROOT &&
  (await host.process.run(["sh", "-c", "command -v mmdebstrap && command -v git"])).code === 0;

Deno.test({
  name: "the checkout door in fresh root file systems of Debian 12 and 13",
  ignore: !ready,
  async fn() {
    const began = host.clock.monotonic();
    const ran = await Promise.all(
      SUITES.map((suite) =>
        host.process.run(["sh", `${ROOT}/tests/install/fresh.sh`, suite, "checkout"], {
          timeoutMs: 600_000,
        })
      ),
    );
    for (const [index, { code, stdout, stderr }] of ran.entries()) {
      assert.equal(code, 0, `${SUITES[index]}: ${stdout}${stderr}`);
      assert.match(stdout, /the checkout door works \(\d/);
    }
    const seconds = Math.round((host.clock.monotonic() - began) / 1000);
    host.terminal.err(`\n${SUITES.length} fresh root file systems, ${seconds} s together\n`);
  },
});
