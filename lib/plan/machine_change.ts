/**
 * Whether the machine is still the one that the limits were planned for. Pure; `status` asks. A change that leaves
 * every limit as it is (a preset on a machine that grew) is none.
 */
import type { Answers } from "../answers/schema.ts";
import { formatSize, MIB, type Sizing, sizing } from "./sizing.ts";

export interface MachineSize {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Share of memory from which a change is worth a word; a new kernel alone moves less. */
const NOTICEABLE = 0.05;

/** One sentence about the change; `undefined` when there is nothing to do. */
export function machineChange(
  planned: MachineSize,
  now: MachineSize,
  answers: Pick<Answers, "environment" | "resources">,
): string | undefined {
  const memoryChanged =
    Math.abs(now.memoryBytes - planned.memoryBytes) > planned.memoryBytes * NOTICEABLE;
  const cpusChanged = now.cpus !== planned.cpus;
  if (!memoryChanged && !cpusChanged) return undefined;
  const limits = (machine: MachineSize) => {
    const result = sizing({
      ...machine,
      environment: answers.environment,
      resources: answers.resources,
    });
    return result.ok ? JSON.stringify(limitsOf(result.sizing)) : result.reason;
  };
  if (limits(planned) === limits(now)) return undefined;
  const size = (bytes: number) => formatSize(Math.floor(bytes / MIB) * MIB);
  const parts = [
    ...(memoryChanged
      ? [`${size(now.memoryBytes)} of memory instead of ${size(planned.memoryBytes)}`]
      : []),
    ...(cpusChanged ? [`${now.cpus} CPUs instead of ${planned.cpus}`] : []),
  ];
  return `The machine has ${parts.join(" and ")}; the limits were planned for what it had.`;
}

function limitsOf({ explanations: _, budgetBytes: __, ...limits }: Sizing) {
  return limits;
}
