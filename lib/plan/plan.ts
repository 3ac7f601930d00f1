/**
 * What will be true: answers and facts become one value from which every file and step follows.
 * Pure; the same inputs give the same plan on any machine.
 */
import { isIpAddress } from "../answers/rules.ts";
import type { Provenance } from "../answers/layers.ts";
import type { Answers } from "../answers/schema.ts";
import type { Problem } from "../errors.ts";
import type { Service } from "../engine/compose.ts";
import type { ImageOrigin } from "../images/origin.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Facts } from "./facts.ts";
import { type PostgresParameters, postgresParameters } from "./postgres.ts";
import { crossProblems } from "./rules.ts";
import { type Sizing, sizing } from "./sizing.ts";

export interface PlanInput {
  readonly answers: Answers;
  readonly provenance: Provenance;
  readonly facts: Facts;
  readonly secrets: Secrets;
  /** Absolute path of the install directory. */
  readonly dir: string;
  /** Image of each service, as Compose names it. */
  readonly images: Readonly<Record<Service, string>>;
  /** What was found of the place they come from; absent for demo images. */
  readonly origin?: ImageOrigin;
}

export interface Plan extends PlanInput {
  readonly sizing: Sizing;
  readonly postgres: PostgresParameters;
  readonly names: Names;
  /** Where browsers reach the stack, without a trailing slash. */
  readonly url: string;
  /** `COMPOSE_FILE`, in the order of merging. */
  readonly composeFiles: readonly string[];
  /** Owner of the private key, and the user nginx runs as in its container. */
  readonly nginxUser: { readonly uid: number; readonly gid: number };
  /** E-mail address of the first administrator. */
  readonly adminEmail: string;
  /** The volume that holds the database. */
  readonly dataVolume: string;
}

export interface Names {
  /** Names nginx answers to: the domain and its aliases. */
  readonly server: readonly string[];
  /** Names and addresses in the certificate: those, and the machine itself. */
  readonly certificate: readonly string[];
  /** True when clients come by address and therefore send no SNI. */
  readonly acceptNoSni: boolean;
}

export type Planned =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** User and group `nginx` of the official image. */
const NGINX_IMAGE_ID = 101;

/** Root hands nginx's files to the user of its image; anybody else runs nginx as themselves. */
export function nginxUserOf(me: { readonly uid: number; readonly gid: number }): Plan["nginxUser"] {
  return me.uid === 0 ? { uid: NGINX_IMAGE_ID, gid: NGINX_IMAGE_ID } : { uid: me.uid, gid: me.gid };
}

export function namesOf(answers: Answers): Names {
  const server = [answers.domain, ...answers.aliases].map((name) => name.toLowerCase());
  return {
    server,
    certificate: [...new Set([...server, "localhost", "127.0.0.1", "::1"])],
    acceptNoSni: server.some((name) => isIpAddress(name) || name === "localhost"),
  };
}

/** `https://name[:port]`; an IPv6 address in brackets. */
export function urlOf(answers: Answers): string {
  const host = answers.domain.includes(":") ? `[${answers.domain}]` : answers.domain;
  if (answers.tls.mode === "none") {
    return `http://${host}${answers.ports.http === 80 ? "" : `:${answers.ports.http}`}`;
  }
  // A proxy in front has the public ports; ours are behind it.
  if (answers.tls.mode === "external") return `https://${host}`;
  return `https://${host}${answers.ports.https === 443 ? "" : `:${answers.ports.https}`}`;
}

/** `admin@` the domain, or a private name where the domain cannot carry mail. */
export function adminEmailOf(answers: Answers): string {
  if (answers.admin.email !== "") return answers.admin.email;
  const mailable = answers.domain.includes(".") && !isIpAddress(answers.domain);
  return `admin@${mailable ? answers.domain.toLowerCase() : "rxdx.internal"}`;
}

/** The named volume that holds the database: one that was taken over, or that of this environment. */
export function dataVolumeOf(answers: Answers): string {
  if (answers.volumes.database !== "") return answers.volumes.database;
  const suffix = answers.environment === "development" ? "" : "_prod";
  return `${answers.name}_postgres_data${suffix}`;
}

/** The named volume that holds the uploads. */
export function uploadsVolumeOf({ name, volumes }: Answers): string {
  return volumes.uploads === "" ? `${name}_backend_uploads` : volumes.uploads;
}

export function makePlan(input: PlanInput): Planned {
  const { answers, facts } = input;
  const problems = crossProblems(answers, facts);
  const sized = sizing({
    cpus: facts.cpus,
    memoryBytes: facts.memoryBytes,
    environment: answers.environment,
    resources: answers.resources,
  });
  if (problems.length > 0 || !sized.ok) return { ok: false, problems };
  return {
    ok: true,
    plan: {
      ...input,
      sizing: sized.sizing,
      postgres: postgresParameters({
        memoryBytes: sized.sizing.postgres.memoryBytes,
        cpus: sized.sizing.postgres.cpus,
        maxConnections: sized.sizing.maxConnections,
      }),
      names: namesOf(answers),
      url: urlOf(answers),
      composeFiles: [
        "docker-compose.yml",
        ...(answers.environment === "development" ? [] : ["docker-compose.prod.yml"]),
        ...(facts.overrideFile ? ["docker-compose.override.yml"] : []),
      ],
      nginxUser: nginxUserOf(facts),
      adminEmail: adminEmailOf(answers),
      dataVolume: dataVolumeOf(answers),
    },
  };
}
