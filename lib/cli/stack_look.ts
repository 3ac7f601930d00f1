/** One look at the whole stack, as `status`, `healthcheck` and `doctor` tell it. */
import type { Engine } from "../engine/client.ts";
import { stackContainers } from "../engine/state.ts";
import { EXIT, SetupError } from "../errors.ts";
import { readLock } from "../images/lock.ts";
import { lookAtAlerts } from "../operations/alerts/status.ts";
import { readBackupState } from "../operations/doctor/backup_state.ts";
import { handEditedPaths } from "../operations/hand_edits.ts";
import { type Install, movedText } from "../operations/install.ts";
import { upgradeFinding } from "../operations/upgrade/records.ts";
import { lockedVersion } from "../operations/upgrade/version_name.ts";
import { readMaintenance } from "../operations/maintenance.ts";
import { lookAtCertificate } from "../operations/tls/look.ts";
import { certificatePlan } from "../operations/tls/scene.ts";
import { tlsStatus } from "../operations/tls/status.ts";
import { inspect } from "../observe/inspect.ts";
import type { StatusDocument, StatusProblem } from "../observe/status.ts";
import { sizing } from "../plan/sizing.ts";
import { rotationFinding } from "../operations/rotate/pending.ts";
import { sceneOf } from "./certificates.ts";
import type { CommandContext } from "./context.ts";
import { addressHint } from "./hints.ts";
import { dirFlag } from "./summary.ts";

/** @throws SetupError `engine_unreachable` (exit 4) */
export async function needEngine(engine: Engine): Promise<void> {
  if (await engine.ping()) return;
  throw new SetupError({
    code: "engine_unreachable",
    message: "Docker does not answer.",
    hint: "rxdx-setup engine",
    exit: EXIT.prerequisite,
  });
}

/** Services of which a container runs. */
export async function runningServices(engine: Engine, project: string): Promise<string[]> {
  return stackContainers(await engine.containers(project))
    .filter((each) => each.state === "running").map((each) => each.service);
}

/** @param told what was told already ends a little later, so that it does not come and go */
export async function lookAtStack(
  context: CommandContext,
  install: Install,
  engine: Engine,
  told = false,
): Promise<StatusDocument> {
  const { host, dir } = context;
  const { answers } = install;
  const sized = sizing({
    cpus: host.system.cpus(),
    memoryBytes: host.system.memoryBytes(),
    environment: answers.environment,
    resources: answers.resources,
  });
  const scene = sceneOf(context, await certificatePlan(host, install));
  const { alerts, open } = await lookAtAlerts(host, install);
  const document = await inspect({
    host,
    engine,
    dir,
    answers,
    version: lockedVersion(answers, await readLock(host, dir)),
    install: {
      moved: movedText(install),
      handEdited: await handEditedPaths(host, dir, install.receipt),
      unfinished: await upgradeFinding(host, dir),
      rotation: await rotationFinding(host, dir),
      maintenance: await readMaintenance(host, dir).catch(() => undefined),
    },
    tls: tlsStatus(scene.plan, await lookAtCertificate(scene), host.clock.now()),
    alerts,
    backup: {
      ...await readBackupState(host, install),
      ...(install.receipt === undefined
        ? {}
        : { installedAt: new Date(install.receipt.createdAt) }),
    },
    held: told ? open : undefined,
    plannedFor: install.receipt?.plannedFor,
    replicas: sized.ok && answers.environment !== "development" ? sized.sizing.replicas : 1,
  });
  return { ...document, problems: addressed(context, document.problems) };
}

/** Hints are commands to be pasted: they must address the stack that was asked about. */
export function addressed(
  context: CommandContext,
  problems: readonly StatusProblem[],
): readonly StatusProblem[] {
  const dir = dirFlag(context);
  return problems.map((each) => ({ ...each, hint: addressHint(each.hint, dir) }));
}
