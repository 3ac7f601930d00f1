/** Names the holder of a port: for the preflight checks, the questions and the refusals. Pure. */
import type { Listener } from "./facts.ts";

/** `nginx (pid 812)`, `container web-1 of project shop`. */
export function describeHolder(listener: Listener): string {
  if (listener.container !== undefined) {
    return `container ${listener.container}` +
      (listener.project === undefined ? "" : ` of project ${listener.project}`);
  }
  if (listener.pid === undefined) return "a process of another user (run as root to see which)";
  return `${listener.process ?? "process"} (pid ${listener.pid})`;
}
