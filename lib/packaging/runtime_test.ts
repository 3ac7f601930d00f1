import assert from "node:assert/strict";
import install from "../../install.sh" with { type: "text" };
import {
  archFrom,
  DENO_VERSION,
  denortArchive,
  denoVersionFrom,
  PERMISSION_FLAGS,
} from "./runtime.ts";

Deno.test("install.sh gets the Deno that the build asks for", () => {
  assert.match(install, new RegExp(`^DENO_VERSION=${DENO_VERSION.replaceAll(".", "\\.")}$`, "m"));
  for (const arch of ["X86_64", "AARCH64"]) {
    assert.match(install, new RegExp(`^DENO_SHA256_${arch}=[0-9a-f]{64}$`, "m"));
  }
});

Deno.test("machine names", () => {
  assert.equal(archFrom("amd64"), "x86_64");
  assert.equal(archFrom("arm64"), "aarch64");
  assert.equal(archFrom("riscv64"), undefined);
  assert.equal(
    denortArchive("aarch64"),
    `release/v${DENO_VERSION}/denort-aarch64-unknown-linux-gnu.zip`,
  );
});

Deno.test("the version in `deno --version`", () => {
  assert.equal(denoVersionFrom("deno 2.9.6 (stable, release, x86_64)\nv8 15\n"), "2.9.6");
  assert.equal(denoVersionFrom("rxdx-setup 2.9.6\n"), undefined);
});

Deno.test("no permission is broader than needed", () => {
  assert.ok(
    !PERMISSION_FLAGS.some((flag) => /^(-A|--allow-all|--allow-ffi|--allow-import)/.test(flag)),
  );
  assert.ok(PERMISSION_FLAGS.includes("--no-prompt"));
});
