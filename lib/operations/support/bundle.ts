/**
 * Makes a support bundle: collects every part with a time limit, redacts it at once, cuts logs to the
 * size that is allowed, packs, and has the finished archive searched again by who did not redact it.
 * Writes nothing; whoever calls decides that.
 */
import { EXIT, SetupError } from "../../errors.ts";
import { inNetworks, type Pseudonyms, pseudonyms } from "../../support/addresses.ts";
import {
  type CollectedFile,
  type Manifest,
  manifestOf,
  type Missing,
} from "../../support/manifest.ts";
import { type Redactor, redactor } from "../../support/redact.ts";
import { type Leak, scanArchive } from "../../support/scan.ts";
import { gzip, type TarFile, writeTar } from "../../support/tar.ts";
import { VERSION } from "../../version.ts";
import { engineParts } from "./parts_engine.ts";
import { hostParts } from "./parts_host.ts";
import { type Part, PART_MS, reasonOf, type SupportScene, within } from "./part.ts";
import { stackParts } from "./parts_stack.ts";
import { knownSecrets } from "./secrets.ts";

export interface Bundle {
  readonly manifest: Manifest;
  readonly archive: Uint8Array<ArrayBuffer>;
  /** Directory that everything in it lies in. */
  readonly root: string;
  /** Secrets that are still in it. It must not leave this machine unless there is none. */
  readonly leaks: readonly Leak[];
}

export interface BundleHooks {
  readonly signal: AbortSignal;
  /** Called before each part, for people who wait. */
  readonly onPart?: (what: string, done: number, total: number) => void;
  /** For tests: how secrets are taken out. */
  readonly redactor?: typeof redactor;
}

/** Parts under way at a time: most of them wait for a program. */
const AT_ONCE = 4;

/** Halvings of the logs until the archive fits. */
const ROUNDS = 16;

const encoder = new TextEncoder();

export async function makeBundle(scene: SupportScene, hooks: BundleHooks): Promise<Bundle> {
  const { host, options, project } = scene;
  const { signal } = hooks;
  const known = await knownSecrets(host, scene.engine, scene);
  const clean = (hooks.redactor ?? redactor)(known.secrets, known.names);
  const engine = await engineParts(scene, options.maxBytes, signal);
  const parts = [...await stackParts(scene), ...engine.parts, ...hostParts(scene)];
  const own = new Set(host.system.addresses());
  const inOwn = inNetworks(engine.networks);
  const people = pseudonyms((address) => own.has(address) || inOwn(address));
  const { files, missing } = await collectAll(
    parts,
    hooks,
    (part, content) => redacted(part, content, clean, options.keepAddresses ? undefined : people),
  );
  const at = host.clock.now();
  const facts = {
    version: VERSION,
    stack: clean.text(project).text,
    at,
    options: {
      since: options.since.toISOString(),
      lines: options.lines,
      max_size: options.maxBytes,
      logs: options.logs,
      addresses: options.keepAddresses ? "kept" as const : "replaced" as const,
    },
    searched: known.secrets.map(({ name }) => name),
    notSearched: clean.notSearched,
  };
  const root = safePath(clean.text(`rxdx-support-${project}-${compact(at)}`).text);
  const why = missing.map((each) => ({ ...each, why: clean.text(each.why).text }));
  let kept = files;
  for (let round = 0;; round++) {
    const manifest = manifestOf({ ...facts, pseudonyms: people.size }, kept, why);
    const archive = await packed(root, manifest, kept, at);
    if (archive.length <= options.maxBytes) {
      return {
        manifest,
        archive,
        root,
        leaks: await scanArchive(archive, known.secrets, known.names),
      };
    }
    if (round === ROUNDS || !kept.some(isLog)) throw tooLarge(archive.length, options.maxBytes);
    kept = round === ROUNDS - 1 ? kept.filter((each) => !isLog(each)) : kept.map(halved);
  }
}

function tooLarge(size: number, most: number): SetupError {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return new SetupError({
    code: "bundle_too_large",
    message: `Without any log the bundle has ${mib(size)}, more than ${mib(most)}. ` +
      "Nothing was written.",
    hint: `rxdx-setup support-bundle --max-size ${Math.ceil(size / 2 ** 20) + 1}m`,
    exit: EXIT.usage,
  });
}

/** `20260314T101500Z` */
export function compact(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, "");
}

function isLog(file: { readonly path: string }): boolean {
  return file.path.startsWith("logs/");
}

/** The newer half of a log. */
function halved(file: CollectedFile): CollectedFile {
  if (!isLog(file) || file.text === "") return file;
  const lines = file.text.split("\n").slice(0, -1);
  const newest = lines.slice(Math.ceil(lines.length / 2));
  const before = /of (\d+) lines/.exec(file.cut ?? "")?.[1] ?? lines.length;
  return {
    ...file,
    text: newest.map((line) => `${line}\n`).join(""),
    cut: `the newest ${newest.length} of ${before} lines, to stay below --max-size`,
  };
}

/** In an archive a name is a word for a file system: no colon, no bracket. */
function safePath(path: string): string {
  return path.replace(/[^A-Za-z0-9._/-]+/g, "_");
}

function redacted(
  part: Part,
  content: { readonly text: string; readonly cut?: string } | { readonly json: unknown },
  clean: Redactor,
  people: Pseudonyms | undefined,
): CollectedFile {
  const path = safePath(clean.text(part.path).text);
  const { what } = part;
  if ("json" in content) {
    const done = clean.json(content.json);
    const text = JSON.stringify(done.value, null, 2) + "\n";
    return { path, what: clean.text(what).text, text, redactions: done.count };
  }
  const done = clean.text(content.text);
  const text = isLog(part) && people !== undefined ? people.text(done.text) : done.text;
  return {
    path,
    what: clean.text(what).text,
    text,
    redactions: done.count,
    ...(content.cut === undefined ? {} : { cut: content.cut }),
  };
}

/** Redacts each part as it arrives: nothing else is kept. */
async function collectAll(
  parts: readonly Part[],
  hooks: BundleHooks,
  finish: (part: Part, content: Awaited<ReturnType<Part["collect"]>>) => CollectedFile,
): Promise<{ files: CollectedFile[]; missing: Missing[] }> {
  const results: (CollectedFile | Missing)[] = new Array(parts.length);
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let at = next++; at < parts.length; at = next++) {
      const part = parts[at];
      if (part === undefined) break;
      hooks.onPart?.(part.what, at, parts.length);
      try {
        results[at] = finish(part, await within(PART_MS, hooks.signal, part.collect));
      } catch (error) {
        hooks.signal.throwIfAborted();
        results[at] = { path: part.path, what: part.what, why: reasonOf(error) };
      }
    }
  }));
  return {
    files: results.filter((each): each is CollectedFile => "text" in each),
    missing: results.filter((each): each is Missing => "why" in each),
  };
}

async function packed(
  root: string,
  manifest: Manifest,
  files: readonly CollectedFile[],
  at: Date,
): Promise<Uint8Array<ArrayBuffer>> {
  const entry = (path: string, text: string): TarFile => ({
    path: `${root}/${path}`,
    bytes: encoder.encode(text),
  });
  return await gzip(writeTar([
    entry("manifest.json", JSON.stringify(manifest, null, 2) + "\n"),
    ...files.map(({ path, text }) => entry(path, text)),
  ], at));
}

/** @throws SetupError `bundle_not_clean` (exit 5): names the file and the secret, never its value */
export function needClean({ leaks, root }: Bundle): void {
  const [first] = leaks;
  if (first === undefined) return;
  const named = (path: string) => path.replace(`${root}/`, "");
  const logs = leaks.every(({ path }) => named(path).startsWith("logs/"));
  throw new SetupError({
    code: "bundle_not_clean",
    message: leaks.length === 1
      ? `${named(first.path)} still holds ${first.name}, in a form that was not recognised. ` +
        "Nothing was written."
      : "Secrets are still there, in forms that were not recognised. Nothing was written.\n" +
        leaks.map(({ path, name }) => `  ${named(path)}: ${name}`).join("\n"),
    hint: logs
      ? "rxdx-setup support-bundle --no-logs, or a later --since"
      : "Please report this: the file and the name of the secret are enough, never its value.",
    exit: EXIT.apply,
  });
}
