/** What `init` and `apply` share: engine first, then the checks, then the steps. */
import { engineSteps } from "../engine/install_steps.ts";
import { engineNeed } from "../engine/requirements.ts";
import { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import { applySteps } from "../operations/apply.ts";
import { checkName } from "../operations/pinned.ts";
import { checkDataHasSecrets, checkDisk, checkPorts } from "../operations/preflight.ts";
import type { Prepared } from "../operations/prepare.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";

/**
 * Everything that can be known to stand in the way before the machine is touched.
 *
 * @param start false when only files will be written: ports may then be taken and the disk be small,
 *   but the name must be free
 */
export async function preflight(
  context: CommandContext,
  prepared: Prepared,
  start = true,
): Promise<void> {
  const { plan } = prepared;
  // First whose stack it is: every other advice would be wrong if it is somebody else's.
  if (plan.facts.engine.state === "running") {
    await checkName(context.host, new Engine(context.host), {
      name: plan.answers.name,
      dir: plan.dir,
    });
    checkDataHasSecrets(prepared);
  }
  if (!start) return;
  checkPorts(plan);
  // Room for images and data; the files alone need next to nothing.
  checkDisk(plan, prepared.install?.receipt !== undefined);
}

/**
 * Brings the engine up where it is not.
 *
 * @returns true when something was done, so that the machine has to be measured again
 */
export async function bringUpEngine(
  context: CommandContext,
  prepared: Prepared,
  allowed: boolean,
): Promise<boolean> {
  const { facts } = prepared.plan;
  if (!allowed && engineNeed(facts).kind !== "ready") {
    throw new SetupError({
      code: "engine_missing",
      message: "Docker Engine with Compose is not running, and --no-engine was given.",
      hint:
        "Install and start it, or leave --no-engine out: https://docs.docker.com/engine/install/",
      exit: EXIT.prerequisite,
    });
  }
  const steps = engineSteps(context.host, facts);
  if (steps.length === 0) return false;
  await execute(context, "engine", steps);
  return true;
}

/** Runs the apply steps; returns the number of steps that changed something. */
export async function bringUp(
  context: CommandContext,
  command: string,
  prepared: Prepared,
  options: { readonly start: boolean },
): Promise<number> {
  const steps = await applySteps(context.host, prepared, options);
  const outcome = await execute(context, command, steps);
  return outcome.changed.length;
}
