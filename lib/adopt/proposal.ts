/**
 * What becomes of a stack that was made by hand: settings and secrets that keep it as it is, and in words
 * what was recognised from where, what will be different, what is left alone, what stands in the way.
 * Decides nothing that the operator has said. Pure.
 */
import { setAt, type Tree, valueAt } from "../answers/tree.ts";
import type { Problem } from "../errors.ts";
import type { SecretName } from "../secrets/secrets.ts";
import { quoted } from "../steps/command_line.ts";
import { type Draft, keep, type Recognised } from "./draft.ts";
import { certificateOf, edgeOf } from "./proposal_edge.ts";
import { databaseOf, type Uploads, uploadsOf } from "./proposal_data.ts";
import type { FoundService, HandMade, Roles } from "./hand_made.ts";
import { imageSourceOf } from "./images.ts";
import { rolesOf } from "./roles.ts";
import { ONLY_WITH, readOrigins, SECRET_VARIABLES_THERE, SETTINGS } from "./settings.ts";

export interface Proposal {
  /** Values of `rxdx.yml`. */
  readonly values: Tree;
  readonly secrets: Readonly<Partial<Record<SecretName, string>>>;
  readonly recognised: readonly Recognised[];
  /** What nothing said, and what is taken instead. */
  readonly assumed: readonly string[];
  readonly differs: readonly string[];
  readonly leftAlone: readonly string[];
  readonly problems: readonly Problem[];
  /** Absent while a problem says that it could not be told. */
  readonly roles: Partial<Roles>;
  /** What has to be made of the data before the new stack can start. */
  readonly data: {
    /** Directory that holds the database, to be given to Docker as this volume. */
    readonly bind?: { readonly path: string; readonly volume: string };
    readonly uploads?: Uploads;
  };
  /** Accounts with a password that everybody can know. */
  readonly seeded: readonly string[];
}

export interface ProposalOptions {
  /** What the operator has said: never doubted, never asked for again. */
  readonly said: Tree;
  /** Logins that the application's own seeding makes. */
  readonly isSeeded: (email: string) => boolean;
  /** Services of the override file in the new directory: they go on there. */
  readonly kept: readonly string[];
}

export function proposalFor(found: HandMade, options: ProposalOptions): Proposal {
  const draft: Draft = {
    values: {},
    secrets: { ADMIN_PASSWORD: "" },
    recognised: [],
    assumed: [],
    differs: [],
    leftAlone: [],
    problems: [],
  };
  const { roles, others } = rolesOf(found);
  keep(draft, "name", found.project, "Compose project", "name");
  othersOf(draft, others, options.kept);
  const { postgres, backend } = roles;
  for (const [role, service] of [["postgres", postgres], ["backend", backend]] as const) {
    if (service !== undefined) continue;
    draft.problems.push({
      key: `service ${role}`,
      rule: `cannot be told: no container of ${found.project} looks like it`,
      example: `cd ${quoted([found.dir])} && docker compose up --detach`,
    });
  }
  if (postgres === undefined || backend === undefined) {
    return { ...draft, roles, data: {}, seeded: [] };
  }
  const there = { ...roles, postgres, backend };
  settingsOf(draft, found, backend);
  secretsOf(draft, found, backend);
  imagesOf(draft, there, options.said);
  const bind = databaseOf(draft, found, there);
  const uploads = uploadsOf(draft, found, backend);
  edgeOf(draft, found, there);
  certificateOf(draft, found);
  originsOf(draft, backend, found);
  differences(draft, there);
  return {
    ...draft,
    roles,
    data: {
      ...(bind === undefined ? {} : { bind }),
      ...(uploads === undefined ? {} : { uploads }),
    },
    seeded: (found.database?.emails ?? []).filter(options.isSeeded),
  };
}

/** A variable as the container has it, else as `.env` has it, with where it stands. */
function said(
  found: HandMade,
  service: FoundService,
  names: readonly string[],
): { readonly value: string; readonly from: string } | undefined {
  for (const [env, where] of [[service.env, service.service], [found.env, ".env"]] as const) {
    for (const name of names) {
      const value = env.get(name);
      if (value !== undefined && value !== "") return { value, from: `${name} of ${where}` };
    }
  }
  return undefined;
}

function settingsOf(draft: Draft, found: HandMade, backend: FoundService): void {
  for (const [path, names, reading] of SETTINGS) {
    const it = said(found, backend, names);
    const value = it === undefined ? undefined : reading(it.value);
    if (it === undefined || value === undefined) continue;
    const only = ONLY_WITH[path.split(".")[0] ?? ""];
    if (only !== undefined && only !== path && valueAt(draft.values, only) === undefined) continue;
    keep(draft, path, value, it.from);
  }
  if (valueAt(draft.values, "environment") === undefined) {
    draft.assumed.push("environment: nothing says which; production is taken (--env staging)");
    setAt(draft.values, "environment", "production");
  }
}

function secretsOf(draft: Draft, found: HandMade, backend: FoundService): void {
  for (const [name, names] of SECRET_VARIABLES_THERE) {
    const it = said(found, backend, names);
    if (it === undefined) {
      if (name === "SECRET_KEY") {
        draft.assumed.push(
          "SECRET_KEY: none was found; a new one is made, and everybody logs in anew",
        );
      }
      continue;
    }
    draft.secrets[name] = it.value;
    draft.recognised.push({ what: name, value: "kept, not shown", from: it.from });
  }
}

function imagesOf(
  draft: Draft,
  roles: Pick<Roles, "backend" | "postgres"> & Partial<Roles>,
  saidBy: Tree,
): void {
  const source = imageSourceOf(roles);
  const told = valueAt(saidBy, "images.source") !== undefined;
  if (source === undefined) {
    if (told) return;
    draft.problems.push({
      key: "images.source",
      value: roles.backend.image,
      rule: "cannot be told by the names of the images",
      example: "--set images.source=registry --set images.registry=… --set images.tag=…",
    });
    return;
  }
  if (told) return;
  for (const [key, value] of Object.entries(source.values)) {
    keep(draft, `images.${key}`, value, source.from);
  }
  if (source.values["source"] === "demo") return;
  // The very image that has served these data.
  keep(draft, "images.postgres", roles.postgres.image, `image of ${roles.postgres.service}`);
}

/** Further services would go with the old stack: somebody has to say where they shall live. */
function othersOf(draft: Draft, others: readonly FoundService[], kept: readonly string[]): void {
  for (const name of new Set(others.map(({ service }) => service))) {
    if (kept.includes(name)) {
      draft.recognised.push({ what: `service ${name}`, value: "kept", from: "the override file" });
      continue;
    }
    draft.problems.push({
      key: `service ${name}`,
      rule: "is none of an RxDx stack, and would be removed with the old one",
      example:
        "define it in docker-compose.override.yml of the new directory, which is yours, or " +
        "give it a project of its own",
    });
  }
}

function originsOf(draft: Draft, backend: FoundService, found: HandMade): void {
  const it = said(found, backend, ["CORS_ORIGINS"]);
  const origins = readOrigins(it?.value);
  const own = valueAt(draft.values, "domain");
  const others = origins.filter((origin) => {
    const name = URL.canParse(origin) ? new URL(origin).hostname : "";
    return origin !== "*" && name !== "localhost" && name !== own;
  });
  if (origins.includes("*") && valueAt(draft.values, "environment") !== "development") {
    draft.differs.push("CORS_ORIGINS allowed every site; now the stack's own address alone");
  }
  if (it !== undefined && others.length > 0) {
    keep(draft, "application.cors_origins", others, it.from);
  }
}

function differences(
  draft: Draft,
  roles: Pick<Roles, "backend" | "postgres"> & Partial<Roles>,
): void {
  const project = String(valueAt(draft.values, "name"));
  const named = Object.entries(roles).filter(([role, { containerName }]) =>
    containerName !== `${project}-${role}-1`
  );
  if (named.length > 0) {
    draft.differs.push(
      `Containers: ${
        named.map(([role, { containerName }]) => `${containerName} becomes ${project}-${role}-1`)
          .join(", ")
      }`,
    );
  }
  if (valueAt(draft.values, "environment") !== "development") {
    for (const { service, ports } of [roles.postgres, roles.backend]) {
      const [port] = ports;
      if (port === undefined) continue;
      draft.differs.push(`Port ${port.published} (${service}) is published no more`);
    }
  }
  for (const { service, mounts } of Object.values(roles)) {
    if (!mounts.some(({ type, target }) => type === "bind" && target === "/app")) continue;
    draft.differs.push(`${service} runs what is in its image, not the mounted sources`);
  }
  const ours = Object.values(valueAt(draft.values, "volumes") ?? {}) as unknown[];
  for (const { service, mounts } of Object.values(roles)) {
    for (const { type, name, target } of mounts) {
      const own = name?.startsWith(`${project}_postgres_data`) ||
        name?.startsWith(`${project}_backend_`);
      // Docker gives volumes without a name one of 64 digits.
      const nameless = /^[0-9a-f]{64}$/.test(name ?? "");
      if (type !== "volume" || name === undefined || own || nameless || ours.includes(name)) {
        continue;
      }
      draft.leftAlone.push(`the volume ${name}, which was ${target} of ${service}`);
    }
  }
  const drifted = Object.values(roles).filter(({ asDescribed }) => !asDescribed);
  if (drifted.length > 0) {
    draft.differs.push(
      `${drifted.map(({ service }) => service).join(", ")}: the Compose files were edited since; ` +
        "should the old stack have to come back, it comes as they are now",
    );
  }
}
