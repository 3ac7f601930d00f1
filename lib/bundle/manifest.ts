/**
 * `bundle.json`: what is in a bundle for a machine without network. Its layout, and reading one that
 * somebody else made. Pure. Names are API: add, never rename; another meaning needs another `schema`.
 */
import { type Service, SERVICES } from "../engine/compose.ts";
import { EXIT, SetupError } from "../errors.ts";
import { quoted } from "../steps/command_line.ts";

/** Members of a bundle beside those that `docker save` writes, in their order (docs/adr/0032). */
export const PROGRAM_MEMBER = "rxdx-setup";
export const README_MEMBER = "README.txt";
export const PROGRAM_SBOM_MEMBER = "rxdx-setup.cdx.json";
export const SBOM_MEMBER = "bundle.cdx.json";
export const MANIFEST_MEMBER = "bundle.json";
export const SUMS_MEMBER = "SHA256SUMS";
export const SIGNATURE_MEMBER = "SHA256SUMS.minisig";

export const BUNDLE_KIND = "rxdx-setup-bundle";
export const BUNDLE_SCHEMA = 1;

/** Major version of the data that this program's stack keeps (`templates/`: PostgreSQL 17 + AGE). */
export const POSTGRES_MAJOR = "17";

export interface BundleImage {
  /** Name and tag, as it is loaded. */
  readonly image: string;
  /** `sha256:…` of the image's configuration: what Docker calls its id. */
  readonly id: string;
  /** `sha256:…` of its OCI manifest: what the containerd image store calls its id. */
  readonly manifest: string;
  /** Bytes that it takes on a machine, layers that are shared counted for each. */
  readonly bytes: number;
}

export interface BundleManifest {
  readonly schema: 1;
  readonly kind: typeof BUNDLE_KIND;
  /** ISO 8601. */
  readonly created: string;
  /** Version of the rxdx-setup that made it, and that is in it. */
  readonly setup: string;
  /** As Docker calls it: `amd64`, `arm64`. */
  readonly arch: string;
  /** Version of the application. */
  readonly version: string;
  /** Versions of PostgreSQL and Docker Engine where it was made; empty: not known. */
  readonly postgres: string;
  readonly engine: string;
  /** The oldest Docker Engine and Compose that the target may have. */
  readonly needs: { readonly engine: string; readonly compose: string };
  /** Versions of the application that must not be skipped on the way to this one. */
  readonly stops: readonly string[];
  /** `postgres>=17.4` */
  readonly requires: readonly string[];
  readonly program: { readonly bytes: number; readonly sha256: string };
  readonly images: Readonly<Record<Service, BundleImage>>;
}

/** `x86_64` → what Docker calls it. */
export function dockerArch(machine: string): string {
  return ({ x86_64: "amd64", aarch64: "arm64" } as Record<string, string>)[machine] ?? machine;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

type Loose = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isImage(value: unknown): value is BundleImage {
  return isObject(value) && typeof value["image"] === "string" && value["image"] !== "" &&
    DIGEST.test(String(value["id"])) && DIGEST.test(String(value["manifest"])) &&
    Number.isSafeInteger(value["bytes"]);
}

function isManifest(value: Loose): boolean {
  const texts = ["created", "setup", "arch", "version", "postgres", "engine"]
    .every((key) => typeof value[key] === "string");
  const { needs, program, images } = value;
  return texts && isTexts(value["stops"]) && isTexts(value["requires"]) &&
    isObject(needs) && typeof needs["engine"] === "string" &&
    typeof needs["compose"] === "string" &&
    isObject(program) && Number.isSafeInteger(program["bytes"]) &&
    /^[0-9a-f]{64}$/.test(String(program["sha256"])) &&
    isObject(images) && SERVICES.every((service) => isImage(images[service]));
}

/** `undefined` for what is no such text. */
export function asManifest(text: string): BundleManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value["kind"] !== BUNDLE_KIND || value["schema"] !== BUNDLE_SCHEMA) {
    return undefined;
  }
  return isManifest(value) ? value as unknown as BundleManifest : undefined;
}

/**
 * @param file for messages
 * @throws SetupError `bundle_newer` (exit 4) for a layout of a later rxdx-setup, `bundle_malformed`
 */
export function readBundleManifest(text: string, file: string): BundleManifest {
  const known = asManifest(text);
  if (known !== undefined) return known;
  let schema: unknown;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && value["kind"] === BUNDLE_KIND) schema = value["schema"];
  } catch {
    // Told below.
  }
  if (typeof schema === "number" && schema > BUNDLE_SCHEMA) {
    throw new SetupError({
      code: "bundle_newer",
      message: `${file} is of a later rxdx-setup (layout ${schema}; this program knows ` +
        `${BUNDLE_SCHEMA}).`,
      hint: `Use the program that is in it: ${programHint(file)}`,
      exit: EXIT.prerequisite,
    });
  }
  throw bundleError("bundle_malformed", `${file} has a ${MANIFEST_MEMBER} that cannot be read.`);
}

/** How the program is taken out of a bundle where nothing is installed. */
export function programHint(file: string): string {
  return `tar xOf ${
    quoted([file])
  } ${PROGRAM_MEMBER} > ${PROGRAM_MEMBER}; chmod 755 ${PROGRAM_MEMBER}`;
}

/** Why a bundle is not used; nothing was changed. */
export function bundleError(
  code: "bundle_malformed" | "bundle_damaged" | "bundle_truncated",
  message: string,
  hint = "Copy it again, and compare: rxdx-setup bundle verify FILE. Nothing was changed.",
): SetupError {
  return new SetupError({ code, message, hint, exit: EXIT.apply });
}
