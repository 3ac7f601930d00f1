/** Getting images: what is there is not fetched or built, what is not is, in one way or the other. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { CANARIES, sampleFacts, samplePlan } from "../../tests/support/samples.ts";
import { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Step } from "../steps/step.ts";
import { baseImageStep } from "./base_steps.ts";
import { BASES } from "./demo.ts";
import { pullFailure } from "./pull.ts";
import { imageSteps } from "./steps.ts";

const signal = new AbortController().signal;

async function run(step: Step): Promise<string[]> {
  const details: string[] = [];
  await step.run({ detail: (text) => details.push(text), services: () => undefined }, signal);
  return details;
}

Deno.test("a demo has its two bases first, then one build a service", () => {
  const { host } = machineOf();
  const ids = imageSteps(host, new Engine(host), samplePlan()).map((step) => step.id);
  assert.deepEqual(ids, [
    "base-trixie",
    "base-forky",
    "image-postgres",
    "image-backend",
    "image-frontend",
    "image-nginx",
  ]);
});

Deno.test("images that are there are done, and so are bases nobody needs any more", async () => {
  const { host, engine } = machineOf();
  const plan = samplePlan();
  for (const image of Object.values(plan.images)) engine.images.set(image, "sha256:x");
  for (const step of imageSteps(host, new Engine(host), plan)) {
    assert.equal(await step.isDone(), true, step.id);
  }
  engine.images.delete(plan.images.nginx);
  const open = [];
  for (const step of imageSteps(host, new Engine(host), plan)) {
    if (!await step.isDone()) open.push(step.id);
  }
  assert.deepEqual(open, ["base-forky", "image-nginx"]);
});

Deno.test("a build runs in the install with BuildKit, and shows its progress without numbers", async () => {
  const { host } = machineOf();
  const plan = samplePlan();
  host.process.expect(["docker", "build", REST], {
    stderr: "#8 12.31 Get:1 http://mirror.example.org/debian trixie InRelease\n#8 DONE 0.2s\n",
  });
  const step = imageSteps(host, new Engine(host), plan).find((each) => each.id === "image-nginx");
  assert.ok(step !== undefined);
  const details = await run(step);
  assert.deepEqual(details, [
    "Get:1 http://mirror.example.org/debian trixie InRelease",
    "DONE 0.2s",
  ]);
  const call = host.process.calls.at(-1);
  assert.equal(call?.options.cwd, plan.dir);
  assert.equal(call?.options.env?.["DOCKER_BUILDKIT"], "1");
  host.verify();
});

const REGISTRY = { source: "registry", registry: "r.example.com/rxdx", tag: "1" };

Deno.test("images of a registry are pulled one by one; what is here is not", async () => {
  const { host, engine } = machineOf();
  const plan = samplePlan({ answers: { images: REGISTRY } });
  const steps = imageSteps(host, new Engine(host), plan);
  assert.deepEqual(steps.map((each) => each.id), ["images", "image-architecture"]);
  const [step] = steps;
  assert.ok(step !== undefined);
  assert.equal(await step.isDone(), false);
  engine.images.set(plan.images.postgres, "sha256:x");
  engine.images.set(plan.images.nginx, "sha256:x");
  host.process.expect(["docker", "pull", "r.example.com/rxdx/backend:1"])
    .expect(["docker", "pull", "r.example.com/rxdx/frontend:1"]);
  await run(step);
  for (const image of Object.values(plan.images)) engine.images.set(image, "sha256:x");
  assert.equal(await step.isDone(), true);
  host.verify();
});

Deno.test("a login goes by standard input into a private directory that is gone afterwards", async () => {
  const { host, engine } = machineOf();
  const plan = samplePlan({ answers: { images: { ...REGISTRY, username: "deploy" } } });
  engine.images.set(plan.images.postgres, "sha256:x");
  engine.images.set(plan.images.nginx, "sha256:x");
  const [step] = imageSteps(host, new Engine(host), plan);
  assert.ok(step !== undefined);
  host.process.expect(
    ["docker", "login", "--username", "deploy", "--password-stdin", "r.example.com"],
  ).expect(["docker", "pull", REST], "", 2);
  await run(step);
  const login = host.process.calls.find(({ argv }) => argv[1] === "login");
  assert.equal(login?.options.stdin, CANARIES.REGISTRY_PASSWORD);
  const config = login?.options.env?.["DOCKER_CONFIG"] ?? "";
  assert.match(config, /^\/opt\/rxdx\/\.rxdx\/tmp\//);
  for (const { argv, options } of host.process.calls.filter((each) => each.argv[1] === "pull")) {
    assert.equal(options.env?.["DOCKER_CONFIG"], config, argv.join(" "));
  }
  assert.equal(await host.files.stat(config), undefined);
  assert.ok(!host.process.calls.some(({ argv }) => argv.join(" ").includes("canary")));
  host.verify();
});

const FAILURES: readonly (readonly [stderr: string, code: string])[] = [
  ["Error response from daemon: manifest for x:1 not found: manifest unknown", "image_not_found"],
  [
    'Error response from daemon: Get "https://x/v2/": unauthorized: incorrect username or password',
    "registry_login",
  ],
  ["no basic auth credentials", "registry_login"],
  ["no matching manifest for linux/amd64 in the manifest list entries", "wrong_architecture"],
  ["write /var/lib/docker/tmp/x: no space left on device", "disk_full"],
  [
    'Get "https://x/v2/": dial tcp 192.0.2.1:443: connect: connection refused',
    "registry_unreachable",
  ],
  ['Get "https://x/v2/": dial tcp: lookup x: no such host', "registry_unreachable"],
];

for (const [stderr, code] of FAILURES) {
  Deno.test(`a failed pull: ${code} for ${stderr.slice(0, 50)}`, () => {
    const error = pullFailure("x:1", stderr);
    assert.equal(error.code, code);
    assert.equal(error.exit, EXIT.prerequisite);
    assert.notEqual(error.hint ?? "", "");
  });
}

const base = (host: Parameters<typeof baseImageStep>[0]["host"], facts = sampleFacts()) =>
  baseImageStep({
    host,
    engine: new Engine(host),
    facts,
    base: BASES.forky,
    dir: "/opt/rxdx",
    neededBy: ["x"],
  });

Deno.test("a base is pulled and tagged where a registry answers", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(["docker", "pull", "--quiet", "debian:forky-slim"])
      .expect(["docker", "tag", "debian:forky-slim", BASES.forky.tag]);
    await run(base(host));
  }));

Deno.test("where none answers it is bootstrapped from the machine's own mirror", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/opt/rxdx/.rxdx");
    host.files.put("/opt/rxdx/.rxdx/tmp/base-forky.tar", "half an archive of a killed run");
    host.files.put("/etc/apt/sources.list", "deb http://mirror.example.org/debian bookworm main\n");
    host.process.expect(["docker", "pull", REST], { code: 1, stderr: "no route to host" })
      .expect(["mmdebstrap", "--version"])
      .expect([
        "mmdebstrap",
        "--variant=minbase",
        "--include=ca-certificates",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        "forky",
        "/opt/rxdx/.rxdx/tmp/base-forky.tar",
        "http://mirror.example.org/debian",
      ], () => {
        assert.ok(!host.files.has("/opt/rxdx/.rxdx/tmp/base-forky.tar"), "the half one is gone");
        return "";
      })
      .expect(["docker", "import", "/opt/rxdx/.rxdx/tmp/base-forky.tar", BASES.forky.tag]);
    await run(base(host));
    assert.ok(!host.files.has("/opt/rxdx/.rxdx/tmp/base-forky.tar"));
  }));

Deno.test("without the tool it is installed as root on Debian, and named everywhere else", async () => {
  await withFakeHost({}, async (host) => {
    host.files.putDirectory("/opt/rxdx/.rxdx");
    host.process.expect(["docker", "pull", REST], { code: 1 })
      .expect(["mmdebstrap", "--version"], { code: 127 })
      .expect(["apt-get", "update"])
      .expect(["apt-get", "install", "--yes", "--no-install-recommends", "mmdebstrap", REST])
      .expect(["mmdebstrap", "--variant=minbase", REST])
      .expect(["docker", "import", REST]);
    await run(base(host));
  });
  for (
    const [facts, hint] of [
      [sampleFacts({ uid: 1000 }), /^sudo apt-get install/],
      [
        sampleFacts({
          os: { id: "rhel", like: ["fedora"], version: "9", codename: "", name: "RHEL" },
        }),
        /^Install mmdebstrap/,
      ],
    ] as const
  ) {
    await withFakeHost({}, async (host) => {
      host.process.expect(["docker", "pull", REST], { code: 1 })
        .expect(["mmdebstrap", "--version"], { code: 127 });
      await assert.rejects(
        run(base(host, facts)),
        (error) =>
          error instanceof SetupError && error.exit === EXIT.prerequisite &&
          hint.test(error.hint ?? ""),
      );
    });
  }
});

Deno.test("a bootstrap that failed leaves no archive behind", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/opt/rxdx/.rxdx/tmp");
    host.process.expect(["docker", "pull", REST], { code: 1 })
      .expect(["mmdebstrap", "--version"])
      .expect(["mmdebstrap", "--variant=minbase", REST], () => {
        host.files.put("/opt/rxdx/.rxdx/tmp/base-forky.tar", "half");
        return { code: 1, stderr: "E: unable to fetch" };
      });
    const step = base(host);
    await assert.rejects(run(step), /unable to fetch/);
    await step.undo?.();
    assert.ok(!host.files.has("/opt/rxdx/.rxdx/tmp/base-forky.tar"));
  }));
