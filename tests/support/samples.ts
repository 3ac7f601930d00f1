/** Values that many tests begin with: a machine, answers, secrets, a plan made of them. */
import type { AlertsStatus, TlsStatus } from "../../lib/observe/status.ts";
import type { ApiContainer, ApiContainerSummary } from "../../lib/engine/api.ts";
import { type Service, SERVICES } from "../../lib/engine/compose.ts";
import { parseAnswers } from "../../lib/answers/parse.ts";
import type { Answers } from "../../lib/answers/schema.ts";
import type { Tree } from "../../lib/answers/tree.ts";
import { imageNames } from "../../lib/images/names.ts";
import type { Facts } from "../../lib/plan/facts.ts";
import { makePlan, type Plan } from "../../lib/plan/plan.ts";
import { Secret } from "../../lib/plan/secret.ts";
import { SECRET_NAMES, type SecretName, type Secrets } from "../../lib/secrets/secrets.ts";

export const GIB = 2 ** 30;
export const MIB = 2 ** 20;

/** A server with Debian 12 and a running engine. */
export function sampleFacts(changes: Partial<Facts> = {}): Facts {
  return {
    os: {
      id: "debian",
      like: [],
      version: "12",
      codename: "bookworm",
      name: "Debian GNU/Linux 12 (bookworm)",
    },
    arch: "x86_64",
    uid: 0,
    gid: 0,
    program: "/usr/local/bin/rxdx-setup",
    systemd: true,
    hostname: "server1",
    addresses: ["192.0.2.10"],
    cpus: 4,
    memoryBytes: 8 * GIB,
    disk: { totalBytes: 100 * GIB, freeBytes: 60 * GIB },
    listeners: [],
    engine: {
      state: "running",
      version: "28.5.1",
      compose: "2.40.0",
      rootDir: "/var/lib/docker",
      rootless: false,
      proxies: { http: "", https: "", no: "" },
    },
    volumes: [],
    installs: [],
    projects: [],
    proxies: { http: "", https: "", no: "" },
    installed: false,
    overrideFile: false,
    ...changes,
  };
}

/** Nobody is told of anything. */
export function sampleAlerts(changes: Partial<AlertsStatus> = {}): AlertsStatus {
  return {
    configured: false,
    open: 0,
    silenced_until: null,
    last_sent_at: null,
    tested_at: null,
    scheduled_by: null,
    ...changes,
  };
}

/** Valid answers from a few values; the rest has its default. */
export function sampleAnswers(values: Tree = {}): Answers {
  const parsed = parseAnswers({ domain: "rxdx.example.com", ...values });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.answers;
}

/** Recognisable values: a test that finds one where it should not be has found a leak. */
export const CANARIES: Readonly<Record<SecretName, string>> = {
  POSTGRES_PASSWORD: "canary-postgres-4f2a91c7",
  SECRET_KEY: "canary0secret0key0".padEnd(64, "5"),
  ADMIN_PASSWORD: "canary-admin-77b0c3d1",
  SMTP_PASSWORD: "canary-smtp-19e8aa42",
  IMAP_PASSWORD: "canary-imap-5d3c0b96",
  REGISTRY_PASSWORD: "canary-registry-8e1f27aa",
  ACME_EAB_KEY: "canary_eab_key_3c9d41b7f2",
};

export function sampleSecrets(values: Partial<Record<SecretName, string>> = {}): Secrets {
  return Object.fromEntries(
    SECRET_NAMES.map((name) => [name, new Secret(values[name] ?? CANARIES[name])]),
  ) as Record<SecretName, Secret>;
}

/** The certificate's part of a status document. */
export function sampleTls(changes: Partial<TlsStatus> = {}): TlsStatus {
  return {
    mode: "self-signed",
    not_after: "2027-04-16T07:00:00.000Z",
    days_left: 396,
    names: ["rxdx.example.com", "localhost"],
    issuer: "CN=rxdx.example.com",
    self_signed: true,
    fingerprint_sha256: "AA:BB",
    served: "same",
    hsts: "",
    renewal: {
      at: null,
      scheduled_by: "cron",
      expected: true,
      wanted: null,
      last_attempt: null,
      failures: 0,
      next_attempt_at: null,
      clock_ahead_seconds: null,
    },
    ...changes,
  };
}

export interface SamplePlanOptions {
  readonly answers?: Tree;
  readonly facts?: Partial<Facts>;
  readonly secrets?: Partial<Record<SecretName, string>>;
  readonly dir?: string;
}

export function samplePlan(options: SamplePlanOptions = {}): Plan {
  const answers = sampleAnswers(options.answers);
  const planned = makePlan({
    answers,
    provenance: new Map(),
    facts: sampleFacts(options.facts),
    secrets: sampleSecrets(options.secrets),
    dir: options.dir ?? "/opt/rxdx",
    images: imageNames(answers),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.problems, null, 2));
  return planned.plan;
}

export interface SampleContainer {
  readonly project?: string;
  readonly service: string;
  /** Number of the replica, from 1. */
  readonly number?: number;
  readonly state?: string;
  /** `none` for a container without a health check. */
  readonly health?: "healthy" | "unhealthy" | "starting" | "none";
  readonly hash?: string;
  readonly imageId?: string;
  readonly ports?: ApiContainerSummary["Ports"];
  readonly mounts?: ApiContainerSummary["Mounts"];
  readonly workingDir?: string;
  readonly oneoff?: boolean;
  readonly restarts?: number;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  readonly startedAt?: string;
  /** Output of the last health check. */
  readonly check?: string;
}

/** A container as `GET /containers/json` lists it. */
export function apiSummary(of: SampleContainer): ApiContainerSummary {
  const { project = "rxdx", service, number = 1, state = "running", health = "healthy" } = of;
  const suffix = health === "none"
    ? ""
    : health === "starting"
    ? " (health: starting)"
    : ` (${health})`;
  return {
    Id: `${project}-${service}-${number}`.padEnd(64, "0"),
    Names: [`/${project}-${service}-${number}`],
    Image: `${service}:1`,
    ImageID: of.imageId ?? `sha256:${service}`,
    Created: 1_773_000_000,
    State: state,
    Status: state === "running" ? `Up 3 minutes${suffix}` : `Exited (${of.exitCode ?? 1})`,
    Labels: {
      "com.docker.compose.project": project,
      "com.docker.compose.service": service,
      "com.docker.compose.config-hash": of.hash ?? `hash-${service}`,
      "com.docker.compose.project.working_dir": of.workingDir ?? "/opt/rxdx",
      "com.docker.compose.oneoff": of.oneoff === true ? "True" : "False",
    },
    Ports: of.ports ?? [],
    Mounts: of.mounts ?? [],
  };
}

/** The same container as `GET /containers/{id}/json` describes it. */
export function apiDetail(of: SampleContainer): ApiContainer {
  const summary = apiSummary(of);
  const { state = "running", health = "healthy" } = of;
  return {
    Id: summary.Id,
    Name: summary.Names[0] ?? "",
    Image: summary.ImageID,
    RestartCount: of.restarts ?? 0,
    State: {
      Status: state,
      Running: state === "running",
      OOMKilled: of.oomKilled ?? false,
      ExitCode: of.exitCode ?? (state === "running" ? 0 : 1),
      Error: "",
      StartedAt: of.startedAt ?? "2026-03-14T10:00:00.000000000Z",
      FinishedAt: "0001-01-01T00:00:00Z",
      ...(health === "none" ? {} : {
        Health: {
          Status: health,
          FailingStreak: health === "unhealthy" ? 3 : 0,
          Log: of.check === undefined ? [] : [{
            Start: "2026-03-14T10:14:00Z",
            End: "2026-03-14T10:14:01Z",
            ExitCode: health === "healthy" ? 0 : 1,
            Output: of.check,
          }],
        },
      }),
    },
    Config: { Image: summary.Image, Tty: false, Labels: summary.Labels },
    HostConfig: { Memory: 256 * MIB, NanoCpus: 0 },
  };
}

/** All four services, healthy. */
export function healthyStack(project = "rxdx"): SampleContainer[] {
  return SERVICES.map((service: Service) => ({ project, service }));
}
