/** What is offered for a wrong value; through the whole parser, as the operator sees it. */
import assert from "node:assert/strict";
import { parseAnswers } from "./parse.ts";
import { setAt, type Tree } from "./tree.ts";

const CASES: readonly (readonly [path: string, given: unknown, example: string])[] = [
  ["domain", "bücher.example", "xn--bcher-kva.example"],
  ["domain", "https://RXDX.example.com:8443/app?x=1", "rxdx.example.com"],
  ["domain", "rxdx.example.com.", "rxdx.example.com"],
  ["domain", "例え.テスト", "xn--r8jz45g.xn--zckzah"],
  ["domain", "[2001:db8::1]", "2001:db8::1"],
  // No guess keeps the rule: the field's own example.
  ["domain", "rx_dx.example.com", "rxdx.example.com"],
  ["domain", "..", "rxdx.example.com"],
  ["environment", "prod", "production"],
  ["environment", "Staging", "staging"],
  ["tls.mode", "self_signed", "self-signed"],
  ["application.log_level", "debug", "DEBUG"],
  ["resources.memory", "4GB", "4G"],
  ["resources.memory", "1 TiB", "1024G"],
  ["nginx.max_body", "20MB", "20m"],
  ["nginx.max_body", "20", "20m"],
  ["backups.schedule", "@weekly", "0 2 * * 0"],
  ["backups.schedule", "30 2 31 2 *", "0 2 * * *"],
  ["database.user", "RxDx-App", "rxdx_app"],
];

for (const [path, given, example] of CASES) {
  Deno.test(`${path}: ${String(given)} → ${example}`, () => {
    const tree: Tree = {};
    setAt(tree, path, given);
    const parsed = parseAnswers(tree);
    assert.ok(!parsed.ok);
    assert.deepEqual(parsed.problems.map((each) => [each.key, each.example]), [[path, example]]);
  });
}

Deno.test("an origin with a path is offered without it", () => {
  const parsed = parseAnswers({ application: { cors_origins: ["https://wiki.example/page"] } });
  assert.ok(!parsed.ok);
  assert.equal(parsed.problems[0]?.example, "https://wiki.example");
});
