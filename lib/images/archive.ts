/**
 * A file made by `docker save`: which images are in it, without unpacking it. The archive's own
 * manifest tells; the rest, which may be gigabytes, is passed over. A bundle is such a file with more in
 * it, and tells by itself which image is for which service.
 */
import { createHash } from "node:crypto";
import { asManifest, MANIFEST_MEMBER, PROGRAM_MEMBER, SUMS_MEMBER } from "../bundle/manifest.ts";
import { parseBundleSums } from "../bundle/sums.ts";
import type { Problem } from "../errors.ts";
import { type Service, SERVICES } from "../engine/compose.ts";
import type { Host } from "../host/types.ts";
import type { ArchiveOrigin } from "./origin.ts";

/** One image of the archive's `manifest.json`. */
interface Entry {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
}

/** Milliseconds; a compressed archive has to be read from its beginning. */
const READ_MS = 300_000;

/** `registry.example.com/rxdx/backend:1.2` → backend; PostgreSQL with AGE is published as `age`. */
export function serviceOf(tag: string): Service | undefined {
  const repository = tag.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const last = repository.split("/").at(-1) ?? "";
  const name = last === "age" ? "postgres" : last.replace(/^rxdx[-_]/, "");
  return SERVICES.find((service) => service === name);
}

/** `undefined` for what is not such a manifest. */
export function readManifest(text: string): readonly Entry[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isEntry = (each: unknown): each is Entry => {
    if (typeof each !== "object" || each === null) return false;
    const { Config, RepoTags } = each as Partial<Record<keyof Entry, unknown>>;
    return typeof Config === "string" && (RepoTags === null || Array.isArray(RepoTags));
  };
  return Array.isArray(value) && value.every(isEntry) ? value : undefined;
}

/** `blobs/sha256/<digest>` of newer engines, `<digest>.json` of older ones. */
function digestOf(config: string): string {
  return /([0-9a-f]{64})/.exec(config)?.[1] ?? "";
}

export function imagesOf(entries: readonly Entry[]): Pick<ArchiveOrigin, "images" | "ids"> {
  const images: Partial<Record<Service, string>> = {};
  const ids: Partial<Record<Service, string>> = {};
  for (const { Config, RepoTags } of entries) {
    for (const tag of RepoTags ?? []) {
      const service = serviceOf(tag);
      if (service === undefined || images[service] !== undefined) continue;
      images[service] = tag;
      ids[service] = digestOf(Config);
    }
  }
  return { images, ids };
}

async function member(host: Host, file: string, name: string) {
  return await host.process.run(
    ["tar", "--extract", "--to-stdout", "--occurrence=1", "--file", file, name],
    { timeoutMs: READ_MS },
  );
}

/** By its first bytes: the program is the first member of every bundle. */
export async function isBundle(host: Host, file: string): Promise<boolean> {
  for await (const chunk of host.files.openSource(file)) {
    return new TextDecoder("latin1").decode(chunk.subarray(0, PROGRAM_MEMBER.length + 1)) ===
      `${PROGRAM_MEMBER}\0`;
  }
  return false;
}

/** Only what tells what is in it; the images are compared with it when they are loaded. */
async function readBundle(
  host: Host,
  file: string,
  at: Pick<ArchiveOrigin, "size" | "modified">,
): Promise<ArchiveOrigin | undefined> {
  const [text, sums] = [
    await member(host, file, MANIFEST_MEMBER),
    await member(host, file, SUMS_MEMBER),
  ];
  if (text.code !== 0 || sums.code !== 0) return undefined;
  const sha256 = (of: string) => createHash("sha256").update(of).digest("hex");
  let stated: string | undefined;
  try {
    stated = parseBundleSums(sums.stdout).get(MANIFEST_MEMBER);
  } catch {
    return undefined;
  }
  const manifest = asManifest(text.stdout);
  if (manifest === undefined || stated !== sha256(text.stdout)) return undefined;
  const each = <T>(value: (service: Service) => T) =>
    Object.fromEntries(SERVICES.map((service) => [service, value(service)])) as Record<Service, T>;
  const { images, created, setup, version } = manifest;
  return {
    kind: "archive",
    images: each((service) => images[service].image),
    ids: each((service) => digestOf(images[service].id)),
    file,
    ...at,
    manifests: each((service) => digestOf(images[service].manifest)),
    bundle: { digest: sha256(sums.stdout), created, setup, version },
  };
}

export type LookedAt<T> =
  | { readonly ok: true; readonly origin: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * @param known what was read of this very file before; the same size and time, and it is not read again
 * @param elsewhere services whose image is named by a key of its own
 */
export async function lookAtArchive(
  host: Host,
  file: string,
  known: ArchiveOrigin | undefined,
  elsewhere: readonly Service[],
): Promise<LookedAt<ArchiveOrigin>> {
  const problem = (rule: string, example = "docker save --output rxdx.tar IMAGE…") => ({
    ok: false as const,
    problems: [{ key: "images.file", value: file, rule, example }],
  });
  const info = await host.files.stat(file);
  // What was loaded from it is here; a stack must start without the file as well.
  if (info === undefined && known?.file === file) return { ok: true, origin: known };
  if (info === undefined) return problem("must be a file that is there", "/root/rxdx.tar");
  if (info.kind !== "file") return problem("must be a file, not a directory");
  const modified = info.modified.toISOString();
  if (known?.file === file && known.size === info.size && known.modified === modified) {
    return { ok: true, origin: known };
  }
  if (await isBundle(host, file)) {
    const origin = await readBundle(host, file, { size: info.size, modified });
    return origin === undefined
      ? problem("is a bundle that is damaged", "rxdx-setup bundle verify FILE tells what is wrong")
      : { ok: true, origin };
  }
  const found = await member(host, file, "manifest.json");
  if (found.code !== 0) {
    const said = found.stderr.toLowerCase();
    if (/unexpected eof|unexpected end|truncated/.test(said)) {
      return problem("is cut off in the middle; copy it again");
    }
    return problem(
      said.includes("not found in archive") && !said.includes("does not look like")
        ? "has no manifest.json: it was not made by docker save"
        : "cannot be read as an archive of docker save, plain or compressed",
    );
  }
  const entries = readManifest(found.stdout);
  if (entries === undefined) return problem("has a manifest.json that docker save did not write");
  const { images, ids } = imagesOf(entries);
  const missing = SERVICES.filter((service) =>
    images[service] === undefined && !elsewhere.includes(service)
  );
  if (missing.length > 0) {
    const tags = entries.flatMap((entry) => entry.RepoTags ?? []);
    return problem(
      `has no image for ${missing.join(", ")}; it holds ${tags.join(", ") || "no named image"}`,
      "repositories whose last part is backend, frontend, nginx, and postgres or age",
    );
  }
  return {
    ok: true,
    origin: { kind: "archive", images, ids, file, size: info.size, modified },
  };
}
