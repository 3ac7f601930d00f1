/**
 * Reads a backup once from its first byte to its last, in flat memory: decrypts, checks every sum of the
 * manifest, and hands each member to who wants it as it comes.
 */
import { createHash } from "node:crypto";
import { decrypted, type Key } from "../../backup/age.ts";
import { type Manifest, parseManifest } from "../../backup/manifest.ts";
import { memberOf, type ReadEntry, readTarStream } from "../../backup/tar.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";

/** Who takes a member: its bytes as they come, then its end. */
export interface Receiver {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

export interface ReadHooks {
  readonly signal: AbortSignal;
  /** For each member in its order; parts of one are one. `undefined`: it is only summed. */
  readonly receiver: (member: string) => Receiver | undefined;
  readonly onBytes: (count: number) => void;
  /** Every entry as it stands in the archive, before its member is asked for. */
  readonly onEntry?: (entry: ReadEntry) => void;
}

export interface ReadBackup {
  readonly manifest: Manifest;
  /** Hexadecimal SHA-256 of the encrypted file. */
  readonly sha256: string;
}

/** Larger than any manifest, and no reason to fill the memory. */
const MANIFEST_BYTES = 256 * 2 ** 20;

export function damaged(path: string, why: string): SetupError {
  return new SetupError({
    code: "backup_damaged",
    // It is kept in the record of the backup and told by mail: no key may come along.
    message: `${path} is damaged: ${why.replace(/AGE-SECRET-KEY-[0-9A-Z-]+/gi, "********")}.`,
    hint: "Take another one: rxdx-setup backup list; and look at the disk: sudo dmesg | tail -50",
    exit: EXIT.unhealthy,
  });
}

/**
 * @param wanted SHA-256 from the record, where there is one
 * @throws SetupError `backup_damaged`, `backup_wrong_key` (exit 6, 4), and whatever a receiver throws
 */
export async function readBackup(
  host: Host,
  path: string,
  key: Key,
  wanted: string | undefined,
  hooks: ReadHooks,
): Promise<ReadBackup> {
  const file = createHash("sha256");
  const source = async function* () {
    for await (const chunk of host.files.openSource(path)) {
      hooks.signal.throwIfAborted();
      file.update(chunk);
      hooks.onBytes(chunk.length);
      yield chunk;
    }
  };
  const sums = new Map<string, { bytes: number; sha256: string }>();
  let manifest: string[] | undefined;
  let current: Open | undefined;
  const close = async () => {
    if (current === undefined) return;
    const { name, bytes, hash, receiver } = current;
    sums.set(name, { bytes, sha256: hash.digest("hex") });
    current = undefined;
    await receiver?.end();
  };
  try {
    const decoder = new TextDecoder();
    for await (const event of readTarStream(await opened(key, source(), path))) {
      if (event.type === "entry") {
        hooks.onEntry?.(event);
        const name = nameOf(event.path);
        if (name === current?.name) continue;
        await close();
        if (event.kind !== "0") continue;
        if (name === "manifest.json") {
          if (event.size > MANIFEST_BYTES) throw new RangeError("its manifest is too large");
          manifest = [];
        }
        const receiver = hooks.receiver(name);
        current = { name, bytes: 0, hash: createHash("sha256"), receiver };
      } else if (current !== undefined) {
        current.bytes += event.bytes.length;
        current.hash.update(event.bytes);
        if (current.name === "manifest.json") {
          manifest?.push(decoder.decode(event.bytes, { stream: true }));
        }
        await current.receiver?.write(event.bytes);
      }
    }
    await close();
    if (manifest === undefined) throw new RangeError("it has no manifest");
    const found = { manifest: parseManifest(manifest.join("")), sha256: file.digest("hex") };
    if (wanted !== undefined && wanted !== "" && wanted !== found.sha256) {
      throw new RangeError("it is another file than was written (SHA-256)");
    }
    compareSums(found.manifest, sums);
    return found;
  } catch (error) {
    hooks.signal.throwIfAborted();
    if (error instanceof SetupError) throw error;
    throw damaged(path, error instanceof Error ? error.message.replace(/\.$/, "") : String(error));
  }
}

interface Open {
  readonly name: string;
  bytes: number;
  readonly hash: ReturnType<typeof createHash>;
  readonly receiver: Receiver | undefined;
}

/** Only the two streams are cut; a file of the configuration may be called as it likes. */
function nameOf(path: string): string {
  const member = path.startsWith("config/") ? undefined : memberOf(path);
  return member ?? path;
}

async function opened(
  key: Key,
  source: AsyncIterable<Uint8Array>,
  path: string,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    return await decrypted(key, source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!/no identity matched|passphrase/i.test(message)) throw error;
    throw new SetupError({
      code: "backup_wrong_key",
      message: `${path} cannot be opened with this key.`,
      hint: "--identity-file key.txt tries the recovery key alone; without it, this server's own",
      exit: EXIT.prerequisite,
      cause: error,
    });
  }
}

function compareSums(
  manifest: Manifest,
  sums: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>,
): void {
  const listed = new Set([...manifest.members.map((each) => each.path), "manifest.json"]);
  for (const { path, bytes, sha256 } of manifest.members) {
    const found = sums.get(path);
    if (found === undefined) throw new RangeError(`${path} is missing in it`);
    if (found.bytes !== bytes || found.sha256 !== sha256) {
      throw new RangeError(`${path} in it is another than was written`);
    }
  }
  for (const path of sums.keys()) {
    if (!listed.has(path)) throw new RangeError(`${path} in it is in no manifest`);
  }
}
