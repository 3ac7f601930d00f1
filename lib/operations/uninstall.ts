/**
 * Removing a stack: exactly what was created, and nothing else. Data stay, and with them the
 * secrets without which they could not be read, unless they are to go too.
 */
import { auditPath, headPath } from "../audit/store.ts";
import { RESTORE_STATE } from "../backup/restore_state.ts";
import { Engine } from "../engine/client.ts";
import type { Answers } from "../answers/schema.ts";
import type { Host } from "../host/types.ts";
import { datesPath, pendingPath } from "./rotate/pending.ts";
import { clonePath, GIT_ENV } from "../images/checkout.ts";
import { BASES } from "../images/demo.ts";
import { installedBy, unscheduleStep } from "../schedule/steps.ts";
import { mustRun } from "../steps/command.ts";
import { readLive, storedPaths } from "../tls/store.ts";
import { type ReceiptFile, sha256 } from "../steps/receipt.ts";
import type { Step } from "../steps/step.ts";
import { directoriesOf } from "../steps/write_files.ts";
import { removeAlertState } from "../notify/store.ts";
import { jobName } from "../schedule/job.ts";
import { removeContainers } from "./containers.ts";
import { FIXED_DIRECTORIES } from "./directories.ts";
import type { Install } from "./install.ts";
import { serverKeyPath } from "./backup/keys.ts";
import { keyStays } from "./uninstall_key.ts";
import { MAINTENANCE_FILES } from "./maintenance.ts";
import { prepareApply } from "./prepare.ts";
import { timerJobs } from "./timers.ts";
import { keptNames } from "./upgrade/kept_names.ts";

export interface UninstallOptions {
  /** Remove volumes, secrets and configuration too. */
  readonly purge: boolean;
}

/** What belongs to the data: without these the database volume could not be opened again. */
const WITH_DATA = new Set([".env", "rxdx.yml"]);

export interface UninstallPlan {
  /** Files that go, relative to the install directory. */
  readonly files: readonly string[];
  /** Files that stay although we wrote them: they belong to the data, or were edited by hand. */
  readonly kept: readonly string[];
  readonly volumes: readonly string[];
  readonly containers: readonly string[];
  readonly images: readonly string[];
  /** Names of the timers that there are: for the certificate, for alerts. */
  readonly timers: readonly string[];
  /** The clone of ours that images were built from, when nothing in it was edited. */
  readonly clone: string | undefined;
  /** True where the key that opens this server's backups stays, though the data go. */
  readonly keepsKey: boolean;
}

/** Looks at what is there; changes nothing. */
export async function planUninstall(
  host: Host,
  install: Install,
  options: UninstallOptions,
): Promise<UninstallPlan> {
  const { dir, receipt, answers } = install;
  const engine = new Engine(host);
  const running = await engine.ping();
  const files: string[] = [];
  const kept: string[] = [];
  // A certificate that somebody issued, and its key, belong to the data too.
  const issued = ((await readLive(host, dir))?.meta?.source ?? "self-signed") !== "self-signed";
  const stored = await storedPaths(host, dir);
  for (const { path, sha256: hash } of await ownFiles(host, install)) {
    if (stored.includes(path)) continue;
    const text = await host.files.readText(`${dir}/${path}`);
    if (text === undefined) continue;
    const edited = sha256(text) !== hash;
    const keep = !options.purge && (WITH_DATA.has(path) || edited);
    (keep ? kept : files).push(path);
  }
  const present: string[] = [];
  (options.purge || !issued ? files : kept).push(...stored);
  if (running) {
    const foreign = (await engine.containers()).filter((each) =>
      each.Labels["com.docker.compose.project"] !== answers.name
    );
    const shared = foreign.some((each) => each.Image.startsWith("rxdx-demo/"));
    const used = new Set(foreign.map((each) => each.ImageID));
    const bases = Object.values(BASES).map((base) => base.tag);
    for (const image of receipt?.images ?? []) {
      // No container runs a base image itself, so Docker would not refuse to remove it under a
      // stack that will want to build on it again.
      if (shared && bases.includes(image)) continue;
      // Nor does it refuse to take one of several names from an image that is in use.
      const found = await engine.image(image);
      if (found !== undefined && !used.has(found.Id)) present.push(image);
    }
    // Second names of images that an upgrade has kept.
    for (const image of keptNames(answers.name)) {
      if (await engine.image(image) !== undefined) present.push(image);
    }
  }
  const timers: string[] = [];
  for (const job of timerJobs(answers.name)) {
    if (await installedBy(host, job) !== undefined) timers.push(jobName(job));
  }
  return {
    timers,
    clone: await cleanClone(host, dir),
    keepsKey: options.purge && await keyStays(host, install),
    files,
    kept,
    images: present,
    volumes: running && options.purge ? await dataVolumes(engine, answers) : [],
    containers: running
      ? (await engine.containers(answers.name)).map((each) => each.Names[0]?.slice(1) ?? each.Id)
      : [],
  };
}

/** Work that somebody did in our clone is theirs, and stays. */
async function cleanClone(host: Host, dir: string): Promise<string | undefined> {
  const path = clonePath(dir);
  if (await host.files.stat(`${path}/.git`) === undefined) return undefined;
  const status = await host.process.run(["git", "-C", path, "status", "--porcelain"], {
    env: GIT_ENV,
  });
  return status.code === 0 && status.stdout.trim() === "" ? path : undefined;
}

/** By label, those of both environments; and those that were taken over, whoever made them. */
async function dataVolumes(engine: Engine, { name, volumes }: Answers): Promise<string[]> {
  const own = (await engine.volumes(name)).map((volume) => volume.Name);
  const taken = Object.values(volumes).filter((each) => each !== "" && !own.includes(each));
  if (taken.length === 0) return own;
  const there = new Set((await engine.volumes()).map((volume) => volume.Name));
  return [...own, ...taken.filter((each) => there.has(each))];
}

/**
 * The files that are ours: those of the receipt; without one, after a first run that did not come
 * to its end or an uninstall that kept the data, those that are as they would be written. What
 * belongs to the data is always ours.
 */
async function ownFiles(host: Host, install: Install): Promise<readonly ReceiptFile[]> {
  const listed = install.receipt?.files ?? await renderedFiles(host, install);
  const known = new Set(listed.map((file) => file.path));
  const withData: ReceiptFile[] = [];
  for (const path of WITH_DATA) {
    const text = await host.files.readText(`${install.dir}/${path}`);
    if (!known.has(path) && text !== undefined) withData.push({ path, sha256: sha256(text) });
  }
  return [...listed, ...withData];
}

/** Made by a step rather than rendered; recognised by their names. */
const MADE = ["nginx/ssl/cert.pem", "nginx/ssl/key.pem"];

async function renderedFiles(host: Host, install: Install): Promise<ReceiptFile[]> {
  const found: ReceiptFile[] = [];
  // A configuration that cannot be planned any more must not keep anybody from removing the stack.
  const prepared = await prepareApply(host, install).catch(() => undefined);
  for (const file of prepared?.files ?? []) {
    const text = await host.files.readText(`${install.dir}/${file.path}`);
    if (text === file.text) found.push({ path: file.path, sha256: sha256(text) });
  }
  for (const path of MADE) {
    const text = await host.files.readText(`${install.dir}/${path}`);
    if (text !== undefined) found.push({ path, sha256: sha256(text), made: true });
  }
  return found;
}

export function uninstallSteps(
  host: Host,
  install: Install,
  plan: UninstallPlan,
  options: UninstallOptions,
): Step[] {
  const { dir, answers, receipt } = install;
  const engine = new Engine(host);
  return [
    // First: a timer must not start anything on a stack that is going away.
    ...timerJobs(answers.name).map((job) => unscheduleStep(host, job)),
    {
      id: "down",
      title: options.purge
        ? "Remove containers, networks and volumes"
        : "Remove containers and networks",
      isDone: async () =>
        (await engine.containers(answers.name)).length === 0 &&
        (await engine.networks(answers.name)).length === 0 &&
        (!options.purge || (await dataVolumes(engine, answers)).length === 0),
      run: async (report, signal) => {
        await removeContainers({ host, engine, project: answers.name }, report, signal);
        if (!options.purge) return;
        for (const volume of await dataVolumes(engine, answers)) {
          report.detail(`volume ${volume}`);
          await mustRun(host, ["docker", "volume", "rm", volume], { signal });
        }
      },
    },
    {
      id: "remove-images",
      title: "Remove the images that were built here",
      isDone: async () => {
        for (const image of plan.images) if (await engine.image(image) !== undefined) return false;
        return true;
      },
      run: async (report, signal) => {
        for (const image of plan.images) {
          // Another install on this machine may run the same image; Docker then refuses, rightly.
          const result = await host.process.run(["docker", "image", "rm", image], { signal });
          report.detail(result.code === 0 ? image : `${image} is in use elsewhere and stays`);
        }
      },
    },
    {
      id: "remove-files",
      title: options.purge ? "Remove all files" : "Remove files, keep configuration and secrets",
      isDone: async () => {
        for (const path of plan.files) {
          if (await host.files.stat(`${dir}/${path}`) !== undefined) return false;
        }
        return plan.clone === undefined || await host.files.stat(plan.clone) === undefined;
      },
      run: async (report) => {
        for (const path of plan.files) {
          report.detail(path);
          await host.files.remove(`${dir}/${path}`);
        }
        if (plan.clone !== undefined) {
          report.detail(plan.clone);
          await host.files.remove(plan.clone, { recursive: true });
        }
        for (const path of MAINTENANCE_FILES) await host.files.remove(`${dir}/${path}`);
        await removeEmpty(host, dir, [
          ...receipt?.directories ?? [],
          ...directoriesOf(plan.files),
          ...FIXED_DIRECTORIES,
        ]);
      },
    },
  ];
}

/** Directories we made, deepest first; one that holds something else stays. */
async function removeEmpty(host: Host, dir: string, directories: readonly string[]) {
  for (const path of [...new Set(directories)].sort().reverse()) {
    const full = `${dir}/${path}`;
    if (await host.files.stat(full) === undefined) continue;
    if ((await host.files.list(full)).length === 0) await host.files.remove(full);
  }
}

/**
 * Names below `.rxdx` of the record of changes, of what a restore that did not end has left in the volumes,
 * and of what belongs to the secrets: an unfinished rotation may hold the only password that the data take.
 */
const RECORD: ReadonlySet<string> = new Set(
  [auditPath(""), headPath(""), `/${RESTORE_STATE}`, pendingPath(""), datesPath("")]
    .map((path) => path.replace("/.rxdx/", "")),
);

/** After the run, with the lock released: the journal, and what is empty now. */
export async function removeState(
  host: Host,
  dir: string,
  options: UninstallOptions & Pick<UninstallPlan, "keepsKey">,
): Promise<{ readonly leftBehind: readonly string[] }> {
  const state = `${dir}/.rxdx`;
  await removeAlertState(host, dir);
  // Hand edits that were kept aside are the operator's work, and the account at a certificate
  // authority with its record of orders counts for the next install too: they go with the data only.
  // And so is what servers before this one have written down.
  const withData = new Set(["replaced", "tls", "before"]);
  for (const name of await host.files.list(state)) {
    const path = `${state}/${name}`;
    // So do the record of what was done to these data, and their secrets.
    const keep = path === serverKeyPath(dir)
      ? !options.purge || options.keepsKey
      : !options.purge &&
        (RECORD.has(name) || withData.has(name) && (await host.files.list(path)).length > 0);
    if (!keep) await host.files.remove(path, { recursive: true });
  }
  if ((await host.files.list(state)).length === 0) await host.files.remove(state);
  const leftBehind = await host.files.list(dir);
  if (leftBehind.length === 0) await host.files.remove(dir);
  return { leftBehind };
}
