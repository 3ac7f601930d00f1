/**
 * Is a bundle whole, and whose is it? Reads it once from its beginning to its end, in flat memory, and
 * changes nothing. Used by `bundle verify`, `bundle show`, `init --bundle`, `upgrade --bundle`.
 */
import { createHash } from "node:crypto";
import {
  bundleError,
  type BundleManifest,
  MANIFEST_MEMBER,
  PROGRAM_MEMBER,
  readBundleManifest,
  SIGNATURE_MEMBER,
  SUMS_MEMBER,
} from "../../bundle/manifest.ts";
import { isBundleComment, parseBundleSums, sumFaults } from "../../bundle/sums.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { keyIdText, parseSignature, verifySignature } from "../../release/minisign.ts";
import { readMembers } from "./members.ts";

/** Bytes; texts that are kept as they pass. A manifest has some thousand. */
const MOST_TEXT = 2 ** 20;

const TEXTS: ReadonlySet<string> = new Set([MANIFEST_MEMBER, SUMS_MEMBER, SIGNATURE_MEMBER]);

/** The text of a signature as `sign` writes it. */
const SIGNATURE_TEXT =
  /^untrusted comment: signature from minisign secret key ([0-9A-F]{16})\n[0-9A-Za-z+/]+=*\ntrusted comment: [^\r\n]+\n[0-9A-Za-z+/]+=*\n$/;

export interface VerifyOptions {
  /** Public keys that are trusted; one of them must have signed. Empty: none is known. */
  readonly keys: readonly string[];
  /** Take what nobody signed, or somebody unknown. A wrong signature is refused all the same. */
  readonly allowUnsigned: boolean;
  readonly signal?: AbortSignal;
  /** Bytes read so far. */
  readonly onBytes?: (bytes: number) => void;
}

export interface VerifiedBundle {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly manifest: BundleManifest;
  /** SHA-256 of its `SHA256SUMS`, hex: stands for the whole. */
  readonly digest: string;
  /** Id of the key that is trusted and has signed; `undefined`: nobody vouches for it. */
  readonly signedBy: string | undefined;
  /** Who says to have signed, when that could not be verified. */
  readonly claimedBy: string | undefined;
  readonly members: number;
}

/**
 * @param file absolute path
 * @throws SetupError `bundle_missing` (exit 4); `bundle_malformed`, `bundle_damaged`,
 *   `bundle_truncated`, `bundle_unsigned`, `signature_invalid`, `signature_malformed` (exit 5);
 *   `bundle_key_unknown`, `bundle_newer` (exit 4)
 */
export async function verifyBundle(
  host: Host,
  file: string,
  options: VerifyOptions,
): Promise<VerifiedBundle> {
  const info = await host.files.stat(file);
  const path = info?.kind === "symlink" ? await host.files.realPath(file) ?? file : file;
  const { size, kind } = await host.files.stat(path) ?? { size: 0, kind: "missing" };
  if (kind !== "file") {
    throw new SetupError({
      code: "bundle_missing",
      message: `There is no file ${file}.`,
      hint: "rxdx-setup bundle create makes one, on a machine that has the images.",
      exit: EXIT.prerequisite,
    });
  }
  const { found, texts } = await read(host, path, options);
  const sums = texts.get(SUMS_MEMBER);
  const text = texts.get(MANIFEST_MEMBER);
  if (sums === undefined || text === undefined || !found.has(PROGRAM_MEMBER)) {
    throw bundleError("bundle_malformed", `${file} is no whole bundle of rxdx-setup.`);
  }
  const signature = texts.get(SIGNATURE_MEMBER);
  // The signature first: what it does not cover may have been made to be read wrongly.
  const signer = await signedBy(file, sums, signature, options);
  const faults = sumFaults(parseBundleSums(sums), found);
  if (faults.length > 0) {
    throw bundleError("bundle_damaged", `${file} is damaged:\n${faults.slice(0, 5).join("\n")}`);
  }
  const manifest = readBundleManifest(text, file);
  return {
    file: path,
    size,
    manifest,
    digest: createHash("sha256").update(sums).digest("hex"),
    ...signer,
    members: found.size,
  };
}

/** The sums of all members but the checksums and their signature, and the texts that are needed. */
async function read(host: Host, file: string, options: VerifyOptions) {
  const found = new Map<string, string>();
  const texts = new Map<string, string>();
  const { signal, onBytes } = options;
  let bytes = 0;
  async function* source() {
    for await (const chunk of host.files.openSource(file)) {
      signal?.throwIfAborted();
      bytes += chunk.length;
      onBytes?.(bytes);
      yield chunk;
    }
  }
  let path = "";
  let hash = createHash("sha256");
  let kept: Uint8Array[] | undefined;
  let last = "";
  for await (const event of readMembers(source(), file)) {
    if (event.type === "member") {
      ({ path } = event);
      if (found.has(path) || texts.has(path)) {
        throw bundleError("bundle_malformed", `${file} has ${path} twice.`);
      }
      // What stands behind the checksums is not under them.
      if (last === SIGNATURE_MEMBER || last === SUMS_MEMBER && path !== SIGNATURE_MEMBER) {
        throw bundleError("bundle_malformed", `${file} has ${path} behind its checksums.`);
      }
      last = path;
      kept = TEXTS.has(path) && event.size <= MOST_TEXT ? [] : undefined;
      hash = createHash("sha256");
    } else if (event.type === "data") {
      hash.update(event.bytes);
      kept?.push(event.bytes.slice());
    } else {
      if (kept !== undefined) texts.set(path, await new Blob(kept as BlobPart[]).text());
      if (path !== SUMS_MEMBER && path !== SIGNATURE_MEMBER) found.set(path, hash.digest("hex"));
    }
  }
  return { found, texts };
}

async function signedBy(
  file: string,
  sums: string,
  signature: string | undefined,
  { keys, allowUnsigned }: VerifyOptions,
): Promise<Pick<VerifiedBundle, "signedBy" | "claimedBy">> {
  const nobody = { signedBy: undefined, claimedBy: undefined };
  if (signature === undefined) {
    if (allowUnsigned) return nobody;
    throw new SetupError({
      code: "bundle_unsigned",
      message: `${file} is not signed: nothing tells who made it.`,
      hint: "Have it made with --sign KEYFILE. If you know where it comes from, and compare its " +
        "SHA-256 with that of its maker: --allow-unsigned",
      exit: EXIT.apply,
    });
  }
  const claimed = keyIdText(parseSignature(signature).keyId);
  // minisign reads over spaces and does not look at its first line; here a bundle has one spelling.
  const [, id] = SIGNATURE_TEXT.exec(signature) ?? [];
  if (id !== claimed) {
    throw bundleError("bundle_damaged", `${file} is damaged: its signature has another form.`);
  }
  if (keys.length === 0) {
    if (allowUnsigned) return { ...nobody, claimedBy: claimed };
    throw new SetupError({
      code: "bundle_key_unknown",
      message: `${file} is signed by key ${claimed}, and no key is known here to compare with.`,
      hint: "Name the public key of its maker, which did not come with the file: --key KEY",
      exit: EXIT.prerequisite,
    });
  }
  const { keyId, trustedComment } = await verifySignature(
    keys,
    signature,
    new TextEncoder().encode(sums),
  );
  if (!isBundleComment(trustedComment)) {
    throw bundleError(
      "bundle_malformed",
      `What was signed is no bundle, but: ${JSON.stringify(trustedComment.slice(0, 60))}`,
    );
  }
  return { signedBy: keyId, claimedBy: keyId };
}
