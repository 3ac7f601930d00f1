/** What an apply would do: the value behind `plan`, the review and `--json`. Changes nothing. */
import { Engine } from "../engine/client.ts";
import type { Host } from "../host/types.ts";
import { changesOf, type FileChange } from "../render/diff.ts";
import { belongsToDeveloper, readPresent } from "../steps/write_files.ts";
import { readWritten } from "../steps/written.ts";
import { definedHashes, type ServiceChange, serviceChanges } from "./hashes.ts";
import type { Prepared } from "./prepare.ts";
import { SERVICES } from "../engine/compose.ts";

export interface Changes {
  readonly files: readonly FileChange[];
  readonly services: readonly ServiceChange[];
  /** Images that are not on this machine yet. */
  readonly images: readonly string[];
  /** True when nginx will be told to read its configuration again, without a restart. */
  readonly reload: boolean;
}

/** True when an apply would do nothing. */
export function isEmpty(changes: Changes): boolean {
  return changes.files.length === 0 && changes.services.length === 0 &&
    changes.images.length === 0 && !changes.reload;
}

/** Files that containers read from their mount: a change of them alone makes no new container. */
const NGINX_FILES = /^nginx\/nginx(\.prod)?\.conf$/;

/**
 * @param presentHashes answer of Compose for the files as they are, when it was asked beforehand:
 *   it takes longer than everything else, so `plan` asks while the machine is being measured
 */
export async function findChanges(
  host: Host,
  prepared: Prepared,
  presentHashes?: Promise<Map<string, string> | undefined>,
): Promise<Changes> {
  const { plan, files } = prepared;
  const present = await readPresent(host, plan.dir, files.map((file) => file.path));
  const written = await readWritten(host, plan.dir);
  const ours = files.filter((file) =>
    !belongsToDeveloper(file, present.get(file.path), prepared.install?.receipt, written)
  );
  const fileChanges = changesOf(ours, present);
  const engine = new Engine(host);
  // Without an install there is nothing to compare with, and nothing may be written yet.
  if (plan.facts.engine.state !== "running" || prepared.install === undefined) {
    return {
      files: fileChanges,
      services: SERVICES.map((service) => ({
        service,
        action: "create",
        reason: "does not exist",
      })),
      images: [...new Set(Object.values(plan.images))],
      reload: false,
    };
  }
  const hashes = await plannedHashes(host, prepared, fileChanges, presentHashes);
  const names = [...new Set(Object.values(plan.images))];
  const [services, found] = await Promise.all([
    serviceChanges({ engine, plan, hashes }),
    Promise.all(names.map((name) => engine.image(name))),
  ]);
  const images = names.filter((_, index) => found[index] === undefined);
  const configuration = plan.answers.environment === "development"
    ? "nginx/nginx.conf"
    : "nginx/nginx.prod.conf";
  return {
    files: fileChanges,
    services,
    images,
    reload:
      fileChanges.some((file) => NGINX_FILES.test(file.path) && file.path === configuration) &&
      !services.some((each) => each.service === "nginx"),
  };
}

/** Hashes of the definitions as they will be; the unwritten files stand in a private directory. */
async function plannedHashes(
  host: Host,
  prepared: Prepared,
  changes: readonly FileChange[],
  presentHashes: Promise<Map<string, string> | undefined> | undefined,
): Promise<Map<string, string>> {
  const { plan, files } = prepared;
  const concerned = new Set([".env", ...plan.composeFiles]);
  if (!changes.some((change) => concerned.has(change.path))) {
    return await presentHashes ?? await definedHashes(host, plan.dir);
  }
  // Inside the install, where nobody else may look and the next run sweeps what a kill left.
  const shelf = `${plan.dir}/.rxdx/tmp`;
  await host.files.remove(shelf, { recursive: true });
  const tag = [...host.random.bytes(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const scratch = `${shelf}/plan-${tag}`;
  await host.files.mkdir(scratch, 0o700);
  try {
    for (const file of files) {
      if (!concerned.has(file.path)) continue;
      await host.files.writeAtomic(`${scratch}/${file.path}`, file.text, { mode: 0o600 });
    }
    const paths = plan.composeFiles.map((name) =>
      files.some((file) => file.path === name) ? `${scratch}/${name}` : `${plan.dir}/${name}`
    );
    return await definedHashes(host, plan.dir, paths);
  } finally {
    await host.files.remove(scratch, { recursive: true });
  }
}
