/** Secrets in every form that text may carry them in. */
import assert from "node:assert/strict";
import { partsOfAddress, redactor } from "./redact.ts";

Deno.test("plain, in base64, in an address, in JSON; a part of another one too", () => {
  const secret = 'p@ss "wörd"/7';
  const clean = redactor([secret, 'p@ss "wörd"', ""]);
  const bytes = new TextEncoder().encode(secret);
  for (
    const form of [
      secret,
      btoa(String.fromCharCode(...bytes)),
      encodeURIComponent(secret),
      JSON.stringify(secret),
      `postgresql://rxdx:${encodeURIComponent(secret)}@postgres/rxdx`,
    ]
  ) {
    assert.doesNotMatch(clean(`a ${form} b`), /ss|wörd|c3/, form);
    assert.match(clean(`a ${form} b`), /^a .*\*{8}.* b$/);
  }
});

Deno.test("what is too short to be told from words is left alone", () => {
  assert.equal(redactor(["rxdx"])("the stack rxdx"), "the stack rxdx");
});

Deno.test("of an address only the host may be shown", () => {
  const clean = redactor(partsOfAddress("https://chat.example.com/hooks/abcdef123?token=xyzxyz9"));
  assert.equal(
    clean("chat.example.com: POST /hooks/abcdef123?token=xyzxyz9, abcdef123"),
    "chat.example.com: POST ********, ********",
  );
});
