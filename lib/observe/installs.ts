/**
 * Other RxDx stacks on this machine, running or not: found by the directory that Compose notes on
 * each container. Their ports are theirs even while they are stopped.
 */
import { readDocument } from "../answers/document.ts";
import { parseAnswers } from "../answers/parse.ts";
import type { ApiContainerSummary } from "../engine/api.ts";
import type { Host } from "../host/types.ts";
import { publishedPorts } from "../plan/ports.ts";
import type { OtherInstall } from "../plan/facts.ts";

/** Compose's label for the directory of the project. */
const DIRECTORY = "com.docker.compose.project.working_dir";

/** Without symbolic links; a path that does not exist as it is. */
export async function resolvedPath(host: Host, path: string): Promise<string> {
  return await host.files.realPath(path) ?? path;
}

/**
 * @param dir the install that asks, which is not another one
 */
export async function otherInstalls(
  host: Host,
  containers: readonly ApiContainerSummary[],
  dir: string,
): Promise<OtherInstall[]> {
  const directories = new Set(
    containers.map((each) => each.Labels[DIRECTORY]).filter((each) => each !== undefined),
  );
  directories.delete(dir);
  const found = await Promise.all([...directories].map(async (each) => {
    const text = await host.files.readText(`${each}/rxdx.yml`).catch(() => undefined);
    if (text === undefined) return undefined;
    if (await resolvedPath(host, each) === await resolvedPath(host, dir)) return undefined;
    const read = readDocument(text, "rxdx.yml");
    const parsed = read.ok ? parseAnswers(read.tree) : undefined;
    // One that cannot be read keeps its place, without ports to compare.
    return parsed?.ok === true
      ? { dir: each, name: parsed.answers.name, ports: publishedPorts(parsed.answers) }
      : { dir: each, name: "", ports: [] };
  }));
  return found.filter((each) => each !== undefined);
}
