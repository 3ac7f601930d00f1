/** What every command is given: the machine, the output, the install directory, cancellation. */
import type { Host } from "../host/types.ts";
import type { GlobalFlags, Output } from "./output.ts";

export interface CommandContext {
  readonly host: Host;
  readonly out: Output;
  readonly flags: GlobalFlags;
  /** What was typed, for the record of changes. */
  readonly argv: readonly string[];
  /** Absolute path of the install directory. */
  readonly dir: string;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** True when questions can be asked: a terminal, no `--json`, no `--yes`. */
  readonly interactive: boolean;
}

/** `--dir`, `RXDX_DIR`, else `/opt/rxdx` for root and `~/rxdx` for others. */
export function installDirectory(host: Host, flag: string | undefined): string {
  const home = host.env["HOME"] ?? "/root";
  const chosen = flag ?? (host.env["RXDX_DIR"] || undefined) ??
    (host.system.uid === 0 ? "/opt/rxdx" : `${home}/rxdx`);
  return absolute(host, chosen);
}

/** Resolves against the working directory and removes `.`, `..` and trailing slashes. */
export function absolute(host: Host, path: string): string {
  const from = path.startsWith("/") ? path : `${host.env["PWD"] ?? "/"}/${path}`;
  const parts: string[] = [];
  for (const part of from.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
