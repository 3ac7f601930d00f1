/**
 * Private keys in all their forms (PKCS #8, PKCS #1, SEC 1; DER or PEM; locked or not) as PKCS #8. The
 * form is told from the content, because labels are wrong often enough. Pure.
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import {
  children,
  context,
  integer,
  octetString,
  oid,
  readDer,
  sequence,
  smallInteger,
} from "./der.ts";
import {
  type Decrypted,
  decryptPem,
  decryptPkcs8,
  isEncryptedPem,
  isEncryptedPkcs8,
} from "./key_decryption.ts";
import { CURVES, KEY_ALGORITHM } from "./oids.ts";
import type { PemBlock } from "./pem.ts";

export type PrivateKeyReading =
  | {
    readonly kind: "key";
    /** PKCS #8. */
    readonly pkcs8: Uint8Array;
    /** SubjectPublicKeyInfo of its public half. */
    readonly publicKey: Uint8Array;
    /** It was locked, and the passphrase has opened it. */
    readonly unlocked: boolean;
  }
  /** Locked, and no passphrase was given. */
  | { readonly kind: "encrypted" }
  | { readonly kind: "wrong_passphrase" }
  /** Locked in a way that only other software can open. */
  | { readonly kind: "unknown_encryption" }
  /** Well-formed, of a kind that the runtime does not know; `what` is fit to be shown. */
  | { readonly kind: "unsupported"; readonly what: string }
  | { readonly kind: "damaged" };

export type KeyForm = "pkcs8" | "pkcs1" | "sec1" | "dsa" | "encrypted";

/** Octets of a private key; RSA of 16,384 bits has 9,300. */
const MAX_DER = 20_000;

/** What kind of private key the bytes are; `undefined` when they are none. */
export function keyForm(der: Uint8Array): KeyForm | undefined {
  if (isEncryptedPkcs8(der)) return "encrypted";
  const parts = sequence(readDer(der));
  if (parts === undefined) return undefined;
  const [version, second, third] = parts;
  const number = smallInteger(version);
  if (number === undefined) return undefined;
  if (oid(sequence(second)?.[0]) !== undefined && octetString(third) !== undefined) {
    return number <= 1 ? "pkcs8" : undefined;
  }
  if (number === 1 && octetString(second) !== undefined) return "sec1";
  if (!parts.slice(0, 9).every((part) => integer(part) !== undefined)) return undefined;
  if (parts.length >= 9) return "pkcs1";
  return parts.length === 6 && number === 0 ? "dsa" : undefined;
}

/** A key as one DER element. */
export function readKey(der: Uint8Array, passphrase: string | undefined): PrivateKeyReading {
  const form = der.length > MAX_DER ? undefined : keyForm(der);
  switch (form) {
    case undefined:
      return { kind: "damaged" };
    case "encrypted":
      return passphrase === undefined
        ? { kind: "encrypted" }
        : opened(decryptPkcs8(der, passphrase));
    case "dsa":
      return { kind: "unsupported", what: "DSA" };
    default:
      return plainKey(der, form);
  }
}

/** A key as a PEM block. */
export function readKeyBlock(block: PemBlock, passphrase: string | undefined): PrivateKeyReading {
  if (block.der === undefined) return { kind: "damaged" };
  if (!isEncryptedPem(block)) return readKey(block.der, passphrase);
  return passphrase === undefined ? { kind: "encrypted" } : opened(decryptPem(block, passphrase));
}

function opened(der: Decrypted): PrivateKeyReading {
  if (der === "unknown") return { kind: "unknown_encryption" };
  const form = der === "wrong" ? undefined : keyForm(der);
  if (der === "wrong" || form === undefined || form === "encrypted") {
    return { kind: "wrong_passphrase" };
  }
  const key = readKey(der, undefined);
  return key.kind === "key" ? { ...key, unlocked: true } : key;
}

function plainKey(der: Uint8Array, form: "pkcs8" | "pkcs1" | "sec1"): PrivateKeyReading {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(der), format: "der", type: form });
    // The runtime cannot write every key that it can read (RSA-PSS), so PKCS #8 stays as it came.
    const pkcs8 = form === "pkcs8" ? der : key.export({ format: "der", type: "pkcs8" });
    const publicKey = createPublicKey(key).export({ format: "der", type: "spki" });
    return {
      kind: "key",
      pkcs8: new Uint8Array(pkcs8),
      publicKey: new Uint8Array(publicKey),
      unlocked: false,
    };
  } catch {
    const what = unknownKind(der, form);
    return what === undefined ? { kind: "damaged" } : { kind: "unsupported", what };
  }
}

const COMMON_CURVES = new Set(["P-224", "P-256", "P-384", "P-521", "secp256k1"]);
const COMMON_KINDS = new Set<string>([
  KEY_ALGORITHM.rsa,
  KEY_ALGORITHM.ed25519,
  KEY_ALGORITHM.ed448,
  KEY_ALGORITHM.rsaPss,
]);

/** The name of a key that the runtime does not know; `undefined` when it should have known it. */
function unknownKind(der: Uint8Array, form: "pkcs8" | "pkcs1" | "sec1"): string | undefined {
  if (form === "pkcs1") return undefined;
  const parts = sequence(readDer(der)) ?? [];
  const [algorithm, parameters] = sequence(parts[1]) ?? [];
  const id = form === "sec1" ? KEY_ALGORITHM.ec : oid(algorithm);
  if (id === undefined || COMMON_KINDS.has(id)) return undefined;
  if (id === KEY_ALGORITHM.dsa) return "DSA";
  if (id !== KEY_ALGORITHM.ec) return id;
  const curve = form === "pkcs8"
    ? oid(parameters)
    : oid(children(parts.find(({ tag }) => tag === context(0, true)))?.[0]);
  const name = curve === undefined ? "explicit parameters" : CURVES[curve] ?? curve;
  return COMMON_CURVES.has(name) ? undefined : `EC ${name}`;
}
