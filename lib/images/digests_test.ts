/** Digests of other repositories say nothing about the image that is run. */
import assert from "node:assert/strict";
import { ownDigests } from "./digests.ts";

const AT = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["rxdx-demo/backend:1a2b", [], []],
  ["rxdx-demo/backend:1a2b", [`127.0.0.1:5000/rxdx/backend@${AT}`], []],
  ["registry.example.com/rxdx/backend:1.2.0", [
    `mirror.example.com/rxdx/backend@${OTHER}`,
    `registry.example.com/rxdx/backend@${AT}`,
    `registry.example.com/rxdx/backend-debug@${OTHER}`,
  ], [`registry.example.com/rxdx/backend@${AT}`]],
  ["registry.example.com:5000/rxdx/backend", [`registry.example.com:5000/rxdx/backend@${AT}`], [
    `registry.example.com:5000/rxdx/backend@${AT}`,
  ]],
  [`nginx@${AT}`, [`nginx@${AT}`], [`nginx@${AT}`]],
  ["docker.io/library/nginx:1.30.4", [`nginx@${AT}`], [`nginx@${AT}`]],
  ["docker.io/apache/age:release", [`apache/age@${AT}`], [`apache/age@${AT}`]],
  ["apache/age:release", [`apache/age@${OTHER}`, `apache/age@${AT}`], [
    `apache/age@${AT}`,
    `apache/age@${OTHER}`,
  ]],
];

for (const [image, digests, own] of CASES) {
  Deno.test(`digests of ${image} among ${digests.length}`, () => {
    assert.deepEqual(ownDigests(image, digests), own);
  });
}
