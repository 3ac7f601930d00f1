/** What `init` and `apply` share: engine first, then the checks, then the steps. */
import { engineSteps } from "../engine/install_steps.ts";
import { engineNeed } from "../engine/requirements.ts";
import { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import { applySteps } from "../operations/apply.ts";
import { checkDataHasSecrets, checkDisk, checkName, checkPorts } from "../operations/preflight.ts";
import type { Prepared } from "../operations/prepare.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";

/** Everything that can be known to stand in the way before the machine is touched. */
export async function preflight(context: CommandContext, prepared: Prepared): Promise<void> {
  const { plan } = prepared;
  checkPorts(plan);
  checkDisk(plan, prepared.install?.receipt !== undefined);
  if (plan.facts.engine.state !== "running") return;
  checkDataHasSecrets(plan, prepared.hasPassword);
  await checkName(new Engine(context.host), plan);
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
  const steps = applySteps(context.host, prepared, options);
  const outcome = await execute(context, command, steps);
  return outcome.changed.length;
}
