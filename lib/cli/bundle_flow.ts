/** Verifying a bundle for a command: with progress, whose key, and what was found, in words. */
import { SERVICES } from "../engine/compose.ts";
import { isBundle } from "../images/archive.ts";
import { sizeText } from "../operations/backup/meter.ts";
import { checkFits } from "../operations/bundle/judge.ts";
import { bundleKeys } from "../operations/bundle/keys.ts";
import { type VerifiedBundle, verifyBundle } from "../operations/bundle/verify.ts";
import { absolute, type CommandContext } from "./context.ts";
import { looking } from "./looking.ts";
import type { Colors } from "./output.ts";

/** Flags of every command that takes a bundle. */
export interface BundleFlags {
  readonly key?: string;
  readonly allowUnsigned?: boolean;
}

/** Milliseconds between two lines about how far it is. */
const EVERY_MS = 500;

/** Reads it whole. Throws what {@link verifyBundle} throws. */
export async function verified(
  context: CommandContext,
  file: string,
  flags: BundleFlags,
): Promise<VerifiedBundle> {
  const { host, signal } = context;
  const path = absolute(host, file);
  const { key } = flags;
  const keys = await bundleKeys(
    host,
    key === undefined || key.startsWith("RW") ? key : absolute(host, key),
  );
  return await read(context, path, {
    keys,
    allowUnsigned: flags.allowUnsigned === true,
    signal,
  });
}

/** The same without asking whose it is: for looking at it. */
export function looked(context: CommandContext, file: string): Promise<VerifiedBundle> {
  const path = absolute(context.host, file);
  return read(context, path, { keys: [], allowUnsigned: true, signal: context.signal });
}

async function read(
  context: CommandContext,
  path: string,
  options: Parameters<typeof verifyBundle>[2],
): Promise<VerifiedBundle> {
  const { host } = context;
  const of = { id: "verify-bundle", title: `Verify ${path}`, index: 0, total: 1 };
  return await looking(context, of, async (report) => {
    let told = host.clock.monotonic();
    const onBytes = (bytes: number) => {
      const now = host.clock.monotonic();
      if (now - told < EVERY_MS) return;
      told = now;
      report.detail(`${sizeText(bytes)} read`);
    };
    return await verifyBundle(host, path, { ...options, onBytes });
  });
}

/**
 * For `init` and `upgrade`: verified, and fit for this machine; says whose it is.
 *
 * @throws SetupError, and nothing was changed
 */
export async function openBundle(
  context: CommandContext,
  file: string,
  flags: BundleFlags,
): Promise<VerifiedBundle> {
  const bundle = await verified(context, file, flags);
  await checkFits(context.host, bundle);
  const { out } = context;
  if (out.json) out.noteJson({ event: { type: "bundle", ...bundleJson(bundle) } });
  else out.note(`${originLine(bundle, out.colors)}\n`);
  return bundle;
}

/** The bundle that was named, whichever flag named it: an archive that is one is verified like one. */
export async function namedBundle(
  { host }: CommandContext,
  { bundle, to }: { readonly bundle?: string; readonly to?: string },
): Promise<string | undefined> {
  if (bundle !== undefined || to === undefined) return bundle;
  const path = absolute(host, to);
  const isFile = (await host.files.stat(path))?.kind === "file";
  return isFile && await isBundle(host, path) ? path : undefined;
}

/** Who vouches for it, in a sentence. */
export function originLine(bundle: VerifiedBundle, c: Colors): string {
  const { manifest, signedBy, digest } = bundle;
  const who = signedBy === undefined
    ? c.yellow("Nobody vouches for it: no signature was verified.")
    : `Signed by key ${signedBy}.`;
  return `Bundle of ${manifest.version}, made ${manifest.created}. ${who}\n` +
    `SHA-256 of its checksums: ${digest}`;
}

export function bundleText(bundle: VerifiedBundle, c: Colors): string {
  const { manifest, claimedBy, signedBy } = bundle;
  const row = (name: string, value: string) => `  ${name.padEnd(14)}${value}`;
  return [
    `${c.bold(bundle.file)}  ${sizeText(bundle.size)}`,
    row("Application", manifest.version),
    row("rxdx-setup", manifest.setup),
    row("Made", manifest.created),
    row("For", `linux ${manifest.arch}`),
    row("PostgreSQL", manifest.postgres === "" ? "unknown" : manifest.postgres),
    row("Needs", `Docker Engine ${manifest.needs.engine}, Compose ${manifest.needs.compose}`),
    ...(manifest.stops.length === 0 ? [] : [row("Must not skip", manifest.stops.join(", "))]),
    ...(manifest.requires.length === 0 ? [] : [row("Requires", manifest.requires.join(", "))]),
    row(
      "Signature",
      signedBy !== undefined
        ? `good, key ${signedBy}`
        : claimedBy === undefined
        ? c.yellow("none")
        : `by key ${claimedBy}, not verified here`,
    ),
    row("SHA-256", `${bundle.digest} (of SHA256SUMS)`),
    "",
    ...SERVICES.flatMap((service) => {
      const { image, id, bytes } = manifest.images[service];
      return [
        `  ${service.padEnd(10)}${image}  ${sizeText(bytes)}`,
        c.dim(`  ${"".padEnd(10)}${id}`),
      ];
    }),
  ].join("\n");
}

export function bundleJson(bundle: VerifiedBundle): Readonly<Record<string, unknown>> {
  const { file, size, digest, signedBy, claimedBy, manifest } = bundle;
  return {
    schema: 1,
    file,
    bytes: size,
    sha256: digest,
    signed_by: signedBy ?? null,
    claimed_by: claimedBy ?? null,
    manifest,
  };
}
