/**
 * The compiled form: `deno compile` on the bundle, where its runtime (`denort`) can be had. Called
 * by build.ts, which falls back to the portable form.
 */
import type { Host } from "../host/types.ts";
import { type Arch, denortArchive, PERMISSION_FLAGS } from "./runtime.ts";

/** The vendor's release site, which `deno compile` downloads its runtime from. */
const RELEASES = "https://dl.deno.land";

/** How long the release site may take to answer, in milliseconds. */
const PROBE_MS = 4_000;

/** How long a download and the compilation may take, in milliseconds. */
const COMPILE_MS = 300_000;

/** Why the compile runtime can be expected to be there, or why not. */
export type Denort =
  | { readonly available: true; readonly from: string }
  | { readonly available: false; readonly why: string };

/** Asks the release site for the head of the archive; proxies are honoured by `fetch`. */
const PROBE = `const [url, ms] = Deno.args;
const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(Number(ms)) });
Deno.exit(answer.ok ? 0 : 1);
`;

/** Looks for the compile runtime: `DENORT_BIN`, then Deno's own cache, then the release site. */
export async function findDenort(host: Host, deno: string, arch: Arch): Promise<Denort> {
  const given = host.env["DENORT_BIN"];
  if (given !== undefined && given !== "") {
    return await host.files.stat(given) === undefined
      ? { available: false, why: `DENORT_BIN names ${given}, which does not exist` }
      : { available: true, from: `DENORT_BIN (${given})` };
  }
  const cached = `${denoDir(host)}/dl/${denortArchive(arch)}`;
  if (await host.files.stat(cached) !== undefined) return { available: true, from: cached };
  const site = new URL(RELEASES).hostname;
  const flags = ["--quiet", "--no-config", "--no-lock", "--no-prompt", `--allow-net=${site}`];
  const url = `${RELEASES}/${denortArchive(arch)}`;
  const probe = await host.process.run(
    [deno, "run", ...flags, "-", url, String(PROBE_MS)],
    { stdin: PROBE, timeoutMs: 2 * PROBE_MS },
  );
  return probe.code === 0
    ? { available: true, from: site }
    : { available: false, why: `${site} does not answer` };
}

/** Where Deno keeps its downloads; the same rule as Deno's own on Linux. */
function denoDir(host: Host): string {
  const { DENO_DIR, XDG_CACHE_HOME, HOME } = host.env;
  return DENO_DIR ?? `${XDG_CACHE_HOME ?? `${HOME ?? ""}/.cache`}/deno`;
}

/**
 * Compiles the bundle's `entry` to `output`. The chunks that it loads later are found by `deno
 * compile` itself, because the bundler names them literally.
 *
 * @returns what went wrong, or `undefined`.
 */
export async function compile(
  host: Host,
  deno: string,
  entry: string,
  output: string,
): Promise<string | undefined> {
  const result = await host.process.run(
    [
      deno,
      "compile",
      "--quiet",
      "--no-config",
      "--no-lock",
      "--no-remote",
      "--no-npm",
      "--no-check",
      ...PERMISSION_FLAGS,
      "--output",
      output,
      entry,
    ],
    { timeoutMs: COMPILE_MS },
  );
  if (result.code === 0) return undefined;
  return result.stderr.trim().split("\n")[0] ?? `deno compile ended with ${result.code}`;
}
