/** A secret cannot be printed by accident: every ordinary way of showing a value shows the mask. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { CANARIES, samplePlan } from "../../tests/support/samples.ts";
import { MASK, Secret } from "./secret.ts";

const VALUE = "canary-9c1d2e";
const secret = new Secret(VALUE);

Deno.test("reveal is the one way out", () => {
  assert.equal(secret.reveal(), VALUE);
});

const WAYS: Readonly<Record<string, () => string>> = {
  "a template string": () => `${secret}`,
  "concatenation": () => "" + secret,
  "String()": () => String(secret),
  "toString()": () => secret.toString(),
  "JSON": () => JSON.stringify({ secret, list: [secret] }),
  "JSON of a map's entries": () => JSON.stringify([...new Map([["k", secret]])]),
  "an error message": () => new Error(`failed with ${secret}`).message,
  "an error's stack": () => new Error(`failed with ${secret}`).stack ?? "",
  "an assertion message": () => {
    try {
      assert.deepEqual({ secret }, { secret: 1 });
      return "";
    } catch (error) {
      return String(error) + inspect(error);
    }
  },
  "node's inspect": () => inspect({ secret }, { depth: 9, showHidden: true }),
  "Deno's inspect": () => Deno.inspect({ secret, nested: { deep: [secret] } }, { depth: 9 }),
  "Deno's inspect with everything": () => Deno.inspect(secret, { showHidden: true, depth: 9 }),
  "property names and values": () =>
    JSON.stringify([
      Object.keys(secret),
      Object.values(secret),
      Reflect.ownKeys(secret).map(String),
    ]),
  "a structured copy": () => JSON.stringify(structuredClone({ ...secret })),
  "join": () => [secret, secret].join(),
};

for (const [way, show] of Object.entries(WAYS)) {
  Deno.test(`a secret does not show in ${way}`, () => {
    assert.ok(!show().includes(VALUE), show());
  });
}

Deno.test("what shows is the mask", () => {
  assert.equal(`${secret}`, MASK);
  assert.equal(JSON.stringify(secret), `"${MASK}"`);
  assert.match(Deno.inspect(secret), /\*{8}/);
  assert.match(inspect(secret), /\*{8}/);
});

Deno.test("a whole plan can be printed, serialised and inspected without showing a secret", () => {
  const plan = samplePlan({
    answers: { email: { host: "mail.example.com", from: "a@example.com" } },
  });
  const shown = [
    JSON.stringify(plan),
    Deno.inspect(plan, { depth: 99, iterableLimit: 1e6 }),
    inspect(plan, { depth: 99, showHidden: true }),
  ].join("\n");
  for (const [name, value] of Object.entries(CANARIES)) {
    assert.ok(!shown.includes(value), `${name} shows`);
  }
});
