/**
 * `scale`: another number of backend containers, kept in rxdx.yml, with the limits that follow from it.
 * What is added is healthy before anything leaves; what leaves has finished its requests.
 */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { Engine } from "../../engine/client.ts";
import { SERVICES } from "../../engine/compose.ts";
import { nearest } from "../../answers/suggest.ts";
import { applySteps } from "../../operations/apply.ts";
import { findChanges, isEmpty } from "../../operations/changes.ts";
import { needInstall } from "../../operations/install.ts";
import { checkUnchanged, inputsOf, needOwnStack } from "../../operations/pinned.ts";
import { checkDataHasSecrets } from "../../operations/preflight.ts";
import { prepareApply } from "../../operations/prepare.ts";
import { scaled, scaleDowntime, scaleLines } from "../../operations/scale/wanted.ts";
import { preflight } from "../bring_up.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { decideHandEdits, handEditChoice, withDecisions } from "../hand_edits.ts";
import { addressHint } from "../hints.ts";
import { changesJson, changesText } from "../review.ts";
import { needEngine } from "../stack_look.ts";
import { dirFlag } from "../summary.ts";

interface Flags {
  readonly handEdits?: string;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...words: readonly string[]
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const replicas = wantedNumber(words);
  const choice = handEditChoice(flags.handEdits);
  const engine = new Engine(host);
  const reviewed = await inputsOf(host, dir);
  const install = scaled(await needInstall(host, dir), replicas);
  await needEngine(engine);
  const present = await needOwnStack(host, engine, dir);
  const before = (await prepareApply(host, present)).plan;
  let prepared = await prepareApply(host, install);
  checkDataHasSecrets(prepared);
  // A certificate that is due is ordered by `apply` and the timer.
  const changes = {
    ...await findChanges(host, prepared, undefined, true),
    order: undefined,
  };
  if (!isEmpty(changes)) {
    await preflight(context, prepared);
    const downtime = scaleDowntime(changes, prepared.plan)
      .map((line) => addressHint(line, dirFlag(context)));
    if (out.json) {
      out.noteJson({
        event: { type: "plan", ...changesJson(prepared, changes) as object, downtime },
      });
    } else {
      const c = out.colors;
      out.note([
        `${c.bold("Scale")}\n${indented(scaleLines(before, prepared.plan))}`,
        changesText(prepared, changes, c),
        `${c.bold("Downtime expected")}\n${indented(downtime)}\n`,
      ].join("\n\n"));
    }
    prepared = withDecisions(prepared, await decideHandEdits(context, prepared, choice));
    await confirm(
      context,
      `Scale the backend to ${replicas}?`,
      "What would change stands above; if that is meant, give --yes",
    );
  }
  return await locked(context, "scale", async () => {
    await checkUnchanged(host, dir, reviewed);
    const from = host.clock.monotonic();
    const steps = await applySteps(host, prepared, { start: true, roll: true });
    const { changed } = await execute(context, "scale", steps);
    const { sizing } = prepared.plan;
    if (out.json) {
      out.resultJson({
        schema: 1,
        service: "backend",
        changed: changed.length > 0,
        replicas: sizing.replicas,
        workers: sizing.workers,
        memory_bytes: sizing.backend.memoryBytes,
        max_connections: sizing.maxConnections,
        ms: Math.round(host.clock.monotonic() - from),
      });
    } else if (changed.length === 0) {
      out.result(`Nothing to do: the backend runs ${replicas}×, and rxdx.yml says so.`);
    } else out.result(`The backend runs ${replicas}×; everything is healthy.`);
    return EXIT.ok;
  });
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}

/**
 * `backend=4`
 *
 * @throws SetupError `usage`, `unknown_service`, `not_scalable` (exit 2)
 */
export function wantedNumber(words: readonly string[]): number {
  const hint = "rxdx-setup scale backend=4";
  const wrong = (code: string, message: string) =>
    new SetupError({ code, message, hint, exit: EXIT.usage });
  const [word] = words;
  if (word === undefined || words.length > 1) {
    throw wrong("usage", "Say which service, and how many containers of it.");
  }
  const [service = "", number] = word.split("=", 2);
  if (service !== "backend") {
    const known: readonly string[] = SERVICES;
    if (known.includes(service)) {
      throw wrong("not_scalable", `${service} runs once; only the backend can be scaled.`);
    }
    const near = nearest(service, ["backend"]);
    throw wrong(
      "unknown_service",
      `There is no service ${service}` + (near === undefined ? "." : `; did you mean ${near}?`),
    );
  }
  if (
    number === undefined || !/^\d{1,2}$/.test(number) || Number(number) < 1 || Number(number) > 32
  ) {
    throw wrong("usage", `${word}: the number must be a whole number from 1 to 32.`);
  }
  return Number(number);
}
