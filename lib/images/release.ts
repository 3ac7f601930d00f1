/**
 * What a version of the application says about how it may be reached: labels on its backend image, which
 * travel with it through registries and archives. A checkout says it in `backend/rxdx-release.json`, and
 * the build turns that into the labels. Pure.
 */
import type { ApiImage } from "../engine/api.ts";
import { compareTexts, parseVersion } from "./version.ts";

export const RELEASE_LABELS = {
  /** The version itself; the OCI's own label. */
  version: "org.opencontainers.image.version",
  /** `1.2.0 2.0.0`: versions before this one that must not be skipped, in any order. */
  stops: "org.rxdx.upgrade.stops",
  /** `postgres>=17.4 age>=1.5.0 rxdx-setup>=0.2.0` */
  requires: "org.rxdx.upgrade.requires",
} as const;

/** Path of the same in a checkout. */
export const RELEASE_FILE = "backend/rxdx-release.json";

/** What a version may require besides a version of itself. */
export const REQUIRABLE = ["postgres", "age", "rxdx-setup"] as const;
export type Requirable = (typeof REQUIRABLE)[number];

export interface Requirement {
  /** One of {@link REQUIRABLE}; another word is of a later rxdx-setup. */
  readonly name: string;
  readonly least: string;
}

export interface Release {
  /** `undefined`: not told, or without an order. */
  readonly version: string | undefined;
  readonly stops: readonly string[];
  readonly requires: readonly Requirement[];
  /** Parts that could not be read; whoever declared them meant something. */
  readonly unreadable: readonly string[];
}

const words = (text: string | undefined) =>
  (text ?? "").split(/[\s,]+/).filter((one) => one !== "");

/** A tag that tells a version in full is believed before a label, which may be one of the base image. */
const IN_FULL = /^v?\d+\.\d+\.\d+/;

/** @param tag of the image */
export function releaseOf(
  image: Pick<ApiImage, "Config"> | undefined,
  tag: string | undefined,
): Release {
  const labels = image?.Config?.Labels ?? {};
  const unreadable: string[] = [];
  const stops = words(labels[RELEASE_LABELS.stops]).filter((stop) => {
    if (parseVersion(stop) !== undefined) return true;
    unreadable.push(`${RELEASE_LABELS.stops}: ${stop}`);
    return false;
  });
  const requires = words(labels[RELEASE_LABELS.requires]).flatMap((text): Requirement[] => {
    const [, name, least] = /^([a-z][a-z-]*)>=(\S+)$/.exec(text) ?? [];
    if (name !== undefined && parseVersion(least) !== undefined) {
      return [{ name, least: least ?? "" }];
    }
    unreadable.push(`${RELEASE_LABELS.requires}: ${text}`);
    return [];
  });
  const version = [
    IN_FULL.test(tag ?? "") ? tag : undefined,
    labels[RELEASE_LABELS.version],
    tag,
  ].find((each) => parseVersion(each) !== undefined);
  return { version, stops, requires, unreadable };
}

/** Label → value for a build, from the text of {@link RELEASE_FILE}; empty for what is no such text. */
export function releaseLabels(text: string | undefined): Readonly<Record<string, string>> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const { version, stops, requires } = value as Readonly<Record<string, unknown>>;
  const texts = (list: unknown) =>
    Array.isArray(list) ? list.filter((each) => typeof each === "string").join(" ") : "";
  return {
    ...(typeof version === "string" ? { [RELEASE_LABELS.version]: version } : {}),
    ...(texts(stops) === "" ? {} : { [RELEASE_LABELS.stops]: texts(stops) }),
    ...(texts(requires) === "" ? {} : { [RELEASE_LABELS.requires]: texts(requires) }),
  };
}

/** Versions of what runs now; `undefined` for what could not be found out. */
export type Present = Readonly<Partial<Record<Requirable, string>>>;

export interface Refusal {
  readonly code: "release_stop" | "release_older" | "release_requires";
  readonly message: string;
  /** The version to go to first. */
  readonly next?: string;
}

/**
 * Why the step from one version to the other must not be made; `undefined`: it may. An installed version
 * that is not known counts as older than every stop.
 */
export function refusalOf(
  installed: Pick<Release, "version">,
  target: Release,
  present: Present,
): Refusal | undefined {
  const to = target.version ?? "this version";
  const direction = compareTexts(target.version, installed.version);
  if (direction !== undefined && direction < 0) {
    return {
      code: "release_older",
      message: `${to} is older than ${installed.version}, which runs. An older version does not ` +
        "know what a newer one has made of the data.",
    };
  }
  if (target.unreadable.length > 0) {
    return {
      code: "release_requires",
      message: `${to} asks for something that cannot be read: ${target.unreadable.join("; ")}.`,
    };
  }
  const skipped = target.stops
    .filter((stop) => (compareTexts(stop, installed.version) ?? 1) > 0)
    .filter((stop) => (compareTexts(stop, target.version) ?? -1) < 0)
    .sort((a, b) => compareTexts(a, b) ?? 0);
  const [next] = skipped;
  if (next !== undefined) {
    return {
      code: "release_stop",
      message: `${to} must not be reached from ${installed.version ?? "an unknown version"} at ` +
        `once: ${skipped.join(", then ")} ${skipped.length === 1 ? "comes" : "come"} first.`,
      next,
    };
  }
  for (const { name, least } of target.requires) {
    const known = REQUIRABLE.find((each) => each === name);
    const there = known === undefined ? undefined : present[known];
    const enough = (compareTexts(there, least) ?? -1) >= 0;
    if (!enough) {
      return {
        code: "release_requires",
        message: `${to} needs ${name} ${least} or later; ${
          known === undefined
            ? "this rxdx-setup does not know what that is"
            : `here it is ${there ?? "unknown"}`
        }.`,
      };
    }
  }
  return undefined;
}
