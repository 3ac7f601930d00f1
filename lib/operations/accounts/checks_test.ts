/** Passwords and addresses: what is refused, why, and never with the value. */
import assert from "node:assert/strict";
import {
  emailProblems,
  isSeeded,
  nameProblems,
  passwordProblems,
  PUBLIC_PASSWORD,
  roleProblems,
} from "./checks.ts";

Deno.test("passwords", () => {
  for (
    const [password, rule] of [
      ["", /must not be empty/],
      ["Kurz-7!x", /at least 12 characters/],
      ["x\u0007Wolke-Kranich-71", /control characters/],
      ["é".repeat(40), /at most 72 bytes/],
      [PUBLIC_PASSWORD, /public sources/],
      ["summer2025!!", /too easy to guess/],
      ["rxdxexample1", /too easy to guess/],
      ["aaaaaaaaaaaaaaaa", /too easy to guess/],
    ] as const
  ) {
    const problems = passwordProblems(password, ["rxdx", "example"]);
    assert.equal(problems.length, 1, password);
    assert.match(problems[0]?.rule ?? "", rule);
    if (password !== "") assert.ok(!JSON.stringify(problems).includes(password));
    assert.ok(!problems[0]?.rule.includes("leave it empty"));
  }
  assert.deepEqual(passwordProblems("Wolke-Kranich-71-Fjord", ["rxdx"]), []);
  assert.deepEqual(passwordProblems("q8#Zt!mV2x&Lr0pW", ["rxdx"]), []);
});

Deno.test("addresses, names, roles", () => {
  assert.deepEqual(emailProblems("ops@example.com"), []);
  assert.equal(emailProblems("ops").length, 1);
  assert.equal(emailProblems("a@b'; DROP TABLE users; --").length, 1);
  assert.deepEqual(nameProblems("Operations"), []);
  assert.equal(nameProblems(" ").length, 1);
  assert.equal(nameProblems("two\nlines").length, 1);
  assert.deepEqual(roleProblems("auditor"), []);
  assert.equal(roleProblems("king").length, 1);
  assert.ok(isSeeded("Admin@example.com"));
  assert.ok(!isSeeded("admin@example.org"));
});
