/**
 * Which program runs here, who put it there, and where its releases come from: what `self-update` has
 * to know before it may replace anything.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { releaseError } from "../../release/failure.ts";
import { parsePublicKey } from "../../release/minisign.ts";
import { RELEASE_KEYS, RELEASE_URL } from "../../release/origin.ts";
import { parseReceipt, type ProgramReceipt, shareDirectory } from "../../release/receipt.ts";

export interface InstalledProgram {
  /** Absolute, links resolved. */
  readonly program: string;
  /** Where receipt, lock, journal and the version before lie. */
  readonly share: string;
  readonly receipt: ProgramReceipt;
}

/** Where releases come from, and who must have signed them. */
export interface Origin {
  readonly base: string;
  readonly keys: readonly string[];
}

/** A package's own file, beside where the receipt would be: its first line updates it. */
const PACKAGED = "packaged";

interface Manager {
  /** Says which package owns a file, or fails. */
  readonly asks: (path: string) => readonly string[];
  readonly names: (answer: string) => string;
  readonly updates: (name: string) => string;
}

const MANAGERS: readonly Manager[] = [
  {
    asks: (path) => ["dpkg-query", "--search", path],
    names: (answer) => answer.split(":")[0] ?? "",
    updates: (name) => `apt-get update && apt-get install --only-upgrade ${name}`,
  },
  {
    asks: (path) => ["rpm", "--query", "--file", "--queryformat", "%{NAME}", path],
    names: (answer) => answer,
    updates: (name) => `dnf upgrade ${name}`,
  },
  {
    asks: (path) => ["pacman", "--query", "--owns", "--quiet", path],
    names: (answer) => answer,
    updates: (name) => `pacman --sync --refresh --sysupgrade ${name}`,
  },
];

function managed(command: string): SetupError {
  return new SetupError({
    code: "managed_by_packages",
    message: "This program was installed by a package manager, which is the one to update it.",
    hint: command,
    exit: EXIT.prerequisite,
  });
}

async function refuseForeign(host: Host, program: string): Promise<never> {
  for (const { asks, names, updates } of MANAGERS) {
    const answer = await host.process.run(asks(program));
    const name = names(answer.stdout.trim());
    if (answer.code === 0 && /^[a-z0-9][A-Za-z0-9.+_-]*$/.test(name)) throw managed(updates(name));
  }
  throw new SetupError({
    code: "not_installed_here",
    message: `${program} was not put there by install.sh, so it is not replaced.`,
    hint: "Install it: sh install.sh",
    exit: EXIT.prerequisite,
  });
}

/**
 * @throws SetupError (exit 4) where this program is not `install.sh`'s: from sources, of a package,
 *   or put there by hand
 */
export async function installedProgram(host: Host): Promise<InstalledProgram> {
  const running = host.system.program;
  if (running === undefined) {
    throw new SetupError({
      code: "not_installed_here",
      message: "This program runs from its sources; there is no file to replace.",
      hint: "git pull, then sh install.sh",
      exit: EXIT.prerequisite,
    });
  }
  const program = await host.files.realPath(running) ?? running;
  const share = shareDirectory(program);
  if (share === undefined) return await refuseForeign(host, program);
  const [packaged] = (await host.files.readText(`${share}/${PACKAGED}`) ?? "").split("\n");
  if (packaged !== undefined && packaged !== "") throw managed(packaged);
  const text = await host.files.readText(`${share}/receipt`);
  const receipt = text === undefined ? undefined : parseReceipt(text);
  if (receipt === undefined || !receipt.files.some((each) => each.path === program)) {
    return await refuseForeign(host, program);
  }
  return { program, share, receipt };
}

/** Only who may write where the program lies can replace it; asked before anything is downloaded. */
export async function needWritable(
  host: Host,
  { program, share }: InstalledProgram,
): Promise<void> {
  const directory = program.slice(0, program.lastIndexOf("/"));
  for (const each of [directory, share]) {
    const found = await host.process.run(["test", "-w", each]);
    if (found.code === 0) continue;
    const root = host.system.uid === 0;
    throw new SetupError({
      code: "not_writable",
      message: `${each} cannot be written${root ? ": is it mounted read-only?" : " by this user."}`,
      hint: root ? `findmnt --target ${each}` : `sudo ${program} self-update`,
      exit: EXIT.prerequisite,
    });
  }
}

/**
 * Keys given by their text, or by a file with it: the words that begin with `RW`, on lines that do; any
 * other line is a comment. `install.sh` reads them alike, which a test holds it to.
 */
export async function keysFrom(host: Host, given: string): Promise<readonly string[]> {
  const inText = given.startsWith("RW") || given.includes("\n");
  const text = inText ? given : await host.files.readText(given);
  const keys = (text ?? "").split("\n").map((line) => line.trim())
    .filter((line) => line.startsWith("RW"))
    .flatMap((line) => line.split(/\s+/)).filter((word) => word.startsWith("RW"));
  if (keys.length === 0) {
    throw releaseError("key_malformed", `There is no public key in ${given}.`);
  }
  keys.forEach(parsePublicKey);
  return keys;
}

/**
 * The environment's mirror, else the one it was installed from, else what is built in. A mirror has
 * a key of its own or is a copy; either way nothing is used that was not signed.
 *
 * @throws SetupError (exit 4) while there is no place, or nobody to trust
 */
export async function originOf(host: Host, receipt: ProgramReceipt): Promise<Origin> {
  const base = (host.env["RXDX_BASE_URL"] || receipt.source) ?? RELEASE_URL;
  const given = host.env["RXDX_RELEASE_KEY"] ?? "";
  const keys = given !== ""
    ? await keysFrom(host, given)
    : receipt.keys.length > 0
    ? receipt.keys
    : RELEASE_KEYS;
  if (base === "" || keys.length === 0) {
    throw new SetupError({
      code: "no_release_source",
      message: base === ""
        ? "No place with releases is known: none has been published yet."
        : `Releases of ${base} cannot be verified: no public key is known.`,
      hint: "Name your own mirror and its key: RXDX_BASE_URL=https://… RXDX_RELEASE_KEY=FILE",
      exit: EXIT.prerequisite,
    });
  }
  return { base, keys };
}
