/**
 * The steps of a rotation, around those of `apply`: nothing relies on a new value before it is on disk and
 * proven, and nothing is forgotten before everything has taken it (criterion S6). What fails before
 * containers are touched is taken back as a whole; what is killed is gone on with.
 */
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { Secret } from "../../plan/secret.ts";
import type { Step } from "../../steps/step.ts";
import { writableStep } from "../../steps/writable.ts";
import { pathsToChange } from "../../steps/write_files.ts";
import { resetPasswordStep } from "../accounts/steps.ts";
import { applySteps, writing } from "../apply.ts";
import { rotateServerKeyStep } from "../backup/keys.ts";
import type { Prepared } from "../prepare.ts";
import { provenEnvStep, standsInEnv } from "./env_step.ts";
import { keepDatabaseStep } from "./keep_database.ts";
import { nginxConfiguration } from "../stack_steps.ts";
import { forgetStep, pendingPath, pendingStep, roomStep } from "./pending.ts";
import { probeSteps } from "./probe_steps.ts";
import { knowsPassword, loginStep, roleStep } from "./role.ts";
import { warmStep } from "./warm_step.ts";
import type { Rotation } from "./wanted.ts";

export interface RotationScene {
  readonly host: Host;
  readonly engine: Engine;
  readonly rotation: Rotation;
  /** With the new values. */
  readonly prepared: Prepared;
  /** False where the stack does not run: then files alone are written. */
  readonly start: boolean;
}

/** The steps of `apply`, backends one after the other, with others behind `write-files`. */
async function applying(
  { host, prepared, start }: Pick<RotationScene, "host" | "prepared" | "start">,
  behindFiles: readonly Step[],
): Promise<{ readonly most: Step[]; readonly record: Step[] }> {
  const steps = await applySteps(host, prepared, { start, roll: true });
  const files = steps.findIndex((each) => each.id === "write-files") + 1;
  return {
    most: [...steps.slice(0, files), ...behindFiles, ...steps.slice(files, -1)],
    record: steps.slice(-1),
  };
}

export async function rotationSteps(scene: RotationScene): Promise<Step[]> {
  const { host, engine, rotation, prepared } = scene;
  const { plan } = prepared;
  const { pending, names } = rotation;
  const { values, database } = pending;
  const { POSTGRES_PASSWORD: password, ADMIN_PASSWORD: admin, BACKUP_KEY: identity } = values;
  const keep = password !== undefined && database !== undefined && scene.start
    ? [keepDatabaseStep(host, engine, plan, database)]
    : [];
  const { most, record } = await applying(scene, [
    provenEnvStep(host, plan.dir, pending),
    ...keep,
  ]);
  let told = false;
  const isSafeToForget = async () =>
    !await standsInEnv(host, plan.dir, pending) &&
    (password === undefined || !told || !await knowsPassword(host, plan, password));
  return [
    roomStep(host, plan.dir),
    // While backends come and go nginx is told which, in its configuration.
    writableStep(host, plan.dir, async () => [
      ...await pathsToChange(writing(host, prepared)),
      ...(scene.start ? [nginxConfiguration(plan)] : []),
    ]),
    // They were tried before the first run wrote them down.
    ...(rotation.resumed ? [] : probeSteps(host, plan.answers, values)),
    ...(Object.keys(values).length === 0
      ? []
      : [pendingStep(host, plan.dir, pending, isSafeToForget)]),
    ...(keep.length === 0 || password === undefined
      ? []
      : [warmStep(host, engine, plan, password)]),
    ...(password === undefined ? [] : [
      roleStep(host, plan, password, () => {
        told = true;
      }),
      loginStep(host, plan, password),
    ]),
    ...(identity === undefined ? [] : [
      rotateServerKeyStep(
        host,
        plan.dir,
        identity,
      ),
    ]),
    ...most,
    ...(admin === undefined ? [] : [adminStep(scene, admin)]),
    ...record,
    forgetStep(host, plan.dir, names, pending.at),
  ];
}

/** Behind everything that could still be taken back: the application keeps no former password. */
function adminStep({ host, prepared: { plan } }: RotationScene, password: string): Step {
  const change = { email: plan.adminEmail, password: new Secret(password), activate: false };
  return {
    ...resetPasswordStep(host, plan, change),
    id: "rotation-admin",
    barrier: true,
  };
}

/** The database follows `.env`, whatever it knew; an unfinished rotation is given up. */
export async function adoptSteps(
  scene: Omit<RotationScene, "rotation" | "start">,
  password: string,
): Promise<Step[]> {
  const { host, prepared: { plan } } = scene;
  const { most, record } = await applying({ ...scene, start: true }, []);
  return [
    roleStep(host, plan, password),
    loginStep(host, plan, password),
    ...most,
    ...record,
    {
      // At the end: until then an undo may give the database back the password that stands there.
      id: "rotation-give-up",
      title: "Give up the unfinished rotation",
      barrier: true,
      isDone: async () => await host.files.stat(pendingPath(plan.dir)) === undefined,
      run: async () => await host.files.remove(pendingPath(plan.dir)),
    },
  ];
}
