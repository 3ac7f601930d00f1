/**
 * From the bytes of the files that an operator names to certificates and a key. Everything that is
 * wrong is told at once, with what to do; nothing is thrown, and no finding holds key material. Pure.
 */
import { Secret } from "../plan/secret.ts";
import { type FileContent, readContent } from "./file_content.ts";
import * as words from "./input_findings.ts";
import type { GivenFile } from "./input_findings.ts";
import type {
  ExternalRoute,
  Finding,
  PairCertificate,
  PairFiles,
  PairKey,
  PairReading,
} from "./pair_types.ts";
import { parseCertificate } from "./parsed_certificate.ts";
import { toPem } from "./pem.ts";
import { samePublicKey } from "./public_key.ts";

/** Bytes; all roots of a browser together are a quarter of it. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** More are a bundle of roots, or a mistake. */
const MAX_CERTIFICATES = 500;
/** Damaged blocks of one file that are told; the rest is alike. */
const MAX_DAMAGES = 10;

interface Read {
  readonly file: GivenFile;
  readonly content: FileContent;
}

/**
 * Reads the files; see {@link PairReading} for what comes of it. The certificates are in the order of
 * the files and not judged: that is `lintPair`'s part.
 */
export function readPairInput(files: PairFiles): PairReading {
  const given = (["certificate", "key", "chain"] as const)
    .map((field) => files[field] && { ...files[field], field })
    .filter((file) => file !== undefined);
  const passphrase = files.passphrase?.reveal();
  const refused = given.map(refusal).filter((finding) => finding !== undefined);
  const read = given.filter((file) => refusal(file) === undefined)
    .map((file) => ({ file, content: readContent(file.bytes, passphrase) }));

  const certificates = read.flatMap(certificatesOf);
  const { key, ignoredKeys, unlocked } = chooseKey(read, certificates);
  const swapped = swappedFiles(read);
  const problems = [
    ...refused,
    ...swapped,
    ...read.flatMap(({ file, content }) =>
      content.damages.slice(0, MAX_DAMAGES).map((damage) => words.damageFinding(file, damage))
    ),
    ...(swapped.length > 0 ? [] : read.flatMap(unwanted)),
    // One key that can be used is enough.
    ...(key === undefined ? read.flatMap(lockedKeys) : []),
    ...(certificates.length > MAX_CERTIFICATES
      ? [words.tooManyCertificates(files.certificate.path, certificates.length)]
      : []),
  ];
  if (key === undefined && problems.length === 0) {
    problems.push(words.noKey(files.certificate.path));
  }
  const notes = [
    ...read.filter((one) => unwanted(one).length === 0).flatMap(({ file, content }) =>
      content.others.map((other) => words.otherIgnored(file, other))
    ),
    ...ignoredKeys.map(words.keyIgnored),
    ...(key !== undefined && !unlocked && passphrase !== undefined
      ? [words.passphraseUnused(key.path)]
      : []),
  ];
  return {
    certificates: certificates.length > MAX_CERTIFICATES ? [] : certificates,
    key,
    problems: distinct(problems),
    notes: distinct(notes),
    external: key === undefined ? externalRoute(read) : undefined,
  };
}

/** Why a file is not even read. */
function refusal(file: GivenFile): Finding | undefined {
  if (file.bytes.length === 0) return words.fileEmpty(file);
  if (file.bytes.length > MAX_FILE_BYTES) return words.fileTooLarge(file, MAX_FILE_BYTES);
  return undefined;
}

function certificatesOf({ file, content }: Read): PairCertificate[] {
  return content.certificates.map((der) => ({
    pem: toPem("CERTIFICATE", der),
    der,
    field: file.field,
    path: file.path,
  }));
}

/** Of several keys the one that a certificate is for, and of that one copy. */
function chooseKey(
  read: readonly Read[],
  certificates: readonly PairCertificate[],
): { key: PairKey | undefined; ignoredKeys: readonly string[]; unlocked: boolean } {
  const usable = read.flatMap(({ file, content }) =>
    content.keys.flatMap((key) => key.kind === "key" ? [{ ...key, path: file.path }] : [])
  );
  const spkis = certificates.map(({ der }) => parseCertificate(der)?.spki);
  const isWanted = (publicKey: Uint8Array) =>
    spkis.some((spki) => spki !== undefined && samePublicKey(spki, publicKey));
  const chosen = usable.length > 1
    ? usable.find(({ publicKey }) => isWanted(publicKey)) ?? usable[0]
    : usable[0];
  if (chosen === undefined) return { key: undefined, ignoredKeys: [], unlocked: false };
  return {
    key: {
      pem: new Secret(toPem("PRIVATE KEY", chosen.pkcs8)),
      publicKey: chosen.publicKey,
      path: chosen.path,
    },
    ignoredKeys: usable.filter(({ publicKey }) => !samePublicKey(publicKey, chosen.publicKey))
      .map(({ path }) => path),
    unlocked: usable.some((key) => key.unlocked),
  };
}

/** Certificate and key were given for each other. */
function swappedFiles(read: readonly Read[]): Finding[] {
  const of = (field: "certificate" | "key") => read.find(({ file }) => file.field === field);
  const certificate = of("certificate");
  const key = of("key");
  if (certificate === undefined || key === undefined) return [];
  const isSwapped = certificate.content.certificates.length === 0 &&
    certificate.content.keys.length > 0 && key.content.keys.length === 0 &&
    key.content.certificates.length > 0;
  return isSwapped ? [words.filesSwapped(certificate.file, key.file)] : [];
}

/** What a file is instead of what it was given as; nothing when it holds that, or its remains. */
function unwanted({ file, content }: Read): Finding[] {
  const isKey = file.field === "key";
  const wanted = isKey ? content.keys : content.certificates;
  const damaged = content.damages.some(({ label }) => label.endsWith("PRIVATE KEY") === isKey);
  if (wanted.length > 0 || damaged) return [];
  if (content.others.length > 0) {
    return content.others.map((other) => words.otherFinding(file, other));
  }
  const instead = isKey ? content.certificates : content.keys;
  return [instead.length > 0 ? words.takenForOther(file) : words.nothingFound(file)];
}

function lockedKeys({ file, content }: Read): Finding[] {
  return content.keys.map((key) => words.keyFinding(file, key))
    .filter((finding) => finding !== undefined);
}

/** A file that the machine's openssl can open, when the key is to come from there. */
function externalRoute(read: readonly Read[]): ExternalRoute | undefined {
  const routes = read.flatMap(({ file, content }): ExternalRoute[] => {
    const { field, path } = file;
    const pkcs12 = content.others.find(({ kind }) => kind === "pkcs12");
    if (pkcs12?.der === true) return [{ kind: "pkcs12", field, path, der: true }];
    return content.keys.some(({ kind }) => kind === "unknown_encryption")
      ? [{ kind: "encrypted_key", field, path, der: content.der }]
      : [];
  });
  return routes[0];
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = JSON.stringify(finding);
    return !seen.has(key) && seen.add(key);
  });
}
