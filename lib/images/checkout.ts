/**
 * An RxDx checkout that images are built from: a directory of the operator's, or a clone of ours. Which
 * state it is in is told by git where git knows it, else by the files themselves.
 */
import type { Answers } from "../answers/schema.ts";
import type { Problem } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { sha256 } from "../steps/receipt.ts";
import type { LookedAt } from "./archive.ts";
import type { CheckoutOrigin, ImageOrigin } from "./origin.ts";

/** Milliseconds for a server to name its branches. */
const REMOTE_MS = 20_000;

/** What makes a directory an RxDx checkout, as far as our Dockerfiles are concerned. */
const NEEDED = [
  "backend/pyproject.toml",
  "backend/app",
  "frontend/package.json",
] as const;

/** Made by tools beside the sources, and left out of the build as well. */
const LEFT_OUT = [
  "node_modules",
  ".git",
  ".venv",
  "dist",
  "__pycache__",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  "coverage",
  "htmlcov",
  "logs",
  "uploads",
];

/** Where a clone of ours lies. */
export function clonePath(dir: string): string {
  return `${dir}/source`;
}

export const GIT_ENV = {
  // Nobody is there to type a password; a key or a credential helper answers, or nothing.
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
} as const;

function failed(problem: Problem): LookedAt<CheckoutOrigin> {
  return { ok: false, problems: [problem] };
}

/**
 * @param known the checkout that the running images were built from: a branch that has moved since
 *   does not change what is installed, only another `images.ref` does
 */
export async function lookAtCheckout(
  host: Host,
  dir: string,
  images: Answers["images"],
  known: KnownCheckout | undefined,
): Promise<LookedAt<CheckoutOrigin>> {
  return images.path === ""
    ? await lookAtRemote(host, dir, images, known?.clone)
    : await lookAtDirectory(host, images.path, known?.origin);
}

/** What `images.lock` knows of the checkout that the images were built from. */
export interface KnownCheckout {
  readonly origin?: ImageOrigin | undefined;
  readonly clone?: KnownClone | undefined;
}

async function lookAtDirectory(
  host: Host,
  path: string,
  known: ImageOrigin | undefined,
): Promise<LookedAt<CheckoutOrigin>> {
  const problem = (rule: string) =>
    failed({ key: "images.path", value: path, rule, example: "/srv/RxDx" });
  if (!path.startsWith("/")) return problem("must be an absolute path");
  const info = await host.files.stat(path);
  // What was built from it is here; a stack must start without the sources as well.
  if (info === undefined && known?.kind === "build" && known.dir === path) {
    return { ok: true, origin: known };
  }
  if (info?.kind !== "directory") return problem("must be a directory that is there");
  const missing: string[] = [];
  for (const name of NEEDED) {
    if (await host.files.stat(`${path}/${name}`) === undefined) missing.push(name);
  }
  if (missing.length > 0) {
    return problem(`must be an RxDx checkout; it has no ${missing.join(", no ")}`);
  }
  const git = await askGit(host, path, ["rev-parse", "HEAD"]);
  const commit = git?.trim() ?? "";
  const status = commit === ""
    ? ""
    : await askGit(host, path, ["status", "--porcelain", "--", "backend", "frontend"]) ?? "";
  return {
    ok: true,
    origin: {
      kind: "build",
      dir: path,
      revisions: {
        backend: await filesRevision(host, path, "backend"),
        frontend: await filesRevision(host, path, "frontend"),
      },
      commit,
      dirty: status.trim() !== "",
    },
  };
}

/** Standard output of git in a directory; `undefined` when git or a repository is not there. */
async function askGit(
  host: Host,
  path: string,
  words: readonly string[],
): Promise<string | undefined> {
  // Somebody else's checkout, looked at by root, is fine: nothing of it is run.
  const found = await host.process.run(
    ["git", "-c", `safe.directory=${path}`, "-C", path, ...words],
    { env: GIT_ENV },
  );
  return found.code === 0 ? found.stdout : undefined;
}

/** A hash over every file that a build may take, names and contents. */
async function filesRevision(host: Host, path: string, part: string): Promise<string> {
  const found = await host.process.run([
    "find",
    part,
    ...["(", ...LEFT_OUT.flatMap((name) => ["-name", name, "-o"]), "-name", ".env*", ")"],
    "-prune",
    "-o",
    "-type",
    "f",
    "-exec",
    "sha256sum",
    "{}",
    "+",
  ], { cwd: path });
  return sha256(found.stdout.split("\n").sort().join("\n"));
}

/** What `images.lock` knows of an earlier clone. */
export interface KnownClone {
  readonly git: string;
  readonly ref: string;
  readonly commit: string;
}

async function lookAtRemote(
  host: Host,
  dir: string,
  { git, ref }: Answers["images"],
  known: KnownClone | undefined,
): Promise<LookedAt<CheckoutOrigin>> {
  const origin = (commit: string): LookedAt<CheckoutOrigin> => ({
    ok: true,
    origin: {
      kind: "build",
      dir: clonePath(dir),
      revisions: { backend: commit, frontend: commit },
      commit,
      dirty: false,
    },
  });
  if (known !== undefined && known.git === git && known.ref === ref) return origin(known.commit);
  if (/^[0-9a-f]{40}$/.test(ref)) return origin(ref);
  const found = await host.process.run(
    ["git", "ls-remote", "--exit-code", git, ...(ref === "" ? ["HEAD"] : [ref, `${ref}^{}`])],
    { timeoutMs: REMOTE_MS, env: GIT_ENV },
  );
  if (found.code === 127) {
    return failed({
      key: "images.git",
      value: git,
      rule: "needs git, which is not on this machine",
      example: "apt-get install git",
    });
  }
  // `--exit-code`: 2 when the server answered and has no such ref.
  if (found.code === 2) {
    return failed({
      key: "images.ref",
      value: ref,
      rule: "must be a branch, a tag or a full commit id of that repository",
      example: "v1.2.0",
    });
  }
  if (found.code !== 0) {
    const reason = found.stderr.trim().split("\n")
      .find((line) => /^(fatal|error|ssh):/.test(line)) ?? "it does not answer";
    return failed({
      key: "images.git",
      value: git,
      rule: `must be a repository that can be read: ${reason}`,
      example: "https://git.example.com/rxdx.git",
    });
  }
  // An annotated tag is named twice; the peeled line is the commit.
  const lines = found.stdout.trim().split("\n").map((line) => line.split(/\s+/));
  const [commit = ""] = lines.find(([, name]) => name?.endsWith("^{}") === true) ??
    lines.find(([, name]) => name?.startsWith("refs/tags/") === true) ?? lines[0] ?? [];
  return origin(commit);
}
