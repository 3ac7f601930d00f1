/** Where the content of a backup comes from: the database, its roles, the uploads, the configuration. */
import { uploadsVolumeOf } from "../../plan/plan.ts";
import { APPLICATION } from "../../backup/sql.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { FileInfo } from "../../host/types.ts";
import { begunByLine } from "../../steps/begun_by_line.ts";
import { type BackupScene, containerOf, type RunningDatabase, type StackScene } from "./scene.ts";
import { inContainer } from "./session.ts";

/** Label of every container, network and volume that only helps a command; its value is the stack. */
export const SCRATCH_LABEL = "rxdx-setup.scratch";

/** A program's output as a stream that fails when the program does. */
export async function* outputOf(
  scene: Pick<BackupScene, "host">,
  argv: readonly string[],
  signal: AbortSignal,
  options: {
    readonly what: string;
    readonly accept?: readonly number[];
    /** What it is fed with. */
    readonly input?: string;
  },
): AsyncGenerator<Uint8Array> {
  const process = scene.host.process.pipe(argv, { signal });
  let whole = false;
  try {
    // Not awaited: it may write before it has read all of it.
    const fed = (async () => {
      if (options.input !== undefined) await process.write(options.input);
      await process.end();
    })();
    fed.catch(() => undefined);
    yield* process.output;
    const { code, stderr } = await process.ended();
    whole = true;
    signal.throwIfAborted();
    if (code === 0 || options.accept?.includes(code) === true) return;
    throw new SetupError({
      code: "backup_source_failed",
      message: `${options.what} could not be read (exit code ${code}): ${
        stderr.trim().split("\n").slice(-4).join("\n")
      }`,
      hint: "rxdx-setup logs --tail 50 postgres; then run the same command again",
      exit: EXIT.apply,
    });
  } finally {
    if (!whole) process.kill();
  }
}

/**
 * Fastest level of zstd: a third of the time of gzip and smaller (docs/adr/0021). A PostgreSQL that was
 * built without it says so at once.
 */
export async function dumpCompression(
  { engine }: BackupScene,
  { container, user, name }: RunningDatabase,
): Promise<string> {
  const { code } = await engine.exec(container, [
    "pg_dump",
    "--format=custom",
    "--compress=zstd:1",
    "--schema-only",
    "--exclude-schema=*",
    "--no-sync",
    "--file=/dev/null",
    `--username=${user}`,
    `--dbname=${name}`,
  ], { timeoutMs: 60_000 });
  return code === 0 ? "zstd:1" : "gzip:1";
}

export function dumpCommand(
  { container, user, name }: RunningDatabase,
  snapshot: string,
  compression: string,
): string[] {
  return inContainer(container, [
    "pg_dump",
    "--format=custom",
    `--compress=${compression}`,
    `--snapshot=${snapshot}`,
    "--lock-wait-timeout=60s",
    `--username=${user}`,
    `--dbname=dbname=${name} application_name=${APPLICATION}`,
  ]);
}

/**
 * Ends a dump and its count whose reader is gone: Docker lets a program in a container go on when its client
 * dies, and reads on behalf of nobody. Its caller holds the lock, so that it can be no other's.
 */
export async function endLostDumps(
  { engine }: BackupScene,
  { container, user, name }: RunningDatabase,
): Promise<void> {
  await engine.exec(container, [
    "psql",
    "--no-psqlrc",
    "--quiet",
    `--username=${user}`,
    `--dbname=${name}`,
    "--command=SELECT pg_terminate_backend(pid) FROM pg_stat_activity " +
    `WHERE application_name = '${APPLICATION}'`,
  ]);
}

export function globalsCommand({ container, user, name }: RunningDatabase): string[] {
  return inContainer(container, [
    "pg_dumpall",
    "--globals-only",
    `--username=${user}`,
    `--database=${name}`,
  ]);
}

/**
 * Begins the command line of a container that sees one volume and nothing else, not even a network: it works
 * while the backend is stopped, and whatever the owner of a file is.
 *
 * @param source as `mountOf` says it
 * @param where `/from,readonly`: where it is in the container
 */
function volumeHelper(
  { install }: Pick<StackScene, "install">,
  source: string,
  where: string,
  capabilities: readonly string[],
): string[] {
  return [
    "docker",
    "run",
    "--rm",
    `--label=${SCRATCH_LABEL}=${install.answers.name}`,
    "--pull=never",
    "--network=none",
    // The daemon would write all that passes into its log.
    "--log-driver=none",
    "--read-only",
    "--cap-drop=ALL",
    ...capabilities.map((each) => `--cap-add=${each}`),
    "--security-opt=no-new-privileges",
    "--user=0:0",
    "--memory=128m",
    `--mount=${source},target=${where}`,
  ];
}

/** The same for the uploads; `undefined` where the stack has no place for them. */
export async function uploadsHelper(
  scene: StackScene,
  where: string,
  capabilities: readonly string[],
): Promise<string[] | undefined> {
  const source = await mountOf(scene, "/app/uploads", uploadsVolumeOf(scene.install.answers));
  return source === undefined ? undefined : volumeHelper(scene, source, where, capabilities);
}

/** Begins the names of what a restore has in the uploads directory while it is under way. */
export const RESTORE_ENTRIES = ".rxdx-restore-";

/** The uploads as a tar archive. */
export async function uploadsCommand(
  scene: BackupScene,
  image: string,
): Promise<string[] | undefined> {
  const source = await mountOf(scene, "/app/uploads", uploadsVolumeOf(scene.install.answers));
  return source === undefined ? undefined : readVolume(scene, image, source, "tar", [
    "--directory=/from",
    "--create",
    "--file=-",
    "--numeric-owner",
    "--anchored",
    `--exclude=./${RESTORE_ENTRIES}*`,
    ".",
  ]);
}

/**
 * A program that only reads what is mounted at `/from`. It may be fed, with `BEGIN` of `begun_by_line.ts` before
 * all else.
 */
export function readVolume(
  scene: BackupScene,
  image: string,
  source: string,
  program: string,
  words: readonly string[],
): string[] {
  return [
    ...volumeHelper(scene, source, "/from,readonly", ["DAC_READ_SEARCH"]),
    "--interactive",
    "--entrypoint=sh",
    image,
    ...begunByLine([program, ...words]),
  ];
}

/**
 * What the backend has mounted there, for `--mount`; where it has no container, the volume of that name.
 *
 * @param name of the volume: {@link uploadsVolumeOf}
 */
export async function mountOf(
  scene: StackScene,
  destination: string,
  name: string,
): Promise<string | undefined> {
  const backend = await containerOf(scene, "backend");
  const mount = backend?.Mounts?.find((each) => each.Destination === destination);
  if (mount?.Type === "bind") return `type=bind,source=${mount.Source}`;
  const volume = mount?.Type === "volume"
    ? mount.Name
    : (await scene.engine.volumes()).find(({ Name }) => Name === name)?.Name;
  return volume === undefined ? undefined : `type=volume,source=${volume}`;
}

export interface ConfigurationFile {
  /** Relative to the install directory. */
  readonly path: string;
  readonly info: FileInfo;
  /** Of a symbolic link. */
  readonly link?: string;
}

/**
 * What is made and not rendered, and cannot be made again. `.rxdx/backup.key` is not among it, nor
 * `.rxdx/rotation.json`, which may hold that key.
 */
const KEPT = [
  "rxdx.yml",
  ".env",
  "docker-compose.override.yml",
  ".rxdx/receipt.json",
  ".rxdx/images.lock",
  ".rxdx/alerts.json",
  ".rxdx/secrets.json",
  ".rxdx/audit.jsonl",
  ".rxdx/audit.head",
];
const KEPT_TREES = [
  "nginx/ssl",
  ".rxdx/tls",
  ".rxdx/rendered",
  ".rxdx/before",
  "postgres/init",
];

/** Files of the install, by path. */
export async function configurationFiles(scene: BackupScene): Promise<ConfigurationFile[]> {
  const { files } = scene.host;
  const { dir, receipt } = scene.install;
  const found = new Map<string, ConfigurationFile>();
  const take = async (path: string, depth = 0): Promise<void> => {
    const info = await files.stat(`${dir}/${path}`);
    if (info?.kind === "file") found.set(path, { path, info });
    else if (info?.kind === "symlink") {
      const link = await files.readLink(`${dir}/${path}`);
      if (link !== undefined) found.set(path, { path, info, link });
    } else if (info?.kind === "directory" && depth < 8) {
      for (const name of await files.list(`${dir}/${path}`)) {
        await take(`${path}/${name}`, depth + 1);
      }
    }
  };
  for (const path of [...KEPT, ...KEPT_TREES]) await take(path);
  for (const { path } of receipt?.files ?? []) await take(path);
  return [...found.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}
