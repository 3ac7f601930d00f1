/** Strict-Transport-Security: what each answer means with each certificate. */
import assert from "node:assert/strict";
import { HSTS } from "../answers/schema.ts";
import { hstsFor } from "./hsts.ts";

Deno.test("never with a self-signed certificate, whatever is asked for", () => {
  for (const answer of HSTS) assert.equal(hstsFor(answer, "nobody"), "");
});

Deno.test("short with a public certificate, longer only when asked, preload only by name", () => {
  assert.equal(hstsFor("auto", "everybody"), "max-age=86400");
  assert.equal(hstsFor("auto", "some"), "");
  assert.equal(hstsFor("off", "everybody"), "");
  assert.equal(hstsFor("year", "some"), "max-age=31536000; includeSubDomains");
  assert.equal(hstsFor("preload", "everybody"), "max-age=63072000; includeSubDomains; preload");
  for (const answer of HSTS.filter((each) => each !== "preload")) {
    assert.doesNotMatch(hstsFor(answer, "everybody"), /preload/);
  }
});
