/**
 * The words for everything that can be wrong with the files of a certificate and its key, each with
 * the command that puts it right. Pure.
 */
import { printable } from "./distinguished_name.ts";
import type { Damage, Other, OtherKind } from "./file_content.ts";
import type { Finding, InputFile, PairField } from "./pair_types.ts";
import type { PrivateKeyReading } from "./private_key.ts";

/** A file and what it was given as. */
export interface GivenFile extends InputFile {
  readonly field: PairField;
}

/** A word of a command line that can be pasted. */
export function shellWord(word: string): string {
  const safe = printable(word);
  return /^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$/.test(safe)
    ? safe
    : `'${safe.replaceAll("'", "'\\''")}'`;
}

/** What each field has to be. */
const WANTED: Readonly<Record<PairField, string>> = {
  certificate: "The certificate's file holds certificates in PEM or DER.",
  key: "The key's file holds a private key in PEM or DER.",
  chain: "The chain's file holds intermediate certificates in PEM or DER.",
};

interface Words {
  readonly what: string;
  /** @param path fit for a shell */
  readonly remedy: (path: string, der: boolean) => string;
}

const REQUEST_REMEDY = "Give the certificate that the CA has made of the request.";
const KEY_REMEDY = "Give the private key that the certificate request was made with: " +
  "its file begins with -----BEGIN PRIVATE KEY-----, or with RSA or EC before PRIVATE.";

const OTHERS: Readonly<Record<OtherKind, Words>> = {
  pkcs7: {
    what: "is a PKCS #7 bundle (.p7b)",
    remedy: (path, der) =>
      `openssl pkcs7 ${der ? "-inform DER " : ""}-in ${path} -print_certs -out chain.pem`,
  },
  pkcs12: {
    what: "is a PKCS #12 file (.p12, .pfx)",
    remedy: (path) => `openssl pkcs12 -in ${path} -nodes -out pair.pem`,
  },
  certificate_request: {
    what: "is a certificate signing request, which no CA has signed yet",
    remedy: (path, der) =>
      `${REQUEST_REMEDY} For whom it was made: ` +
      `openssl req ${der ? "-inform DER " : ""}-in ${path} -noout -subject`,
  },
  public_key: { what: "is a public key", remedy: () => KEY_REMEDY },
  revocation_list: {
    what: "is a revocation list (CRL)",
    remedy: () => "Leave it out: browsers fetch revocation lists themselves.",
  },
  openssh_key: {
    what: "is a private key in OpenSSH's own form",
    remedy: (path) => `cp ${path} key.pem && ssh-keygen -p -m PKCS8 -f key.pem`,
  },
  putty_key: {
    what: "is a private key of PuTTY",
    remedy: (path) =>
      `puttygen ${path} -O private-openssh -o key.pem && ssh-keygen -p -m PKCS8 -f key.pem`,
  },
  java_keystore: {
    what: "is a Java keystore",
    remedy: (path) =>
      `keytool -importkeystore -srckeystore ${path} -destkeystore pair.p12 -deststoretype PKCS12`,
  },
  web_page: {
    what: "is a web page",
    remedy: () => "Download the file again; what was saved is the page around it.",
  },
  unknown_block: {
    what: "holds PEM blocks of another kind",
    remedy: (path) => `grep -e '-----BEGIN' ${path}`,
  },
  not_recognised: {
    what: "is neither PEM nor DER",
    remedy: (path) => `file ${path}`,
  },
};

/** A finding about a whole file. */
export function fileFinding(
  file: GivenFile,
  code: string,
  what: string,
  remedy: string,
  rule = WANTED[file.field],
): Finding {
  return { code, field: file.field, message: `${printable(file.path)} ${what}.`, rule, remedy };
}

export function otherFinding(file: GivenFile, { kind, der }: Other): Finding {
  const { what, remedy } = OTHERS[kind];
  return fileFinding(file, kind, what, remedy(shellWord(file.path), der));
}

export function damageFinding(file: GivenFile, damage: Damage): Finding {
  const isKey = damage.label.endsWith("PRIVATE KEY");
  const where = damage.line === undefined ? "" : ` of line ${damage.line}`;
  return fileFinding(
    file,
    isKey ? "key_damaged" : "certificate_damaged",
    damage.line === undefined
      ? `is a ${isKey ? "private key" : "certificate"}, and damaged`
      : `is damaged: the ${damage.label}${where} ${damage.what}`,
    "Copy the file again, as binary and whole; compare sha256sum on both machines.",
    "A block is read whole, with its BEGIN and END lines, or not at all.",
  );
}

function keyEncrypted(file: GivenFile): Finding {
  return fileFinding(
    file,
    "key_encrypted",
    "holds a private key that is locked with a passphrase",
    `Give the passphrase, or unlock it: openssl pkey -in ${shellWord(file.path)} -out key.pem`,
    "nginx starts without anybody who could type a passphrase, so its key is stored unlocked.",
  );
}

function passphraseWrong(file: GivenFile): Finding {
  return fileFinding(
    file,
    "passphrase_wrong",
    "holds a private key that the given passphrase does not open",
    `Try the passphrase by hand: openssl pkey -in ${shellWord(file.path)} -noout`,
    "The passphrase is the one that the key was locked with; capitals and blanks count.",
  );
}

function unknownEncryption(file: GivenFile): Finding {
  return fileFinding(
    file,
    "key_encryption_unknown",
    "holds a private key that is locked in a way that only openssl opens",
    `openssl pkey -in ${shellWord(file.path)} -out key.pem`,
    "PBES2 with AES or 3DES is opened here; older and rarer schemes are not.",
  );
}

function keyUnsupported(file: GivenFile, what: string): Finding {
  return fileFinding(
    file,
    "key_unsupported",
    `holds a private key of a kind that browsers do not accept: ${what}`,
    "Have a certificate made for a new key: " +
      "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes " +
      "-keyout key.pem -out request.csr",
    "Browsers accept RSA, and ECDSA on P-256 and P-384.",
  );
}

/** A key that cannot be used as it is; `undefined` for one that can. */
export function keyFinding(file: GivenFile, key: PrivateKeyReading): Finding | undefined {
  switch (key.kind) {
    case "key":
    case "damaged":
      return undefined;
    case "encrypted":
      return keyEncrypted(file);
    case "wrong_passphrase":
      return passphraseWrong(file);
    case "unknown_encryption":
      return unknownEncryption(file);
    case "unsupported":
      return keyUnsupported(file, key.what);
  }
}

export function fileEmpty(file: GivenFile): Finding {
  return fileFinding(
    file,
    "file_empty",
    "is empty",
    "Copy the file again; the disk may have been full when it was written.",
  );
}

export function fileTooLarge(file: GivenFile, limit: number): Finding {
  return fileFinding(
    file,
    "file_too_large",
    `has ${file.bytes.length} bytes`,
    `head -c 300 ${shellWord(file.path)}`,
    `A certificate with its chain has a few thousand bytes; above ${limit} none is looked for.`,
  );
}

/** A key in the place of a certificate, or the other way round. */
export function takenForOther(file: GivenFile): Finding {
  const isKey = file.field === "key";
  return fileFinding(
    file,
    isKey ? "certificate_as_key" : "key_as_certificate",
    isKey ? "is a certificate, not a private key" : "is a private key, not a certificate",
    isKey ? KEY_REMEDY : "Give the certificate: its file begins with -----BEGIN CERTIFICATE-----.",
  );
}

export function filesSwapped(certificate: GivenFile, key: GivenFile): Finding {
  return fileFinding(
    certificate,
    "files_swapped",
    `is the private key, and ${printable(key.path)} the certificate`,
    `Give ${shellWord(key.path)} as the certificate and ${shellWord(certificate.path)} as the key.`,
  );
}

/** A file with nothing but parameters in it. */
export function nothingFound(file: GivenFile): Finding {
  const isKey = file.field === "key";
  return fileFinding(
    file,
    isKey ? "no_key" : "no_certificate",
    isKey ? "holds no private key" : "holds no certificate",
    `grep -e '-----BEGIN' ${shellWord(file.path)}`,
  );
}

/** No key file was given, and the certificate's file has no key. */
export function noKey(path: string): Finding {
  return {
    code: "no_key",
    field: "key",
    message: `${printable(path)} holds no private key, and no other file was given for it.`,
    rule: "A server needs the private key of its certificate.",
    remedy: KEY_REMEDY,
  };
}

export function tooManyCertificates(path: string, count: number): Finding {
  return {
    code: "too_many_certificates",
    field: "certificate",
    message: `${count} certificates were given.`,
    rule: "A server sends its own certificate and one to three intermediates.",
    remedy: `Take the server's certificate and its CA's out of ${shellWord(path)}.`,
  };
}

export function otherIgnored(file: GivenFile, { kind }: Other): Finding {
  return fileFinding(
    file,
    "content_ignored",
    `also ${OTHERS[kind].what}; that part was left out`,
    "Nothing has to be done.",
  );
}

export function keyIgnored(path: string): Finding {
  return {
    code: "key_ignored",
    field: "key",
    message: `${printable(path)} holds another private key, which was left out.`,
    rule: "A server uses the one key that its certificate is for.",
    remedy: "Nothing has to be done.",
  };
}

export function passphraseUnused(path: string): Finding {
  return {
    code: "passphrase_unused",
    field: "key",
    message: `The private key in ${printable(path)} is not locked; the passphrase was not needed.`,
    rule: "A key that lies about unlocked can be read by whoever can read its file.",
    remedy: `chmod 600 ${shellWord(path)}`,
  };
}
