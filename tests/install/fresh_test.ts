/**
 * The doors of install.sh in root file systems made for this (fresh.sh): `curl … | sh -s -- --demo --yes` where
 * there is curl and ca-certificates, to a healthy stack; and the checkout where there is nothing but what Debian
 * calls essential, no Docker, no curl, no network. Two releases of Debian beside each other.
 */
import assert from "node:assert/strict";
import { freePort } from "../support/ports.ts";
import { holdImages } from "../support/stack.ts";
import { host, IS_ROOT, ROOT } from "./support.ts";

/** Debian 12 all the way, with what `curl … | sh` needs; Debian 13 with nothing and no network. */
const RUNS = [
  { suite: "bookworm", what: "demo", says: /the demo, from curl to healthy[^]*both doors work/ },
  { suite: "trixie", what: "checkout", says: /the checkout door works \(\d/ },
] as const;

const ready = IS_ROOT &&
  (await host.process.run(["sh", "-c", "command -v mmdebstrap && command -v git"])).code === 0;

Deno.test({
  name:
    "fresh root file systems: from curl to a healthy stack on Debian 12, a checkout on Debian 13",
  ignore: !ready,
  async fn() {
    await using _held = await holdImages();
    const began = host.clock.monotonic();
    const ran = await Promise.all(
      RUNS.map(({ suite, what }) =>
        host.process.run(["sh", `${ROOT}/tests/install/fresh.sh`, suite, what], {
          env: { RXDX_FRESH_HTTP: String(freePort()), RXDX_FRESH_HTTPS: String(freePort()) },
          timeoutMs: 1_500_000,
        })
      ),
    );
    for (const [index, { code, stdout, stderr }] of ran.entries()) {
      const { suite, says } = RUNS[index] ?? RUNS[0];
      assert.equal(code, 0, `${suite}: ${stdout}${stderr}`);
      assert.match(stdout, says);
    }
    const seconds = Math.round((host.clock.monotonic() - began) / 1000);
    host.terminal.err(`\n${RUNS.length} fresh root file systems, ${seconds} s together\n`);
  },
});
