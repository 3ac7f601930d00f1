/**
 * `secrets rotate`: new values for secrets, shown as a plan first. Killed anywhere, the same command goes
 * on with the same values.
 */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { findAccount } from "../../operations/accounts/read.ts";
import { noAccount } from "../../operations/accounts/steps.ts";
import { serverKey } from "../../operations/backup/keys.ts";
import type { Install } from "../../operations/install.ts";
import { checkUnchanged, inputsOf, needOwnStack } from "../../operations/pinned.ts";
import { readPending, unfinished } from "../../operations/rotate/pending.ts";
import { planRotation, type RotationPlan } from "../../operations/rotate/preview.ts";
import { knowsPassword } from "../../operations/rotate/role.ts";
import { rotationSteps } from "../../operations/rotate/steps.ts";
import {
  newRotation,
  resumedRotation,
  type Rotation,
  shownOnce,
  withSecretsInKeptEnv,
} from "../../operations/rotate/wanted.ts";
import { startServiceSteps } from "../../operations/services.ts";
import { DowntimeMeter } from "../../operations/downtime_meter.ts";
import { adminEmailOf } from "../../plan/plan.ts";
import { type Pending, pendingNames, type Rotatable } from "../../secrets/rotation.ts";
import { preflight } from "../bring_up.ts";
import { recoveryKeyText } from "../backup_text.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { decideHandEdits, handEditChoice, withDecisions } from "../hand_edits.ts";
import { chooseValues, givenSecrets, namedSecrets, type ValueFlags } from "../secret_values.ts";
import { rotationJson, rotationText } from "../secrets_text.ts";
import { shownBeforeForgotten } from "../shown_before_forgotten.ts";
import { needEngine, runningServices } from "../stack_look.ts";
import { secondsText } from "../seconds_text.ts";

interface Flags extends ValueFlags {
  readonly adopt: boolean;
  readonly handEdits?: string;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...words: readonly string[]
): Promise<ExitCode> {
  const { host, dir } = context;
  const named = namedSecrets(words);
  if (flags.adopt) {
    if (named.length > 0 || flags.all || flags.stdin || flags.secretsFile !== undefined) {
      throw new SetupError({
        code: "usage",
        message: "--adopt takes no names and no values: the value is the one in .env.",
        hint: "rxdx-setup secrets rotate --adopt",
        exit: EXIT.usage,
      });
    }
    return await (await import("../secrets_adopt.ts")).adopt(context, flags.handEdits);
  }
  const engine = new Engine(host);
  // Before the engine is asked: what is wrong with the call is told without it too.
  const choice = handEditChoice(flags.handEdits);
  const install = await needOwnStack(host, engine, dir);
  const reviewed = await inputsOf(host, dir);
  const pending = await readPending(host, dir);
  const rotation = pending === undefined
    ? await wanted(context, install, named, flags)
    : await goOn(context, pending, named, flags);
  await needEngine(engine);
  const services = await runningServices(engine, install.answers.name);
  // One that was interrupted starts what it needs: nobody else may, before it is at its end.
  const starts = rotation.resumed && !services.includes("postgres") && needsDatabase(rotation);
  if (!rotation.resumed) await checkReachable(context, install, rotation, services);
  const running = starts || services.includes("postgres");
  const planned = await planRotation(host, engine, install, { rotation, running });
  const agreed = await agree(context, planned, { running, choice });
  return await locked(context, "secrets rotate", async () => {
    await checkUnchanged(host, dir, reviewed);
    const now = await readPending(host, dir);
    if (now !== undefined && now.at !== pending?.at) throw unfinished(now);
    if (starts) {
      const { plan } = agreed.prepared;
      await execute(
        context,
        "secrets rotate",
        startServiceSteps(host, engine, plan, "postgres"),
      );
    }
    return await carryOut(context, engine, agreed, running);
  });
}

function needsDatabase({ names }: Rotation): boolean {
  return names.includes("POSTGRES_PASSWORD") || names.includes("ADMIN_PASSWORD");
}

async function wanted(
  context: CommandContext,
  install: Install,
  named: readonly Rotatable[],
  flags: Flags,
): Promise<Rotation> {
  const { host, dir } = context;
  const hasKey = await serverKey(host, dir) !== undefined;
  const { names, given } = await chooseValues(context, install, { named, flags, hasKey });
  // Its secret half lies on no disk, so a run with others could not be gone on with.
  if (names.includes("BACKUP_RECIPIENT") && names.length > 1) {
    throw new SetupError({
      code: "usage",
      message: "BACKUP_RECIPIENT is rotated by itself: its key is shown once and kept nowhere.",
      hint: "rxdx-setup secrets rotate BACKUP_RECIPIENT; the others before or after it",
      exit: EXIT.usage,
    });
  }
  return await newRotation(host, install, names, given);
}

/** The values are those of the interrupted run: another one might be half in use already. */
async function goOn(
  context: CommandContext,
  pending: Pending,
  named: readonly Rotatable[],
  flags: Flags,
): Promise<Rotation> {
  const given = flags.secretsFile === undefined && !flags.stdin
    ? {}
    : await givenSecrets(context, flags);
  const names = pendingNames(pending);
  const others = named.filter((name) => !(names as readonly Rotatable[]).includes(name));
  const differ = Object.entries(given).some(([name, value]) =>
    (pending.values as Readonly<Record<string, string>>)[name] !== value
  );
  if (others.length > 0 || differ || flags.stdin) throw unfinished(pending);
  return resumedRotation(pending);
}

/** @throws SetupError `not_running` (exit 6), `no_account` (exit 2) */
async function checkReachable(
  { host }: CommandContext,
  install: Install,
  { names }: Rotation,
  running: readonly string[],
): Promise<void> {
  const needed = [
    ...(names.includes("POSTGRES_PASSWORD") ? ["postgres"] : []),
    ...(names.includes("ADMIN_PASSWORD") ? ["postgres", "backend"] : []),
  ];
  const missing = [...new Set(needed)].filter((each) => !running.includes(each));
  if (missing.length > 0) {
    throw new SetupError({
      code: "not_running",
      message: `${missing.join(" and ")} must run for this.`,
      hint: "rxdx-setup start",
      exit: EXIT.unhealthy,
    });
  }
  if (!names.includes("ADMIN_PASSWORD")) return;
  const email = adminEmailOf(install.answers);
  if (await findAccount(host, install, email) === undefined) throw noAccount(email);
}

async function agree(
  context: CommandContext,
  planned: RotationPlan,
  of: {
    readonly running: boolean;
    readonly choice: ReturnType<typeof handEditChoice>;
  },
): Promise<RotationPlan> {
  const { host, out, dir } = context;
  await preflight(context, planned.prepared);
  const { install } = planned.prepared;
  const disagrees = install !== undefined && of.running && !planned.rotation.resumed &&
    planned.rotation.names.includes("POSTGRES_PASSWORD") &&
    !await knowsPassword(host, install, install.secrets.POSTGRES_PASSWORD ?? "");
  if (out.json) out.noteJson({ event: rotationJson(planned, of.running) });
  else out.note(`${rotationText(context, planned, { running: of.running, disagrees })}\n`);
  const decided = withDecisions(
    planned.prepared,
    await decideHandEdits(context, planned.prepared, of.choice),
  );
  const env = await host.files.readText(`${dir}/.env`);
  const count = planned.rotation.names.length;
  // On a small screen the list above has scrolled away.
  const ends = planned.rotation.names.includes("SECRET_KEY")
    ? "Everybody will have to log in again. "
    : "";
  await confirm(
    context,
    ends +
      (planned.rotation.resumed
        ? "Go on with it?"
        : `Rotate ${count === 1 ? planned.rotation.names[0] : `these ${count} secrets`}?`),
    "What would change stands above; if that is meant, give --yes",
  );
  return { ...planned, prepared: withSecretsInKeptEnv(decided, env, false) };
}

async function carryOut(
  context: CommandContext,
  engine: Engine,
  planned: RotationPlan,
  start: boolean,
): Promise<ExitCode> {
  const { host, out } = context;
  const { rotation, prepared } = planned;
  const { names, pending, recovery } = rotation;
  // Shown first, then used: a key that nobody has seen must never be the only one.
  if (recovery !== undefined) {
    if (out.json) out.resultJson({ schema: 1, rotated: [], recovery });
    else out.result(`${recoveryKeyText(recovery, out.resultColors)}\n`);
  }
  const from = host.clock.monotonic();
  const steps = await rotationSteps({ host, engine, rotation, prepared, start });
  const { dir, answers } = prepared.plan;
  const admin = adminEmailOf(answers);
  const password = shownOnce(pending);
  // Where nothing runs there is nobody to be without it.
  const meter = start ? new DowntimeMeter(host, answers.ports.http) : undefined;
  let downtime: number | undefined;
  // Kept nowhere else. Nothing says that it is rotated before it is: the result is the last document.
  const show = () => {
    if (out.json) out.resultJson({ schema: 1, rotated: [], admin_password: password });
    else out.result(`New password of ${admin}, shown this once: ${password}`);
  };
  try {
    await shownBeforeForgotten(
      steps,
      (some) => execute(context, "secrets rotate", some),
      password === undefined ? undefined : show,
    );
  } finally {
    downtime = await meter?.end();
  }
  if (out.json) {
    out.resultJson({
      schema: 1,
      rotated: names,
      resumed: rotation.resumed,
      started: start,
      ms: Math.round(host.clock.monotonic() - from),
      downtime_seconds: downtime ?? null,
    });
    return EXIT.ok;
  }
  out.result([
    `Rotated ${names.join(", ")}${start ? "; everything is healthy" : ""}. ` +
    "The former values are forgotten.",
    ...(downtime === undefined
      ? []
      : [`Users were without the application for ${secondsText(downtime)}.`]),
    ...(pending.values.ADMIN_PASSWORD === undefined || password !== undefined
      ? []
      : [`The new password of ${admin} is ADMIN_PASSWORD in ${dir}/.env.`]),
    ...(names.includes("SECRET_KEY") && start ? ["Everybody has to log in again."] : []),
    ...(start ? [] : ["The stack is stopped; the new values hold from the next start."]),
  ].join("\n"));
  return EXIT.ok;
}
