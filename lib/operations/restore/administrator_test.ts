/** The administrator of a stack that moves to another domain keeps the address that the account has. */
import assert from "node:assert/strict";
import { withAdministrator } from "./administrator.ts";

const OLD = "schema: 1\ndomain: old.example.com\n";

Deno.test("made of the old domain, it stays; said, written or unchanged, it is left alone", () => {
  const moved = ["ports.http=8080", "domain=new.example.com"];
  assert.deepEqual(withAdministrator(moved, OLD), [...moved, "admin.email=admin@old.example.com"]);
  const said = [...moved, "admin.email=qa@new.example.com"];
  assert.deepEqual(withAdministrator(said, OLD), said);
  assert.deepEqual(withAdministrator(moved, `${OLD}admin:\n  email: a@b.example.com\n`), moved);
  assert.deepEqual(withAdministrator(["ports.http=8080"], OLD), ["ports.http=8080"]);
  assert.deepEqual(withAdministrator(moved, "domain: [\n"), moved, "told by who reads it");
});
