/** The division of the machine in words and numbers: the lines behind `--explain`. Called by `sizing.ts`. */
import {
  CONNECTIONS_BESIDE,
  CONNECTIONS_PER_WORKER,
  type Explanation,
  formatSize,
  HOST_RESERVE_BYTES,
  MOST_WORKERS,
  type SizingInput,
  wholeMib,
  WORKER_BYTES,
  WORKER_MOST_BYTES,
} from "./sizing_figures.ts";

export interface Figures {
  readonly input: SizingInput;
  readonly budget: number;
  readonly rest: number;
  readonly total: number;
  readonly replicas: number;
  readonly machine: { readonly cpus: number; readonly memoryBytes: number };
  readonly text: Readonly<
    Record<"nginx" | "frontend" | "backend" | "postgres" | "workers" | "maxConnections", string>
  >;
}

/** Each formula with the numbers of this machine; a figure that the operator set says so instead. */
export function sizingExplained(
  { input, budget, rest, total, replicas, machine, text }: Figures,
): Explanation[] {
  const own = input.resources;
  const development = input.environment === "development";
  const line = (
    name: string,
    result: string,
    set: string | false | undefined,
    formula: string,
    source?: string,
  ): Explanation => ({
    name,
    formula: set === false || set === undefined ? formula : `set by ${set}`,
    result,
    ...(source === undefined || (set !== false && set !== undefined) ? {} : { source }),
  });
  const set = (path: string, value: unknown) => value !== undefined && `resources.${path}`;
  const part = formatSize(wholeMib(rest));
  const workersSet = [
    set("backend.replicas", own.backend.replicas),
    set("backend.workers", own.backend.workers),
  ].filter((each) => each !== false).join(" and ");
  return [
    line(
      "budget",
      formatSize(budget),
      false,
      `${formatSize(wholeMib(machine.memoryBytes))} − ${formatSize(HOST_RESERVE_BYTES)}`,
      "the host keeps its part: kernel, engine, page cache",
    ),
    line("nginx", text.nginx, set("nginx.memory", own.nginx.memory), "budget / 16 within 64M–256M"),
    line(
      "frontend",
      text.frontend,
      set("frontend.memory", own.frontend.memory),
      development ? "budget / 8 within 128M–1G" : "budget / 16 within 32M–128M",
    ),
    line(
      "backend workers",
      text.workers,
      development ? undefined : workersSet === "" ? undefined : workersSet,
      development
        ? "1 replica × 1 worker in development"
        : `min(CPUs ${machine.cpus}, 45 % of ${part} / ${
          formatSize(WORKER_BYTES)
        }, ${MOST_WORKERS}), 4 a replica`,
      "replicas × workers; more than the CPUs gain nothing",
    ),
    line(
      "backend",
      text.backend,
      set("backend.memory", own.backend.memory),
      `min(45 % of ${part}, ${total} × ${formatSize(WORKER_MOST_BYTES)}) / ${replicas}`,
      "of one replica",
    ),
    line(
      "postgres",
      text.postgres,
      set("postgres.memory", own.postgres.memory),
      own.backend.memory === undefined && replicas > 1
        ? `${part} − min(45 % of ${part}, ${total} × ${formatSize(WORKER_MOST_BYTES)})`
        : `${part} − ${replicas} × ${text.backend}`,
      "all that the others leave",
    ),
    line(
      "max_connections",
      text.maxConnections,
      set("postgres.max_connections", own.postgres.max_connections),
      `${total} workers × ${CONNECTIONS_PER_WORKER} + ${CONNECTIONS_BESIDE}`,
      "SQLAlchemy 10 + 20, graph pool 20 a worker; 20 for the rest",
    ),
  ];
}
