/** Are the ports free, and who holds the others? Pure; part of the machine's checks. */
import { type Check, check } from "./check.ts";
import type { Facts } from "./facts.ts";
import { describeHolder } from "./holder.ts";

/**
 * One check a port. Before an install a taken port is a warning, because another can be chosen; after
 * it the stack cannot start without.
 */
export function portChecks(facts: Facts, project: string, ports: readonly number[]): Check[] {
  return ports.map((port) => {
    const holders = facts.listeners.filter((each) => each.port === port);
    const as = (state: Check["state"], detail: string, hint?: string) =>
      check(`port-${port}`, `Port ${port}`, state, detail, hint);
    const stranger = holders.find((each) => each.project !== project);
    if (stranger !== undefined) {
      const hint = stranger.container !== undefined
        ? `docker stop ${stranger.container}, or choose another port`
        : stranger.pid !== undefined
        ? `Stop it (ps ${stranger.pid} shows what it is), or choose another port`
        : `sudo ss -ltnp 'sport = :${port}' shows which`;
      const known = stranger.container !== undefined || stranger.pid !== undefined;
      const holder = known ? describeHolder(stranger) : "a process of another user";
      return as(facts.installed ? "fail" : "warn", `taken by ${holder}`, hint);
    }
    return as("ok", holders.length === 0 ? "free" : "held by this stack");
  });
}
