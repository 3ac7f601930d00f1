/** When a machine that changed is worth a word, and when not. */
import assert from "node:assert/strict";
import { GIB, MIB, sampleAnswers } from "../../tests/support/samples.ts";
import { machineChange } from "./machine_change.ts";

const was = { cpus: 4, memoryBytes: 8 * GIB };
const change = (now: Partial<typeof was>, answers = sampleAnswers()) =>
  machineChange(was, { ...was, ...now }, answers);

Deno.test("the same machine, and one that a new kernel measures a little differently", () => {
  assert.equal(change({}), undefined);
  assert.equal(change({ memoryBytes: 8 * GIB - 300 * MIB }), undefined);
});

Deno.test("more memory, less memory, other CPUs: said with both figures", () => {
  assert.equal(
    change({ memoryBytes: 16 * GIB }),
    "The machine has 16G of memory instead of 8G; the limits were planned for what it had.",
  );
  assert.match(change({ memoryBytes: 6 * GIB }) ?? "", /6G of memory instead of 8G/);
  assert.match(change({ cpus: 8 }) ?? "", /8 CPUs instead of 4/);
  assert.match(change({ cpus: 2, memoryBytes: 4 * GIB }) ?? "", /4G .* and 2 CPUs instead of 4/);
});

Deno.test("a machine that has become too small for the stack", () => {
  assert.match(change({ memoryBytes: 600 * MIB }) ?? "", /600M of memory instead of 8G/);
});

Deno.test("a preset that the larger machine does not change", () => {
  const small = sampleAnswers({ resources: { preset: "small" } });
  assert.equal(change({ memoryBytes: 64 * GIB }, small), undefined);
});
