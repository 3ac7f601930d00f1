/** What every command about backups begins with: the stack, where its backups lie, and what runs of it. */
import { backupsAmong, recordFile } from "../../backup/names.ts";
import { type KnownBackup, parseRecord } from "../../backup/record.ts";
import type { ApiContainer } from "../../engine/api.ts";
import { Engine } from "../../engine/client.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { type ImagesLock, readLock } from "../../images/lock.ts";
import type { Install } from "../install.ts";
import type { Database } from "./session.ts";

/** A stack whose containers are looked for. */
export interface StackScene {
  readonly host: Host;
  readonly engine: Engine;
  readonly install: Pick<Install, "dir" | "answers">;
  /** What our services are called, in a stack that was made by hand. */
  readonly services?: Readonly<Record<string, string>>;
}

export interface BackupScene extends StackScene {
  readonly install: Install;
  /** Absolute path of `backups.directory`. */
  readonly directory: string;
  readonly lock: ImagesLock | undefined;
}

export function backupDirectory({ dir, answers }: Pick<Install, "dir" | "answers">): string {
  const path = answers.backups.directory.replace(/\/+$/, "");
  return path.startsWith("/") ? path : `${dir}/${path}`;
}

export async function backupScene(host: Host, install: Install): Promise<BackupScene> {
  return {
    host,
    engine: new Engine(host),
    install,
    directory: backupDirectory(install),
    lock: await readLock(host, install.dir),
  };
}

/** Finished backups of this stack, the newest first. */
export function knownBackups(
  host: Host,
  install: Pick<Install, "dir" | "answers">,
): Promise<KnownBackup[]> {
  return backupsIn(host, backupDirectory(install), install.answers.name);
}

/** @param stack of any when absent */
export async function backupsIn(
  host: Host,
  directory: string,
  stack?: string,
): Promise<KnownBackup[]> {
  const names = backupsAmong(await host.files.list(directory), stack);
  const found = await Promise.all(names.map(async (name): Promise<KnownBackup[]> => {
    const info = await host.files.stat(`${directory}/${name.file}`);
    if (info?.kind !== "file") return [];
    const record = parseRecord(
      await host.files.readText(`${directory}/${recordFile(name.file)}`).catch(() => undefined),
    );
    return [{ ...name, size: info.size, ...(record === undefined ? {} : { record }) }];
  }));
  return found.flat();
}

/** A container of a service; `running` ones first. */
export async function containerOf(
  { engine, install, services }: StackScene,
  service: string,
): Promise<ApiContainer | undefined> {
  const name = services?.[service] ?? service;
  const found = (await engine.containers(install.answers.name))
    .filter(({ Labels }) =>
      Labels["com.docker.compose.service"] === name &&
      Labels["com.docker.compose.oneoff"] !== "True"
    )
    .sort((a, b) => Number(b.State === "running") - Number(a.State === "running"));
  const [first] = found;
  return first === undefined ? undefined : await engine.container(first.Id);
}

export interface RunningDatabase extends Database {
  /** Content address of the image it runs on. */
  readonly image: string;
}

/** @throws SetupError `database_not_running` (exit 6) */
export async function needDatabase(scene: StackScene): Promise<RunningDatabase> {
  const container = await containerOf(scene, "postgres");
  const { user, name } = scene.install.answers.database;
  if (container?.State.Running === true) {
    return { container: container.Id, user, name, image: container.Image };
  }
  throw new SetupError({
    code: "database_not_running",
    message: "The database does not run, so that there is nothing to take a backup from.",
    hint: "rxdx-setup start; then run the same command again",
    exit: EXIT.unhealthy,
  });
}

/** The image that the database runs on, for a scratch container; of the lock when nothing runs. */
export async function databaseImage(scene: BackupScene): Promise<string> {
  const { engine, lock } = scene;
  const container = await containerOf(scene, "postgres");
  const locked = lock?.services["postgres"];
  for (const image of [locked?.id, container?.Image, locked?.image]) {
    if (image !== undefined && await engine.image(image) !== undefined) return image;
  }
  throw new SetupError({
    code: "image_not_found",
    message: "The image of the database is not on this machine.",
    hint: "rxdx-setup apply",
    exit: EXIT.prerequisite,
  });
}
