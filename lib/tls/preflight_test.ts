/** What this machine can see of a name, and what that means for an order. */
import assert from "node:assert/strict";
import { judgeNames, type NameFindings, type PreflightScene } from "./preflight.ts";

const OWN = "192.0.2.10";
const SCENE: PreflightScene = {
  ownAddresses: [OWN, "2001:db8::10"],
  caaIdentities: ["letsencrypt.org"],
  isPublic: true,
};
const GOOD: NameFindings = {
  name: "rxdx.example.org",
  dns: "found",
  addresses: [OWN],
  caa: { state: "none", records: [] },
  token: { state: "ours" },
};
const issue = (value: string) => ({ critical: false, tag: "issue", value });

const TABLE: readonly (readonly [
  title: string,
  findings: Partial<NameFindings>,
  expected: string,
  words?: RegExp,
])[] = [
  ["all is well", {}, ""],
  ["the token came through a router's address", { addresses: ["203.0.113.1"] }, ""],
  [
    "no record at all",
    { dns: "none", addresses: [], token: failed("name_not_found") },
    "stop name_not_in_dns",
    /A 192\.0\.2\.10/,
  ],
  [
    "another server answers, DNS wrong",
    { addresses: ["203.0.113.9"], token: { state: "other", status: 200, server: "Apache" } },
    "stop another_server_answers",
    /Apache.*HTTP 200.*lead to this server/,
  ],
  [
    "another server answers on this machine",
    { token: { state: "other", status: 404, server: "" } },
    "stop another_server_answers",
    /check machine/,
  ],
  [
    "our address, nothing there",
    { token: failed("connection_refused") },
    "stop port_closed",
    /firewall/,
  ],
  [
    "our address, filtered",
    { token: failed("connection_timed_out") },
    "stop port_closed",
    /timed out/,
  ],
  [
    "a foreign address that does not answer from here",
    { addresses: ["203.0.113.9"], token: failed("connection_timed_out") },
    "doubt cannot_tell_from_here",
    /hairpin.*another network/,
  ],
  ["name servers silent, nothing answers", {
    dns: "silent",
    addresses: [],
    token: failed("name_not_found"),
  }, "doubt cannot_tell_from_here"],
  [
    "IPv6 leads elsewhere",
    { addresses: [OWN, "2001:db8::99"] },
    "doubt some_addresses_elsewhere",
    /2001:db8::99/,
  ],
  [
    "an address, closed",
    { name: OWN, dns: "skipped", token: failed("connection_refused") },
    "stop port_closed",
  ],
  ["CAA allows this CA", {
    caa: { state: "found", records: [issue("letsencrypt.org; validationmethods=http-01")] },
  }, ""],
  [
    "CAA allows another",
    { caa: { state: "found", records: [issue("pki.goog")] } },
    "stop caa_forbids",
    /pki\.goog.*letsencrypt\.org/,
  ],
  [
    "CAA allows nobody",
    { caa: { state: "found", records: [issue(";")] } },
    "stop caa_forbids",
    /no authority/,
  ],
  ["CAA about wildcards only", {
    caa: { state: "found", records: [{ critical: false, tag: "issuewild", value: ";" }] },
  }, ""],
  ["CAA could not be asked", { caa: { state: "silent", records: [] } }, ""],
];

function failed(code: string): NameFindings["token"] {
  return { state: "failed", code };
}

for (const [title, findings, expected, words] of TABLE) {
  Deno.test(`preflight: ${title}`, () => {
    const [verdict] = judgeNames([{ ...GOOD, ...findings }], SCENE);
    assert.equal(verdict === undefined ? "" : `${verdict.level} ${verdict.code}`, expected);
    if (verdict === undefined) return;
    assert.ok(verdict.hint !== "" && verdict.message.endsWith("."));
    if (words !== undefined) assert.match(`${verdict.message} ${verdict.hint}`, words);
  });
}

Deno.test("a private authority may see another DNS and another port: nothing stops it", () => {
  for (const [, findings, expected] of TABLE) {
    const [verdict] = judgeNames([{ ...GOOD, ...findings }], { ...SCENE, isPublic: false });
    assert.equal(verdict?.level, expected === "" ? undefined : "doubt");
  }
});

Deno.test("the worst of several names comes first; an unknown identity is no reason", () => {
  const names = [
    { ...GOOD, addresses: [OWN, "203.0.113.1"] },
    { ...GOOD, name: "www.example.org", token: failed("connection_refused") },
  ];
  assert.deepEqual(judgeNames(names, SCENE).map((each) => each.level), ["stop", "doubt"]);
  const caa = { state: "found" as const, records: [issue("pki.goog")] };
  assert.deepEqual(judgeNames([{ ...GOOD, caa }], { ...SCENE, caaIdentities: [] }), []);
});
