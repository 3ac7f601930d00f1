/** What an operator is shown before agreeing. */
import assert from "node:assert/strict";
import { createColors } from "picocolors";
import { samplePlan } from "../../tests/support/samples.ts";
import type { Tree } from "../answers/tree.ts";
import type { Source } from "../answers/layers.ts";
import type { Changes } from "../operations/changes.ts";
import type { Prepared } from "../operations/prepare.ts";
import type { Facts } from "../plan/facts.ts";
import { changesJson, changesText, sizingText, valuesText } from "./review.ts";

const c = createColors(false);

function prepared(
  answers: Tree = {},
  facts: Partial<Facts> = {},
  provenance: Readonly<Record<string, Source>> = {},
): Prepared {
  return {
    plan: { ...samplePlan({ answers, facts }), provenance: new Map(Object.entries(provenance)) },
    files: [],
    install: undefined,
    generated: [],
    hasPassword: false,
    handEdits: [],
  };
}

const NONE: Changes = {
  files: [],
  services: [],
  images: [],
  reload: false,
  handEdits: [],
  notes: [],
  certificate: undefined,
  order: undefined,
  timers: [],
};

Deno.test("values that matter or differ from their default are shown with their source", () => {
  const text = valuesText(
    prepared({ ports: { https: 8443 }, aliases: ["a.org"] }, {}, {
      domain: "measured",
      "ports.https": "flag",
      aliases: "file",
    }),
    c,
  );
  const lines = text.split("\n").map((line) => line.trim().split(/ {2,}/));
  assert.deepEqual(lines, [
    ["name", "rxdx", "(default)"],
    ["environment", "production", "(default)"],
    ["domain", "rxdx.example.com", "(measured)"],
    ["aliases", "a.org", "(answers file)"],
    ["ports.https", "8443", "(flag)"],
    ["images.source", "demo", "(default)"],
    ["tls.mode", "self-signed", "(default)"],
  ]);
});

Deno.test("the memory that is committed is shown, service by service", () => {
  const text = sizingText(prepared());
  assert.match(text, /7680M of 8G memory, 4 CPUs/);
  assert.match(
    text,
    /postgres \S+, backend \d × \S+ \(\d workers each\), nginx \S+, frontend \S+$/,
  );
});

Deno.test("nothing to do is one line", () => {
  assert.equal(
    changesText(prepared(), NONE, c),
    "Nothing to do: the machine matches rxdx.yml.",
  );
});

const CHANGES: Changes = {
  ...NONE,
  files: [
    { path: "new.yml", kind: "create", diff: "--- /dev/null\n+++ b/new.yml\n@@ -0,0 +1 @@\n+a\n" },
    {
      path: "old.yml",
      kind: "update",
      diff: "--- a/old.yml\n+++ b/old.yml\n@@ -1 +1 @@\n-a\n+b\n",
    },
  ],
  services: [{ service: "backend", action: "recreate", reason: "its definition changed" }],
  images: ["rxdx-demo/backend:1"],
  reload: true,
};

Deno.test("changes are grouped: machine, files with their diff, images, containers, nginx", () => {
  const absent = { engine: { state: "absent" as const } };
  assert.equal(
    changesText(prepared({}, absent), CHANGES, c),
    "Machine\n  Install Docker Engine and Compose (from download.docker.com where it can be\n" +
      "  reached, otherwise from the distribution), and start it\n\n" +
      "Files in /opt/rxdx\n  + new.yml\n  ~ old.yml\n    @@ -1 +1 @@\n    -a\n    +b\n\n" +
      "Images\n  build rxdx-demo/backend:1\n\n" +
      "Containers\n  recreate backend (its definition changed)\n\n" +
      "nginx\n  reload its configuration, no restart",
  );
});

Deno.test("an engine with a known weakness is warned about", () => {
  const old = { engine: { state: "running" as const, version: "26.1.5", compose: "2.26.1" } };
  assert.match(changesText(prepared({}, old), CHANGES, c), /^Warning\n {2}Docker Engine 26\.1\.5/);
});

Deno.test("images of a registry are fetched, not built", () => {
  const registry = { images: { source: "registry", registry: "r.org/x", tag: "1" } };
  assert.match(changesText(prepared(registry), CHANGES, c), /\n {2}fetch rxdx-demo/);
});

Deno.test("many new files below one directory are counted, others are named", () => {
  const files = [
    ...Array.from({ length: 30 }, (_, index) => `demo/f${index}`),
    "nginx/nginx.conf",
    "rxdx.yml",
  ].map((path) => ({ path, kind: "create" as const, diff: "" }));
  const text = changesText(prepared(), { ...NONE, files }, c);
  assert.equal(
    text,
    "Files in /opt/rxdx\n  + demo/ (30 files)\n  + nginx/nginx.conf\n  + rxdx.yml",
  );
});

Deno.test("no line of prose is wider than eighty columns", () => {
  const old = { engine: { state: "running" as const, version: "26.1.5", compose: "2.26.1" } };
  for (const line of changesText(prepared({}, old), CHANGES, c).split("\n")) {
    assert.ok(line.length <= 80, line);
  }
});

Deno.test("the same as data", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(changesJson(prepared(), CHANGES))), {
    schema: 1,
    dir: "/opt/rxdx",
    changes: true,
    engine: "ready",
    files: CHANGES.files,
    hand_edits: [],
    certificate: null,
    certificate_order: null,
    timers: [],
    notes: [],
    images: CHANGES.images,
    containers: CHANGES.services,
    nginx_reload: true,
    memory: {
      committed_bytes: prepared().plan.sizing.committedBytes,
      budget_bytes: prepared().plan.sizing.budgetBytes,
    },
  });
});
