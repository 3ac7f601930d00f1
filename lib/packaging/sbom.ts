/**
 * The bill of materials of the executable, as CycloneDX 1.6 (JSON): the runtime, and every package that
 * deno.lock pins, with checksum, licence and what depends on what. Pure; called by release.ts. The
 * libraries for this make such a document from `node_modules` or a package manager of their own; what
 * is pinned here stands in one file of 300 lines, which none of them reads (docs/dependencies.md).
 */
import { DENO_VERSION } from "./runtime.ts";

/** The part of deno.lock (version 5) that is read. */
export interface LockFile {
  readonly version: string;
  /** `npm:name@range` → version, perhaps with peers behind it. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** `name@version` → what it is. */
  readonly npm?: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  /** `sha512-…`, base64. */
  readonly integrity?: string;
  /** `name`, or `name@version` where there are several. */
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
}

export interface SbomFacts {
  readonly version: string;
  readonly lock: LockFile;
  /** Specifiers (`npm:yaml@2.9.1`) that the program imports; what only tests need is marked. */
  readonly imported: ReadonlySet<string>;
  /** `name@version` → SPDX expression, as far as it is known. */
  readonly licences: ReadonlyMap<string, string>;
  /** ISO 8601 of the commit; left out when it is not known. */
  readonly timestamp?: string;
}

interface Component {
  readonly type: "library" | "platform" | "application";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly group?: string;
  readonly scope?: "required" | "excluded";
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
}

export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: {
    readonly timestamp?: string;
    readonly component: Component;
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** `@noble/hashes@2.0.1` → name and version; peers that the lock file appends are left out. */
function split(id: string): { name: string; version: string } {
  const at = id.indexOf("@", 1);
  return { name: id.slice(0, at), version: id.slice(at + 1).split("_")[0] ?? "" };
}

/** https://github.com/package-url/purl-spec */
function purlOf(id: string): string {
  const { name, version } = split(id);
  return `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
}

/** Turns what a package says it needs into the ids of the lock file. */
function resolver(packages: Readonly<Record<string, LockedPackage>>): (said: string) => string {
  const byName = Map.groupBy(Object.keys(packages), (id) => split(id).name);
  return (said) => {
    if (Object.hasOwn(packages, said)) return said;
    const [only, ...more] = byName.get(split(`${said}@`).name) ?? [];
    if (only === undefined || more.length > 0) throw new Error(`deno.lock does not pin ${said}`);
    return only;
  };
}

function needs(each: LockedPackage | undefined): readonly string[] {
  return [...each?.dependencies ?? [], ...each?.optionalDependencies ?? []];
}

function componentOf(
  id: string,
  locked: LockedPackage,
  facts: SbomFacts,
  used: boolean,
): Component {
  const { name, version } = split(id);
  const [, group, rest] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  const [, algorithm, base64] = /^(sha512|sha1)-(.+)$/.exec(locked.integrity ?? "") ?? [];
  const licence = facts.licences.get(`${name}@${version}`);
  return {
    type: "library",
    "bom-ref": purlOf(id),
    ...(group === undefined ? {} : { group }),
    name: rest ?? name,
    version,
    scope: used ? "required" : "excluded",
    ...(base64 === undefined ? {} : {
      hashes: [{
        alg: algorithm === "sha1" ? "SHA-1" : "SHA-512",
        content: Uint8Array.fromBase64(base64).toHex(),
      }],
    }),
    ...(licence === undefined ? {} : { licenses: [{ expression: licence }] }),
    purl: purlOf(id),
  };
}

/** A UUID out of the content, so that the same sources have the same document (RFC 9562, version 8). */
async function uuidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = new Uint8Array(digest).slice(0, 16);
  bytes[6] = (bytes[6] ?? 0) & 0x0f | 0x80;
  bytes[8] = (bytes[8] ?? 0) & 0x3f | 0x80;
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** @throws Error where the lock file names a package that it does not pin */
export async function cyclonedx(facts: SbomFacts): Promise<Sbom> {
  const { lock, version } = facts;
  const packages = lock.npm ?? {};
  const resolve = resolver(packages);
  const rootIds = (wanted: (specifier: string) => boolean) =>
    Object.entries(lock.specifiers).filter(([specifier]) => wanted(specifier))
      .map(([specifier, found]) =>
        resolve(`${split(specifier.slice("npm:".length)).name}@${found}`)
      );
  const imported = rootIds((specifier) => facts.imported.has(specifier));
  const used = new Set<string>();
  const visit = (id: string): void => {
    if (used.has(id)) return;
    used.add(id);
    for (const each of needs(packages[id])) visit(resolve(each));
  };
  imported.forEach(visit);
  const deno: Component = {
    type: "platform",
    "bom-ref": `pkg:github/denoland/deno@v${DENO_VERSION}`,
    name: "deno",
    version: DENO_VERSION,
    scope: "required",
    licenses: [{ expression: "MIT" }],
    purl: `pkg:github/denoland/deno@v${DENO_VERSION}`,
  };
  const application: Component = {
    type: "application",
    "bom-ref": `pkg:generic/rxdx-setup@${version}`,
    name: "rxdx-setup",
    version,
    licenses: [{ expression: "Apache-2.0" }],
    purl: `pkg:generic/rxdx-setup@${version}`,
  };
  const ids = Object.keys(packages).sort();
  const components = [
    deno,
    ...ids.map((id) => componentOf(id, packages[id] ?? {}, facts, used.has(id))),
  ];
  const dependencies = [
    {
      ref: application["bom-ref"],
      dependsOn: [deno["bom-ref"], ...rootIds(() => true).map(purlOf)].sort(),
    },
    ...ids.map((id) => ({
      ref: purlOf(id),
      dependsOn: needs(packages[id]).map((each) => purlOf(resolve(each))).sort(),
    })),
  ];
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${await uuidOf(
      JSON.stringify([application, components, dependencies]),
    )}`,
    version: 1,
    metadata: {
      ...(facts.timestamp === undefined ? {} : { timestamp: facts.timestamp }),
      component: application,
    },
    components,
    dependencies,
  };
}
