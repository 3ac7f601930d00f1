/** What is worth a second look, and that nothing else is. */
import assert from "node:assert/strict";
import type { Tree } from "../answers/tree.ts";
import { sampleAnswers } from "../../tests/support/samples.ts";
import { warningsOf } from "./warnings.ts";

const CASES: readonly (readonly [answers: Tree, keys: readonly string[]])[] = [
  [{}, []],
  [{ domain: "localhost" }, []],
  [{ domain: "localhost", images: { source: "registry" } }, ["domain"]],
  [{ domain: "rxdx.local" }, ["domain"]],
  [{ images: { postgres: "age:18", nginx: "nginx:2" } }, ["images.postgres", "images.nginx"]],
  [{ images: { source: "build", path: "/srv/src", postgres: "age:18" } }, []],
  [{ environment: "development", resources: { backend: { workers: 4, replicas: 2 } } }, [
    "resources.backend.replicas",
    "resources.backend.workers",
  ]],
  [{ email: { host: "m.org", from: "a@b.org", port: 465 } }, ["email.port"]],
  [{ email: { host: "m.org", from: "a@b.org", user: "u", tls: false } }, ["email.tls"]],
  [{ email: { user: "u" } }, ["email.host"]],
  [{ imap: { user: "u" } }, ["imap.host"]],
  [{ imap: { host: "i.org", user: "u", tls: false } }, ["imap.tls"]],
  [{ application: { cors_origins: ["http://a.org", "https://b.org"] } }, [
    "application.cors_origins",
  ]],
  [{ tls: { trusted_proxies: ["10.0.0.5"] } }, ["tls.trusted_proxies"]],
  [{ nginx: { csp: "script-src 'self' 'unsafe-inline'" } }, ["nginx.csp"]],
  [{ nginx: { csp: "img-src 'self'" } }, ["nginx.csp"]],
  [{ nginx: { csp: "default-src 'self'" } }, []],
  [{ nginx: { csp_report_only: true } }, ["nginx.csp_report_only"]],
  [{ nginx: { csp_report_only: true }, environment: "staging" }, []],
  [{ llm: { enabled: true, url: "http://a.org/v1" } }, ["llm.model"]],
];

for (const [answers, keys] of CASES) {
  Deno.test(`warnings of ${JSON.stringify(answers)}`, () => {
    assert.deepEqual(warningsOf(sampleAnswers(answers)).map((each) => each.key), keys);
  });
}
