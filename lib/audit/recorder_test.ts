/** What is never written down, whatever an error says. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { recorded } from "./recorder.ts";
import { auditPath } from "./store.ts";

const DIR = "/opt/rxdx";

Deno.test("values of a rotation under way are masked, new and former, as those of .env are", () =>
  withFakeHost({}, async (host) => {
    host.files.put(`${DIR}/.env`, "SECRET_KEY=value-of-env\n");
    const values = { POSTGRES_PASSWORD: "value-that-is-new" };
    const former = { POSTGRES_PASSWORD: "value-that-was" };
    host.files.put(`${DIR}/.rxdx/rotation.json`, JSON.stringify({ schema: 1, values, former }));
    const says = "value-of-env value-that-is-new value-that-was are refused";
    const options = {
      host,
      dir: DIR,
      command: "config set",
      argv: [says],
      locked: true,
      facts: {},
    };
    await assert.rejects(recorded(options, () => Promise.reject(new Error(says))));
    const text = await host.files.readText(auditPath(DIR)) ?? "";
    assert.match(text, /are refused/);
    assert.ok(!text.includes("value-"), text);
    // One that cannot be read keeps nothing from being recorded.
    host.files.put(`${DIR}/.rxdx/rotation.json`, "{");
    await recorded(options, () => Promise.resolve());
  }));
