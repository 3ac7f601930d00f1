/**
 * `deno task release`: everything that a release publishes, in one directory: archives, the stamped
 * install.sh, the changelog, the bill of materials, checksums, signature. An entry of its own, as
 * build.ts is; docs/guide/releases.md is about how it is used.
 *
 * Options: `--output DIR` (dist/release); `--program TRIPLE=FILE` once for each machine type (default:
 * dist/rxdx-setup for this one); `--tag vV`, refused unless it is the version; `--notes FILE`, where the
 * section of the changelog goes, for what will be published: refused where anything of publishable.ts is
 * missing; `--version V`, for tests of updates; `--sbom FILE`, only that.
 * The secret key comes in `RXDX_SIGNING_KEY`, or in the file that `RXDX_SIGNING_KEY_FILE` names.
 */
import { parseArgs } from "node:util";
import config from "../../deno.json" with { type: "json" };
import { SetupError } from "../errors.ts";
import { theHost } from "../host/real.ts";
import type { Host } from "../host/types.ts";
import { changelogEntry } from "../release/changelog.ts";
import {
  archiveName,
  CHANGELOG,
  INSTALLER,
  PROGRAM,
  renderSums,
  sbomName,
  SIGNATURE,
  SUMS,
  trustedComment,
} from "../release/files.ts";
import { verifySignature } from "../release/minisign.ts";
import { RELEASE_KEYS, RELEASE_URL } from "../release/origin.ts";
import { parseSecretKey, publicKeyOf, type SecretKey, sign } from "../release/signing.ts";
import { materials } from "./materials.ts";
import { obstacles } from "./publishable.ts";
import { type Arch, archFrom, targetTriple } from "./runtime.ts";
import { stamped } from "./stamp.ts";
import { failure, must, read } from "./workshop.ts";

interface Release {
  readonly host: Host;
  /** The source tree. */
  readonly root: string;
  readonly version: string;
  readonly output: string;
  /** Seconds since 1970: the time of everything in the archives. */
  readonly time: number;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The commit's time, so that the same commit gives the same bytes. */
async function commitTime(host: Host, root: string): Promise<number> {
  const given = host.env["SOURCE_DATE_EPOCH"] ?? "";
  if (/^\d+$/.test(given)) return Number(given);
  const said = await host.process.run(["git", "-C", root, "log", "-1", "--format=%ct"]);
  return said.code === 0 ? Number(said.stdout.trim()) : 0;
}

/** What of a machine type goes into an archive, under names that no version changes. */
async function makeArchive(release: Release, arch: Arch, program: string): Promise<string> {
  const { host, root, version, output, time } = release;
  const name = archiveName(version, targetTriple(arch));
  const stage = `${output}/.stage`;
  await host.files.mkdir(stage, 0o755);
  try {
    const license = `${root}/LICENSE`;
    await must(host, ["install", "-m", "755", "--", program, `${stage}/${PROGRAM}`]);
    await must(host, ["install", "-m", "644", "--", license, `${root}/${CHANGELOG}`, stage]);
    await must(host, [
      "tar",
      "--create",
      "--format=ustar",
      "--sort=name",
      `--mtime=@${time}`,
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      `--directory=${stage}`,
      // The portable form is compressed already.
      "--use-compress-program=gzip -n -1",
      `--file=${output}/${name}`,
      "--",
      CHANGELOG,
      "LICENSE",
      PROGRAM,
    ]);
  } finally {
    await host.files.remove(stage, { recursive: true });
  }
  return name;
}

/** Says of a program for this machine whether it is the version that will be published. */
async function checkProgram(host: Host, version: string, program: string): Promise<void> {
  const { stdout } = await must(host, [program, "--version"]);
  if (stdout !== `rxdx-setup ${version}\n`) {
    throw failure(`${program} says ${JSON.stringify(stdout.trim())} instead of ${version}`);
  }
}

async function secretKey(host: Host): Promise<SecretKey> {
  const file = host.env["RXDX_SIGNING_KEY_FILE"] ?? "";
  const text = file === ""
    ? host.env["RXDX_SIGNING_KEY"] ?? ""
    : await host.files.readText(file) ?? "";
  if (text === "") {
    throw failure("There is no key to sign with: RXDX_SIGNING_KEY is empty.", "minisign -G -W");
  }
  return parseSecretKey(text);
}

/** The section of the changelog, of a version that may be published. */
async function notes({ host, root, version }: Release, secret: SecretKey): Promise<string> {
  const changelog = await host.files.readText(`${root}/${CHANGELOG}`) ?? "";
  const found = obstacles({
    version,
    changelog,
    installer: await host.files.readText(`${root}/${INSTALLER}`) ?? "",
    signer: publicKeyOf(secret),
    url: RELEASE_URL,
    keys: RELEASE_KEYS,
  });
  if (found.length > 0) {
    throw failure(`${version} cannot be published.\n  ${found.join("\n  ")}`);
  }
  return `${changelogEntry(changelog, version)?.text ?? ""}\n`;
}

/** Programs by machine type, each named once. */
function programsOf(host: Host, root: string, given: readonly string[]): Map<Arch, string> {
  const programs = new Map<Arch, string>();
  for (const each of given) {
    const [, triple = "", file = ""] = /^([^=]+)=(.+)$/.exec(each) ?? [];
    const arch = archFrom(triple.split("-")[0] ?? "");
    if (arch === undefined || triple !== targetTriple(arch) || programs.has(arch)) {
      throw failure(`--program ${each}`, "--program x86_64-unknown-linux-gnu=FILE");
    }
    programs.set(arch, file);
  }
  const own = archFrom(host.system.arch);
  if (programs.size === 0 && own !== undefined) programs.set(own, `${root}/dist/${PROGRAM}`);
  return programs;
}

async function publish(
  release: Release,
  programs: ReadonlyMap<Arch, string>,
  secret: SecretKey,
): Promise<string> {
  const { host, root, version, output } = release;
  await host.files.remove(output, { recursive: true });
  await host.files.mkdir(output, 0o755);
  const sums = new Map<string, string>();
  const add = async (name: string, data?: string) => {
    if (data !== undefined) {
      await host.files.writeAtomic(`${output}/${name}`, data, { mode: 0o644 });
    }
    sums.set(name, await sha256(await read(host, `${output}/${name}`)));
  };
  const pins: Partial<Record<Arch, string>> = {};
  for (const [arch, program] of programs) {
    if (arch === host.system.arch) await checkProgram(host, version, program);
    const name = await makeArchive(release, arch, program);
    await add(name);
    const sum = sums.get(name);
    if (sum !== undefined) pins[arch] = sum;
  }
  const text = async (path: string) => new TextDecoder().decode(await read(host, path));
  await add(INSTALLER, stamped(await text(`${root}/${INSTALLER}`), version, pins));
  await add(CHANGELOG, await text(`${root}/${CHANGELOG}`));
  await add(sbomName(version), await materials(host, root, version, release.time));
  const bytes = new TextEncoder().encode(renderSums(sums));
  const signature = await sign(secret, bytes, trustedComment(version));
  // What cannot be verified with the public half would be refused by everybody.
  await verifySignature(publicKeyOf(secret), signature, bytes);
  await host.files.writeAtomic(`${output}/${SUMS}`, bytes, { mode: 0o644 });
  await host.files.writeAtomic(`${output}/${SIGNATURE}`, signature, { mode: 0o644 });
  return `${output}: ${[...sums.keys(), SUMS, SIGNATURE].join(", ")}\n` +
    `signed, to be verified with ${publicKeyOf(secret)}\n`;
}

async function run(host: Host, args: readonly string[]): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: "string" },
      program: { type: "string", multiple: true },
      version: { type: "string" },
      tag: { type: "string" },
      notes: { type: "string" },
      sbom: { type: "string" },
    },
  });
  const root = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
  const cwd = await host.files.readLink("/proc/self/cwd") ?? root;
  const absolute = (path: string) => path.startsWith("/") ? path : `${cwd}/${path}`;
  const version = values.version ?? config.version;
  if (values.tag !== undefined && values.tag !== `v${version}`) {
    throw failure(
      `The tag is ${values.tag}, but this is version ${version}: it must be v${version}.`,
    );
  }
  const time = await commitTime(host, root);
  if (values.sbom !== undefined) {
    const document = await materials(host, root, version, time);
    await host.files.writeAtomic(absolute(values.sbom), document, { mode: 0o644 });
    return `${absolute(values.sbom)}\n`;
  }
  const output = absolute(values.output ?? `${root}/dist/release`);
  const release = { host, root, version, output, time };
  const secret = await secretKey(host);
  if (values.notes !== undefined) {
    const text = await notes(release, secret);
    await host.files.writeAtomic(absolute(values.notes), text, { mode: 0o644 });
  }
  const programs = programsOf(
    host,
    root,
    (values.program ?? []).map((each) => {
      const [triple = "", file = ""] = each.split(/=(.*)/s);
      return `${triple}=${absolute(file)}`;
    }),
  );
  return await publish(release, programs, secret);
}

if (import.meta.main) {
  const host = theHost();
  try {
    host.terminal.out(await run(host, Deno.args));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    host.terminal.err(
      `release: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`,
    );
    Deno.exit(error.exit);
  }
}
