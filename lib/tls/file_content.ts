/**
 * What a file holds that somebody took for a certificate or a key: certificates, keys, and all that is
 * neither but often taken for one. Pure.
 */
import { firstDer, latin1, oid, readDer, sequence, smallInteger, TAG } from "./der.ts";
import { parseCertificate } from "./parsed_certificate.ts";
import { type PemBlock, pemBlocks, textOf } from "./pem.ts";
import { keyForm, type PrivateKeyReading, readKey, readKeyBlock } from "./private_key.ts";

/** Things that are neither a certificate nor a key. */
export type OtherKind =
  | "pkcs7"
  | "pkcs12"
  | "certificate_request"
  | "public_key"
  | "revocation_list"
  | "openssh_key"
  | "putty_key"
  | "java_keystore"
  | "web_page"
  | "unknown_block"
  | "not_recognised";

export interface Other {
  readonly kind: OtherKind;
  /** Whether the file is DER; otherwise it is PEM, or text. */
  readonly der: boolean;
}

/** A block that should be one of the things looked for, and is not whole. */
export interface Damage {
  /** What it says that it is. */
  readonly label: string;
  readonly line: number | undefined;
  /** As part of a sentence: `has no END line`. */
  readonly what: string;
}

export interface FileContent {
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  readonly keys: readonly PrivateKeyReading[];
  readonly others: readonly Other[];
  readonly damages: readonly Damage[];
  /** Whether the file is one DER element; otherwise it is text. */
  readonly der: boolean;
}

/** Unlocking takes time on purpose, so a file of many locked keys is no file for a server. */
const MAX_KEYS = 16;

const EMPTY: FileContent = { certificates: [], keys: [], others: [], damages: [], der: false };

/** The end of every label of a private key. */
const KEY_LABEL = "PRIVATE KEY";

const CERTIFICATE_LABELS = new Set(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]);

const OTHER_LABELS: Readonly<Record<string, OtherKind>> = {
  "CERTIFICATE REQUEST": "certificate_request",
  "NEW CERTIFICATE REQUEST": "certificate_request",
  "PKCS7": "pkcs7",
  "PKCS #7 SIGNED DATA": "pkcs7",
  "CMS": "pkcs7",
  "PKCS12": "pkcs12",
  "PUBLIC KEY": "public_key",
  "RSA PUBLIC KEY": "public_key",
  "SSH2 PUBLIC KEY": "public_key",
  "X509 CRL": "revocation_list",
  "OPENSSH PRIVATE KEY": "openssh_key",
};

/** Blocks that stand beside keys and say nothing that is needed. */
const SILENT_LABELS = new Set(["EC PARAMETERS", "DH PARAMETERS", "DSA PARAMETERS"]);

export function readContent(bytes: Uint8Array, passphrase: string | undefined): FileContent {
  const text = textOf(bytes);
  const blocks = text === undefined ? [] : pemBlocks(text);
  if (blocks.length > 0) {
    let keys = 0;
    const read = blocks.map((block) => {
      const tooMany = block.label.endsWith(KEY_LABEL) && ++keys > MAX_KEYS;
      return tooMany
        ? damaged(block, `is one of more than ${MAX_KEYS} keys`)
        : readBlock(block, passphrase);
    });
    return {
      certificates: read.flatMap((one) => one.certificates),
      keys: read.flatMap((one) => one.keys),
      others: read.flatMap((one) => one.others),
      damages: read.flatMap((one) => one.damages),
      der: false,
    };
  }
  // "0" begins a sequence, and may begin a text; no text goes on with the length of a long one.
  const isSequence = bytes[0] === TAG.sequence && (bytes[1] ?? 0) >= 0x80;
  if (text === undefined || isSequence || readDer(bytes) !== undefined) {
    return readBinary(bytes, passphrase);
  }
  return { ...EMPTY, others: [{ kind: textKind(text), der: false }] };
}

function damaged({ label, line }: PemBlock, what: string): FileContent {
  return { ...EMPTY, damages: [{ label, line, what }] };
}

function readBlock(block: PemBlock, passphrase: string | undefined): FileContent {
  const { label, der } = block;
  if (SILENT_LABELS.has(label)) return EMPTY;
  const isKey = label.endsWith(KEY_LABEL);
  const isCertificate = CERTIFICATE_LABELS.has(label);
  const other = OTHER_LABELS[label];
  if (other !== undefined) return { ...EMPTY, others: [{ kind: other, der: false }] };
  if (!isKey && !isCertificate) {
    return { ...EMPTY, others: [{ kind: "unknown_block", der: false }] };
  }
  if (der === undefined) return damaged(block, block.damage ?? "is damaged");
  if (isKey) {
    const key = readKeyBlock(block, passphrase);
    return key.kind === "damaged" ? damaged(block, "is no private key") : { ...EMPTY, keys: [key] };
  }
  // OpenSSL writes settings of trust behind a TRUSTED CERTIFICATE.
  const certificate = label === "TRUSTED CERTIFICATE" ? firstDer(der)?.whole : der;
  if (certificate === undefined || parseCertificate(certificate) === undefined) {
    return damaged(block, "is no valid certificate");
  }
  return { ...EMPTY, certificates: [certificate] };
}

function readBinary(bytes: Uint8Array, passphrase: string | undefined): FileContent {
  const der = true;
  if (parseCertificate(bytes) !== undefined) return { ...EMPTY, certificates: [bytes], der };
  if (keyForm(bytes) !== undefined) {
    const key = readKey(bytes, passphrase);
    return key.kind === "damaged"
      ? { ...EMPTY, der, damages: [{ label: "PRIVATE KEY", line: undefined, what: "is damaged" }] }
      : { ...EMPTY, keys: [key], der };
  }
  const kind = binaryKind(bytes);
  return kind === "damaged_certificate"
    ? { ...EMPTY, der, damages: [{ label: "CERTIFICATE", line: undefined, what: "is damaged" }] }
    : { ...EMPTY, others: [{ kind, der }], der };
}

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const PKCS7_CONTENTS = "1.2.840.113549.1.7.";

/** Microsoft and Java write PKCS #7 and #12 with indefinite lengths, which are no DER. */
const INDEFINITE_PKCS12 = /^\x30\x80\x02\x01\x03/;
const INDEFINITE_PKCS7 = /^\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02/;
/** The begin of a certificate of version 3, with whatever lengths. */
const DAMAGED_CERTIFICATE = /^\x30\x82..\x30.{1,3}\xa0\x03\x02\x01\x02/s;
const JAVA_KEYSTORE = /^(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce)/;

function binaryKind(bytes: Uint8Array): OtherKind | "damaged_certificate" {
  const begin = latin1(bytes.subarray(0, 16));
  if (JAVA_KEYSTORE.test(begin)) return "java_keystore";
  if (INDEFINITE_PKCS12.test(begin)) return "pkcs12";
  if (INDEFINITE_PKCS7.test(begin)) return "pkcs7";
  const unknown = DAMAGED_CERTIFICATE.test(begin) ? "damaged_certificate" : "not_recognised";
  const parts = sequence(readDer(bytes));
  if (parts === undefined) return unknown;
  const [first, second, third] = parts;
  if (oid(first) === SIGNED_DATA) return "pkcs7";
  if (
    smallInteger(first) === 3 && oid(sequence(second)?.[0])?.startsWith(PKCS7_CONTENTS) === true
  ) return "pkcs12";
  if (oid(sequence(first)?.[0]) !== undefined && second?.tag === TAG.bitString) return "public_key";
  if (parts.length !== 3 || third?.tag !== TAG.bitString) return unknown;
  // Certificate, request and revocation list: something, its algorithm, its signature.
  const inner = sequence(first) ?? [];
  if (smallInteger(inner[0]) === 0 && inner[1]?.tag === TAG.sequence && inner.length <= 4) {
    return "certificate_request";
  }
  const thisUpdate = inner[smallInteger(inner[0]) === 1 ? 3 : 2]?.tag;
  const isTime = thisUpdate === TAG.utcTime || thisUpdate === TAG.generalizedTime;
  return isTime ? "revocation_list" : "damaged_certificate";
}

function textKind(text: string): OtherKind {
  const begin = text.slice(0, 1_000).replace(/^\ufeff/, "").trimStart();
  if (/^(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+) /.test(begin)) return "public_key";
  if (/^PuTTY-User-Key-File/.test(begin)) return "putty_key";
  if (/^<(?:!doctype|html|\?xml)/i.test(begin)) return "web_page";
  return "not_recognised";
}
