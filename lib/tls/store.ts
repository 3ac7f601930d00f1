/**
 * Where certificates lie. A certificate and its key are two files that must never disagree, so a pair lies
 * in a directory of its own, complete before anything points to it, and one symbolic link decides which
 * pair is in use: replacing it is one rename, which either happened or did not (docs/adr/0014).
 *
 *     nginx/ssl/cert.pem -> live/cert.pem       the names that everybody knows
 *     nginx/ssl/key.pem  -> live/key.pem
 *     nginx/ssl/live     -> pairs/3f9c2b7a51d0e846
 *     nginx/ssl/previous -> pairs/…             the one before, for undo
 *     nginx/ssl/pairs/3f9c2b7a51d0e846/{cert.pem,key.pem,hsts.map,meta.json}
 */
import type { Host } from "../host/types.ts";
import { type CertificateInfo, keyMatches, readCertificate } from "./certificate.ts";

/** User and group nginx runs as: the only one who may read a key. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export type Trust = "everybody" | "some" | "nobody";

/** How a pair came about. */
export interface PairMeta {
  readonly schema: 1;
  readonly source: "self-signed" | "acme" | "imported";
  /** Whose browsers trust it: those of a public CA, of a private one, nobody's. */
  readonly trust: Trust;
  /** ISO 8601. */
  readonly at: string;
  /** acme: URL of the directory and profile it was ordered with. */
  readonly directory?: string;
  readonly profile?: string;
}

export interface Pair {
  /** The chain, the leaf first. */
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
  /** Value of Strict-Transport-Security while this pair is served; empty for none. */
  readonly hsts: string;
  readonly meta: PairMeta;
}

/** The pair in use, as nginx would read it at a start. */
export interface LivePair {
  /** Name of its directory; `undefined` for two plain files, as versions before 0.2 and people put them. */
  readonly id: string | undefined;
  readonly certificate: string;
  readonly key: string;
  readonly hsts: string;
  readonly meta: PairMeta | undefined;
}

export function sslPath(dir: string): string {
  return `${dir}/nginx/ssl`;
}

export function certificatePath(dir: string): string {
  return `${sslPath(dir)}/cert.pem`;
}

export function keyPath(dir: string): string {
  return `${sslPath(dir)}/key.pem`;
}

function pairPath(dir: string, id: string): string {
  return `${sslPath(dir)}/pairs/${id}`;
}

/** The beginning of the certificate's fingerprint: the same certificate is the same pair. */
function pairId(certificate: string): string {
  const { fingerprint = "" } = readCertificate(certificate) ?? {};
  return fingerprint.replaceAll(":", "").slice(0, 16).toLowerCase();
}

/** nginx reads it inside `map $scheme $hsts`. */
function hstsMap(value: string): string {
  return value === "" ? "# none with this certificate\n" : `https "${value}";\n`;
}

function hstsValue(map: string | undefined): string {
  return /^https "([^"]*)";$/m.exec(map ?? "")?.[1] ?? "";
}

function readMeta(text: string | undefined): PairMeta | undefined {
  try {
    const value = JSON.parse(text ?? "") as PairMeta;
    return value.schema === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

const LINKS = [
  ["key.pem", "live/key.pem"],
  ["cert.pem", "live/cert.pem"],
] as const;

async function areLinked(host: Host, dir: string): Promise<boolean> {
  for (const [name, target] of LINKS) {
    if (await host.files.readLink(`${sslPath(dir)}/${name}`).catch(() => undefined) !== target) {
      return false;
    }
  }
  return true;
}

function idOf(target: string | undefined): string | undefined {
  return /^pairs\/([0-9a-f]{16})$/.exec(target ?? "")?.[1];
}

/** `undefined` without a certificate and a key. */
export async function readLive(host: Host, dir: string): Promise<LivePair | undefined> {
  const [certificate, key] = await Promise.all([
    host.files.readText(certificatePath(dir)),
    host.files.readText(keyPath(dir)),
  ]);
  if (certificate === undefined || key === undefined) return undefined;
  const id = await areLinked(host, dir)
    ? idOf(await host.files.readLink(`${sslPath(dir)}/live`))
    : undefined;
  const beside = async (name: string) =>
    id === undefined ? undefined : await host.files.readText(`${pairPath(dir, id)}/${name}`);
  return {
    id,
    certificate,
    key,
    hsts: hstsValue(await beside("hsts.map")),
    meta: readMeta(await beside("meta.json")),
  };
}

/** Name of the pair before; `undefined` when there is none. */
export async function previousId(host: Host, dir: string): Promise<string | undefined> {
  return idOf(await host.files.readLink(`${sslPath(dir)}/previous`).catch(() => undefined));
}

/** The pair before; `undefined` when there is none. */
export async function readPrevious(host: Host, dir: string): Promise<LivePair | undefined> {
  const id = await previousId(host, dir);
  return id === undefined ? undefined : await readPair(host, dir, id);
}

export async function readPair(host: Host, dir: string, id: string): Promise<LivePair | undefined> {
  const at = pairPath(dir, id);
  const [certificate, key, hsts, meta] = await Promise.all(
    ["cert.pem", "key.pem", "hsts.map", "meta.json"].map((name) =>
      host.files.readText(`${at}/${name}`)
    ),
  );
  if (certificate === undefined || key === undefined) return undefined;
  return { id, certificate, key, hsts: hstsValue(hsts), meta: readMeta(meta) };
}

/** True when nginx, who is not root, can read the key and nobody else can. */
export async function isReadableByNginx(host: Host, dir: string, owner: Owner): Promise<boolean> {
  const live = idOf(await host.files.readLink(`${sslPath(dir)}/live`).catch(() => undefined));
  const linked = live !== undefined && await areLinked(host, dir);
  const info = await host.files.stat(linked ? `${pairPath(dir, live)}/key.pem` : keyPath(dir));
  return info?.uid === owner.uid && info.mode === 0o600;
}

/** Lays a pair down completely, without anything pointing to it. Returns its id. */
export async function stagePair(
  host: Host,
  dir: string,
  pair: Pair,
  owner: Owner,
): Promise<string> {
  const id = pairId(pair.certificate);
  if (id === "" || !keyMatches(pair.certificate, pair.key)) {
    throw new TypeError("a pair whose key is not that of its certificate");
  }
  const at = pairPath(dir, id);
  await host.files.mkdir(sslPath(dir), 0o755);
  await host.files.mkdir(`${sslPath(dir)}/pairs`, 0o755);
  await host.files.mkdir(at, 0o755);
  await host.files.writeAtomic(`${at}/key.pem`, pair.key, { mode: 0o600, owner });
  await host.files.writeAtomic(`${at}/hsts.map`, hstsMap(pair.hsts), { mode: 0o644 });
  await host.files.writeAtomic(`${at}/meta.json`, JSON.stringify(pair.meta, null, 2) + "\n", {
    mode: 0o644,
  });
  await host.files.writeAtomic(`${at}/cert.pem`, pair.certificate, { mode: 0o644 });
  return id;
}

/** Writes what belongs to the present pair beside it, where that has changed. */
export async function writeHsts(host: Host, dir: string, id: string, value: string): Promise<void> {
  await host.files.writeAtomic(`${pairPath(dir, id)}/hsts.map`, hstsMap(value), { mode: 0o644 });
}

/** Makes a staged pair the one in use. At no moment do key and certificate disagree. */
export async function switchTo(host: Host, dir: string, id: string, owner: Owner): Promise<void> {
  const ssl = sslPath(dir);
  await adoptPlainFiles(host, dir, owner);
  // On a new install both names lead nowhere until the one link makes them true at once.
  const isNew = await readLive(host, dir) === undefined;
  if (isNew) await linkNames(host, dir);
  const before = idOf(await host.files.readLink(`${ssl}/live`).catch(() => undefined));
  if (before !== undefined && before !== id) {
    await host.files.linkAtomic(`pairs/${before}`, `${ssl}/previous`);
  }
  if (before !== id) await host.files.linkAtomic(`pairs/${id}`, `${ssl}/live`);
  if (!isNew && !await areLinked(host, dir)) await linkNames(host, dir);
}

async function linkNames(host: Host, dir: string): Promise<void> {
  for (const [name, target] of LINKS) {
    await host.files.linkAtomic(target, `${sslPath(dir)}/${name}`);
  }
}

/** Two plain files that fit become a pair of their own first, so that there is a way back to them. */
async function adoptPlainFiles(host: Host, dir: string, owner: Owner): Promise<void> {
  if (await areLinked(host, dir)) return;
  const present = await readLive(host, dir);
  if (present === undefined || !keyMatches(present.certificate, present.key)) return;
  const { selfSigned = false } = readCertificate(present.certificate) ?? {};
  const id = await stagePair(host, dir, {
    ...present,
    meta: {
      schema: 1,
      source: selfSigned ? "self-signed" : "imported",
      trust: selfSigned ? "nobody" : "some",
      at: host.clock.now().toISOString(),
    },
  }, owner);
  await host.files.linkAtomic(`pairs/${id}`, `${sslPath(dir)}/live`);
  await linkNames(host, dir);
}

/** Removes pairs that are neither in use nor the one before. */
export async function prunePairs(host: Host, dir: string): Promise<void> {
  const ssl = sslPath(dir);
  const keep = new Set<string | undefined>();
  for (const link of ["live", "previous"]) {
    keep.add(idOf(await host.files.readLink(`${ssl}/${link}`).catch(() => undefined)));
  }
  for (const name of await host.files.list(`${ssl}/pairs`)) {
    if (!keep.has(name)) await host.files.remove(`${ssl}/pairs/${name}`, { recursive: true });
  }
}

/** Every file and link that lies there by our hand, relative to the install directory. */
export async function storedPaths(host: Host, dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of ["cert.pem", "key.pem", "live", "previous"]) {
    const info = await host.files.stat(`${sslPath(dir)}/${name}`);
    if (info?.kind === "symlink") found.push(`nginx/ssl/${name}`);
  }
  for (const id of await host.files.list(`${sslPath(dir)}/pairs`)) {
    for (const name of await host.files.list(pairPath(dir, id))) {
      found.push(`nginx/ssl/pairs/${id}/${name}`);
    }
  }
  return found;
}

/** What can be read of the pair in use. */
export function infoOf(
  pair: Pick<LivePair, "certificate"> | undefined,
): CertificateInfo | undefined {
  return pair === undefined ? undefined : readCertificate(pair.certificate);
}
