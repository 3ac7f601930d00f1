/**
 * The sources of apt that an engine is installed from. A source that apt cannot read makes every later
 * `apt-get update` of the whole machine fail, so that each is asked for before it is written, and taken
 * away again where apt does not accept it. Called by install_steps.ts.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Facts } from "../plan/facts.ts";
import { debianMirror } from "./mirror.ts";
import {
  DEBIAN_SUITE,
  type InstallRoute,
  pinFile,
  sourceFile,
  vendorRepository,
} from "./requirements.ts";

const VENDOR_KEY = "/etc/apt/keyrings/docker.asc";
const VENDOR_SOURCE = "/etc/apt/sources.list.d/docker.sources";
const SUITE_SOURCE = "/etc/apt/sources.list.d/rxdx-setup-docker.sources";
const SUITE_PIN = "/etc/apt/preferences.d/rxdx-setup-docker";
const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** First line of a source of ours: the vendor's own instructions use the same name of file. */
const MARK = "# Written by rxdx-setup\n";

/** Seconds a reachable vendor repository takes at most to begin an answer. */
const CONNECT_SECONDS = "5";
/** curl's exit code for an answer of 400 or above. */
const CURL_HTTP_ERROR = 22;

/** Why the vendor's packages are not taken; for people, the beginning of a sentence. */
export type VendorMissing = { readonly reason: string };

/**
 * Makes the vendor's repository a source of apt, where it serves this release.
 *
 * @returns `undefined` when it is one now; nothing was written otherwise
 */
export async function addVendorSource(
  host: Host,
  { os }: Facts,
  route: InstallRoute,
  detail: (text: string) => void,
  signal: AbortSignal,
): Promise<VendorMissing | undefined> {
  if (await host.files.readText(VENDOR_SOURCE) !== undefined) {
    // Whoever wrote it has decided where Docker comes from.
    detail(`${VENDOR_SOURCE} is there already and stays as it is`);
    return undefined;
  }
  const repository = vendorRepository(route);
  detail(`asking ${repository}`);
  const silent = { reason: "The vendor's repository does not answer" };
  const key = await fetched(host, `${repository}/gpg`, signal);
  if (key.code !== 0 || !key.stdout.includes("BEGIN PGP PUBLIC KEY BLOCK")) return silent;
  const none = {
    reason: `The vendor's repository has no packages for ${os.codename || os.name}`,
  };
  if (os.codename === "") return none;
  const release = await fetched(host, `${repository}/dists/${os.codename}/Release`, signal);
  if (release.code === CURL_HTTP_ERROR) return none;
  if (release.code !== 0 || !/^(?:Suite|Codename):/m.test(release.stdout)) return silent;
  await host.files.mkdir("/etc/apt/keyrings", 0o755);
  await host.files.writeAtomic(VENDOR_KEY, key.stdout, { mode: 0o644 });
  const source = sourceFile({
    uri: repository,
    suite: os.codename,
    components: "stable",
    signedBy: VENDOR_KEY,
  });
  await host.files.writeAtomic(VENDOR_SOURCE, MARK + source, { mode: 0o644 });
  return undefined;
}

async function fetched(host: Host, url: string, signal: AbortSignal) {
  const answer = await host.process.run([
    "curl",
    "--proto",
    "=https",
    "--tlsv1.2",
    "--fail",
    "--silent",
    "--show-error",
    "--location",
    "--connect-timeout",
    CONNECT_SECONDS,
    url,
  ], { signal, timeoutMs: 30_000 });
  signal.throwIfAborted();
  return answer;
}

/** Makes the suite of Debian whose engine is recent enough a source of apt, and pins it down. */
export async function addDebianSuite(host: Host): Promise<void> {
  const uri = await debianMirror(host);
  if (uri === undefined) {
    throw new SetupError({
      code: "no_apt_mirror",
      message:
        "No Debian mirror is named in /etc/apt/sources.list or sources.list.d/debian.sources.",
      hint: "Name one there, run apt-get update, then run the same command again.",
      exit: EXIT.prerequisite,
    });
  }
  const source = sourceFile({
    uri,
    suite: DEBIAN_SUITE,
    components: "main",
    signedBy: DEBIAN_KEYRING,
  });
  // The pin first: a source without its pin would offer the newer suite to the whole machine.
  await host.files.writeAtomic(SUITE_PIN, pinFile(), { mode: 0o644 });
  await host.files.writeAtomic(SUITE_SOURCE, source, { mode: 0o644 });
}

/**
 * Takes away what this program has written, also in a run that was killed: the sources first, so that
 * the newer suite is at no time without its pin. What somebody else wrote stays.
 */
export async function removeOwnSources(host: Host): Promise<void> {
  const { files } = host;
  if ((await files.readText(VENDOR_SOURCE))?.startsWith(MARK) === true) {
    await files.remove(VENDOR_SOURCE);
  }
  for (const path of [SUITE_SOURCE, SUITE_PIN]) {
    if (await files.stat(path) !== undefined) await files.remove(path);
  }
}
