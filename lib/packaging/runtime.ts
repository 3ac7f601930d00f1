/**
 * Which Deno the program is built for and runs on, and what it may do. The build, `install.sh` (its
 * copy of these values is tested for equality) and the two packaged forms agree through this file.
 */

/** The pinned version; the same in `install.sh`. */
export const DENO_VERSION = "2.9.6";

/** Machine names as `uname -m` and Deno give them. */
export type Arch = "x86_64" | "aarch64";

/** Narrows an architecture name to one that Deno is released for. */
export function archFrom(name: string): Arch | undefined {
  if (name === "x86_64" || name === "amd64") return "x86_64";
  if (name === "aarch64" || name === "arm64") return "aarch64";
  return undefined;
}

/** What `uname -m` may say instead on a machine that runs the same programs. */
export function archAlias(arch: Arch): string {
  return arch === "x86_64" ? "amd64" : "arm64";
}

/** The target triple that Deno's release files are named after. */
export function targetTriple(arch: Arch): string {
  return `${arch}-unknown-linux-gnu`;
}

/**
 * The permissions of the program: files, processes, environment, network and what the system says
 * of itself. No foreign functions, no code from the network, and never a question about it.
 */
export const PERMISSION_FLAGS: readonly string[] = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-env",
  "--allow-net",
  "--allow-sys",
];

/** Path of the compile runtime within `DENO_DIR` and below the vendor's release site. */
export function denortArchive(arch: Arch): string {
  return `release/v${DENO_VERSION}/denort-${targetTriple(arch)}.zip`;
}

/** The first line of `deno --version`, reduced to the version number. */
export function denoVersionFrom(output: string): string | undefined {
  return /^deno (\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
}
