/** A release's copy of install.sh names what it belongs to, or is not made. */
import assert from "node:assert/strict";
import installer from "../../install.sh" with { type: "text" };
import { stamped } from "./stamp.ts";

const SUM = "a".repeat(64);

Deno.test("version and checksums are written in, and nothing else changes", () => {
  const text = stamped(installer, "1.2.3", { x86_64: SUM });
  const changed = text.split("\n").filter((line, at) => line !== installer.split("\n")[at]);
  assert.deepEqual(changed, ["PINNED_VERSION=1.2.3", `PINNED_SHA256_X86_64=${SUM}`]);
  assert.match(
    stamped(installer, "1.2.3", { aarch64: SUM }),
    new RegExp(`^PINNED_SHA256_AARCH64=${SUM}$`, "m"),
  );
});

Deno.test("a script without the lines, one that has them already, and words that are none", () => {
  assert.throws(() => stamped("echo\n", "1.2.3", {}), /no line PINNED_VERSION=/);
  const once = stamped(installer, "1.2.3", { x86_64: SUM });
  assert.throws(() => stamped(once, "1.2.4", { x86_64: SUM }), /no line PINNED_VERSION=/);
  for (const bad of ["1.2.3; id", "$(id)", "1 2", "'"]) {
    assert.throws(() => stamped(installer, bad, {}), /would not be one word/);
  }
});
