/** Names of images: the demo's by the hash of what they are made of, others as they were given. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sampleAnswers } from "../../tests/support/samples.ts";
import { ENVIRONMENTS } from "../answers/schema.ts";
import { SERVICES } from "../engine/compose.ts";
import { BASES, contentHash, contextOf, demoImage, demoSources } from "./demo.ts";
import { DEMO_FILES } from "./demo_files.ts";
import { imageNames, versionOf } from "./names.ts";
import { buildCommand } from "./steps.ts";

Deno.test("every service has a context with a Dockerfile", () => {
  for (const service of SERVICES) {
    const paths = contextOf(service).map(([path]) => path);
    assert.ok(paths.includes("Dockerfile"), service);
    assert.ok(paths.every((path) => !path.startsWith("/") && !path.includes("..")));
  }
});

Deno.test("any change of any file, of its name or of the target changes the hash", () => {
  const files: [string, string][] = [["Dockerfile", "FROM x"], ["app/main.py", "a"]];
  const hash = contentHash(files, "runtime");
  assert.match(hash, /^[0-9a-f]{12}$/);
  assert.equal(contentHash(files, "runtime"), hash);
  for (
    const other of [
      contentHash(files, "development"),
      contentHash(files, ""),
      contentHash([["Dockerfile", "FROM y"], ["app/main.py", "a"]], "runtime"),
      contentHash([["Dockerfile", "FROM x"], ["app/main.py", "b"]], "runtime"),
      contentHash([["Dockerfile", "FROM x"], ["app/main2.py", "a"]], "runtime"),
      contentHash([["Dockerfile", "FROM x"]], "runtime"),
      // The same characters, cut elsewhere.
      contentHash([["Dockerfile", "FROM "], ["xapp/main.py", "a"]], "runtime"),
      contentHash([["Dockerfileapp/main.py", "FROM xa"]], "runtime"),
    ]
  ) assert.notEqual(other, hash);
});

Deno.test("the tag of each image is the hash of its own context", () => {
  for (const service of SERVICES) {
    for (const environment of ENVIRONMENTS) {
      const image = demoImage(service, environment);
      assert.equal(
        image.tag,
        `rxdx-demo/${service}:${contentHash(contextOf(service), image.target ?? "")}`,
      );
    }
  }
});

Deno.test("development and production differ where the Dockerfile has a stage for each", () => {
  const tag = (service: (typeof SERVICES)[number], environment: (typeof ENVIRONMENTS)[number]) =>
    demoImage(service, environment).tag;
  for (const service of ["backend", "frontend"] as const) {
    assert.notEqual(tag(service, "development"), tag(service, "production"));
  }
  for (const service of ["postgres", "nginx"] as const) {
    assert.equal(tag(service, "development"), tag(service, "production"));
  }
  for (const service of SERVICES) assert.equal(tag(service, "staging"), tag(service, "production"));
});

Deno.test("every stage that is asked for is a stage of the Dockerfile", () => {
  for (const service of SERVICES) {
    const dockerfile = DEMO_FILES[`${service}/Dockerfile`] ?? "";
    for (const environment of ENVIRONMENTS) {
      const { target, bases } = demoImage(service, environment);
      if (target !== undefined) {
        assert.match(
          dockerfile,
          new RegExp(`^FROM .* AS ${target}$`, "im"),
          `${service} ${target}`,
        );
      }
      for (const name of Object.keys(bases)) {
        assert.match(dockerfile, new RegExp(`^ARG ${name}\\b`, "m"), `${service} ${name}`);
      }
    }
  }
});

Deno.test("the sources of an install are the embedded files, under demo/", () => {
  const sources = demoSources();
  assert.equal(sources.length, Object.keys(DEMO_FILES).length);
  for (const { path, text } of sources) assert.equal(text, DEMO_FILES[path.replace(/^demo\//, "")]);
  const digest = (text: string) => createHash("sha256").update(text).digest("hex");
  assert.equal(new Set(sources.map(({ path, text }) => path + digest(text))).size, sources.length);
});

Deno.test("images of a registry carry its address and the one tag; the others their project's", () => {
  const answers = sampleAnswers({
    images: { source: "registry", registry: "r.example.com:5000/rxdx", tag: "1.2.0" },
  });
  assert.deepEqual(imageNames(answers), {
    postgres: "apache/age:release_PG17_1.6.0",
    backend: "r.example.com:5000/rxdx/backend:1.2.0",
    frontend: "r.example.com:5000/rxdx/frontend:1.2.0",
    nginx: "nginx:1.30.4",
  });
  assert.equal(versionOf(answers), "1.2.0");
});

Deno.test("demo images are named by their hash, and so is the version", () => {
  const names = imageNames(sampleAnswers());
  for (const service of SERVICES) {
    assert.match(names[service], new RegExp(`^rxdx-demo/${service}:[0-9a-f]{12}$`));
  }
  assert.match(versionOf(sampleAnswers()), /^demo-[0-9a-f]{8}$/);
});

Deno.test("a build names its base images and its stage; proxies by name, never by value", () => {
  const command = buildCommand(demoImage("frontend", "production"), {
    http_proxy: "http://user:canary@proxy:3128",
    NO_PROXY: "localhost",
  });
  assert.deepEqual(command, [
    "docker",
    "build",
    "--progress=plain",
    `--tag=${demoImage("frontend", "production").tag}`,
    "--target=production",
    `--build-arg=BASE=${BASES.trixie.tag}`,
    `--build-arg=NGINX_BASE=${BASES.forky.tag}`,
    "--build-arg=http_proxy",
    "--build-arg=NO_PROXY",
    "demo/frontend",
  ]);
  assert.ok(!command.join(" ").includes("canary"));
});
