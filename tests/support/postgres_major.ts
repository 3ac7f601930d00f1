/** PostgreSQL of the next major version with AGE: the demo's own image, made of the next release of Debian. */
import { BASES } from "../../lib/images/demo.ts";
import { must } from "./stack.ts";

const SOURCES = new URL("../../templates/demo/postgres", import.meta.url).pathname;

/** Builds it under that name, which is returned. */
export async function buildNextMajor(name: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "rxdx-major-" });
  try {
    await must(["cp", "-r", `${SOURCES}/.`, directory]);
    const path = `${directory}/Dockerfile`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replaceAll(/\b17\b/g, "18"));
    await must([
      ...["docker", "build", "--quiet", "--network", "host", "--tag", name],
      ...["--build-arg", `BASE=${BASES.forky.tag}`, directory],
    ]);
    return name;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
