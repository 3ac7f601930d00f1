/** Names, addresses and files that follow from the answers. */
import assert from "node:assert/strict";
import type { Tree } from "../answers/tree.ts";
import { imageNames } from "../images/names.ts";
import {
  MIB,
  sampleAnswers,
  sampleFacts,
  samplePlan,
  sampleSecrets,
} from "../../tests/support/samples.ts";
import { adminEmailOf, dataVolumeOf, makePlan, namesOf, urlOf } from "./plan.ts";

const URLS: readonly (readonly [Tree, string])[] = [
  [{ domain: "x.org" }, "https://x.org"],
  [{ domain: "x.org", ports: { https: 8443 } }, "https://x.org:8443"],
  [{ domain: "192.0.2.1" }, "https://192.0.2.1"],
  [{ domain: "2001:db8::1" }, "https://[2001:db8::1]"],
  [{ domain: "::1", ports: { https: 8443 } }, "https://[::1]:8443"],
  [{ domain: "x.org", environment: "development", tls: { mode: "none" } }, "http://x.org"],
  [
    { domain: "x.org", environment: "development", tls: { mode: "none" }, ports: { http: 8080 } },
    "http://x.org:8080",
  ],
  [
    {
      domain: "x.org",
      ports: { http: 8080, https: 8443 },
      tls: { mode: "external", trusted_proxies: ["10.0.0.5"] },
    },
    "https://x.org",
  ],
];

for (const [answers, url] of URLS) {
  Deno.test(`the address is ${url}`, () => assert.equal(urlOf(sampleAnswers(answers)), url));
}

Deno.test("the certificate names every name of the stack and the machine itself, once each", () => {
  const names = namesOf(sampleAnswers({ domain: "RxDx.org", aliases: ["www.rxdx.org", "::1"] }));
  assert.deepEqual(names.server, ["rxdx.org", "www.rxdx.org", "::1"]);
  assert.deepEqual(names.certificate, [
    "rxdx.org",
    "www.rxdx.org",
    "::1",
    "localhost",
    "127.0.0.1",
  ]);
});

Deno.test("clients that come by address send no SNI, and are served only when one is a name", () => {
  const accepts = (domain: string, aliases: string[] = []) =>
    namesOf(sampleAnswers({ domain, aliases })).acceptNoSni;
  assert.equal(accepts("rxdx.org"), false);
  assert.equal(accepts("rxdx.org", ["www.rxdx.org"]), false);
  assert.equal(accepts("192.0.2.1"), true);
  assert.equal(accepts("rxdx.org", ["::1"]), true);
  assert.equal(accepts("localhost"), true);
  assert.equal(accepts("LOCALHOST"), true);
});

Deno.test("the administrator's address is the given one, the domain's, or a private one", () => {
  const email = (tree: Tree) => adminEmailOf(sampleAnswers(tree));
  assert.equal(email({ admin: { email: "qa@a.org" } }), "qa@a.org");
  assert.equal(email({ domain: "RxDx.Example.com" }), "admin@rxdx.example.com");
  assert.equal(email({ domain: "server1" }), "admin@rxdx.internal");
  assert.equal(email({ domain: "192.0.2.1" }), "admin@rxdx.internal");
  assert.equal(email({ domain: "::1" }), "admin@rxdx.internal");
});

Deno.test("development and production never share a database volume", () => {
  const volume = (environment: string) =>
    dataVolumeOf(sampleAnswers({ environment, name: "acme" }));
  assert.equal(volume("development"), "acme_postgres_data");
  assert.equal(volume("staging"), "acme_postgres_data_prod");
  assert.equal(volume("production"), "acme_postgres_data_prod");
});

Deno.test("the Compose files are the base, the production override, and the operator's own last", () => {
  const files = (environment: string, overrideFile: boolean) =>
    samplePlan({ answers: { environment }, facts: { overrideFile } }).composeFiles;
  assert.deepEqual(files("development", false), ["docker-compose.yml"]);
  assert.deepEqual(files("development", true), [
    "docker-compose.yml",
    "docker-compose.override.yml",
  ]);
  for (const environment of ["staging", "production"]) {
    assert.deepEqual(files(environment, true), [
      "docker-compose.yml",
      "docker-compose.prod.yml",
      "docker-compose.override.yml",
    ]);
  }
});

Deno.test("nginx runs as its image's user, or as an operator without root", () => {
  assert.deepEqual(samplePlan().nginxUser, { uid: 101, gid: 101 });
  assert.deepEqual(samplePlan({ facts: { uid: 1000, gid: 1001 } }).nginxUser, {
    uid: 1000,
    gid: 1001,
  });
});

Deno.test("a plan that cannot be is every problem, not an exception", () => {
  const answers = sampleAnswers({ tls: { mode: "none" }, email: { host: "mail.example.com" } });
  const planned = makePlan({
    answers,
    provenance: new Map(),
    facts: sampleFacts({ memoryBytes: 256 * MIB }),
    secrets: sampleSecrets(),
    dir: "/opt/rxdx",
    images: imageNames(answers),
  });
  assert.ok(!planned.ok);
  assert.deepEqual(planned.problems.map((problem) => problem.key), [
    "tls.mode",
    "resources",
    "email.from",
  ]);
});

Deno.test("the same inputs make the same plan", () => {
  assert.deepEqual(JSON.stringify(samplePlan()), JSON.stringify(samplePlan()));
});
