/**
 * The extensions of a certificate that decide whether a browser accepts it from a server (RFC 5280,
 * 4.2). Strict: one that is malformed, or comes twice, makes all of them unreadable, as it does in
 * browsers. Pure.
 */
import { canonicalName } from "./certificate.ts";
import {
  bitString,
  boolean,
  children,
  context,
  type Der,
  hex,
  latin1,
  octetString,
  oid,
  readDer,
  sequence,
  smallInteger,
  TAG,
} from "./der.ts";
import { CA_ISSUERS, EXTENSION } from "./oids.ts";

/** Bits of the key usage extension, from bit 0. */
const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsage = (typeof KEY_USAGES)[number];

export interface AltNames {
  /** As written, but for case; not made fit for a terminal. */
  readonly dns: readonly string[];
  /** Canonical text. */
  readonly addresses: readonly string[];
  /** Names of other types: mail addresses, URIs. */
  readonly others: number;
}

export interface Extensions {
  readonly altNames?: AltNames;
  readonly authority?: { readonly ca: boolean };
  readonly keyUsage?: readonly KeyUsage[];
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  /** Numbers of TLS extensions that the server promises (RFC 7633). */
  readonly tlsFeatures?: readonly number[];
  /** Object identifiers. */
  readonly policies?: readonly string[];
  /** Where the issuer's certificate can be fetched; not made fit for a terminal. */
  readonly caIssuers?: readonly string[];
  /** Hexadecimal. */
  readonly subjectKeyId?: string;
  readonly authorityKeyId?: string;
  /** It was shown to public logs (RFC 6962). */
  readonly logged?: true;
  /** Critical extensions that are none of the above; a client must refuse them. */
  readonly unknownCritical: readonly string[];
}

/** Every element through one reader; `undefined` when one of them is malformed. */
function each<T>(
  elements: readonly Der[] | undefined,
  read: (element: Der) => T | undefined,
): readonly T[] | undefined {
  const values = elements?.map(read);
  return values?.some((value) => value === undefined)
    ? undefined
    : values?.filter((value) => value !== undefined);
}

/** `undefined` for what is neither IPv4 nor IPv6. */
function addressText(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) return undefined;
  return canonicalName((hex(octets).match(/.{4}/g) ?? []).join(":"));
}

function altNames(value: Der): AltNames | undefined {
  const names = sequence(value);
  if (names === undefined) return undefined;
  const of = (number: number) => names.filter(({ tag }) => tag === context(number, false));
  const dns = of(2).map(({ body }) => latin1(body).toLowerCase());
  const addresses = of(7).map(({ body }) => addressText(body)).filter((text) => text !== undefined);
  return { dns, addresses, others: names.length - dns.length - addresses.length };
}

function authority(value: Der): { ca: boolean } | undefined {
  const [first] = sequence(value) ?? [];
  if (sequence(value) === undefined) return undefined;
  return { ca: first?.tag === TAG.boolean ? boolean(first) ?? false : false };
}

function keyUsage(value: Der): readonly KeyUsage[] | undefined {
  const bits = bitString(value);
  if (bits === undefined) return undefined;
  return KEY_USAGES.filter((_, bit) => ((bits.octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function caIssuers(value: Der): readonly string[] | undefined {
  const all = each(sequence(value), (description) => {
    const [method, location] = sequence(description) ?? [];
    const id = oid(method);
    if (id === undefined || location === undefined) return undefined;
    const uri = location.tag === context(6, false) ? latin1(location.body) : "";
    return { id, uri };
  });
  return all?.filter(({ id, uri }) => id === CA_ISSUERS && uri !== "").map(({ uri }) => uri);
}

function authorityKeyId(value: Der): string | undefined {
  const parts = sequence(value);
  if (parts === undefined) return undefined;
  const id = parts.find(({ tag }) => tag === context(0, false));
  // An issuer may be pointed to by name and serial number alone.
  return id === undefined ? "" : hex(id.body);
}

function subjectKeyId(value: Der): string | undefined {
  const id = octetString(value);
  return id === undefined ? undefined : hex(id);
}

type Mutable = { -readonly [Key in keyof Extensions]: Extensions[Key] };

/** Puts one extension into its place; false when it is malformed. */
const READERS: Readonly<Record<string, (found: Mutable, value: Der) => boolean>> = {
  [EXTENSION.subjectAltName]: (found, value) => set(found, "altNames", altNames(value)),
  [EXTENSION.basicConstraints]: (found, value) => set(found, "authority", authority(value)),
  [EXTENSION.keyUsage]: (found, value) => set(found, "keyUsage", keyUsage(value)),
  [EXTENSION.extendedKeyUsage]: (found, value) =>
    set(found, "extendedKeyUsage", each(sequence(value), oid)),
  [EXTENSION.tlsFeature]: (found, value) =>
    set(found, "tlsFeatures", each(sequence(value), smallInteger)),
  [EXTENSION.certificatePolicies]: (found, value) =>
    set(found, "policies", each(sequence(value), (policy) => oid(children(policy)?.[0]))),
  [EXTENSION.authorityInfoAccess]: (found, value) => set(found, "caIssuers", caIssuers(value)),
  [EXTENSION.subjectKeyIdentifier]: (found, value) =>
    set(found, "subjectKeyId", subjectKeyId(value)),
  [EXTENSION.authorityKeyIdentifier]: (found, value) =>
    set(found, "authorityKeyId", authorityKeyId(value)),
  [EXTENSION.signedCertificateTimestamps]: (found) => set(found, "logged", true),
};

function set<Key extends keyof Mutable>(
  found: Mutable,
  key: Key,
  value: Mutable[Key] | undefined,
): boolean {
  if (value === undefined) return false;
  found[key] = value;
  return true;
}

/** Clients process them, though they say nothing that is looked at here. */
const PROCESSED = new Set<string>([
  EXTENSION.issuerAltName,
  EXTENSION.nameConstraints,
  EXTENSION.policyMappings,
  EXTENSION.policyConstraints,
  EXTENSION.inhibitAnyPolicy,
]);

/**
 * @param list the SEQUENCE of extensions, absent in certificates before version 3
 * @returns `undefined` when one of them is malformed or comes twice
 */
export function readExtensions(list: Der | undefined): Extensions | undefined {
  const found: Mutable = { unknownCritical: [] };
  if (list === undefined) return found;
  const seen = new Set<string>();
  for (const extension of sequence(list) ?? [undefined]) {
    const parts = sequence(extension);
    const id = oid(parts?.[0]);
    const critical = parts?.[1]?.tag === TAG.boolean && boolean(parts[1]) === true;
    const wrapped = octetString(parts?.at(-1));
    if (id === undefined || wrapped === undefined || seen.has(id)) return undefined;
    seen.add(id);
    const reader = READERS[id];
    if (reader !== undefined) {
      const value = readDer(wrapped);
      if (value === undefined || !reader(found, value)) return undefined;
    } else if (critical && !PROCESSED.has(id)) {
      found.unknownCritical = [...found.unknownCritical, id];
    }
  }
  return found;
}
