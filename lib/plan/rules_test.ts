/** Rules over several fields and over the machine: each breaks alone, and all are told at once. */
import assert from "node:assert/strict";
import type { Tree } from "../answers/tree.ts";
import { GIB, MIB, sampleAnswers, sampleFacts } from "../../tests/support/samples.ts";
import type { Facts } from "./facts.ts";
import { crossProblems } from "./rules.ts";

function keysOf(answers: Tree, facts: Partial<Facts> = {}): string[] {
  return crossProblems(sampleAnswers(answers), sampleFacts(facts)).map((problem) => problem.key);
}

interface Case {
  readonly title: string;
  readonly answers: Tree;
  readonly facts?: Partial<Facts>;
  readonly keys: readonly string[];
}

const CASES: readonly Case[] = [
  { title: "the defaults break nothing", answers: {}, keys: [] },
  {
    title: "TLS may be off in development",
    answers: { environment: "development", tls: { mode: "none" } },
    keys: [],
  },
  {
    title: "TLS must not be off in production",
    answers: { tls: { mode: "none" } },
    keys: ["tls.mode"],
  },
  {
    title: "TLS must not be off in staging",
    answers: { environment: "staging", tls: { mode: "none" } },
    keys: ["tls.mode"],
  },
  {
    title: "TLS at a proxy needs the proxy's address",
    answers: { tls: { mode: "external" } },
    keys: ["tls.trusted_proxies"],
  },
  {
    title: "TLS at a named proxy is fine",
    answers: { tls: { mode: "external", trusted_proxies: ["10.0.0.5"] } },
    keys: [],
  },
  {
    title: "a registry needs its address and a tag",
    answers: { images: { source: "registry" } },
    keys: ["images.registry", "images.tag"],
  },
  {
    title: "a registry with both is fine",
    answers: { images: { source: "registry", registry: "r.example.com/rxdx", tag: "1" } },
    keys: [],
  },
  {
    title: "two published ports must differ",
    answers: { ports: { http: 8443, https: 8443 } },
    keys: ["ports.https"],
  },
  {
    title: "ports that only development publishes may be equal elsewhere",
    answers: { ports: { http: 8000, backend: 8000 } },
    keys: [],
  },
  {
    title: "in development all five ports must differ",
    answers: { environment: "development", ports: { http: 3000, postgres: 8000 } },
    keys: ["ports.frontend", "ports.postgres"],
  },
  {
    title: "without TLS the HTTPS port is published all the same, and must differ",
    answers: {
      environment: "development",
      tls: { mode: "none" },
      ports: { http: 8443, https: 8443 },
    },
    keys: ["ports.https"],
  },
  {
    title: "a name is named once",
    answers: { domain: "a.org", aliases: ["A.org", "b.org", "B.ORG"] },
    keys: ["aliases", "aliases"],
  },
  {
    title: "no limit exceeds the machine's CPUs",
    answers: {
      resources: { cpus: 5, backend: { cpus: 4.5 }, postgres: { cpus: 64 }, nginx: { cpus: 4 } },
    },
    keys: ["resources.cpus", "resources.backend.cpus", "resources.postgres.cpus"],
  },
  {
    title: "the machine must be large enough",
    answers: {},
    facts: { memoryBytes: 512 * MIB },
    keys: ["resources"],
  },
  {
    title: "1 GiB is large enough",
    answers: {},
    facts: { memoryBytes: 960 * MIB, cpus: 1 },
    keys: [],
  },
  {
    title: "given limits must fit",
    answers: { resources: { postgres: { memory: "12G" } } },
    keys: ["resources"],
  },
  {
    title: "an upload must pass nginx",
    answers: { application: { max_upload: "21m" } },
    keys: ["application.max_upload"],
  },
  {
    title: "an upload as large as nginx allows is fine",
    answers: { application: { max_upload: "20480k" } },
    keys: [],
  },
  {
    title: "mail needs a sender",
    answers: { email: { host: "mail.example.com" } },
    keys: ["email.from"],
  },
  {
    title: "a language model needs an address",
    answers: { llm: { enabled: true } },
    keys: ["llm.url"],
  },
  {
    title: "an administrator's address must be derivable",
    answers: { domain: `${"a".repeat(60)}.`.repeat(4) + "example" },
    keys: ["admin.email"],
  },
];

for (const { title, answers, facts, keys } of CASES) {
  Deno.test(`rule: ${title}`, () => {
    assert.deepEqual(keysOf(answers, facts), keys);
  });
}

Deno.test("all broken rules are told at once, each with a value, a rule and an example", () => {
  const problems = crossProblems(
    sampleAnswers({
      tls: { mode: "none" },
      images: { source: "registry" },
      ports: { http: 81, https: 81 },
      aliases: ["rxdx.example.com"],
      resources: { cpus: 999 },
      application: { max_upload: "1g" },
      email: { host: "mail.example.com" },
      llm: { enabled: true },
    }),
    sampleFacts({ memoryBytes: GIB / 2 }),
  );
  assert.deepEqual(problems.map((problem) => problem.key), [
    "tls.mode",
    "images.registry",
    "images.tag",
    "ports.https",
    "aliases",
    "resources.cpus",
    "resources",
    "application.max_upload",
    // Larger than what nginx lets in, and than the backend's /tmp.
    "application.max_upload",
    "email.from",
    "llm.url",
  ]);
  for (const problem of problems) {
    assert.notEqual(problem.value, undefined, problem.key);
    assert.notEqual(problem.rule, "", problem.key);
    assert.notEqual(problem.example ?? "", "", problem.key);
  }
});

Deno.test("the memory problem carries the sizing's own reason", () => {
  const [problem] = crossProblems(sampleAnswers(), sampleFacts({ memoryBytes: 512 * MIB }));
  assert.match(problem?.rule ?? "", /512M of memory less 512M for the host leaves 0M/);
});
