/**
 * The workflows, which run only on GitHub, as far as they can be judged here: actions are pinned by the
 * hash of a commit, rights are given job by job, and every script, task and option they call exists.
 */
import assert from "node:assert/strict";
import { parse } from "yaml";
import configuration from "../deno.json" with { type: "json" };
import { theHost } from "../lib/host/real.ts";
import { compareVersions } from "../lib/release/versions.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
const host = theHost();
const { files } = host;

interface WorkflowStep {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly environment?: string;
  readonly needs?: string;
  readonly steps: readonly WorkflowStep[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const NAMES = ["ci.yml", "release.yml"] as const;
const TEXTS = new Map<string, string>();
for (const name of NAMES) {
  TEXTS.set(name, await files.readText(`${ROOT}/.github/workflows/${name}`) ?? "");
}

/** What is wrong with a workflow, one line each. */
async function faults(text: string): Promise<string[]> {
  const found: string[] = [];
  const workflow = parse(text) as Workflow;
  if (JSON.stringify(workflow.permissions) !== "{}") {
    found.push("rights are not taken away at the top");
  }
  if ("pull_request_target" in workflow.on) found.push("runs code of strangers with rights");
  for (const [line] of text.matchAll(/^.*\buses:.*$/gm)) {
    if (!/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)) {
      found.push(`not pinned by hash, with its version: ${line.trim()}`);
    }
  }
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (job.permissions === undefined) found.push(`${name}: no rights are named`);
    if (job["timeout-minutes"] === undefined) found.push(`${name}: may run for ever`);
    for (const { uses = "", run = "", with: options = {} } of job.steps) {
      if (uses.startsWith("actions/checkout@") && options["persist-credentials"] !== false) {
        found.push(`${name}: the token is left in the checkout`);
      }
      // Text of a tag or a branch in a script is a script.
      if (/\$\{\{\s*github\.(event|head_ref|ref_name)/.test(run)) found.push(`${name}: ${run}`);
      for (const [, script = ""] of run.matchAll(/\bsh ([\w./-]+\.sh)\b/g)) {
        if (await files.stat(`${ROOT}/${script}`) === undefined) {
          found.push(`${name}: no ${script}`);
        }
      }
      for (const [, task = ""] of run.matchAll(/\bdeno task ([\w:]+)/g)) {
        if (!Object.hasOwn(configuration.tasks, task)) found.push(`${name}: no task ${task}`);
      }
      for (const [, options = ""] of run.matchAll(/\bdeno task release ([^\n]*)/g)) {
        const source = await files.readText(`${ROOT}/lib/packaging/release.ts`) ?? "";
        for (const [, option = ""] of options.matchAll(/(?:^| )--([\w-]+)/g)) {
          if (!source.includes(`${option}: { type: "string"`)) {
            found.push(`${name}: no --${option}`);
          }
        }
      }
      for (const [, options = ""] of run.matchAll(/\bsh install\.sh ([^\n|)]*)/g)) {
        const source = await files.readText(`${ROOT}/install.sh`) ?? "";
        for (const [, option = ""] of options.matchAll(/(?:^| )(--[\w-]+)/g)) {
          if (!source.includes(`        ${option}`)) {
            found.push(`${name}: install.sh has no ${option}`);
          }
        }
      }
    }
  }
  return found;
}

for (const [name, text] of TEXTS) {
  Deno.test(`${name}: pinned, with few rights, and everything it calls is there`, async () => {
    assert.ok(text.length > 500);
    assert.deepEqual(await faults(text), []);
  });
}

Deno.test("each fault is found", async () => {
  const text = TEXTS.get("release.yml") ?? "";
  const changes: readonly (readonly [string | RegExp, string, RegExp])[] = [
    [/@[0-9a-f]{40} # v5\.0\.0/, "@v5", /not pinned/],
    ["permissions: {}", "permissions: write-all", /rights are not taken away/],
    ["timeout-minutes: 20", "continue-on-error: true", /may run for ever/],
    ["persist-credentials: false", "fetch-depth: 0", /token is left/],
    ["tests/install/draft.sh", "tests/install/gone.sh", /no tests\/install\/gone\.sh/],
    ["deno task build", "deno task bild", /no task bild/],
    ["deno task release --tag", "deno task release --tagg", /no --tagg/],
    ["install.sh --print-target", "install.sh --print-goal", /has no --print-goal/],
  ];
  for (const [from, to, says] of changes) {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, String(from));
    assert.match((await faults(changed)).join("\n"), says);
  }
});

Deno.test("a release is made in an order that leaves nothing unproven", () => {
  const { jobs } = parse(TEXTS.get("release.yml") ?? "") as Workflow;
  assert.deepEqual(
    Object.entries(jobs).map(([name, job]) => [name, job.needs]),
    [
      ["unit", undefined],
      ["build", "unit"],
      ["draft", "build"],
      ["try", "draft"],
      ["publish", "try"],
    ],
  );
  // A tag may be on any commit: nobody has tested that one yet.
  const { jobs: ofEveryChange } = parse(TEXTS.get("ci.yml") ?? "") as Workflow;
  assert.deepEqual(jobs["unit"]?.steps, ofEveryChange["unit"]?.steps);
  assert.match(JSON.stringify(jobs["unit"]?.steps.at(-1)), /"sh tests\/run\.sh unit"/);
  const withSecret = Object.entries(jobs).filter(([, job]) =>
    JSON.stringify(job).includes("secrets.")
  );
  assert.deepEqual(withSecret.map(([name, job]) => [name, job.environment]), [[
    "draft",
    "release",
  ]]);
  const runs = (name: string) =>
    (jobs[name]?.steps ?? []).map((step) => step.run ?? step.uses ?? "");
  const draft = runs("draft").join("\n");
  assert.match(draft, /--tag "\$GITHUB_REF_NAME"/);
  assert.ok(draft.indexOf("deno task release") < draft.indexOf("attest-build-provenance"));
  assert.ok(draft.indexOf("attest-build-provenance") < draft.indexOf("gh release create"));
  assert.match(draft, /gh release create "\$GITHUB_REF_NAME" --draft/);
  for (const target of ["x86_64", "aarch64"]) {
    assert.match(draft, new RegExp(`--program ${target}-unknown-linux-gnu=built/`));
  }
  assert.match(runs("try").join("\n"), /draft\.sh draft/);
  assert.match(runs("publish").join("\n"), /--draft=false/);
});

/** What is published while that is the latest, which is none at first. */
const PUBLISHED: readonly (readonly [tag: string, latest: string, flag: string])[] = [
  ["v0.1.0", "", "--latest"],
  ["v1.0.0", "v0.9.5", "--latest"],
  ["v0.9.5", "v1.0.0", "--latest=false"],
  ["v1.0.10", "v1.0.9", "--latest"],
  ["v1.0.9", "v1.0.10", "--latest=false"],
  ["v1.10.0", "v1.9.12", "--latest"],
  ["v1.9.12", "v1.10.0", "--latest=false"],
  ["v1.0.0", "v1.0.0", "--latest"],
  ["v1.0.0-rc.1", "", "--prerelease"],
  ["v1.0.0-rc.1", "v0.9.5", "--prerelease"],
  ["v2.0.0-rc.1+build.5", "v1.0.0", "--prerelease"],
  ["v1.0.0+build-5", "v0.9.5", "--latest"],
  // Published by hand, as what it is not.
  ["v1.0.0", "v1.0.0-rc.2", "--latest"],
  ["v1.0.1", "v1.0.0-rc.2", "--latest"],
  ["v0.9.6", "v1.0.0-rc.2", "--latest=false"],
];

Deno.test("a candidate, or a correction of an older version, does not become the latest release", async () => {
  const { jobs } = parse(TEXTS.get("release.yml") ?? "") as Workflow;
  const steps = jobs["publish"]?.steps ?? [];
  assert.match(steps[0]?.uses ?? "", /^actions\/checkout@/);
  const script = steps.at(-1)?.run ?? "";
  const work = await Deno.makeTempDir();
  try {
    // Says what is the latest, or that GitHub does not answer; keeps what it is told to do.
    await files.writeAtomic(
      `${work}/gh`,
      '#!/bin/sh\ncase "$1 $2" in\n' +
        '  "release list") [ "$LATEST" != unreachable ] || exit 1; printf "%s" "$LATEST" ;;\n' +
        '  *) printf "<%s>" "$@" >"${0%/*}/told" ;;\nesac\n',
      { mode: 0o755 },
    );
    const publish = async (tag: string, latest: string) => {
      await files.remove(`${work}/told`);
      // As GitHub runs it.
      const { code } = await host.process.run(["bash", "-e", "-c", script], {
        cwd: ROOT,
        env: {
          PATH: `${work}:${host.env["PATH"] ?? ""}`,
          GITHUB_REF_NAME: tag,
          LATEST: latest,
        },
      });
      return { code, told: await files.readText(`${work}/told`) };
    };
    for (const [tag, latest, flag] of PUBLISHED) {
      const { told } = await publish(tag, latest);
      assert.equal(told, `<release><edit><${tag}><--draft=false><${flag}>`, `${tag} on ${latest}`);
      if (latest === "" || flag === "--prerelease") continue;
      const newer = compareVersions(tag.slice(1), latest.slice(1)) >= 0;
      assert.equal(newer, flag === "--latest", `self-update sees ${tag} and ${latest} otherwise`);
    }
    const { code, told } = await publish("v0.9.5", "unreachable");
    assert.notEqual(code, 0);
    assert.equal(told, undefined, "published without knowing what is the latest");
  } finally {
    await files.remove(work, { recursive: true });
  }
});
