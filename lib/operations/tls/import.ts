/**
 * A certificate that was made elsewhere: read in any of the usual forms, judged as browsers would, and
 * turned into a pair. Behind `tls import` and `tls.mode: files`.
 */
import type { Problem } from "../../errors.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import type { Secret } from "../../plan/secret.ts";
import { hstsFor } from "../../tls/hsts.ts";
import { lintPair } from "../../tls/lint.ts";
import { openWithOpenssl } from "../../tls/openssl_input.ts";
import { readPairInput } from "../../tls/pair_input.ts";
import type { Finding, InputFile, PairFiles, PairLint } from "../../tls/pair_types.ts";
import { type Pair, readLive, type Trust } from "../../tls/store.ts";
import { certifiableNames } from "../../plan/certifiable.ts";
import type { CertificatePlan } from "./scene.ts";

/** Paths, absolute or relative to the install directory. Empty: not given. */
export interface GivenPaths {
  readonly cert: string;
  readonly key: string;
  readonly chain: string;
}

async function readInput(host: Host, path: string): Promise<InputFile> {
  const bytes = await host.files.readBytes(path);
  if (bytes !== undefined) return { path, bytes };
  throw new SetupError({
    code: "file_not_found",
    message: `${path}: there is no such file.`,
    hint: "Check the path.",
    exit: EXIT.answers,
  });
}

/** @throws SetupError `file_not_found` (exit 3) */
export async function readGivenFiles(
  host: Host,
  paths: GivenPaths,
  passphrase?: Secret,
): Promise<PairFiles> {
  return {
    certificate: await readInput(host, paths.cert),
    ...(paths.key === "" ? {} : { key: await readInput(host, paths.key) }),
    ...(paths.chain === "" ? {} : { chain: await readInput(host, paths.chain) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/** True when the files can only be opened with a passphrase, and none was given. */
export function wantsPassphrase(files: PairFiles): boolean {
  if (files.passphrase !== undefined) return false;
  const { problems, external } = readPairInput(files);
  return external !== undefined || problems.some((each) => each.code === "key_encrypted");
}

/** The names that a certificate made elsewhere must cover: all that others can use. */
export function namesToCover(plan: CertificatePlan): readonly string[] {
  const names = certifiableNames(plan.answers);
  return names.length > 0 ? names : plan.names.server;
}

/** Reads and judges; what only `openssl` can open it opens. */
export async function judgeFiles(
  host: Host,
  plan: CertificatePlan,
  files: PairFiles,
): Promise<PairLint> {
  let reading = readPairInput(files);
  if (reading.external !== undefined && files.passphrase !== undefined) {
    reading = readPairInput(await openWithOpenssl(host, files, reading.external));
  }
  const roots = await host.net.trustedRoots();
  const input = { ...reading, names: namesToCover(plan), now: host.clock.now() };
  const everybody = lintPair({ ...input, roots: roots.everybody });
  if (everybody.info?.trust === "trusted") return everybody;
  // A company's own authority is known to this machine, not to the world.
  const here = lintPair({ ...input, roots: [...roots.everybody, ...roots.machine] });
  return here.info?.trust === "trusted"
    ? { ...here, info: { ...here.info, trust: "private" } }
    : everybody;
}

function trustOf({ info }: PairLint): Trust {
  if (info?.trust === "trusted") return "everybody";
  return info?.trust === "self_signed" ? "nobody" : "some";
}

/** The pair that a judgement without problems gives. */
export function pairOf(host: Host, plan: CertificatePlan, lint: PairLint): Pair | undefined {
  const { chainPem, keyPem } = lint;
  if (chainPem === undefined || keyPem === undefined || lint.problems.length > 0) return undefined;
  const trust = trustOf(lint);
  return {
    certificate: chainPem,
    key: keyPem.reveal(),
    hsts: hstsFor(plan.answers.tls.hsts, trust),
    meta: { schema: 1, source: "imported", trust, at: host.clock.now().toISOString() },
  };
}

/** A finding as a problem of the configuration. */
export function problemOf(finding: Finding, key: string, value?: string): Problem {
  return {
    key,
    ...(value === undefined ? {} : { value }),
    rule: `${finding.message} ${finding.rule}`.trim(),
    example: finding.remedy,
  };
}

const FIELD_KEYS = { certificate: "cert", key: "key", chain: "chain" } as const;

/** A path of `rxdx.yml`: what is relative is so to the install directory. */
function placed(dir: string, path: string): string {
  return path === "" || path.startsWith("/") ? path : `${dir}/${path}`;
}

export function configuredPaths({ dir, answers }: CertificatePlan): GivenPaths {
  const { cert, key, chain } = answers.tls;
  return { cert: placed(dir, cert), key: placed(dir, key), chain: placed(dir, chain) };
}

/** What is wrong with the certificate that `tls.mode: files` names, before anything is changed. */
export async function fileProblems(host: Host, plan: CertificatePlan): Promise<Problem[]> {
  if (plan.answers.tls.mode !== "files") return [];
  const paths = configuredPaths(plan);
  if (paths.cert === "" || paths.key === "") return await importedProblems(host, plan);
  const found: Problem[] = [];
  for (const [key, path] of Object.entries(paths)) {
    if (path !== "" && await host.files.stat(path) === undefined) {
      found.push({
        key: `tls.${key}`,
        value: path,
        rule: "must be a file that is there; empty keeps the certificate that was imported",
        example: "/root/cert.pem",
      });
    }
  }
  if (found.length > 0) return found;
  const lint = await judgeFiles(host, plan, await readGivenFiles(host, paths));
  return lint.problems.map((each) => {
    const key = FIELD_KEYS[each.field];
    return problemOf(each, `tls.${key}`, paths[key]);
  });
}

async function importedProblems(host: Host, plan: CertificatePlan): Promise<Problem[]> {
  const live = await readLive(host, plan.dir);
  if (live !== undefined && live.meta?.source !== "self-signed") return [];
  return [{
    key: "tls.cert",
    value: "",
    rule: "must be given, or a certificate be imported first: rxdx-setup tls import",
    example: "/root/cert.pem",
  }];
}
