/** `import`: takes over a stack that was set up by hand. Shows first what that would mean. */
import { parseDocument, stringify } from "yaml";
import { flagLayer } from "../../answers/layers.ts";
import { proposalFor } from "../../adopt/proposal.ts";
import { Engine } from "../../engine/client.ts";
import { Cancelled, EXIT, type ExitCode, invalidAnswers, SetupError } from "../../errors.ts";
import { resolvedPath } from "../../observe/installs.ts";
import { isSeeded } from "../../operations/accounts/checks.ts";
import type { InitRequest } from "../../operations/gather.ts";
import { lookAtHandMade } from "../../operations/import/look.ts";
import {
  type OldStack,
  returnCommand,
  serves,
  uploadsCommand,
} from "../../operations/import/old_stack.ts";
import { type ImportState, readImport } from "../../operations/import/state.ts";
import { importSteps } from "../../operations/import/steps.ts";
import { checkUnchanged, inputsOf } from "../../operations/pinned.ts";
import { type Prepared, prepareInit } from "../../operations/prepare.ts";
import { preflight } from "../bring_up.ts";
import { confirm } from "../confirm.ts";
import { absolute, type CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { importJson, importText } from "../import_text.ts";
import { needEngine } from "../stack_look.ts";
import { dirFlag } from "../summary.ts";
import { warningsText } from "../warnings_text.ts";
import { quoted } from "../../steps/command_line.ts";

interface Flags {
  readonly name?: string;
  readonly set?: readonly string[];
  readonly env?: string;
  readonly backup: boolean;
}

/** What is to be done, whether it begins or goes on. */
interface Agreed {
  readonly prepared: Prepared;
  readonly state: OldStack["state"];
}

export async function run(context: CommandContext, flags: Flags, path: string): Promise<ExitCode> {
  const { host, out, dir } = context;
  const engine = new Engine(host);
  const from = await oldDirectory(context, path);
  await needEngine(engine);
  const inputs = await inputsOf(host, dir);
  const before = await readImport(host, dir);
  if (before?.phase === "done" && before.from === from) {
    if (out.json) out.resultJson({ schema: 1, from, dir, imported: true, at: before.at });
    else out.result(`${from} was taken over into ${dir} on ${before.at.slice(0, 10)} already.`);
    return EXIT.ok;
  }
  const installed = await host.files.stat(`${dir}/rxdx.yml`) !== undefined;
  const goesOn = before !== undefined && ["begun", "serves"].includes(before.phase) &&
    before.from === from && installed;
  if (installed && !goesOn) {
    throw new SetupError({
      code: "installed",
      message: `There is a stack in ${dir} already.`,
      hint: "Take the other one over into a directory of its own: --dir /opt/rxdx2",
      exit: EXIT.prerequisite,
    });
  }
  const stopped = goesOn && !await serves({ host, engine, dir, state: before });
  const agreed = stopped
    ? await goOn(context, flags, before)
    : await begin(context, flags, engine, from);
  if (agreed === undefined) return EXIT.ok;
  return await locked(context, "import", async () => {
    await checkUnchanged(host, dir, inputs);
    return await carryOut(context, flags, agreed);
  });
}

/** @throws SetupError `usage` (exit 2), `nested` (exit 4) */
async function oldDirectory({ host, dir }: CommandContext, path: string): Promise<string> {
  const from = await resolvedPath(host, absolute(host, path));
  const info = await host.files.stat(from);
  if (info?.kind !== "directory") {
    throw new SetupError({
      code: "usage",
      message: `${path} is no directory.`,
      hint: "rxdx-setup import DIR, where DIR holds the docker-compose.yml of the old stack",
      exit: EXIT.usage,
    });
  }
  const to = await resolvedPath(host, dir);
  if (`${to}/`.startsWith(`${from}/`) || `${from}/`.startsWith(`${to}/`)) {
    throw new SetupError({
      code: "nested",
      message:
        `The new stack would be in ${to}, the old one is in ${from}: nothing of it is changed, ` +
        "so that both cannot be in one place.",
      hint: "Choose another directory: --dir /opt/rxdx-new",
      exit: EXIT.prerequisite,
    });
  }
  if (await host.files.stat(`${from}/rxdx.yml`) !== undefined) {
    throw new SetupError({
      code: "not_hand_made",
      message: `${from} was made by rxdx-setup: there is an rxdx.yml in it.`,
      hint: `rxdx-setup status --dir ${quoted([from])}`,
      exit: EXIT.prerequisite,
    });
  }
  return from;
}

/** Looks, proposes, shows, asks. `undefined` when only the plan was wanted. */
async function begin(
  context: CommandContext,
  flags: Flags,
  engine: Engine,
  from: string,
): Promise<Agreed | undefined> {
  const { host, out, dir } = context;
  const { found, compose } = await lookAtHandMade(host, engine, from, flags.name);
  const request = requestOf(context, flags);
  const proposal = proposalFor(found, {
    said: flagLayer(request.settings).layer.values,
    isSeeded,
    kept: await overrideServices(context),
  });
  const plan = { proposal, from, dir, backup: flags.backup };
  // All at once: what stands in the way there, and what would be wrong with the new configuration.
  let prepared: Prepared | undefined;
  const problems = [...proposal.problems];
  try {
    prepared = await prepareInit(host, {
      ...request,
      answersFile: { path: `what was found in ${from}`, text: stringify(proposal.values) },
      keptSecrets: proposal.secrets,
    });
  } catch (error) {
    if (!(error instanceof SetupError) || error.problems === undefined) throw error;
    problems.push(
      ...error.problems.filter(({ key }) => !problems.some((each) => each.key === key)),
    );
  }
  if (!out.json) out.note(importText(plan, out.colors));
  if (prepared === undefined || problems.length > 0) throw invalidAnswers(problems);
  await preflight(context, prepared);
  const warnings = warningsText(prepared.plan, out.colors).trimEnd();
  if (!out.json && warnings !== "") out.note(`${warnings}\n`);
  if (out.json && !context.flags.yes) {
    out.resultJson(importJson(plan));
    return undefined;
  }
  await confirm(context, "Take this stack over?", "Read the plan above, then give --yes");
  const { data, roles, seeded } = proposal;
  const services = Object.fromEntries(
    Object.entries(roles).map(([role, service]) => [role, service.service]),
  );
  return {
    prepared,
    state: { schema: 1, from, project: found.project, compose, services, data, seeded },
  };
}

/** A run was killed after the old stack had been stopped: what was agreed then still holds. */
async function goOn(context: CommandContext, flags: Flags, before: ImportState): Promise<Agreed> {
  const { host, out } = context;
  const at = before.at.slice(0, 16).replace("T", " ");
  out.note(
    `A take-over of ${before.from} was interrupted on ${at}, and ${
      before.phase === "serves" ? "the new stack serves" : "the old stack is stopped"
    }. It goes on from there.\n` +
      `The old stack instead:\n  ${returnCommand(before)}\n`,
  );
  const prepared = await prepareInit(host, requestOf(context, flags));
  await confirm(context, "Go on?", "Give --yes");
  const { at: _at, phase: _phase, ...state } = before;
  return { prepared, state };
}

function requestOf({ dir }: CommandContext, flags: Flags): InitRequest {
  return {
    dir,
    settings: flags.set ?? [],
    demo: false,
    ...(flags.env === undefined ? {} : { environment: flags.env }),
  };
}

/** Services that the operator has already given a place in the new directory. */
async function overrideServices({ host, dir }: CommandContext): Promise<string[]> {
  const text = await host.files.readText(`${dir}/docker-compose.override.yml`);
  const model: unknown = parseDocument(text ?? "", { logLevel: "error" }).toJS();
  const services = (model as { services?: unknown } | null)?.services;
  return typeof services === "object" && services !== null ? Object.keys(services) : [];
}

async function carryOut(
  context: CommandContext,
  flags: Flags,
  { prepared, state }: Agreed,
): Promise<ExitCode> {
  const { host, out, dir } = context;
  let stopped: number | undefined;
  let seconds: number | undefined;
  const steps = await importSteps(host, prepared, state, {
    backup: flags.backup,
    downtime: (event) => {
      if (event === "begins") stopped = host.clock.monotonic();
      else if (stopped !== undefined) seconds = (host.clock.monotonic() - stopped) / 1000;
    },
  });
  try {
    await execute(context, "import", steps);
  } catch (error) {
    const after = await readImport(host, dir);
    if (after?.phase !== "returned") throw error;
    const how = after.ready === false
      ? "was started again, and is not ready yet"
      : "serves as before";
    const served = `The old stack in ${state.from} ${how}; none of its files was changed.`;
    if (error instanceof Cancelled) throw new Cancelled(served);
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError({
      code: error.code,
      message: `${error.message}\n${served}`,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      exit: error.exit,
    });
  }
  const backup = (await readImport(host, dir))?.backup;
  const { url } = prepared.plan;
  if (out.json) {
    out.resultJson({
      schema: 1,
      from: state.from,
      dir,
      url,
      imported: true,
      downtime_seconds: seconds === undefined ? null : Math.round(seconds * 10) / 10,
      backup: backup ?? null,
      seeded_accounts: state.seeded,
    });
    return EXIT.ok;
  }
  const flag = dirFlag(context).map((word) => ` ${quoted([word])}`).join("");
  const uploads = uploadsCommand(state, prepared.plan.images.postgres);
  out.result([
    `${out.resultColors.green("●")} ${out.resultColors.bold("The stack is taken over.")}`,
    "",
    `  Address    ${url}`,
    `  Old files  ${state.from}, as they were`,
    ...(seconds === undefined ? [] : [`  Downtime   ${seconds.toFixed(1)} s`]),
    ...(backup === undefined ? [] : [`  Backup     ${dir}/backups/${backup}`]),
    `  Watch it   rxdx-setup status${flag}`,
    "",
    ...(state.seeded.length === 0 ? [] : [
      "  Accounts that came with the application; everybody can know their password:",
      ...state.seeded.map((email) => `    rxdx-setup admin remove ${email}${flag}`),
      "",
    ]),
    `  Never run docker compose in ${state.from}`,
    "  again: it would put the old stack in the place of this one. To do so on purpose:",
    `    ${returnCommand(state)}`,
    ...(uploads === undefined ? [] : [
      "  Its uploads were in its container alone, and are here now. To take them back:",
      `    ${uploads}`,
    ]),
  ].join("\n"));
  return EXIT.ok;
}
