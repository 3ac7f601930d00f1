/** The steps of `backup verify`: restored into a scratch database, compared, written to, thrown away. */
import type { Key } from "../../backup/age.ts";
import { differences, type Manifest } from "../../backup/manifest.ts";
import type { KnownBackup } from "../../backup/record.ts";
import { FIX_GRAPH_IDS, SESSION_SETTINGS, writeProof, WRONG_IDS } from "../../backup/sql.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import { applicationStep } from "./application.ts";
import { Meter, sizeText } from "./meter.ts";
import { readBackup, type Receiver } from "./read.ts";
import { type BackupScene, databaseImage } from "./scene.ts";
import { MAINTENANCE, removeScratch, scratchLeft, scratchName, startScratch } from "./scratch.ts";
import { inContainer, psql, Session } from "./session.ts";
import { sumDatabase } from "./sums.ts";

/** What a restored database takes, measured against the one it was taken from; and room for its log. */
const RESTORED_SHARE = 1.1;
const LOG_BYTES = 2 * 2 ** 30;

export interface VerifyOptions {
  readonly backup: KnownBackup;
  readonly key: Key;
}

export function verifySteps(scene: BackupScene, options: VerifyOptions): Step[] {
  const { backup, key } = options;
  const name = scratchName(scene);
  const path = `${scene.directory}/${backup.file}`;
  let manifest: Manifest | undefined;
  const known = (): Manifest => {
    if (manifest === undefined) throw new TypeError("nothing was restored");
    return manifest;
  };
  const never = () => Promise.resolve(false);
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
        manifest = await restore(scene, name, { path, key, backup }, report, signal);
      },
    },
    {
      id: "verify-graphs",
      title: "Give the graphs their new object ids",
      isDone: () => Promise.resolve(manifest?.graphs.length === 0),
      run: async (_report, signal) => {
        const session = new Session(scene.host, scratchDatabase(name, known()), signal);
        await session.run(FIX_GRAPH_IDS);
        await session.close();
      },
    },
    {
      id: "verify-compare",
      title: "Compare every count and digest with the manifest, and write to every graph",
      check: true,
      isDone: never,
      run: (report, signal) => compare(scene, name, known(), path, report, signal),
    },
    applicationStep(scene, name, known),
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
        hint: "rxdx-setup doctor --fix; or verify a copy on another machine",
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
): Promise<Manifest> {
  const { host, install } = scene;
  const meter = new Meter(host, report);
  meter.what = "read";
  const { user } = install.answers.database;
  const program = (argv: readonly string[], accept: readonly number[]): Receiver => {
    const process = host.process.pipe(inContainer(container, argv), { signal });
    // Read at once: a program that complains must not wait for who feeds it.
    const output = (async () => {
      for await (const _ of process.output) { /* says nothing of interest */ }
    })();
    return {
      write: (bytes) => process.write(bytes),
      end: async () => {
        await process.end();
        await output;
        const { code, stderr } = await process.ended();
        signal.throwIfAborted();
        if (accept.includes(code)) return;
        throw notProven(path, stderr.trim().split("\n").slice(-6).join("\n"));
      },
    };
  };
  const restorer = [
    "pg_restore",
    "--create",
    "--clean",
    "--if-exists",
    "--exit-on-error",
    `--username=${user}`,
    `--dbname=${MAINTENANCE}`,
  ];
  const { manifest } = await readBackup(host, path, key, backup.record?.sha256, {
    signal,
    onBytes: (count) => meter.add(count),
    receiver: (member) => {
      if (member === "database.dump") return program(restorer, [0]);
      if (member !== "globals.sql") return undefined;
      // The owner is there already, which is said as an error and is none.
      const sql = psql({ container, user, name: MAINTENANCE })
        .filter((word) => word !== "--set=ON_ERROR_STOP=1");
      return program(sql, [0, 3]);
    },
  });
  return manifest;
}

async function compare(
  scene: BackupScene,
  container: string,
  manifest: Manifest,
  path: string,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const database = scratchDatabase(container, manifest);
  const look = async () => {
    const session = new Session(scene.host, database, signal);
    await session.run(SESSION_SETTINGS);
    const sums = await sumDatabase(session, (table) => report.detail(table));
    await session.close();
    return sums;
  };
  const wrong = differences(manifest, await look());
  if (wrong.length > 0) throw notProven(path, wrong.slice(0, 20).join("\n"));
  const session = new Session(scene.host, database, signal);
  await session.run(SESSION_SETTINGS);
  if (manifest.graphs.length > 0) {
    const [ids] = await session.rows<{ count: number }>(WRONG_IDS);
    if (ids?.count !== 0) throw notProven(path, `${ids?.count} graphs have a wrong object id`);
  }
  for (const { graph } of manifest.graphs) {
    report.detail(`writing to graph ${graph}`);
    await session.run(writeProof(graph));
  }
  await session.close();
  const after = differences(
    { ...manifest, tables: [], sequences: [] },
    { ...await look(), tables: [], sequences: [] },
  );
  if (after.length > 0) throw notProven(path, after.join("\n"));
}
