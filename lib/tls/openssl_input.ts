/**
 * Opens with the machine's `openssl` what this program cannot: PKCS #12 files, and keys that are locked in
 * old or rare ways. The passphrase goes by standard input; argument list and environment of a process
 * can be read by others. Nothing is written to disk: the decrypted key comes back by a pipe.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { CommandResult, Host } from "../host/types.ts";
import type { Secret } from "../plan/secret.ts";
import { readContent } from "./file_content.ts";
import { printable } from "./distinguished_name.ts";
import { shellWord } from "./input_findings.ts";
import type { ExternalRoute, InputFile, PairFiles } from "./pair_types.ts";
import { pemBlocks, toPem } from "./pem.ts";

/** Milliseconds; a file that asks for more turns of its key derivation is hostile. */
const TIMEOUT_MS = 60_000;
/** Bytes that `-passin stdin` reads of a line (APP_PASS_LEN of OpenSSL), less its end. */
const MAX_PASSPHRASE_BYTES = 1_022;

/** OpenSSL 3 has put RC2, RC4, DES and PBKDF1 into a provider that has to be asked for. */
const NEEDS_LEGACY = /inner_evp_generic_fetch:unsupported|unsupported algorithm/i;
const NO_LEGACY = /unable to load provider|could not load (?:the )?(?:legacy )?provider/i;
const WRONG_PASSPHRASE =
  /mac verify (?:error|failure)|invalid password|bad decrypt|bad password read|maybe wrong password|No supported data to decode/i;

export interface OpensslOptions {
  readonly signal?: AbortSignal;
}

/**
 * The same files with the one of the route opened, to be given to `readPairInput` once more. The
 * passphrase is left out of them: it has done its work.
 *
 * @throws SetupError `openssl_missing`, `openssl_legacy_missing` (exit 4); `passphrase_needed`,
 * `passphrase_wrong`, `passphrase_unusable`, `no_key`, `several_keys`, `openssl_refused` (exit 3)
 */
export async function openWithOpenssl(
  host: Host,
  files: PairFiles,
  route: ExternalRoute,
  options: OpensslOptions = {},
): Promise<PairFiles> {
  const file = files[route.field];
  if (file === undefined) {
    throw new TypeError(`a route leads to ${route.field}, which was not given`);
  }
  const { passphrase, ...others } = files;
  const text = route.kind === "pkcs12"
    ? await openPkcs12(host, file.path, passphrase, options)
    : await unlockKey(host, file.path, route.der, passphrase, options) + certificatesOf(file);
  return { ...others, [route.field]: { path: file.path, bytes: new TextEncoder().encode(text) } };
}

/** Certificates that stand beside the key in its file. */
function certificatesOf(file: InputFile): string {
  return readContent(file.bytes, undefined).certificates
    .map((der) => toPem("CERTIFICATE", der)).join("");
}

/** Everything in a PKCS #12 file as PEM: one key and its certificates. */
async function openPkcs12(
  host: Host,
  path: string,
  passphrase: Secret | undefined,
  options: OpensslOptions,
): Promise<string> {
  const output = await opened(
    host,
    ["pkcs12", "-in", path, "-nodes", "-passin", "stdin"],
    ["-legacy"],
    { path, passphrase, ...options },
  );
  const keys = pemBlocks(output).filter(({ label }) => label.endsWith("PRIVATE KEY")).length;
  if (keys === 0) {
    throw refused("no_key", `${printable(path)} holds certificates and no private key.`, {
      hint: "Export it again with its private key; Windows asks for that on a page of its own.",
    });
  }
  if (keys > 1) {
    throw refused("several_keys", `${printable(path)} holds ${keys} private keys.`, {
      hint: "Take the right one out by hand: " +
        `openssl pkcs12 -in ${shellWord(path)} -nodes -out pair.pem`,
    });
  }
  return output;
}

/** A locked key as PKCS #8. */
async function unlockKey(
  host: Host,
  path: string,
  der: boolean,
  passphrase: Secret | undefined,
  options: OpensslOptions,
): Promise<string> {
  return await opened(
    host,
    ["pkey", ...(der ? ["-inform", "DER"] : []), "-in", path, "-passin", "stdin"],
    ["-provider", "legacy", "-provider", "default"],
    { path, passphrase, ...options },
  );
}

interface Opening extends OpensslOptions {
  readonly path: string;
  readonly passphrase: Secret | undefined;
}

/** Standard output of openssl, asked once more for its legacy algorithms where it needs them. */
async function opened(
  host: Host,
  [command = "", ...args]: readonly string[],
  legacy: readonly string[],
  opening: Opening,
): Promise<string> {
  const { path, passphrase, signal } = opening;
  const line = passphrase?.reveal() ?? "";
  if (/[\r\n\0]/.test(line) || new TextEncoder().encode(line).length > MAX_PASSPHRASE_BYTES) {
    throw refused("passphrase_unusable", "openssl cannot read this passphrase.", {
      hint: `It reads one line of at most ${MAX_PASSPHRASE_BYTES} bytes.`,
    });
  }
  const run = async (...more: string[]) => {
    const result = await host.process.run(["openssl", command, ...more, ...args], {
      stdin: `${line}\n`,
      timeoutMs: TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    signal?.throwIfAborted();
    return result;
  };
  let result = await run();
  if (result.code !== 0 && NEEDS_LEGACY.test(result.stderr)) result = await run(...legacy);
  if (result.code === 0) return result.stdout;
  throw failure(result, path, passphrase !== undefined);
}

function failure(result: CommandResult, path: string, hadPassphrase: boolean): SetupError {
  const shown = printable(path);
  if (result.code === 126 || result.code === 127) {
    return new SetupError({
      code: "openssl_missing",
      message: `${shown} needs openssl to be opened, which this machine does not have.`,
      hint: "sudo apt-get install openssl   # or: sudo dnf install openssl",
      exit: EXIT.prerequisite,
    });
  }
  if (NO_LEGACY.test(result.stderr)) {
    return new SetupError({
      code: "openssl_legacy_missing",
      message:
        `${shown} is encrypted with algorithms that this machine's openssl has only in its ` +
        "legacy provider, which is not installed.",
      hint: "sudo apt-get install openssl-provider-legacy   # or: sudo dnf install openssl-libs",
      exit: EXIT.prerequisite,
    });
  }
  if (WRONG_PASSPHRASE.test(result.stderr)) {
    return hadPassphrase
      ? refused("passphrase_wrong", `The given passphrase does not open ${shown}.`, {
        hint: "It is the one that was set when the file was exported; capitals and blanks count.",
      })
      : refused("passphrase_needed", `${shown} is locked with a passphrase.`, {
        hint: "Give the passphrase that was set when the file was exported.",
      });
  }
  return refused("openssl_refused", `openssl cannot open ${shown}: ${reason(result)}`, {
    hint: `openssl asn1parse -in ${shellWord(path)} -inform DER | head`,
  });
}

/** The first line that openssl has said, for people. */
function reason(result: CommandResult): string {
  if (result.code === 124) return `it took longer than ${TIMEOUT_MS / 1000} s.`;
  const first = result.stderr.split("\n").find((line) => line.trim() !== "");
  return printable(first ?? `it ended with ${result.code} and said nothing.`);
}

function refused(code: string, message: string, more: { hint: string }): SetupError {
  return new SetupError({ code, message, ...more, exit: EXIT.answers });
}
