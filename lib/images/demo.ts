/**
 * The demo images: built on this machine from distribution packages, named by the hash of what
 * they are built from, so that an unchanged source is never built twice. Pure.
 */
import { createHash } from "node:crypto";
import type { Environment } from "../answers/schema.ts";
import type { Service } from "../engine/compose.ts";
import { DEMO_FILES } from "./demo_files.ts";

/** A distribution root file system that the images start from. */
export interface BaseImage {
  /** Debian's code name. */
  readonly suite: "trixie" | "forky";
  /** Name on this machine. */
  readonly tag: string;
  /** What a registry calls it. */
  readonly pull: string;
}

/** Raised when the way a base is made changes, so that old ones are not taken for new. */
const BASE_REVISION = 1;

/** Debian 13 has PostgreSQL 17, AGE and FastAPI; the next release has an nginx that can `resolve`. */
export const BASES: Readonly<Record<BaseImage["suite"], BaseImage>> = {
  trixie: {
    suite: "trixie",
    tag: `rxdx-demo/base-trixie:${BASE_REVISION}`,
    pull: "debian:trixie-slim",
  },
  forky: {
    suite: "forky",
    tag: `rxdx-demo/base-forky:${BASE_REVISION}`,
    pull: "debian:forky-slim",
  },
};

export interface DemoImage {
  readonly service: Service;
  readonly tag: string;
  /** Stage of the Dockerfile; the last one when absent. */
  readonly target?: string;
  /** Build argument → base image. */
  readonly bases: Readonly<Record<string, BaseImage>>;
}

/** Files of one build context, by path inside it. */
export function contextOf(service: Service): [path: string, text: string][] {
  const prefix = `${service}/`;
  return Object.entries(DEMO_FILES)
    .filter(([path]) => path.startsWith(prefix))
    .map(([path, text]) => [path.slice(prefix.length), text]);
}

/** Twelve hexadecimal digits that change with any file, its name, the stage or the base. */
export function contentHash(
  files: readonly (readonly [path: string, text: string])[],
  target: string,
): string {
  const hash = createHash("sha256").update(`${BASE_REVISION}\0${target}\0`);
  for (const [path, text] of files) hash.update(`${path}\0${text.length}\0${text}\0`);
  return hash.digest("hex").slice(0, 12);
}

const DEFINITIONS: Readonly<
  Record<Service, {
    readonly bases: DemoImage["bases"];
    readonly target?: (environment: Environment) => string;
  }>
> = {
  postgres: { bases: { BASE: BASES.trixie } },
  backend: {
    bases: { BASE: BASES.trixie },
    target: (environment) => environment === "development" ? "development" : "runtime",
  },
  frontend: {
    bases: { BASE: BASES.trixie, NGINX_BASE: BASES.forky },
    target: (environment) => environment === "development" ? "development" : "production",
  },
  nginx: { bases: { BASE: BASES.forky } },
};

/** The image of one service in one environment. */
export function demoImage(service: Service, environment: Environment): DemoImage {
  const definition = DEFINITIONS[service];
  const target = definition.target?.(environment);
  return {
    service,
    tag: `rxdx-demo/${service}:${contentHash(contextOf(service), target ?? "")}`,
    bases: definition.bases,
    ...(target === undefined ? {} : { target }),
  };
}

/** Demo sources as they stand in an install: what is built, and mounted in development. */
export function demoSources(): { path: string; text: string }[] {
  return Object.entries(DEMO_FILES).map(([path, text]) => ({ path: `demo/${path}`, text }));
}
