/** What an apply would do: the value behind `plan`, the review and `--json`. Changes nothing. */
import { Engine } from "../engine/client.ts";
import { SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { changesOf, type FileChange } from "../render/diff.ts";
import { effectiveText, type RenderedFile } from "../render/file.ts";
import { belongsToDeveloper, readPresent } from "../steps/write_files.ts";
import { readWritten } from "../steps/written.ts";
import { definedHashes, type ServiceChange, serviceChanges } from "./hashes.ts";
import type { Prepared } from "./prepare.ts";
import { SERVICES } from "../engine/compose.ts";
import { readSameDatabase } from "./same_database.ts";
import { canRoll } from "./scale/roll.ts";
import { nginxConfiguration } from "./stack_steps.ts";
import { timerSteps } from "./timers.ts";
import { lookAtRenewal, orderReason, settingsOf } from "./tls/renewal.ts";
import { certificateNeed } from "./tls/wanted.ts";
import { dataNote, overrideNote, versionNote } from "./change_notes.ts";
import { type HandEdit, undecided } from "./hand_edits.ts";

export interface Changes {
  readonly files: readonly FileChange[];
  /** Files that were edited by hand, those included whose edit is kept. */
  readonly handEdits: readonly HandEdit[];
  /** What has to be known besides: another database volume, the operator's override file. */
  readonly notes: readonly string[];
  /** Why the certificate will be made anew; `undefined` when it will not. */
  readonly certificate: string | undefined;
  /** Why a certificate will be ordered from an authority; `undefined` when none will. */
  readonly order: string | undefined;
  readonly services: readonly ServiceChange[];
  /** Images that are not on this machine yet. */
  readonly images: readonly string[];
  /** Timers that are installed, changed or removed, as sentences. */
  readonly timers: readonly string[];
  /** True when nginx will be told to read its configuration again, without a restart. */
  readonly reload: boolean;
}

/** True when an apply would do nothing. */
export function isEmpty(changes: Changes): boolean {
  return changes.files.length === 0 && changes.services.length === 0 &&
    changes.images.length === 0 && !changes.reload && changes.certificate === undefined &&
    changes.order === undefined && changes.timers.length === 0 &&
    undecided(changes.handEdits).length === 0;
}

/** Files that containers read from their mount: a change of them alone makes no new container. */
const NGINX_FILES = /^nginx\/nginx(\.prod)?\.conf$/;

/**
 * @param presentHashes answer of Compose for the files as they are, when it was asked beforehand:
 *   it takes longer than everything else, so `plan` asks while the machine is being measured
 * @param rolls true where backend containers will come and go one after the other
 */
export async function findChanges(
  host: Host,
  prepared: Prepared,
  presentHashes?: Promise<Map<string, string> | undefined>,
  rolls = false,
): Promise<Changes> {
  const { plan, files } = prepared;
  const present = await readPresent(host, plan.dir, files.map((file) => file.path));
  const written = await readWritten(host, plan.dir);
  const ours = files.filter((file) =>
    !belongsToDeveloper(file, present.get(file.path), prepared.install?.receipt, written)
  );
  const waiting = new Set(undecided(prepared.handEdits).map((each) => each.path));
  const settled = (file: RenderedFile) => !waiting.has(file.path) || file.handEdit !== undefined;
  const effective = ours.filter(settled).map((file) => ({
    ...file,
    text: effectiveText(file, present.get(file.path)),
  }));
  const fileChanges = [
    ...changesOf(effective, present),
    ...await modeChanges(host, plan.dir, effective, present),
  ];
  const notes = [
    await dataNote(host, plan),
    await versionNote(host, plan),
    await overrideNote(host, plan),
  ]
    .filter((note) => note !== undefined);
  const certificate = prepared.install === undefined
    ? undefined
    : await certificateNeed(host, plan);
  const order = prepared.install === undefined || plan.answers.tls.mode !== "letsencrypt"
    ? undefined
    : orderReason(await lookAtRenewal(host, plan.dir, settingsOf(plan)));
  const shared = {
    files: fileChanges,
    handEdits: prepared.handEdits,
    certificate,
    order,
    notes,
    timers: await timerChanges(host, plan),
  };
  const engine = new Engine(host);
  // Without an install there is nothing to compare with, and nothing may be written yet.
  const running = plan.facts.engine.state === "running";
  if (!running || prepared.install === undefined) {
    return {
      ...shared,
      services: SERVICES.map((service) => ({
        service,
        action: "create",
        reason: "does not exist",
      })),
      images: running ? await missingImages(engine, plan) : imagesOf(plan),
      reload: false,
    };
  }
  const planned = plannedHashes(host, prepared, fileChanges, presentHashes, { present, waiting });
  // An edit that nobody has decided about may be what Compose refuses: then that is what to tell.
  const hashes = waiting.size === 0 ? await planned : await planned.catch((error: unknown) => {
    if (!(error instanceof SetupError)) throw error;
    notes.push(
      `Compose refuses the files as they were edited: ${error.message.replace(/\s+/g, " ")}`,
    );
    return undefined;
  });
  const [services, images] = await Promise.all([
    hashes === undefined ? [] : serviceChanges({
      engine,
      plan,
      hashes,
      same: await readSameDatabase(host, plan.dir),
      rolls: rolls && await canRoll({ engine, plan }),
    }),
    missingImages(engine, plan),
  ]);
  const configuration = nginxConfiguration(plan);
  return {
    ...shared,
    services,
    images,
    reload:
      fileChanges.some((file) => NGINX_FILES.test(file.path) && file.path === configuration) &&
      !services.some((each) => each.service === "nginx"),
  };
}

async function timerChanges(host: Host, plan: Plan): Promise<string[]> {
  const steps = await timerSteps(host, plan);
  const done = await Promise.all(steps.map((step) => step.isDone()));
  return steps.filter((_, index) => done[index] === false).map((step) => step.title);
}

function imagesOf(plan: Plan): string[] {
  return [...new Set(Object.values(plan.images))];
}

async function missingImages(engine: Engine, plan: Plan): Promise<string[]> {
  const names = imagesOf(plan);
  const found = await Promise.all(names.map((name) => engine.image(name)));
  return names.filter((_, index) => found[index] === undefined);
}

/** Files whose text is right and whose permission bits are not. */
async function modeChanges(
  host: Host,
  dir: string,
  files: readonly RenderedFile[],
  present: ReadonlyMap<string, string>,
): Promise<FileChange[]> {
  const found = await Promise.all(files.map(async (file): Promise<FileChange[]> => {
    if (present.get(file.path) !== file.text) return [];
    const mode = (await host.files.stat(`${dir}/${file.path}`))?.mode;
    if (mode === undefined || mode === file.mode) return [];
    return [{ path: file.path, kind: "mode", diff: `${octal(mode)} → ${octal(file.mode)}` }];
  }));
  return found.flat();
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Hashes of the definitions as they will be; the unwritten files stand in a private directory. */
async function plannedHashes(
  host: Host,
  prepared: Prepared,
  changes: readonly FileChange[],
  presentHashes: Promise<Map<string, string> | undefined> | undefined,
  { present, waiting }: {
    readonly present: ReadonlyMap<string, string>;
    readonly waiting: ReadonlySet<string>;
  },
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
      // An edit that nobody has decided about stays as it is, as far as the plan goes.
      const text = present.get(file.path);
      const undecidedYet = text !== undefined && waiting.has(file.path) && !file.handEdit;
      await host.files.writeAtomic(
        `${scratch}/${file.path}`,
        undecidedYet ? text : effectiveText(file, text),
        { mode: 0o600 },
      );
    }
    const paths = plan.composeFiles.map((name) =>
      files.some((file) => file.path === name) ? `${scratch}/${name}` : `${plan.dir}/${name}`
    );
    return await definedHashes(host, plan.dir, paths);
  } finally {
    await host.files.remove(scratch, { recursive: true });
  }
}
