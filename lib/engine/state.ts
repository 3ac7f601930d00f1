/** What the project's containers say about themselves, reduced to what decisions need. Pure. */
import type { ApiContainerSummary } from "./api.ts";

export interface ContainerState {
  readonly id: string;
  readonly service: string;
  readonly container: string;
  /** Docker's state: created, running, restarting, exited… */
  readonly state: string;
  readonly health: "healthy" | "unhealthy" | "starting" | "none";
  /** Compose's hash of the service definition it was made from. */
  readonly configHash: string;
  readonly imageId: string;
}

/** Docker's summary tells health only in its text for people: `Up 3 seconds (health: starting)`. */
export function healthOf(status: string): ContainerState["health"] {
  if (/\(healthy\)/.test(status)) return "healthy";
  if (/\(unhealthy\)/.test(status)) return "unhealthy";
  if (/\(health: starting\)/.test(status)) return "starting";
  return "none";
}

export function containerState(summary: ApiContainerSummary): ContainerState {
  return {
    id: summary.Id,
    service: summary.Labels["com.docker.compose.service"] ?? "",
    container: (summary.Names[0] ?? summary.Id).replace(/^\//, ""),
    state: summary.State,
    health: healthOf(summary.Status),
    configHash: summary.Labels["com.docker.compose.config-hash"] ?? "",
    imageId: summary.ImageID,
  };
}

/** Containers of `docker compose run` are not part of the running stack. */
export function stackContainers(summaries: readonly ApiContainerSummary[]): ContainerState[] {
  return summaries.filter((each) => each.Labels["com.docker.compose.oneoff"] !== "True")
    .map(containerState);
}
