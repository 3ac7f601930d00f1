/**
 * A place for copies, whatever it is made of: a directory, an SSH server, a remote of rclone. Each does the
 * same few things, so that the steps, the look and the fetch are written once.
 */
import type { CopyTarget } from "../../../answers/rules_copies.ts";
import { EXIT, SetupError } from "../../../errors.ts";
import type { Host } from "../../../host/types.ts";
import { quoted } from "../../../steps/command_line.ts";

/** Files that belong to the operator: the key, the known hosts, the configuration of rclone. */
export interface CopySettings {
  readonly ssh_key: string;
  readonly known_hosts: string;
  readonly rclone_config: string;
}

export interface Entry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

export interface Transfer {
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
}

/** Names are plain file names in the target's directory. Everything throws `SetupError`. */
export interface Place {
  readonly target: CopyTarget;
  /** Files there; asks the target, and makes its directory where `make` is set and the kind has none. */
  list(make: boolean): Promise<Entry[]>;
  /** Bytes; `undefined` where nobody can tell. */
  free(): Promise<number | undefined>;
  /** Writes a file of this machine there, over what was there under that name. */
  put(path: string, name: string, transfer: Transfer): Promise<void>;
  putText(text: string, name: string): Promise<void>;
  /** Hexadecimal SHA-256 of what lies there; by the target itself where it can, else read back. */
  sum(name: string, transfer: Transfer): Promise<string>;
  /** `undefined` where there is none. */
  readText(name: string): Promise<string | undefined>;
  read(name: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Over what has that name already. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

/** An error of one target: its message begins with the target, its hint is a next command. */
export function copyError(
  code: string,
  { text }: Pick<CopyTarget, "text">,
  message: string,
  hint: string,
): SetupError {
  return new SetupError({ code, message: `${text}: ${message}`, hint, exit: EXIT.unhealthy });
}

/** What would try again. */
export function again({ text }: Pick<CopyTarget, "text">): string {
  return `rxdx-setup backup copy --to ${
    /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : `'${text}'`
  }`;
}

/**
 * A secret of a target is the operator's file, and nobody else's.
 *
 * @throws SetupError `copy_secret_missing`, `copy_secret_open`
 */
export async function checkSecretFile(
  host: Host,
  target: CopyTarget,
  path: string,
  what: string,
): Promise<void> {
  const info = await host.files.stat(path);
  if (info === undefined) {
    throw copyError(
      "copy_secret_missing",
      target,
      `there is no ${what} ${path}.`,
      what === "SSH key"
        ? `ssh-keygen -t ed25519 -N '' -f ${quoted([path])}; then put ${path}.pub on the target`
        : `rclone config --config ${quoted([path])}`,
    );
  }
  // What a link leads to is what others could read.
  const { stdout } = info.kind === "symlink"
    ? await host.process.run(["stat", "--dereference", "--format=%a", "--", path])
    : { stdout: info.mode.toString(8) };
  if ((Number.parseInt(stdout, 8) & 0o077) !== 0) {
    throw copyError(
      "copy_secret_open",
      target,
      `the ${what} ${path} can be read by others.`,
      `chmod 600 ${quoted([path])}`,
    );
  }
}
