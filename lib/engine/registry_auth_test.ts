import assert from "node:assert/strict";
import { registryAuth } from "./registry_auth.ts";

Deno.test("a login of any characters comes back whole; without one there is no header", () => {
  const login = { username: "rüx", password: 'p"ä\\s>?s ÿÿÿ' };
  const text = registryAuth(login)["x-registry-auth"] ?? "";
  assert.match(text, /^[A-Za-z0-9_=-]+$/);
  const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
  assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)), login);
  assert.deepEqual(registryAuth(undefined), {});
});
