/** An upgrade as a value: from what, to what, by which changes, with what needs. Changes nothing. */
import { Engine } from "../../engine/client.ts";
import { type Service, SERVICES } from "../../engine/compose.ts";
import { isNewer } from "../../doctor/updates.ts";
import type { Host } from "../../host/types.ts";
import type { CloneAt } from "../../images/look.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { type BackupScene, backupScene } from "../backup/scene.ts";
import { versionNote } from "../change_notes.ts";
import { type Changes, findChanges } from "../changes.ts";
import { imagesAtRegistry } from "../doctor/update_check.ts";
import type { Install } from "../install.ts";
import type { Prepared } from "../prepare.ts";
import { type Needs, needsOf, type NeedsOptions } from "./needs.ts";
import {
  prepareTarget,
  type Running,
  runningVersion,
  wantedSettings,
  withSettings,
} from "./target.ts";

export interface Upgrade {
  readonly host: Host;
  readonly engine: Engine;
  readonly running: Running;
  readonly prepared: Prepared;
  readonly changes: Changes;
  /** As it would be begun now. */
  readonly record: UpgradeRecord;
  /** Services whose name stays and whose content at the registry is another. */
  readonly moved: readonly Service[];
  /** What could not be found out. */
  readonly unknown: readonly string[];
  /** Services that are replaced. */
  readonly replaced: readonly string[];
  readonly scene: BackupScene;
  readonly needs: Needs;
  readonly needsOptions: NeedsOptions;
}

export interface UpgradeRequest {
  readonly install: Install;
  /** Tag, ref or file; `undefined`: the newest of what rxdx.yml says. */
  readonly to: string | undefined;
  /** A verified bundle instead, whatever the source of the images was. */
  readonly bundle?: string | undefined;
  /** Resolves a path that was typed. */
  readonly absolute: (path: string) => string;
  /** The upgrade that is to be gone on with. */
  readonly pending?: UpgradeRecord | undefined;
}

export async function planUpgrade(host: Host, request: UpgradeRequest): Promise<Upgrade> {
  const { pending } = request;
  const engine = new Engine(host);
  const running = pending === undefined
    ? await runningVersion(host, engine, request.install)
    : await runningBefore(host, request.install, pending);
  const { images } = request.install.answers;
  const settings = pending?.to.settings ??
    (request.bundle === undefined
      ? wantedSettings(images, request.to, request.absolute)
      : { ...images, source: "archive", file: request.bundle });
  const install = withSettings(request.install, settings);
  const clone: CloneAt = pending?.to.commit === undefined
    ? "newest"
    : { commit: pending.to.commit };
  const { prepared, version } = await prepareTarget(host, install, clone);
  // A certificate that is due is ordered by `apply` and the timer.
  const found = await findChanges(host, prepared);
  const advice = await versionNote(host, prepared.plan);
  const changes = {
    ...found,
    order: undefined,
    notes: found.notes.filter((each) => each !== advice),
  };
  const asked = await imagesAtRegistry(engine, request.install, running.lock, SERVICES);
  const moved = SERVICES.filter((service) =>
    running.version.images[service]?.image === prepared.plan.images[service] &&
    asked.some((each) => each.service === service && isNewer(each))
  );
  const replaced = [
    ...new Set([
      ...changes.services.filter(({ action }) => action === "recreate")
        .map(({ service }) => service),
      ...moved,
    ]),
  ];
  const touchesData = pending?.touches_data ??
    ["backend", "postgres"].some((service) => replaced.includes(service));
  const scene = await backupScene(host, running.install);
  const fetched = SERVICES.filter((service) =>
    moved.includes(service) || changes.images.includes(prepared.plan.images[service])
  );
  const needsOptions: NeedsOptions = {
    host,
    engine,
    scene,
    plan: prepared.plan,
    running: running.version,
    fetched,
    touchesData,
    replaced,
  };
  return {
    host,
    engine,
    running,
    prepared,
    changes,
    moved,
    replaced,
    scene,
    needsOptions,
    needs: await needsOf(needsOptions),
    unknown: asked.flatMap(({ image, now }) =>
      "failure" in now ? [`${image}: ${now.failure}`] : []
    ),
    record: pending ?? {
      schema: 1,
      started_at: host.clock.now().toISOString(),
      phase: "preparing",
      from: running.version,
      to: version,
      touches_data: touchesData,
    },
  };
}

/** What ran before an upgrade that is under way: the lock may speak of the new version already. */
async function runningBefore(
  host: Host,
  install: Install,
  pending: UpgradeRecord,
): Promise<Running> {
  const services = Object.fromEntries(
    Object.entries(pending.from.images).map(([service, at]) => [service, { ...at, digests: [] }]),
  );
  const { readLock } = await import("../../images/lock.ts");
  const lock = await readLock(host, install.dir);
  return {
    install,
    lock: { schema: 1, ...lock, services },
    version: pending.from,
    configuration: install.configuration,
  };
}

/** True when there is nothing that an upgrade would change; a service that is down is no version. */
export function isUpToDate({ replaced, changes }: Pick<Upgrade, "replaced" | "changes">): boolean {
  return replaced.length === 0 && changes.files.length === 0 && changes.images.length === 0;
}
