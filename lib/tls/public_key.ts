/** Public keys as certificates hold them: SubjectPublicKeyInfo (RFC 5280, 4.1). Pure. */
import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject } from "node:crypto";
import { bitLength, bitString, integer, oid, readDer, sequence } from "./der.ts";
import { CURVES, KEY_ALGORITHM } from "./oids.ts";

export type PublicKey =
  | {
    readonly kind: "rsa" | "rsa-pss";
    readonly bits: number;
    /** Not exact above 2^53; only small ones matter. */
    readonly exponent: number;
  }
  | { readonly kind: "ec"; /** A name, an OID, or `explicit`. */ readonly curve: string }
  | { readonly kind: "ed25519" | "ed448" | "x25519" | "x448" | "dsa" }
  | { readonly kind: "other"; readonly oid: string };

/** `undefined` when it is malformed. */
export function readPublicKey(spki: Uint8Array): PublicKey | undefined {
  const [algorithm, bits] = sequence(readDer(spki)) ?? [];
  const [type, parameters] = sequence(algorithm) ?? [];
  const key = bitString(bits);
  const id = oid(type);
  if (id === undefined || key === undefined) return undefined;
  switch (id) {
    case KEY_ALGORITHM.rsa:
    case KEY_ALGORITHM.rsaPss: {
      const [modulus, exponent] = sequence(readDer(key.octets)) ?? [];
      const n = integer(modulus);
      const e = integer(exponent);
      if (n === undefined || e === undefined) return undefined;
      return {
        kind: id === KEY_ALGORITHM.rsa ? "rsa" : "rsa-pss",
        bits: bitLength(n),
        exponent: bitLength(e) === 0 ? 0 : e.reduce((value, octet) => value * 256 + octet, 0),
      };
    }
    case KEY_ALGORITHM.ec: {
      const curve = oid(parameters);
      return { kind: "ec", curve: curve === undefined ? "explicit" : CURVES[curve] ?? curve };
    }
    case KEY_ALGORITHM.ed25519:
      return { kind: "ed25519" };
    case KEY_ALGORITHM.ed448:
      return { kind: "ed448" };
    case KEY_ALGORITHM.x25519:
      return { kind: "x25519" };
    case KEY_ALGORITHM.x448:
      return { kind: "x448" };
    case KEY_ALGORITHM.dsa:
      return { kind: "dsa" };
    default:
      return { kind: "other", oid: id };
  }
}

/** For people: `RSA 2048`, `ECDSA P-256`. */
export function keyTypeText(key: PublicKey): string {
  switch (key.kind) {
    case "rsa":
      return `RSA ${key.bits}`;
    case "rsa-pss":
      return `RSA-PSS ${key.bits}`;
    case "ec":
      return `ECDSA ${key.curve}`;
    case "other":
      return key.oid;
    case "dsa":
      return "DSA";
    default:
      return key.kind.replace(/^./, (letter) => letter.toUpperCase());
  }
}

/** Octets of a public key beyond which nothing is computed with it: RSA of 16,384 bits. */
const MAX_SPKI = 2_200;

/** A public key of the runtime, or `undefined` for a kind that it does not know. */
export function publicKeyObject(spki: Uint8Array): KeyObject | undefined {
  if (spki.length > MAX_SPKI) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** Whether two of them are one key, however each is encoded. */
export function samePublicKey(one: Uint8Array, other: Uint8Array): boolean {
  if (Buffer.from(one).equals(other)) return true;
  const first = publicKeyObject(one);
  const second = publicKeyObject(other);
  return first !== undefined && second !== undefined && first.equals(second);
}
