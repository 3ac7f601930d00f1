/** Where images come from: what an archive or a checkout is told by, and the names that follow. */
import assert from "node:assert/strict";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { sampleAnswers } from "../../tests/support/samples.ts";
import { imagesOf, lookAtArchive, readManifest, serviceOf } from "./archive.ts";
import { buildCheckoutCommand, builtImage, checkoutVersion } from "./build.ts";
import { lookAtCheckout } from "./checkout.ts";
import { imageNames, versionOf } from "./names.ts";
import type { CheckoutOrigin } from "./origin.ts";
import { failedStepOutput } from "./progress_lines.ts";

const DIGEST = "a".repeat(64);
const TAGS = [
  "r.org:5000/x/backend:1.2",
  "x/frontend:1.2",
  "apache/age:release_PG17",
  "nginx:1.30",
];
const MANIFEST = JSON.stringify(
  TAGS.map((tag) => ({ Config: `blobs/sha256/${DIGEST}`, RepoTags: [tag], Layers: [] })),
);

Deno.test("archive: the last part of the repository names the service", () => {
  assert.deepEqual(TAGS.map(serviceOf), ["backend", "frontend", "postgres", "nginx"]);
  assert.deepEqual(
    ["rxdx-backend:1", "registry:5000/backend", "x/backend@sha256:00", "redis:7"].map(serviceOf),
    ["backend", "backend", "backend", undefined],
  );
  const entries = readManifest(MANIFEST) ?? assert.fail();
  assert.equal(imagesOf(entries).images.backend, TAGS[0]);
  assert.equal(imagesOf(entries).ids.nginx, DIGEST);
  for (const bad of ["", "{}", "[1]", '[{"Config":1}]']) assert.equal(readManifest(bad), undefined);
});

Deno.test("archive: read once, then known by size and time; what is wrong with it is named", async () => {
  const { host } = machineOf();
  const file = "/root/rxdx.tar";
  const rule = async (answer: string | { code: number; stderr: string }) => {
    host.process.expect(["tar", REST], answer);
    const looked = await lookAtArchive(host, file, undefined, []);
    return looked.ok ? "" : looked.problems.map((each) => `${each.key} ${each.rule}`).join();
  };
  assert.match((await lookAtArchive(host, file, undefined, [])).ok ? "" : "x", /x/);
  host.files.put(file, "tar", { mode: 0o600 });
  assert.match(await rule({ code: 2, stderr: "tar: Unexpected EOF in archive" }), /cut off/);
  assert.match(
    await rule({ code: 2, stderr: "tar: manifest.json: Not found in archive" }),
    /images\.file has no manifest\.json/,
  );
  assert.match(await rule({ code: 2, stderr: "tar: This does not look like" }), /cannot be read/);
  assert.match(await rule("[]"), /no image for postgres, backend, frontend, nginx/);
  host.process.expect(["tar", REST], MANIFEST);
  const looked = await lookAtArchive(host, file, undefined, []);
  assert.ok(looked.ok);
  // Known: not read again, so no further command is expected.
  assert.deepEqual(await lookAtArchive(host, file, looked.origin, []), looked);
  await host.files.remove(file);
  assert.deepEqual(
    await lookAtArchive(host, file, looked.origin, []),
    looked,
    "not needed any more",
  );
  const answers = sampleAnswers({ images: { source: "archive", file } });
  assert.equal(imageNames(answers, looked.origin).backend, TAGS[0]);
  assert.equal(versionOf(answers, looked.origin), "1.2");
  host.verify();
});

const ORIGIN: CheckoutOrigin = {
  kind: "build",
  dir: "/srv/RxDx",
  revisions: { backend: "r1", frontend: "r1" },
  commit: "c".repeat(40),
  dirty: false,
};
const build = (more = {}, top = {}) =>
  sampleAnswers({ images: { source: "build", path: "/srv/RxDx", ...more }, ...top });

Deno.test("build: the name changes with sources, bases and stage, and with nothing else", () => {
  const name = (answers = build(), origin = ORIGIN) => builtImage("backend", answers, origin);
  const usual = name();
  assert.match(usual, /^rxdx-build\/backend:[0-9a-f]{12}$/);
  assert.equal(name(build(), { ...ORIGIN, dir: "/elsewhere" }), usual);
  assert.notEqual(
    name(build(), { ...ORIGIN, revisions: { backend: "r2", frontend: "r1" } }),
    usual,
  );
  const other = { ...ORIGIN, revisions: { backend: "r1", frontend: "r2" } };
  assert.equal(name(build(), other), usual, "the other service's files");
  assert.notEqual(name(build({ bases: { python: "x/python:3" } })), usual);
  assert.equal(name(build({ bases: { node: "x/node:20" } })), usual);
  assert.notEqual(name(build({}, { environment: "development" })), usual);
  assert.equal(imageNames(build(), ORIGIN).nginx, "nginx:1.30.4");
  assert.equal(imageNames(build({ nginx: "x/nginx:1" }), ORIGIN).nginx, "x/nginx:1");
});

Deno.test("build: versions for people, and a command without one secret value", () => {
  assert.equal(checkoutVersion(build(), ORIGIN), "cccccccc");
  assert.equal(checkoutVersion(build(), { ...ORIGIN, dirty: true }), "cccccccc-dirty");
  assert.equal(checkoutVersion(build(), { ...ORIGIN, commit: "" }), "r1");
  assert.equal(
    checkoutVersion(build({ path: "", git: "/srv/x.git", ref: "v1" }), ORIGIN),
    "v1",
  );
  const command = buildCheckoutCommand({
    service: "frontend",
    image: "i:1",
    answers: build({ bases: { node: "x/node:20" } }),
    origin: ORIGIN,
    secrets: { npm_registry: "/opt/rxdx/.rxdx/tmp/build/npm_registry" },
    variables: ["https_proxy"],
  }).join(" ");
  assert.match(command, /--target=production .*--build-arg=NODE_IMAGE=x\/node:20/);
  assert.match(
    command,
    /--build-arg=https_proxy --secret=id=npm_registry,src=\S+ \/srv\/RxDx\/frontend$/,
  );
});

Deno.test("checkout: what a directory lacks is named; its state is a hash over its files", async () => {
  const { host } = machineOf();
  const images = build().images;
  const problem = async () => {
    const looked = await lookAtCheckout(host, "/opt/rxdx", images, undefined);
    return looked.ok ? looked.origin.revisions.backend : looked.problems[0]?.rule ?? "";
  };
  assert.match(await problem(), /directory that is there/);
  host.files.put("/srv/RxDx/backend/pyproject.toml", "", { mode: 0o644 });
  assert.match(await problem(), /no backend\/app, no frontend\/package\.json/);
  host.files.put("/srv/RxDx/backend/app/main.py", "", { mode: 0o644 });
  host.files.put("/srv/RxDx/frontend/package.json", "", { mode: 0o644 });
  host.process.allow(["git", REST], { code: 128 });
  const found: string[] = [];
  for (const listing of ["1  a\n2  b\n", "2  b\n1  a\n", "1  a\n3  b\n"]) {
    host.process.expect(["find", REST], listing, 2);
    found.push(await problem());
  }
  assert.equal(found[0], found[1], "in whatever order");
  assert.notEqual(found[0], found[2]);
});

const REMOTE:
  readonly (readonly [string, { code: number; stdout?: string; stderr?: string }, RegExp])[] = [
    ["a branch", { code: 0, stdout: `${"1".repeat(40)}\trefs/heads/main\n` }, /^1{40}$/],
    [
      "an annotated tag is its commit",
      { code: 0, stdout: `${"2".repeat(40)}\trefs/tags/v1\n${"3".repeat(40)}\trefs/tags/v1^{}\n` },
      /^3{40}$/,
    ],
    ["no such ref", { code: 2 }, /images\.ref must be a branch/],
    [
      "no such repository",
      { code: 128, stderr: "fatal: repository 'x' not found" },
      /images\.git .*fatal/,
    ],
    ["no git", { code: 127 }, /images\.git needs git/],
  ];

for (const [title, answer, says] of REMOTE) {
  Deno.test(`clone: ${title}`, async () => {
    const { host } = machineOf();
    const { images } = build({ path: "", git: "https://git.example.com/x.git", ref: "v1" });
    host.process.expect(["git", "ls-remote", REST], answer);
    const looked = await lookAtCheckout(host, "/opt/rxdx", images, undefined);
    const text = looked.ok
      ? looked.origin.commit
      : looked.problems.map((each) => `${each.key} ${each.rule}`).join();
    assert.match(text, says);
    host.verify();
  });
}

Deno.test("clone: what is installed stays until another ref is asked for; a commit needs no asking", async () => {
  const { host } = machineOf();
  const git = "https://git.example.com/x.git";
  const { images } = build({ path: "", git, ref: "main" });
  const known = { git, ref: "main", commit: "4".repeat(40) };
  const looked = await lookAtCheckout(host, "/opt/rxdx", images, { clone: known });
  assert.ok(looked.ok && looked.origin.commit === known.commit);
  const { images: exact } = build({ path: "", git, ref: "5".repeat(40) });
  const direct = await lookAtCheckout(host, "/opt/rxdx", exact, { clone: known });
  assert.ok(direct.ok && direct.origin.commit === "5".repeat(40));
  host.verify();
});

Deno.test("a failed build tells what its step said, not how the Dockerfile reads", () => {
  const output = "#8 0.10 of another step\n#9 [builder 2/3] RUN x\n#9 0.51 fine\n" +
    "#9 0.98 no such package\n#9 ERROR: exit 1\n------\n > [builder 2/3] RUN x:\n" +
    "0.98 no such package\n------\nDockerfile:42\n--------------------\n  41 | # more\n";
  assert.equal(failedStepOutput(output), "fine\nno such package");
  assert.equal(failedStepOutput("ERROR: no daemon\n"), "ERROR: no daemon\n");
});
