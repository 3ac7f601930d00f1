/** Is the install what it was made as: images, drift, file modes, sizes of logs, what could be freed? Pure. */
import { type Found, found, size } from "./check.ts";

/** The image of one service. */
export interface ImageFacts {
  readonly service: string;
  /** As the Compose files name it. */
  readonly image: string;
  /** What the name means on this machine now; `undefined` when it is not here. */
  readonly presentId: string | undefined;
  /** What was recorded by the last apply; `undefined` when nothing was. */
  readonly lockedId: string | undefined;
  /** What its containers run. */
  readonly runningIds: readonly string[];
}

export function judgeImages(images: readonly ImageFacts[]): Found {
  const title = "Images";
  const missing = images.filter((each) => each.presentId === undefined);
  if (missing.length > 0) {
    return found(
      "images",
      title,
      // What runs goes on running; after the next restart of the container it does not.
      missing.some((each) => each.runningIds.length === 0) ? "fail" : "warn",
      `Not on this machine: ${missing.map((each) => `${each.image} (${each.service})`).join(", ")}`,
      { hint: "rxdx-setup apply", fix: "apply" },
    );
  }
  const other = images.filter((each) =>
    each.runningIds.some((id) => id !== (each.lockedId ?? id)) ||
    (each.lockedId !== undefined && each.presentId !== each.lockedId)
  );
  if (other.length === 0) return found("images", title, "ok", "as recorded in images.lock");
  return found(
    "images",
    title,
    "warn",
    `Not what images.lock records: ${
      other.map(({ service, presentId, lockedId }) =>
        presentId === lockedId ? `${service} runs another image` : `${service}'s name means another`
      ).join(", ")
    }`,
    { hint: "docker image ls; rxdx-setup apply records what is wanted now", fix: null },
  );
}

/** A container whose definition Compose would write otherwise. */
export interface Drift {
  readonly handEdited: readonly string[];
  readonly services: readonly string[];
}

export function judgeDrift({ handEdited, services }: Drift): Found[] {
  return [
    handEdited.length === 0
      ? found("hand-edited", "Files", "ok", "as they were written")
      : found("hand-edited", "Files", "warn", `Edited by hand: ${handEdited.join(", ")}`, {
        hint: "rxdx-setup plan",
        fix: null,
      }),
    services.length === 0
      ? found("containers-differ", "Containers", "ok", "as the Compose files define them")
      : found(
        "containers-differ",
        "Containers",
        "warn",
        `Made from another definition than the present one: ${services.join(", ")}`,
        { hint: "rxdx-setup apply", fix: "apply" },
      ),
  ];
}

/** A file or directory with the mode that it must not exceed. */
export interface ModeFacts {
  /** Relative to the install directory. */
  readonly path: string;
  readonly mode: number;
  readonly wanted: number;
}

/** Those that others can read or write. */
export function tooOpen(modes: readonly ModeFacts[]): ModeFacts[] {
  return modes.filter(({ mode, wanted }) => (mode & 0o777 & ~wanted) !== 0);
}

const octal = (mode: number) => (mode & 0o7777).toString(8).padStart(4, "0");

export function judgeModes(modes: readonly ModeFacts[]): Found {
  const open = tooOpen(modes);
  if (open.length === 0) {
    return found("file-modes", "File modes", "ok", "secrets and keys can be read by nobody else");
  }
  return found(
    "file-modes",
    "File modes",
    "fail",
    `Too open: ${
      open.map(({ path, mode, wanted }) => `${path} is ${octal(mode)}, not ${octal(wanted)}`)
        .join("; ")
    }`,
    { hint: "rxdx-setup doctor --fix", fix: "modes" },
  );
}

/** Bytes that logs take; `undefined` where they could not be counted. */
export interface LogSizes {
  readonly containers: number | undefined;
  readonly application: number | undefined;
}

/** Three files of 10 MB each, for four services and their replicas. */
const CONTAINER_LOGS_BYTES = 2 ** 30;
/** Fifteen files of 100 MB are what the application's own rotation keeps. */
const APPLICATION_LOGS_BYTES = 2 * 2 ** 30;

export function judgeLogSizes({ containers, application }: LogSizes): Found {
  const title = "Size of logs";
  if (containers === undefined && application === undefined) {
    return found("log-sizes", title, "unknown", "could not be counted");
  }
  const text = [
    ...(containers === undefined ? [] : [`containers ${size(containers)}`]),
    ...(application === undefined ? [] : [`application ${size(application)}`]),
  ].join(", ");
  if ((containers ?? 0) > CONTAINER_LOGS_BYTES) {
    return found("log-sizes", title, "warn", `${text}; containers' logs are not rotated`, {
      hint: "docker inspect -f '{{.Name}} {{.HostConfig.LogConfig}}' $(docker ps -q)",
    });
  }
  return (application ?? 0) > APPLICATION_LOGS_BYTES
    ? found("log-sizes", title, "warn", `${text}, more than its own rotation keeps`, {
      hint: "docker compose exec backend ls -lS /app/logs",
    })
    : found("log-sizes", title, "ok", text);
}

/** What `docker system df` could give back; bytes. */
export interface Reclaimable {
  readonly images: number;
  readonly buildCache: number;
}

/**
 * @param tight true when a disk is nearly full, so that it matters
 */
export function judgeReclaimable(facts: Reclaimable | undefined, tight: boolean): Found {
  const title = "To give back";
  if (facts === undefined) {
    return found("reclaimable", title, "unknown", "Docker took too long to count", {
      hint: "docker system df",
    });
  }
  const { images, buildCache } = facts;
  const all = images + buildCache;
  const worth = tight && all > 100 * 2 ** 20;
  return found(
    "reclaimable",
    title,
    worth ? "warn" : "ok",
    `${size(all)}: images that no container uses ${size(images)}, build cache ${size(buildCache)}`,
    {
      hint: worth
        ? "rxdx-setup doctor --fix --prune (what was built here, and the build cache); docker image prune"
        : "",
      fix: worth ? "prune" : null,
    },
  );
}

export interface LeftOpen {
  /** The backend's own environment says DEBUG=true, or `.env` does. */
  readonly debug: boolean;
  readonly environment: string;
}

export function judgeDebug({ debug, environment }: LeftOpen): Found {
  const title = "Debug";
  if (!debug) return found("debug", title, "ok", "off");
  if (environment === "development") return found("debug", title, "ok", "on, in development");
  return found(
    "debug",
    title,
    "fail",
    `DEBUG is on in ${environment}: every query is written to the log, with what is in it`,
    {
      hint: "Take DEBUG out of docker-compose.override.yml and .env, then rxdx-setup apply",
      fix: null,
    },
  );
}

/** A secret that is set, and how hard it is to guess. */
export interface SecretFacts {
  readonly name: string;
  readonly verdict: "weak" | "fair" | "strong";
}

export function judgeSecrets(secrets: readonly SecretFacts[], environment: string): Found {
  const title = "Secrets";
  const weak = secrets.filter((each) => each.verdict === "weak").map((each) => each.name);
  if (weak.length === 0) {
    return found("secrets", title, "ok", `${secrets.length} are set, none is easy to guess`);
  }
  return found(
    "secrets",
    title,
    environment === "development" ? "warn" : "fail",
    `Easy to guess: ${weak.join(", ")}`,
    { hint: `rxdx-setup secrets rotate ${weak.join(" ")}` },
  );
}

/** Rotation of secrets: what an interrupted one left, and how old the others are. */
export interface RotationFacts {
  /** Names of an unfinished rotation. */
  readonly unfinished: readonly string[];
  /** Those whose age is known; days. */
  readonly ages: readonly { readonly name: string; readonly days: number }[];
}

/** A year: what most rules of companies ask for at least. A note, since age alone is no fault. */
const OLD_DAYS = 365;

export function judgeRotation({ unfinished, ages }: RotationFacts): Found {
  const title = "Rotation";
  if (unfinished.length > 0) {
    return found(
      "secrets-rotation",
      title,
      "fail",
      `A rotation of ${unfinished.join(", ")} did not come to its end; until then nothing may be ` +
        "started",
      { hint: "rxdx-setup secrets rotate" },
    );
  }
  const old = ages.filter((each) => each.days > OLD_DAYS).map((each) => each.name);
  const oldest = Math.max(0, ...ages.map((each) => each.days));
  return found(
    "secrets-rotation",
    title,
    "ok",
    old.length > 0
      ? `older than a year: ${old.join(", ")}; rxdx-setup secrets list`
      : `the oldest secret is ${oldest === 1 ? "1 day" : `${oldest} days`} old`,
  );
}

/** How one of the application's well-known accounts stands. */
export interface AccountFacts {
  readonly email: string;
  /** `open`: its public password logs in. `skipped`: a try might lock it. */
  readonly state: "open" | "closed" | "skipped";
}

/** @param accounts those that exist; `undefined` when that could not be found out */
export function judgeAccounts(
  accounts: readonly AccountFacts[] | undefined,
  environment: string,
): Found {
  const title = "Default accounts";
  if (accounts === undefined) {
    return found("default-accounts", title, "unknown", "could not be looked at");
  }
  const open = accounts.filter((each) => each.state === "open").map((each) => each.email);
  if (open.length > 0) {
    return found(
      "default-accounts",
      title,
      environment === "development" ? "warn" : "fail",
      `Anybody can log in with the public password as ${open.join(", ")}`,
      { hint: `rxdx-setup admin remove ${open.join(" ")}` },
    );
  }
  const skipped = accounts.filter((each) => each.state === "skipped").map((each) => each.email);
  return skipped.length > 0
    ? found(
      "default-accounts",
      title,
      "ok",
      `${skipped.join(", ")}: not tried, because another failed login could lock them`,
    )
    : found(
      "default-accounts",
      title,
      "ok",
      accounts.length === 0 ? "none exists" : "their public password no longer works",
    );
}
