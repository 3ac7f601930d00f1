/**
 * Builds the demo images of production and development once, before test files run beside each
 * other, and holds them: a container that is never started keeps Docker from removing its image,
 * whatever the tests uninstall. Afterwards `release` removes those containers.
 *
 *   deno run -A tests/support/demo_images.ts build|release
 */
import { must, sh, TestStack } from "./stack.ts";

const LABEL = "org.rxdx.test.holds-images";

async function build(): Promise<void> {
  for (const environment of ["production", "development"]) {
    await using stack = new TestStack(`images-${environment}`);
    const ran = await stack.init(["--env", environment]);
    if (ran.code !== 0) throw new Error(ran.text);
    for (const image of await demoImages()) {
      await must(["docker", "create", "--label", LABEL, image, "true"]);
    }
  }
}

async function demoImages(): Promise<string[]> {
  const names = await must(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]);
  return names.split("\n").filter((name) => name.startsWith("rxdx-demo/"));
}

async function release(): Promise<void> {
  const ids = await must(["docker", "ps", "--all", "--quiet", "--filter", `label=${LABEL}`]);
  if (ids !== "") await sh(["docker", "rm", "--volumes", ...ids.split("\n")]);
}

switch (Deno.args[0]) {
  case "build":
    await build();
    break;
  case "release":
    await release();
    break;
  default:
    console.error("build or release?");
    Deno.exit(2);
}
