/** Addresses of people become names that stay the same; what is nobody's address is left alone. */
import assert from "node:assert/strict";
import { inNetworks, pseudonyms } from "./addresses.ts";

Deno.test("the same address has the same name, in every text", () => {
  const people = pseudonyms();
  assert.equal(
    people.text("203.0.113.7 - jo@example.org, 198.51.100.2, 203.0.113.7:4711"),
    "[ip4-1] - [email-1], [ip4-2], [ip4-1]:4711",
  );
  assert.equal(people.text("198.51.100.2 Jo@Example.org"), "[ip4-2] [email-1]");
  assert.equal(people.text("jo%40example.org"), "[email-1]");
  assert.equal(people.text("2001:db8::7 and 2001:DB8::7"), "[ip6-1] and [ip6-1]");
  assert.equal(people.text("[2001:db8::8]:443"), "[[ip6-2]]:443");
  assert.equal(people.size, 5);
});

Deno.test("what is nobody's address stays", () => {
  const people = pseudonyms((address) => address === "192.0.2.10");
  for (
    const text of [
      "127.0.0.1 0.0.0.0 ::1 :: 192.0.2.10",
      "2026-03-14T10:15:00Z 10:15:00.123",
      "PostgreSQL 17.5 nginx/1.30.1 1.2.3.4.5 300.1.1.1",
      "a::b::c std::string 11:22:33 root@localhost",
      "sha256:0123abcd SHA-256 AA:BB:CC:DD:EE:FF",
    ]
  ) assert.equal(people.text(text), text);
});

Deno.test("addresses of containers are told by their network", () => {
  const inside = inNetworks(["172.18.0.0/16", "fd00::/8", "", "10.0.0.0/33"]);
  assert.deepEqual(
    ["172.18.0.3", "172.18.255.254", "172.19.0.1", "::1", "10.0.0.1", "x"].map(inside),
    [true, true, false, false, false, false],
  );
});
