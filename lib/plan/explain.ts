/**
 * Why each figure is what it is: the formula with the numbers of this machine, for the division of the machine
 * and for every parameter of PostgreSQL. Pure; `plan --explain`, `init --explain` and the wizard show the same
 * lines.
 */
import type { PostgresParameters } from "./postgres.ts";
import { type Explanation, formatSize, HOST_RESERVE_BYTES, type Sizing } from "./sizing.ts";

export interface ExplainInput {
  readonly sizing: Sizing;
  readonly postgres: PostgresParameters;
  readonly facts: { readonly cpus: number; readonly memoryBytes: number };
}

export interface ExplainedGroup {
  readonly title: string;
  readonly lines: readonly Explanation[];
}

export function explainSizing({ sizing, postgres, facts }: ExplainInput): ExplainedGroup[] {
  const machine = `${formatSize(facts.memoryBytes)}, ${facts.cpus} CPUs`;
  const left = facts.memoryBytes - sizing.committedBytes;
  return [
    {
      title: `Machine (${machine})`,
      lines: [
        ...sizing.explanations,
        {
          name: "committed",
          formula: `${formatSize(sizing.nginx.memoryBytes)} + ${
            formatSize(sizing.frontend.memoryBytes)
          } + ${sizing.replicas} × ${formatSize(sizing.backend.memoryBytes)} + ${
            formatSize(sizing.postgres.memoryBytes)
          }`,
          result: formatSize(sizing.committedBytes),
          source: `the host keeps ${formatSize(left)}, at least ${formatSize(HOST_RESERVE_BYTES)}`,
        },
      ],
    },
    {
      title: `PostgreSQL (${
        formatSize(sizing.postgres.memoryBytes)
      }, ${sizing.postgres.cpus} CPUs)`,
      lines: postgresLines(sizing, postgres),
    },
  ];
}

const PGTUNE = "PGTune";

function postgresLines({ postgres: size }: Sizing, p: PostgresParameters): Explanation[] {
  const memory = formatSize(size.memoryBytes);
  const cpus = Math.max(1, Math.floor(size.cpus));
  const many = cpus >= 4;
  const line = (name: string, formula: string, result: string | number, source = PGTUNE) => ({
    name,
    formula,
    result: String(result),
    source,
  });
  return [
    line("max_connections", "as above", p.maxConnections, "pools of the application"),
    line("shared_buffers", `${memory} / 4`, p.sharedBuffers),
    line("effective_cache_size", `${memory} × 3 / 4`, p.effectiveCacheSize),
    line("maintenance_work_mem", `min(${memory} / 16, 2GB)`, p.maintenanceWorkMem),
    line(
      "work_mem",
      `max(4MB, (${memory} − ${p.sharedBuffers}) / ((${p.maxConnections} + ${
        many ? cpus : 8
      }) × 3))`,
      p.workMem,
      `${PGTUNE}; the floor of 4MB is PostgreSQL's default`,
    ),
    line("wal_buffers", `min(3 % of ${p.sharedBuffers}, 16MB)`, p.walBuffers),
    line("min_wal_size", "constant", p.minWalSize),
    line("max_wal_size", "constant", p.maxWalSize),
    line("checkpoint_completion_target", "constant", "0.9"),
    line("default_statistics_target", "constant", "100"),
    line("random_page_cost", "constant, for SSD", p.randomPageCost),
    line("effective_io_concurrency", "constant, for SSD", p.effectiveIoConcurrency),
    line(
      "max_worker_processes",
      many ? `CPUs ${cpus}` : "PostgreSQL's default below 4 CPUs",
      p.maxWorkerProcesses,
    ),
    line(
      "max_parallel_workers",
      many ? `CPUs ${cpus}` : "PostgreSQL's default below 4 CPUs",
      p.maxParallelWorkers,
    ),
    line(
      "max_parallel_workers_per_gather",
      many ? `min(⌈CPUs ${cpus} / 2⌉, 4)` : "PostgreSQL's default below 4 CPUs",
      p.maxParallelWorkersPerGather,
    ),
    line(
      "max_parallel_maintenance_workers",
      many ? `min(⌈CPUs ${cpus} / 2⌉, 4)` : "PostgreSQL's default below 4 CPUs",
      p.maxParallelMaintenanceWorkers,
    ),
    line("jit", "constant", "off", "compiling a short query costs more than it saves"),
    line(
      "shm_size",
      `max(128M, ${p.maintenanceWorkMem} × 1.25 + 64M)`,
      p.shmSize,
      "parallel index builds take maintenance_work_mem from /dev/shm",
    ),
  ];
}

/** Name, result, formula in columns; what does not fit goes on, indented, on the next line. */
export function explainLines(groups: readonly ExplainedGroup[], width = 80): string[] {
  return groups.flatMap(({ title, lines }, index) => {
    const name = Math.max(...lines.map((line) => line.name.length));
    const result = Math.max(...lines.map((line) => line.result.length));
    const indent = 2 + name + 2 + result + 2;
    return [
      ...(index === 0 ? [] : [""]),
      title,
      ...lines.flatMap((line) => {
        const head = `  ${line.name.padEnd(name)}  ${line.result.padStart(result)}  `;
        const body = wrap(`= ${line.formula}`, width - indent);
        const why = line.source === undefined || line.source === PGTUNE
          ? []
          : wrap(`(${line.source})`, width - indent);
        return [...body, ...why].map((text, row) =>
          `${row === 0 ? head : " ".repeat(indent)}${text}`
        );
      }),
    ];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
