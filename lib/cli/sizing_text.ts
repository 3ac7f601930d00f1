/**
 * What the present answers commit of the machine, as a few short lines that change while the wizard
 * is asking. Pure.
 */
import { parseAnswers } from "../answers/parse.ts";
import type { Tree } from "../answers/tree.ts";
import type { Facts } from "../plan/facts.ts";
import { formatSize, HOST_RESERVE_BYTES } from "../plan/sizing.ts";
import { sizingPreview } from "../plan/sizing_preview.ts";

/** Memory in whole MiB, for people. */
function memory(bytes: number): string {
  return formatSize(Math.floor(bytes / 2 ** 20) * 2 ** 20);
}

/** A table of the four services and the sum, or why the machine is too small for it. */
export function sizingLines(facts: Facts, values: Tree): string[] {
  const parsed = parseAnswers(values);
  if (!parsed.ok) return [];
  const sized = sizingPreview(facts, parsed.answers);
  if (!sized.ok) return [`✗ ${sized.reason}`];
  const { machineBytes, hostBytes } = sized;
  const { sizing: of } = sized;
  const rows = [
    ["", "each", "in all", "CPUs"],
    [
      "postgres",
      memory(of.postgres.memoryBytes),
      memory(of.postgres.memoryBytes),
      of.postgres.cpus,
    ],
    [
      of.replicas === 1 ? "backend" : `backend × ${of.replicas}`,
      memory(of.backend.memoryBytes),
      memory(of.backend.memoryBytes * of.replicas),
      of.backend.cpus,
    ],
    [
      "frontend",
      memory(of.frontend.memoryBytes),
      memory(of.frontend.memoryBytes),
      of.frontend.cpus,
    ],
    ["nginx", memory(of.nginx.memoryBytes), memory(of.nginx.memoryBytes), of.nginx.cpus],
  ].map((row) => row.map(String));
  return [
    `${memory(of.committedBytes)} of ${memory(machineBytes)} committed, ${
      memory(hostBytes)
    } left to the ` +
    `machine (${formatSize(HOST_RESERVE_BYTES)} at least)`,
    `${of.replicas * of.workers} workers, ${of.maxConnections} database connections`,
    ...rows.map(([name = "", each = "", all = "", cpu = ""]) =>
      `${name.padEnd(14)}${each.padStart(8)}${all.padStart(9)}${cpu.padStart(7)}`
    ),
  ];
}
