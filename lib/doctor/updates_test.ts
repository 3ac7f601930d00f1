import assert from "node:assert/strict";
import { cameFromRegistry, type ImageAtRegistry, judgeUpdates } from "./updates.ts";

const OLD = `sha256:${"a".repeat(64)}`;
const NEW = `sha256:${"b".repeat(64)}`;

const backend = (now: ImageAtRegistry["now"]): ImageAtRegistry => ({
  service: "backend",
  image: "registry.example.com/rxdx/backend:1.0",
  pulled: [`registry.example.com/rxdx/backend@${OLD}`],
  now,
});

Deno.test("image updates: none from a registry, the same, newer, and a registry that is silent", () => {
  assert.equal(judgeUpdates([]).state, "ok");
  assert.equal(judgeUpdates([backend({ digest: OLD })]).state, "ok");
  const newer = judgeUpdates([backend({ digest: NEW }), backend({ failure: "no answer" })]);
  assert.equal(newer.state, "warn");
  assert.match(newer.detail, /newer content for backend \(registry\.example\.com/);
  assert.match(newer.hint ?? "", /^rxdx-setup upgrade$/);
  const silent = judgeUpdates([backend({ digest: OLD }), backend({ failure: "no answer" })]);
  assert.deepEqual([silent.state, /no answer/.test(silent.detail)], ["unknown", true]);
});

Deno.test("image updates: an image that was built here is nobody's to ask about", () => {
  const digests = [`127.0.0.1:5000/rxdx/nginx@${OLD}`];
  assert.equal(cameFromRegistry({ image: "rxdx-demo/nginx:1cd0ce851890", digests }), false);
  assert.equal(cameFromRegistry({ image: "127.0.0.1:5000/rxdx/nginx:1.0", digests }), true);
  assert.equal(cameFromRegistry({ image: "127.0.0.1:5000/rxdx/nginx", digests }), true);
  assert.equal(cameFromRegistry({ image: "rxdx-demo/nginx:1", digests: [] }), false);
});
