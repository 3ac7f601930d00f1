/**
 * The words in which a certificate and its key are spoken of: the files given, what was read from
 * them, a finding, the verdict. Pure. The way through them:
 *
 * 1. {@link PairFiles} → `readPairInput` (pair_input.ts) → {@link PairReading};
 * 2. where the reading has `external`, `openWithOpenssl` (openssl_input.ts) → other
 *    {@link PairFiles}, and once more from 1;
 * 3. `lintPair({ ...reading, names, now, roots })` (lint.ts) → {@link PairLint}, which repeats the
 *    findings of the reading before its own, so that all are shown at once.
 */
import type { Secret } from "../plan/secret.ts";

/** Which of the given things a finding is about. */
export type PairField = "certificate" | "key" | "chain";

/** One thing that is wrong, or worth knowing. No text of it ever holds key material. */
export interface Finding {
  /** Stable machine-readable name, snake_case, for example `key_mismatch`. */
  readonly code: string;
  readonly field: PairField;
  /** What was found, with the value. */
  readonly message: string;
  /** The rule that it breaks, or why it matters. */
  readonly rule: string;
  /** A command that can be pasted, or what to do. */
  readonly remedy: string;
}

/** A file as the operator gave it. */
export interface InputFile {
  /** As given; named in messages and in the commands of remedies. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What an import is given. */
export interface PairFiles {
  readonly certificate: InputFile;
  /** Absent when the certificate's file holds the key too. */
  readonly key?: InputFile;
  /** Intermediate certificates, when they are in a file of their own. */
  readonly chain?: InputFile;
  /** Of an encrypted key or PKCS #12 file. */
  readonly passphrase?: Secret;
}

/** One certificate that came along, in no particular order. */
export interface PairCertificate {
  readonly pem: string;
  readonly der: Uint8Array;
  readonly field: PairField;
  /** The file it is from. */
  readonly path: string;
}

/** The private key, decrypted. */
export interface PairKey {
  /** PKCS #8, `-----BEGIN PRIVATE KEY-----`, ends in a line feed. */
  readonly pem: Secret;
  /** Its public half: SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly path: string;
}

/** A file that only the machine's `openssl` can open. */
export interface ExternalRoute {
  readonly kind: "pkcs12" | "encrypted_key";
  readonly field: PairField;
  readonly path: string;
  /** Whether the file is DER; otherwise it is PEM. */
  readonly der: boolean;
}

/** What `readPairInput` made of the files. */
export interface PairReading {
  readonly certificates: readonly PairCertificate[];
  /** Absent when there is none that could be read; `problems` then says why. */
  readonly key: PairKey | undefined;
  readonly problems: readonly Finding[];
  readonly notes: readonly Finding[];
  /**
   * Present when `openssl` may do what this program cannot. `problems` then holds a finding too (with
   * the command to do it by hand), for whoever does not go that way.
   */
  readonly external: ExternalRoute | undefined;
}

/** Who vouches for a certificate. */
export type Trust =
  /** It ends at one of the given roots. */
  | "trusted"
  /** It ends at a root that came along and is none of the given ones. */
  | "private"
  /** It is signed with its own key. */
  | "self_signed"
  /** It ends at an issuer that nobody has given. */
  | "unknown_issuer";

/** What is worth showing of the pair. Texts are printable and on one line. */
export interface PairInfo {
  /** `CN=…, O=…`, in the certificate's order. */
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses of the certificate, as canonical text. */
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 over the DER form, `AA:BB:…`. */
  readonly fingerprint: string;
  /** For example `RSA 2048` or `ECDSA P-256`. */
  readonly keyType: string;
  /** For example `ecdsa-with-SHA256`. */
  readonly signature: string;
  readonly trust: Trust;
  /** Subjects of the intermediates that are kept, the leaf's issuer first. */
  readonly intermediates: readonly string[];
}

/** What `lintPair` is given: a reading, and what it is to serve. */
export interface LintInput {
  readonly certificates: readonly PairCertificate[];
  readonly key: PairKey | undefined;
  /** Host names and addresses that browsers will ask for: domain and aliases. */
  readonly names: readonly string[];
  readonly now: Date;
  /** PEM texts with the roots that browsers (or this machine) trust; bundles are fine. */
  readonly roots: readonly string[];
  /** Findings of the reading; they come before those of the lint. */
  readonly problems?: readonly Finding[];
  readonly notes?: readonly Finding[];
}

/** The verdict. Anything in `problems` means: do not install this pair. */
export interface PairLint {
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly notes: readonly Finding[];
  /** Leaf and intermediates in the order of TLS, without the root; absent without a certificate. */
  readonly chainPem: string | undefined;
  /** PKCS #8; absent without a key. */
  readonly keyPem: Secret | undefined;
  readonly info: PairInfo | undefined;
}
