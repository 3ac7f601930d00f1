/**
 * The portable form as text: the stub with its values filled in, the list of what it unpacks, and
 * the identity that names its cache directory. Pure; called by build.ts.
 */
import { type Arch, archAlias, PERMISSION_FLAGS, targetTriple } from "./runtime.ts";

/** One file of the archive. */
export interface PayloadFile {
  /** A plain name: letters, digits, `.`, `_`, `-`. The archive has no directories. */
  readonly name: string;
  /** Lower-case hex SHA-256 of the content. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface PortableFacts {
  /** Version of the program, for example `0.1.0`. */
  readonly version: string;
  readonly arch: Arch;
  /** Everything but `ok`, in the order in which it is moved into place. */
  readonly files: readonly PayloadFile[];
}

/** The file that is moved into place last, and says that all others are there. */
export const COMPLETE = "ok";

/**
 * The modification time of everything in the archive, in seconds since 1970: 2000-01-01. Fixed so
 * that the same inputs give the same bytes, and so that a changed file can be told by its time.
 */
export const ARCHIVE_TIME = 946_684_800;

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/** Version and the first 12 hex digits of the hash of all that is unpacked. */
export async function portableId(facts: PortableFacts): Promise<string> {
  const text = [facts.version, facts.arch, ...facts.files.map((f) => `${f.sha256}  ${f.name}`)]
    .join("\n");
  return `${facts.version}-${(await sha256Hex(text)).slice(0, 12)}`;
}

/**
 * Fills in the stub. Its last value is its own length, so it is rendered until that holds.
 *
 * @throws Error for a file name or version that would not be one word in the shell, or a
 * placeholder without a value.
 */
export async function renderStub(template: string, facts: PortableFacts): Promise<string> {
  for (const word of [facts.version, ...facts.files.map((file) => file.name)]) {
    if (!/^[0-9A-Za-z][0-9A-Za-z._+-]*$/.test(word)) throw new Error(`not a plain name: ${word}`);
  }
  const id = await portableId(facts);
  const complete = `${await sha256Hex(`${id}\n`)}  ${COMPLETE}`;
  const bytes = facts.files.reduce((sum, file) => sum + file.size, 0);
  const values: Record<string, string> = {
    VERSION: facts.version,
    TARGET: targetTriple(facts.arch),
    ID: id,
    ARCH: facts.arch,
    ARCH_ALIAS: archAlias(facts.arch),
    MEGABYTES: String(Math.ceil(bytes / 1e6)),
    FILES: [...facts.files.map((file) => file.name), COMPLETE].join(" "),
    SUMS: [...facts.files.map((file) => `${file.sha256}  ${file.name}`), complete].join("\n"),
    FLAGS: PERMISSION_FLAGS.join(" "),
  };
  const fill = (offset: number) =>
    template.replace(/@([A-Z_]+)@/g, (whole, name: string) => {
      const value = name === "OFFSET" ? String(offset) : values[name];
      if (value === undefined) throw new Error(`the stub has an unknown placeholder: ${whole}`);
      return value;
    });
  const encoder = new TextEncoder();
  for (let offset = 0;;) {
    const text = fill(offset);
    // `tail -c +N` counts from 1.
    const next = encoder.encode(text).length + 1;
    if (next === offset) return text;
    offset = next;
  }
}
