/**
 * Opens private keys that are locked with a passphrase: PBES2 (RFC 8018, what OpenSSL 1.1 and later
 * write) and the older encryption of PEM itself (RFC 1421 headers). Written out because Deno 2.9.6
 * reads neither 3DES nor the SHA-1 variant and calls both a wrong passphrase. Pure.
 */
import { createDecipheriv, createHash, pbkdf2Sync, scryptSync } from "node:crypto";
import { type Der, octetString, oid, readDer, sequence, smallInteger, TAG } from "./der.ts";
import type { PemBlock } from "./pem.ts";

/**
 * The decrypted bytes; `wrong` when the passphrase does not open it; `unknown` for a scheme that is
 * not known here, or would take more time or memory than a key is worth.
 */
export type Decrypted = Uint8Array | "wrong" | "unknown";

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
}

/** The ciphers of the runtime that keys are locked with; it has no AES-192. */
const AES_128: Cipher = { name: "aes-128-cbc", keyBytes: 16 };
const AES_256: Cipher = { name: "aes-256-cbc", keyBytes: 32 };
const TRIPLE_DES: Cipher = { name: "des-ede3-cbc", keyBytes: 24 };

const CIPHER_OIDS: Readonly<Record<string, Cipher>> = {
  "2.16.840.1.101.3.4.1.2": AES_128,
  "2.16.840.1.101.3.4.1.42": AES_256,
  "1.2.840.113549.3.7": TRIPLE_DES,
};

const CIPHER_NAMES: Readonly<Record<string, Cipher>> = {
  "AES-128-CBC": AES_128,
  "AES-256-CBC": AES_256,
  "DES-EDE3-CBC": TRIPLE_DES,
};

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";

/** Pseudo-random functions of PBKDF2; HMAC with SHA-1 where none is named. */
const PRFS: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};

/** About 2 s; OpenSSL writes 2,048, cautious people a million. */
const MAX_ITERATIONS = 5_000_000;
/** Bytes; OpenSSL writes scrypt parameters of 16 MiB. */
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;

/** True for an EncryptedPrivateKeyInfo (RFC 5958, 3). */
export function isEncryptedPkcs8(der: Uint8Array): boolean {
  const parts = sequence(readDer(der));
  return parts?.length === 2 && oid(sequence(parts[0])?.[0]) !== undefined &&
    parts[1]?.tag === TAG.octetString;
}

/** Opens an EncryptedPrivateKeyInfo. */
export function decryptPkcs8(der: Uint8Array, passphrase: string): Decrypted {
  const [algorithm, encrypted] = sequence(readDer(der)) ?? [];
  const [scheme, parameters] = sequence(algorithm) ?? [];
  const data = octetString(encrypted);
  if (data === undefined || oid(scheme) !== PBES2) return "unknown";
  const [derivation, encryption] = sequence(parameters) ?? [];
  const [cipherId, vector] = sequence(encryption) ?? [];
  const cipher = CIPHER_OIDS[oid(cipherId) ?? ""];
  const iv = octetString(vector);
  if (cipher === undefined || iv === undefined) return "unknown";
  try {
    const key = deriveKey(derivation, passphrase, cipher.keyBytes);
    return key === undefined ? "unknown" : decipher(cipher, key, iv, data);
  } catch {
    // Parameters that no runtime takes.
    return "unknown";
  }
}

function deriveKey(
  derivation: Der | undefined,
  passphrase: string,
  bytes: number,
): Uint8Array | undefined {
  const [id, parameters] = sequence(derivation) ?? [];
  const [saltElement, first, ...others] = sequence(parameters) ?? [];
  const salt = octetString(saltElement);
  const count = smallInteger(first);
  if (salt === undefined || count === undefined || count < 1) return undefined;
  if (oid(id) === PBKDF2) {
    const prf = others.find(({ tag }) => tag === TAG.sequence);
    const hash = prf === undefined ? "sha1" : PRFS[oid(sequence(prf)?.[0]) ?? ""];
    if (hash === undefined || count > MAX_ITERATIONS) return undefined;
    return pbkdf2Sync(passphrase, salt, count, bytes, hash);
  }
  if (oid(id) !== SCRYPT) return undefined;
  const block = smallInteger(others[0]);
  const parallel = smallInteger(others[1]);
  if (block === undefined || parallel === undefined || parallel > 16) return undefined;
  if (128 * count * block > MAX_SCRYPT_MEMORY) return undefined;
  const options = { N: count, r: block, p: parallel, maxmem: 2 * MAX_SCRYPT_MEMORY };
  return scryptSync(passphrase, salt, bytes, options);
}

/** True for a block that is encrypted by its PEM headers. */
export function isEncryptedPem(block: PemBlock): boolean {
  return /\bENCRYPTED\b/.test(block.headers["proc-type"] ?? "");
}

/** Opens what OpenSSL's `-traditional` writes. */
export function decryptPem(block: PemBlock, passphrase: string): Decrypted {
  const [name, vector] = (block.headers["dek-info"] ?? "").split(",");
  const cipher = CIPHER_NAMES[(name ?? "").trim().toUpperCase()];
  const iv = Uint8Array.from(
    (vector ?? "").match(/[0-9a-f]{2}/gi) ?? [],
    (octet) => Number.parseInt(octet, 16),
  );
  if (cipher === undefined || block.der === undefined || iv.length < 8) return "unknown";
  try {
    return decipher(
      cipher,
      legacyKey(passphrase, iv.subarray(0, 8), cipher.keyBytes),
      iv,
      block.der,
    );
  } catch {
    return "unknown";
  }
}

/** OpenSSL's EVP_BytesToKey with MD5 and one turn. */
function legacyKey(passphrase: string, salt: Uint8Array, bytes: number): Uint8Array {
  const key = new Uint8Array(bytes);
  let digest = new Uint8Array(0);
  for (let at = 0; at < bytes; at += digest.length) {
    digest = new Uint8Array(
      createHash("md5").update(digest).update(passphrase).update(salt).digest(),
    );
    key.set(digest.subarray(0, bytes - at), at);
  }
  return key;
}

/** @throws for a vector of the wrong length */
function decipher(cipher: Cipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Decrypted {
  const opened = createDecipheriv(cipher.name, key, iv);
  if (data.length === 0) return "wrong";
  try {
    const begin = opened.update(data);
    const end = opened.final();
    const whole = new Uint8Array(begin.length + end.length);
    whole.set(begin);
    whole.set(end, begin.length);
    // Of 256 wrong passphrases one leaves a padding that looks right.
    return sequence(readDer(whole)) === undefined ? "wrong" : whole;
  } catch {
    return "wrong";
  }
}
