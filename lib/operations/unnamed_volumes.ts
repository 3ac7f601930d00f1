/**
 * The volume without a name that keeps the image's own modules visible below a mounted source. Compose leaves it
 * behind with the container, and nobody could find it again. One of another place may hold data that somebody put
 * there, and stays.
 */
import type { ApiContainerSummary } from "../engine/api.ts";
import type { Host } from "../host/types.ts";

/** Where `docker-compose.yml` mounts it. */
const MODULES = "/app/node_modules";

export function unnamedIn(containers: readonly ApiContainerSummary[]): string[] {
  return containers.flatMap(({ Mounts = [] }) => Mounts).flatMap((
    { Type, Name = "", Destination },
  ) => Type === "volume" && Destination === MODULES && /^[0-9a-f]{64}$/.test(Name) ? [Name] : []);
}

/** One that is gone already, or that somebody else's container uses, is no matter. */
export async function removeUnnamed(host: Host, names: readonly string[]): Promise<void> {
  if (names.length > 0) await host.process.run(["docker", "volume", "rm", ...names]);
}
