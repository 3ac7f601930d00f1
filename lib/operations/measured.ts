/** Defaults that are measured, not guessed: address and free ports of this machine. Pure. */
import type { Layer } from "../answers/layers.ts";
import { isHostname } from "../answers/rules.ts";
import { setAt, type Tree, valueAt } from "../answers/tree.ts";
import type { Facts, Listener } from "../plan/facts.ts";

/** Ports of each service: the usual one, then where to look when it is taken. */
export const PORT_DEFAULTS = {
  "ports.http": { usual: 80, instead: 8080 },
  "ports.https": { usual: 443, instead: 8443 },
  "ports.backend": { usual: 8000, instead: 8001 },
  "ports.frontend": { usual: 3000, instead: 3001 },
  "ports.postgres": { usual: 5432, instead: 5433 },
} as const;

/** How far from the alternative a free port is looked for. */
const SPAN = 100;

/** Every port that may become ours or stand in the way. */
export function candidatePorts(): number[] {
  return Object.values(PORT_DEFAULTS).flatMap(({ usual, instead }) => [
    usual,
    ...Array.from({ length: SPAN }, (_, index) => instead + index),
  ]);
}

/** A name with a dot is taken for one that clients can resolve; otherwise the first address. */
export function measuredDomain(facts: Facts): string {
  if (facts.hostname.includes(".") && isHostname(facts.hostname)) {
    return facts.hostname.toLowerCase();
  }
  return facts.addresses[0]?.replace(/%.*$/, "") ?? "localhost";
}

/** Listeners that are not the stack's own containers. */
export function foreignListeners(facts: Facts, project: string): Listener[] {
  return facts.listeners.filter((each) => each.project !== project);
}

/**
 * Values for a new install.
 *
 * @param freePorts take the next free port when the usual one is taken. Off for a real server:
 *   there 80 and 443 must be had, and who holds them is told instead.
 */
export function measuredLayer(
  facts: Facts,
  options: { readonly project: string; readonly freePorts: boolean; readonly said: Tree },
): Layer {
  const values: Tree = {};
  setAt(values, "domain", measuredDomain(facts));
  const taken = new Set([
    ...foreignListeners(facts, options.project).map((each) => each.port),
    // Of a stack that is stopped right now, and will be started again.
    ...facts.installs.flatMap((each) => each.ports.map(([, port]) => port)),
  ]);
  const chosen = new Set<unknown>(
    Object.keys(PORT_DEFAULTS).map((path) => valueAt(options.said, path)),
  );
  if (options.freePorts) {
    for (const [path, { usual, instead }] of Object.entries(PORT_DEFAULTS)) {
      const choices = [usual, ...Array.from({ length: SPAN }, (_, index) => instead + index)];
      const free = choices.find((port) => !taken.has(port) && !chosen.has(port)) ?? usual;
      setAt(values, path, free);
      if (valueAt(options.said, path) === undefined) chosen.add(free);
    }
  }
  return { source: "measured", values };
}

/** What an environment wants different from the general defaults. */
export function environmentDefaults(environment: unknown): Layer {
  const values: Tree = {};
  if (environment === "development") setAt(values, "application.log_level", "DEBUG");
  return { source: "default", values };
}
