/**
 * Writes a bundle: the program, what `docker save` streams, and what describes both, as one tar in flat
 * memory. The images' members keep the names that docker gave them, so that any Docker loads the file.
 */
import { createHash } from "node:crypto";
import { readTarStream, TAR_END, tarHeader, tarPadding } from "../../backup/tar.ts";
import { isMemberPath, renderBundleSums } from "../../bundle/sums.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { ByteSink, Host } from "../../host/types.ts";
import { memberMode, MOST_MEMBER_BYTES } from "./members.ts";

/** Bytes; texts of an image that are kept to be read: manifests and configurations. */
const MOST_TEXT = 256 * 2 ** 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One member after the other, each summed as it passes. */
export class BundleWriter {
  readonly #sink: ByteSink;
  readonly #modified: Date;
  readonly #onBytes: (bytes: number) => void;
  readonly #sums = new Map<string, string>();
  #open:
    | { path: string; hash: ReturnType<typeof createHash>; size: number; left: number }
    | undefined;
  bytes = 0;

  constructor(sink: ByteSink, modified: Date, onBytes: (bytes: number) => void) {
    this.#sink = sink;
    this.#modified = modified;
    this.#onBytes = onBytes;
  }

  async #put(bytes: Uint8Array): Promise<void> {
    await this.#sink.write(bytes);
    this.bytes += bytes.length;
    this.#onBytes(bytes.length);
  }

  async begin(path: string, size: number): Promise<void> {
    if (!isMemberPath(path) || this.#sums.has(path) || size > MOST_MEMBER_BYTES) {
      throw unexpected(`${path} (${size} bytes)`);
    }
    this.#open = { path, size, hash: createHash("sha256"), left: size };
    const modified = this.#modified;
    await this.#put(tarHeader({ path, size, mode: memberMode(path), modified }));
  }

  async data(bytes: Uint8Array): Promise<void> {
    const open = this.#open;
    if (open === undefined || bytes.length > open.left) throw new TypeError("no member is open");
    open.hash.update(bytes);
    open.left -= bytes.length;
    await this.#put(bytes);
  }

  /** @returns SHA-256 of the member, hex */
  async end(): Promise<string> {
    const open = this.#open;
    if (open === undefined || open.left > 0) throw new TypeError("the member is not whole");
    this.#open = undefined;
    await this.#put(tarPadding(open.size));
    const sum = open.hash.digest("hex");
    this.#sums.set(open.path, sum);
    return sum;
  }

  async text(path: string, text: string): Promise<string> {
    const bytes = encoder.encode(text);
    await this.begin(path, bytes.length);
    await this.data(bytes);
    return await this.end();
  }

  /** A file of this machine, which must not change meanwhile. */
  async file(host: Host, path: string, from: string): Promise<{ bytes: number; sha256: string }> {
    const size = (await host.files.stat(from))?.size ?? 0;
    await this.begin(path, size);
    for await (const chunk of host.files.openSource(from)) await this.data(chunk);
    return { bytes: size, sha256: await this.end() };
  }

  /** The text of `SHA256SUMS` over what was written so far. */
  sums(): string {
    return renderBundleSums(this.#sums);
  }

  async finish(): Promise<void> {
    await this.#put(TAR_END);
    await this.#sink.sync();
  }
}

function unexpected(what: string): SetupError {
  return new SetupError({
    code: "save_unexpected",
    message: `docker save wrote something that has no place in a bundle: ${what}.`,
    hint: "Tell the makers of rxdx-setup, with the output of: docker version",
    exit: EXIT.apply,
  });
}

/** What `docker save` told of one image: digests of configuration and OCI manifest, `sha256:…`. */
export interface SavedImage {
  readonly id: string;
  readonly manifest: string;
}

/**
 * Passes the images of this machine into a bundle.
 *
 * @param images names and tags
 * @returns name → digests
 * @throws SetupError `save_failed`, `save_unexpected` (exit 5)
 */
export async function saveImages(
  host: Host,
  writer: BundleWriter,
  images: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, SavedImage>> {
  const process = host.process.pipe(["docker", "save", ...new Set(images)], { signal });
  const texts = new Map<string, string>();
  let kept: Uint8Array[] | undefined;
  let current = { path: "", left: -1 };
  const close = async () => {
    if (current.left !== 0) return;
    await writer.end();
    if (kept !== undefined) {
      texts.set(current.path, decoder.decode(await new Blob(kept as BlobPart[]).arrayBuffer()));
    }
    current = { path: "", left: -1 };
  };
  const failed = (stderr: string) =>
    new SetupError({
      code: "save_failed",
      message: `docker save failed: ${stderr.trim().split("\n").at(-1) ?? ""}`,
      hint: "docker images; then run the same command again",
      exit: EXIT.apply,
    });
  try {
    for await (const event of readTarStream(process.output)) {
      signal.throwIfAborted();
      if (event.type === "data") {
        kept?.push(event.bytes.slice());
        await writer.data(event.bytes);
        current.left -= event.bytes.length;
      } else {
        // Directories say nothing that the paths of their files do not say.
        if (event.kind === "5") continue;
        if (event.kind !== "0") throw unexpected(`${event.path}, of kind ${event.kind}`);
        await writer.begin(event.path, event.size);
        current = { path: event.path, left: event.size };
        kept = event.size <= MOST_TEXT ? [] : undefined;
      }
      await close();
    }
  } catch (error) {
    process.kill();
    const { code, stderr } = await process.ended();
    signal.throwIfAborted();
    throw error instanceof RangeError && code !== 0 ? failed(stderr) : error;
  }
  const { code, stderr } = await process.ended();
  if (code !== 0) throw failed(stderr);
  return savedImages(texts);
}

/** Reads `manifest.json` and `index.json` as docker wrote them. */
export function savedImages(texts: ReadonlyMap<string, string>): Map<string, SavedImage> {
  const json = (path: string): unknown => JSON.parse(texts.get(path) ?? "null");
  const blob = (digest: string) => `blobs/${digest.replace(":", "/")}`;
  const index = json("index.json") as { manifests?: { digest: string }[] } | null;
  const manifestOf = new Map<string, string>();
  for (const { digest } of index?.manifests ?? []) {
    const manifest = json(blob(digest)) as { config?: { digest?: string } } | null;
    const config = manifest?.config?.digest;
    if (config !== undefined) manifestOf.set(config, digest);
  }
  const entries = json("manifest.json") as { Config: string; RepoTags: string[] | null }[] | null;
  const found = new Map<string, SavedImage>();
  for (const { Config, RepoTags } of entries ?? []) {
    const id = `sha256:${/[0-9a-f]{64}/.exec(Config)?.[0] ?? ""}`;
    for (const tag of RepoTags ?? []) found.set(tag, { id, manifest: manifestOf.get(id) ?? id });
  }
  return found;
}
