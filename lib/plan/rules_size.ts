/** Rules over limits, sizes and the machine, with the arithmetic in the message; part of `rules.ts`. */
import { parseSize } from "../answers/rules.ts";
import type { CrossRule } from "./rules.ts";
import {
  CONNECTION_BYTES,
  CONNECTIONS_BESIDE,
  CONNECTIONS_PER_WORKER,
  formatSize,
  type Sizing,
  sizing,
} from "./sizing.ts";
import { connectionNeed, workersNeedBytes } from "./sizing_preview.ts";

const MIB = 2 ** 20;

/** `/tmp` of the backend in docker-compose.prod.yml; an upload passes through it. */
const BACKEND_TMP_BYTES = 128 * MIB;

const cpuLimitsFit: CrossRule = ({ resources }, facts) =>
  ([
    ["resources.cpus", resources.cpus],
    ["resources.backend.cpus", resources.backend.cpus],
    ["resources.postgres.cpus", resources.postgres.cpus],
    ["resources.nginx.cpus", resources.nginx.cpus],
    ["resources.frontend.cpus", resources.frontend.cpus],
  ] as const).flatMap(([key, value]) =>
    value !== undefined && value > facts.cpus
      ? [{
        key,
        value: String(value),
        rule: `must be at most the ${facts.cpus} CPUs of this machine`,
        example: String(facts.cpus),
      }]
      : []
  );

const memoryFits: CrossRule = ({ resources, environment }, facts) => {
  const result = sizing({
    cpus: facts.cpus,
    memoryBytes: facts.memoryBytes,
    environment,
    resources,
  });
  return result.ok ? [] : [{
    key: "resources",
    value: resources.preset,
    rule: `must fit this machine: ${result.reason}`,
    example: "a machine with 1 GiB or more, or smaller limits",
  }];
};

/** A rule over the division of the machine; says nothing while there is none. */
function whenSized(
  rule: (answers: Parameters<CrossRule>[0], sized: Sizing) => ReturnType<CrossRule>,
): CrossRule {
  return (answers, facts) => {
    const result = sizing({
      cpus: facts.cpus,
      memoryBytes: facts.memoryBytes,
      environment: answers.environment,
      resources: answers.resources,
    });
    return result.ok ? rule(answers, result.sizing) : [];
  };
}

/** A pool that cannot open its connections fails requests, not the start. */
const connectionsCoverPools = whenSized(({ resources }, sized) => {
  const { needed, total } = connectionNeed(sized);
  const given = resources.postgres.max_connections;
  return given === undefined || given >= needed ? [] : [{
    key: "resources.postgres.max_connections",
    value: String(given),
    rule: `must be at least ${needed}: ${total} workers × ${CONNECTIONS_PER_WORKER} connections ` +
      `of their pools + ${CONNECTIONS_BESIDE}`,
    example: String(needed),
  }];
});

/** The database's memory limit carries so many connections, and no more. */
const connectionsFitMemory = whenSized(({ resources }, sized) => {
  const { carried, total } = connectionNeed(sized);
  // What was computed fits, down to machines of 1 GiB; only figures set by hand can be too much.
  const own = resources.postgres.max_connections ?? resources.backend.workers ??
    resources.backend.replicas ?? resources.postgres.memory;
  if (own === undefined || sized.maxConnections <= carried) return [];
  const key = resources.postgres.max_connections !== undefined
    ? "resources.postgres.max_connections"
    : resources.backend.workers !== undefined
    ? "resources.backend.workers"
    : resources.backend.replicas !== undefined
    ? "resources.backend.replicas"
    : "resources.postgres.memory";
  const perReplica = Math.max(
    1,
    Math.floor((carried - CONNECTIONS_BESIDE) / CONNECTIONS_PER_WORKER / sized.replicas),
  );
  const examples: Readonly<Record<string, string>> = {
    "resources.postgres.max_connections": String(carried),
    "resources.backend.workers": String(perReplica),
    "resources.backend.replicas": "1",
    "resources.postgres.memory": formatSize(
      Math.ceil(sized.maxConnections * CONNECTION_BYTES * 4 / 3 / MIB) * MIB,
    ),
  };
  return [{
    key,
    value: String(own),
    rule: (resources.postgres.max_connections === undefined
      ? `makes ${total} workers × ${CONNECTIONS_PER_WORKER} + ${CONNECTIONS_BESIDE} = ` +
        `${sized.maxConnections} connections; `
      : "") +
      `three quarters of the database's ${formatSize(sized.postgres.memoryBytes)} at ` +
      `${formatSize(CONNECTION_BYTES)} a connection carry ${carried}`,
    ...(examples[key] === undefined ? {} : { example: examples[key] }),
  }];
});

const workersFitMemory = whenSized(({ resources }, sized) => {
  const needed = workersNeedBytes(sized.workers);
  const byHand = resources.backend.workers !== undefined || resources.backend.memory !== undefined;
  return !byHand || sized.backend.memoryBytes >= needed ? [] : [{
    key: resources.backend.workers === undefined
      ? "resources.backend.memory"
      : "resources.backend.workers",
    value: resources.backend.workers === undefined
      ? resources.backend.memory ?? ""
      : String(resources.backend.workers),
    rule: `must fit: ${sized.workers} workers need 32M + ${sized.workers} × 64M = ` +
      `${formatSize(needed)}, a backend container has ${formatSize(sized.backend.memoryBytes)}`,
    example: resources.backend.workers === undefined
      ? formatSize(needed)
      : String(Math.max(1, Math.floor((sized.backend.memoryBytes - 32 * MIB) / (64 * MIB)))),
  }];
});

const uploadFitsBody: CrossRule = ({ application, nginx }) => {
  const upload = parseSize(application.max_upload) ?? 0;
  const body = parseSize(nginx.max_body) ?? 0;
  return upload <= body ? [] : [{
    key: "application.max_upload",
    value: application.max_upload,
    rule: `must not exceed nginx.max_body (${nginx.max_body}), or nginx refuses it first`,
    example: nginx.max_body,
  }];
};

/** nginx keeps a body that is arriving in half of its memory (NGINX_TMP_SIZE). */
const bodyFitsNginx = whenSized(({ nginx }, sized) => {
  const body = parseSize(nginx.max_body) ?? 0;
  const room = Math.floor(sized.nginx.memoryBytes / 2 / MIB) * MIB;
  return body <= room ? [] : [{
    key: "nginx.max_body",
    value: nginx.max_body,
    rule: `must fit into the half of nginx's memory that holds arriving uploads: ` +
      `${formatSize(sized.nginx.memoryBytes)} / 2 = ${formatSize(room)}. ` +
      `More: raise resources.nginx.memory`,
    example: formatSize(room).toLowerCase(),
  }];
});

const uploadFitsBackend: CrossRule = ({ application, environment }) =>
  environment === "development" ||
    (parseSize(application.max_upload) ?? 0) <= BACKEND_TMP_BYTES
    ? []
    : [{
      key: "application.max_upload",
      value: application.max_upload,
      rule: "must fit into /tmp of the backend, 128m, through which uploads pass",
      example: "100m",
    }];

export const SIZE_RULES: readonly CrossRule[] = [
  cpuLimitsFit,
  memoryFits,
  connectionsCoverPools,
  connectionsFitMemory,
  workersFitMemory,
  uploadFitsBody,
  bodyFitsNginx,
  uploadFitsBackend,
];
