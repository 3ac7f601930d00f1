/**
 * Makes signatures that minisign verifies. For those who cut a release or an own mirror's, and for
 * tests; in the executable for `bundle create --sign`. Pure: a key and bytes in, text out.
 */
import { releaseError } from "./failure.ts";
import { blake2b, type Content, globalMessage, keyIdText } from "./minisign.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A secret key without a password (`minisign -G -W`): what it is wrapped in. */
const ALGORITHM = [0x45, 0x64]; // Ed
const NO_PASSWORD = [0, 0];
const CHECKSUM = [0x42, 0x32]; // B2
const SALT_BYTES = 32;
const LIMITS_BYTES = 16;
const HEAD_BYTES = 6 + SALT_BYTES + LIMITS_BYTES;
const KEY_ID_BYTES = 8;
const SEED_BYTES = 32;
const CHECKSUM_BYTES = 32;
const SECRET_BYTES = HEAD_BYTES + KEY_ID_BYTES + 2 * SEED_BYTES + CHECKSUM_BYTES;

/** RFC 8410: what stands before the seed in an Ed25519 private key. */
const PKCS8_PREFIX = "302e020100300506032b657004220420";

export interface SecretKey {
  readonly id: Bytes;
  /** The 32 bytes that the key pair is made from. */
  readonly seed: Bytes;
  readonly publicKey: Bytes;
}

function joined(...parts: readonly (Uint8Array | readonly number[])[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function withoutComment(text: string): string {
  return text.split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("untrusted comment:"))[0] ?? "";
}

/**
 * The text of a secret key file, as `minisign -G -W` writes it.
 *
 * @throws SetupError `key_malformed`, also for a key that has a password
 */
export function parseSecretKey(text: string): SecretKey {
  const malformed = (why: string, hint?: string) =>
    releaseError("key_malformed", `This is not a secret key to sign with: ${why}.`, hint);
  let bytes: Bytes;
  try {
    bytes = Uint8Array.fromBase64(withoutComment(text));
  } catch {
    throw malformed("it is not base64");
  }
  if (bytes.length !== SECRET_BYTES) throw malformed(`it has ${bytes.length} bytes`);
  const begins = (at: number, wanted: readonly number[]) =>
    wanted.every((byte, index) => bytes[at + index] === byte);
  if (!begins(0, ALGORITHM) || !begins(4, CHECKSUM)) throw malformed("its head is another one");
  if (!begins(2, NO_PASSWORD)) {
    throw malformed("it is protected by a password", "Make one without: minisign -G -W");
  }
  const at = HEAD_BYTES + KEY_ID_BYTES;
  return {
    id: bytes.slice(HEAD_BYTES, at),
    seed: bytes.slice(at, at + SEED_BYTES),
    publicKey: bytes.slice(at + SEED_BYTES, at + 2 * SEED_BYTES),
  };
}

/** The line that verifies what this key signs. */
export function publicKeyOf({ id, publicKey }: SecretKey): string {
  return joined(ALGORITHM, id, publicKey).toBase64();
}

/**
 * A key pair of random bytes.
 *
 * @param random 8 bytes for the id, 32 for the key
 */
export async function makeSecretKey(random: Uint8Array): Promise<string> {
  const id = random.slice(0, KEY_ID_BYTES);
  const seed = random.slice(KEY_ID_BYTES, KEY_ID_BYTES + SEED_BYTES);
  const key = await importSeed(Uint8Array.from(seed), true);
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = Uint8Array.fromBase64(x, { alphabet: "base64url" });
  const bytes = joined(
    ALGORITHM,
    NO_PASSWORD,
    CHECKSUM,
    new Uint8Array(SALT_BYTES + LIMITS_BYTES),
    id,
    seed,
    publicKey,
    // There to tell a wrong password; without one minisign leaves it empty too.
    new Uint8Array(CHECKSUM_BYTES),
  );
  return `untrusted comment: minisign secret key ${keyIdText(id)}\n${bytes.toBase64()}\n`;
}

async function importSeed(seed: Bytes, extractable = false): Promise<CryptoKey> {
  const pkcs8 = joined(Uint8Array.fromHex(PKCS8_PREFIX), seed);
  return await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", extractable, ["sign"]);
}

/**
 * The text of a `.minisig` file.
 *
 * @param trustedComment one line; signed, and so to be relied on
 */
export async function sign(
  secret: SecretKey,
  content: Content,
  trustedComment: string,
): Promise<string> {
  if (/[\r\n]/.test(trustedComment)) throw new RangeError("a trusted comment is one line");
  const key = await importSeed(secret.seed);
  const signed = async (message: Bytes) =>
    new Uint8Array(await crypto.subtle.sign("Ed25519", key, message));
  const signature = await signed(await blake2b(content));
  const global = await signed(globalMessage(signature, trustedComment));
  return [
    `untrusted comment: signature from minisign secret key ${keyIdText(secret.id)}`,
    joined([0x45, 0x44], secret.id, signature).toBase64(),
    `trusted comment: ${trustedComment}`,
    global.toBase64(),
    "",
  ].join("\n");
}
