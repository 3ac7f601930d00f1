/** Which Compose projects are on this machine, from the labels of the containers. Pure. */
import type { ApiContainerSummary } from "../engine/api.ts";
import type { ProjectFacts } from "../plan/facts.ts";

/** Together they make an RxDx stack, and hardly anything else. */
const RXDX_SERVICES = ["nginx", "frontend", "backend", "postgres"];

/** By name; containers that Compose did not make belong to none. */
export function projectsOf(containers: readonly ApiContainerSummary[]): ProjectFacts[] {
  const found = new Map<string, { dir: string; containers: number; services: Set<string> }>();
  for (const { Labels } of containers) {
    const name = Labels["com.docker.compose.project"];
    if (name === undefined || name === "") continue;
    const entry = found.get(name) ?? { dir: "", containers: 0, services: new Set() };
    entry.containers++;
    entry.services.add(Labels["com.docker.compose.service"] ?? "");
    entry.dir ||= Labels["com.docker.compose.project.working_dir"] ?? "";
    found.set(name, entry);
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map((
    [name, { dir, containers, services }],
  ) => ({
    name,
    dir,
    containers,
    rxdx: RXDX_SERVICES.every((each) => services.has(each)),
  }));
}
