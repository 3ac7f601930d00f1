/** What a division means: the connections it asks for and carries, and the sum around it for the wizard. Pure. */
import type { Answers } from "../answers/schema.ts";
import {
  CONNECTION_BYTES,
  CONNECTIONS_BESIDE,
  CONNECTIONS_PER_WORKER,
  MIB,
  type Sizing,
  sizing,
  type SizingResult,
} from "./sizing.ts";

/** What one backend container needs at least, and each of its workers (demo: 110 MiB with one at work). */
const BACKEND_BASE_BYTES = 32 * MIB;
const WORKER_LEAST_BYTES = 64 * MIB;

/** What a division asks of PostgreSQL, and what it cannot give. Used by the rules. */
export interface ConnectionNeed {
  readonly total: number;
  /** Connections that full pools take, and those beside them. */
  readonly needed: number;
  /** Connections that the memory limit carries beside shared_buffers. */
  readonly carried: number;
}

export function connectionNeed(sized: Sizing): ConnectionNeed {
  const total = sized.replicas * sized.workers;
  return {
    total,
    needed: total * CONNECTIONS_PER_WORKER + CONNECTIONS_BESIDE,
    carried: Math.floor(sized.postgres.memoryBytes * 3 / 4 / CONNECTION_BYTES),
  };
}

/** What the workers of one backend container need at least. */
export function workersNeedBytes(workers: number): number {
  return BACKEND_BASE_BYTES + workers * WORKER_LEAST_BYTES;
}

/** Live arithmetic of a choice: what it commits, what stays. */
export type SizingPreview =
  & SizingResult
  & {
    /** Memory of the machine. */
    readonly machineBytes: number;
    /** What no container may take: the host's part, and what a preset leaves alone. */
    readonly hostBytes: number;
    /** Of all limits together; 0 when it does not fit. */
    readonly committedBytes: number;
  };

/** For the wizard: `sizing` and the sum around it, whether it fits or not. */
export function sizingPreview(
  facts: { readonly cpus: number; readonly memoryBytes: number },
  answers: Pick<Answers, "environment" | "resources">,
): SizingPreview {
  const result = sizing({
    cpus: facts.cpus,
    memoryBytes: facts.memoryBytes,
    environment: answers.environment,
    resources: answers.resources,
  });
  const committedBytes = result.ok ? result.sizing.committedBytes : 0;
  return {
    ...result,
    machineBytes: facts.memoryBytes,
    hostBytes: facts.memoryBytes - committedBytes,
    committedBytes,
  };
}
