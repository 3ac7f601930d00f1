/** The steps of `backup verify`: restored into a scratch database, compared, written to, thrown away. */
import type { Key } from "../../backup/age.ts";
import type { Manifest } from "../../backup/manifest.ts";
import type { KnownBackup } from "../../backup/record.ts";
import { FIX_GRAPH_IDS } from "../../backup/sql.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import { applicationStep } from "./application.ts";
import { compareDatabase, writeToGraphs } from "./compare.ts";
import { feed } from "./feed.ts";
import { blameless, machineTrouble } from "./machine_trouble.ts";
import { Meter, sizeText } from "./meter.ts";
import { type ReadBackup, readBackup, type Receiver } from "./read.ts";
import { type BackupScene, databaseImage } from "./scene.ts";
import {
  MAINTENANCE,
  removeScratch,
  scratchContainer,
  scratchLeft,
  scratchName,
  startScratch,
} from "./scratch.ts";
import { inContainer, psql, Session } from "./session.ts";

/** What a restored database takes, measured against the one it was taken from; and room for its log. */
const RESTORED_SHARE = 1.1;
const LOG_BYTES = 2 * 2 ** 30;

export interface VerifyOptions {
  readonly backup: KnownBackup;
  readonly key: Key;
  /** Is given what was read, once it was read to its end. */
  readonly onRead?: (found: ReadBackup) => void;
  /** Is told when the application was ready on what was restored. */
  readonly onReady?: () => void;
}

export function verifySteps(scene: BackupScene, options: VerifyOptions): Step[] {
  const { backup, key, onRead = () => undefined, onReady = () => undefined } = options;
  const name = scratchName(scene);
  const path = `${scene.directory}/${backup.file}`;
  let manifest: Manifest | undefined;
  const known = (): Manifest => {
    if (manifest === undefined) throw new TypeError("nothing was restored");
    return manifest;
  };
  const never = () => Promise.resolve(false);
  const asked = (signal: AbortSignal, body: () => Promise<void>) =>
    blameless(scene, [scratchContainer(name)], signal, body);
  return [
    scratchSweepStep(scene),
    scratchSpaceStep(scene, backup),
    {
      id: "verify-scratch",
      title: "Start a scratch database on a network of its own",
      isDone: never,
      run: async (_report, signal) =>
        await startScratch(scene, name, await databaseImage(scene), signal),
      undo: () => removeScratch(scene),
    },
    {
      id: "verify-restore",
      title: `Restore ${backup.file} into it`,
      isDone: never,
      run: async (report, signal) => {
        const found = await restore(scene, name, { path, key, backup }, report, signal);
        manifest = found.manifest;
        onRead(found);
      },
    },
    {
      id: "verify-graphs",
      title: "Give the graphs their new object ids",
      isDone: () => Promise.resolve(manifest?.graphs.length === 0),
      run: (_report, signal) =>
        asked(signal, async () => {
          const session = new Session(scene.host, scratchDatabase(name, known()), signal);
          await session.run(FIX_GRAPH_IDS);
          await session.close();
        }),
    },
    {
      id: "verify-compare",
      title: "Compare every count and digest with the manifest, and write to every graph",
      check: true,
      isDone: never,
      run: async (report, signal) => {
        const restored = known();
        const options = {
          host: scene.host,
          database: scratchDatabase(name, restored),
          manifest: restored,
          failed: (why: string) => notProven(path, why),
          report,
          signal,
        };
        await asked(signal, async () => {
          await compareDatabase(options);
          await writeToGraphs(options, false);
        });
      },
    },
    applicationStep(scene, name, known, onReady),
    {
      id: "verify-remove",
      title: "Remove the scratch database",
      isDone: async () => nothingLeft(await scratchLeft(scene)),
      run: () => removeScratch(scene),
    },
  ];
}

function nothingLeft(left: Awaited<ReturnType<typeof scratchLeft>>): boolean {
  return left.containers.length + left.networks.length === 0;
}

/** What a command that was killed has left running. */
export function scratchSweepStep(scene: BackupScene): Step {
  return {
    id: "verify-sweep",
    title: "Remove what an interrupted verify left",
    isDone: async () => nothingLeft(await scratchLeft(scene)),
    run: () => removeScratch(scene),
  };
}

function scratchSpaceStep(scene: BackupScene, { record }: KnownBackup): Step {
  const needed = (record?.database_bytes ?? 0) * RESTORED_SHARE;
  const free = async () => {
    const { DockerRootDir } = await scene.engine.info();
    return { at: DockerRootDir, bytes: (await scene.host.files.space(DockerRootDir)).freeBytes };
  };
  return {
    id: "verify-space",
    title: "Check that there is room for it",
    check: true,
    isDone: async () => (await free()).bytes >= needed + Math.min(needed, LOG_BYTES),
    run: async () => {
      const { at, bytes } = await free();
      throw new SetupError({
        code: "disk_full",
        message: `${at} has ${sizeText(bytes)} free; the restored database takes about ${
          sizeText(needed + Math.min(needed, LOG_BYTES))
        }.`,
        hint: "rxdx-setup doctor --fix --prune; or verify a copy on another machine",
        exit: EXIT.prerequisite,
      });
    },
  };
}

function scratchDatabase(container: string, { database }: Manifest) {
  return { container, user: database.user, name: database.name };
}

export function notProven(path: string, why: string): SetupError {
  return new SetupError({
    code: "backup_not_proven",
    message: `${path} did not restore to what it was taken from:\n${why}`,
    hint: "rxdx-setup backup create; then rxdx-setup backup verify",
    exit: EXIT.unhealthy,
  });
}

async function restore(
  scene: BackupScene,
  container: string,
  { path, key, backup }: Pick<VerifyOptions, "key" | "backup"> & { readonly path: string },
  report: StepReport,
  signal: AbortSignal,
): Promise<ReadBackup> {
  const { host, install } = scene;
  const meter = new Meter(host, report);
  meter.what = "read";
  const { user } = install.answers.database;
  const program = (argv: readonly string[], accept: readonly number[]): Receiver =>
    feed(host, inContainer(container, argv), {
      signal,
      accept,
      failed: async (complaint, { code, stderr }) =>
        await machineTrouble(scene, [scratchContainer(container)], { said: stderr, code }) ??
          notProven(path, complaint || `the program ended with exit code ${code}`),
    });
  const restorer = [
    "pg_restore",
    "--create",
    "--clean",
    "--if-exists",
    "--exit-on-error",
    `--username=${user}`,
    `--dbname=${MAINTENANCE}`,
  ];
  return await readBackup(host, path, key, backup.record?.sha256, {
    signal,
    onBytes: (count) => meter.add(count),
    receiver: (member) => {
      if (member === "database.dump") return program(restorer, [0]);
      if (member !== "globals.sql") return undefined;
      // The owner is there already, which is said as an error and is none.
      const sql = psql({ user, name: MAINTENANCE })
        .filter((word) => word !== "--set=ON_ERROR_STOP=1");
      return program(sql, [0, 3]);
    },
  });
}
