/** What Docker keeps to itself: whether it takes a container for one that somebody has stopped. */
import { must } from "./stack.ts";

/**
 * True where `restart: unless-stopped` will not start it again after a reboot, though it runs now: any signal by
 * `docker kill` has that effect. Docker says it nowhere but in its own files, which root alone can read.
 *
 * @param id of the container, whole
 */
export async function isTakenForStopped(id: string): Promise<boolean> {
  const root = await must(["docker", "info", "--format", "{{.DockerRootDir}}"]);
  const text = await Deno.readTextFile(`${root}/containers/${id}/config.v2.json`);
  return (JSON.parse(text) as { HasBeenManuallyStopped: boolean }).HasBeenManuallyStopped;
}
