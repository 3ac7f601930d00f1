/** Policies that keep foreign scripts out, and such that only look like it. */
import assert from "node:assert/strict";
import { letsForeignScriptsRun } from "./content_policy.ts";

const CLOSED = [
  "default-src 'self'",
  "default-src 'none'",
  "default-src 'self'; img-src * data:",
  "default-src 'self'; style-src 'self' 'unsafe-inline'",
  "default-src 'unsafe-inline'; script-src 'self'",
  "script-src 'self' https://cdn.example.com",
  "SCRIPT-SRC 'SELF'",
  "script-src 'self'; script-src 'unsafe-inline'",
  "script-src 'nonce-abc' 'unsafe-inline'",
  "script-src 'sha256-AAAA' 'unsafe-inline'",
  "script-src",
  ";; script-src 'self' ;",
];

const OPEN = [
  "img-src 'self'",
  "frame-ancestors 'none'",
  "default-src *",
  "default-src 'self' 'unsafe-inline'",
  "default-src 'self'; script-src 'self' 'unsafe-eval'",
  "Script-Src 'self' 'Unsafe-Inline'",
  "default-src 'self';script-src data:",
  "script-src https:",
  "script-src 'self'; script-src-elem 'self' 'unsafe-inline'",
  "script-src 'self'; script-src-attr 'unsafe-inline'",
  "script-src 'nonce-abc' *",
  // A name that only ends like the right one.
  "x-script-src 'self'",
];

for (const policy of CLOSED) {
  Deno.test(`keeps foreign scripts out: ${policy}`, () => {
    assert.equal(letsForeignScriptsRun(policy), false);
  });
}
for (const policy of OPEN) {
  Deno.test(`lets foreign scripts run: ${policy}`, () => {
    assert.equal(letsForeignScriptsRun(policy), true);
  });
}
