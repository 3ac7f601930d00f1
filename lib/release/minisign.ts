/**
 * Signatures in the format of minisign: is this file signed by that key? Used by `self-update`,
 * `verify` and whatever else is given a signed file (docs/adr/0029). Pure: bytes in, verdict out.
 *
 * A signature is Ed25519 over the BLAKE2b-512 of the file, so a file of any size is read once, in
 * flat memory. A second one covers the first and the *trusted comment*, which can therefore be
 * relied on. https://jedisct1.github.io/minisign/#signature-format
 */
import { createHash } from "node:crypto";
import { releaseError } from "./failure.ts";

/** The two letters of a key, and of a signature over the hash of a file. */
const KEY_ALGORITHM = "Ed";
const HASHED = "ED";

const KEY_ID_BYTES = 8;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

const UNTRUSTED = "untrusted comment:";
const TRUSTED = "trusted comment: ";

type Bytes = Uint8Array<ArrayBuffer>;

export interface PublicKey {
  /** Which key it is; a hint for people, not a secret and not a proof. */
  readonly id: Bytes;
  /** The Ed25519 key. */
  readonly key: Bytes;
}

export interface Signature {
  /** The id of the key it says it was made with. */
  readonly keyId: Bytes;
  /** Over the BLAKE2b-512 of the file. */
  readonly signature: Bytes;
  readonly trustedComment: string;
  /** Over `signature` and the trusted comment. */
  readonly globalSignature: Bytes;
}

/** What a good signature tells. */
export interface Verified {
  /** Signed with the file: its name, version or time can be relied on. */
  readonly trustedComment: string;
  /** As minisign prints it: 16 hex digits. */
  readonly keyId: string;
}

/** The content of what is verified: in memory, or as it comes. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

const encoder = new TextEncoder();

function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    return undefined;
  }
}

function letters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 2));
}

/** As minisign prints it: the eight bytes as one little-endian number, in hex. */
export function keyIdText(id: Uint8Array): string {
  return id.toReversed().toHex().toUpperCase();
}

/**
 * A public key: the text of a `minisign.pub`, or its second line alone (`RW…`).
 *
 * @throws SetupError `key_malformed`
 */
export function parsePublicKey(text: string): PublicKey {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith(UNTRUSTED));
  const [line = ""] = lines;
  const bytes = fromBase64(line);
  const length = 2 + KEY_ID_BYTES + PUBLIC_KEY_BYTES;
  if (lines.length !== 1 || bytes?.length !== length || letters(bytes) !== KEY_ALGORITHM) {
    throw releaseError(
      "key_malformed",
      `This is not a minisign public key: ${JSON.stringify(line.slice(0, 60))}`,
      "It is one line of 56 characters that begins with RW.",
    );
  }
  return { id: bytes.slice(2, 2 + KEY_ID_BYTES), key: bytes.slice(2 + KEY_ID_BYTES) };
}

/**
 * The text of a `.minisig` file: exactly its four lines.
 *
 * @throws SetupError `signature_malformed`
 */
export function parseSignature(text: string): Signature {
  const malformed = (why: string) =>
    releaseError("signature_malformed", `This is not a minisign signature: ${why}.`);
  const lines = text.replace(/\r\n/g, "\n").replace(/\n$/, "").split("\n");
  const [untrusted = "", first = "", trusted = "", second = ""] = lines;
  if (lines.length !== 4) throw malformed(`it has ${lines.length} lines instead of 4`);
  if (!untrusted.startsWith(UNTRUSTED)) throw malformed("its first line is no untrusted comment");
  if (!trusted.startsWith(TRUSTED)) throw malformed("its third line is no trusted comment");
  const bytes = fromBase64(first.trim());
  const globalSignature = fromBase64(second.trim());
  if (bytes?.length !== 2 + KEY_ID_BYTES + SIGNATURE_BYTES) {
    throw malformed("its second line is no signature");
  }
  if (globalSignature?.length !== SIGNATURE_BYTES) {
    throw malformed("its fourth line is no signature");
  }
  // minisign's older kind signs the file itself, which then has to be in memory as a whole.
  if (letters(bytes) !== HASHED) {
    throw malformed("it is not over the hash of the file (minisign -H)");
  }
  return {
    keyId: bytes.slice(2, 2 + KEY_ID_BYTES),
    signature: bytes.slice(2 + KEY_ID_BYTES),
    trustedComment: trusted.slice(TRUSTED.length),
    globalSignature,
  };
}

/** BLAKE2b-512, read as it comes. */
export async function blake2b(content: Content): Promise<Bytes> {
  const hash = createHash("blake2b512");
  if (content instanceof Uint8Array) hash.update(content);
  else for await (const chunk of content) hash.update(chunk);
  return new Uint8Array(hash.digest());
}

/** What the second signature covers. */
export function globalMessage(signature: Uint8Array, trustedComment: string): Bytes {
  const comment = encoder.encode(trustedComment);
  const message = new Uint8Array(signature.length + comment.length);
  message.set(signature);
  message.set(comment, signature.length);
  return message;
}

async function isSigned(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"])
    // Not a point of the curve.
    .catch(() => undefined);
  return imported !== undefined &&
    await crypto.subtle.verify("Ed25519", imported, signature, message);
}

/**
 * Holds a file against its signature.
 *
 * @param publicKey one key or, while keys are changed, several: any of them may have signed
 * @param signatureText the text of the `.minisig` file
 * @param content the file, in memory or as a stream; a stream is read to its end
 * @throws SetupError `signature_invalid`, `signature_malformed` or `key_malformed` (exit 5);
 *   when it returns, every byte and the trusted comment are what the holder of the key signed
 */
export async function verifySignature(
  publicKey: string | readonly string[],
  signatureText: string,
  content: Content,
): Promise<Verified> {
  const keys = (typeof publicKey === "string" ? [publicKey] : publicKey).map(parsePublicKey);
  const parsed = parseSignature(signatureText);
  const keyId = keyIdText(parsed.keyId);
  const key = keys.find((each) => keyIdText(each.id) === keyId);
  if (key === undefined) {
    const known = keys.map((each) => keyIdText(each.id)).join(", ");
    throw releaseError(
      "signature_invalid",
      `It was signed with another key (${keyId}), not with the one that is trusted here ` +
        `(${known === "" ? "none" : known}).`,
      "Do not use this file; tell those who publish it.",
    );
  }
  const hash = await blake2b(content);
  const { signature, globalSignature, trustedComment } = parsed;
  const good = await isSigned(key.key, signature, hash) &&
    await isSigned(key.key, globalSignature, globalMessage(signature, trustedComment));
  if (!good) {
    throw releaseError(
      "signature_invalid",
      "The signature is not valid: the file or its signature was changed.",
      "Get both again; if it stays so, do not use this file and tell those who publish it.",
    );
  }
  return { trustedComment, keyId };
}
