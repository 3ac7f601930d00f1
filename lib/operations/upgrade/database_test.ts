/** Where the database is copied and renamed from. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { swapBack } from "./database.ts";

/** Databases that SQL is run in. */
function connected(host: FakeHost): string[] {
  return [
    ...new Set(
      host.process.calls.map(({ argv }) => argv.find((word) => word.startsWith("--dbname=")) ?? ""),
    ),
  ];
}

for (const [name, from] of [["rxdx", "postgres"], ["postgres", "template1"]] as const) {
  Deno.test(`a database called ${name} changes its name from ${from}`, () =>
    withFakeHost({}, async (host) => {
      host.process.allow(["docker", "exec", REST]);
      await swapBack(host, { container: "c", user: "u", name });
      assert.deepEqual(connected(host), [`--dbname=${from}`]);
    }));
}
