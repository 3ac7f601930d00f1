/**
 * `healthcheck`: one look, for a timer or a monitor: what is wrong on a line each, an exit code, and
 * a message to whom alerts name where something has changed.
 */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { type AlertPass, alertPass, type Found } from "../../operations/alerts/pass.ts";
import { alertsConfigured } from "../../operations/alerts/schedule.ts";
import { needInstall } from "../../operations/install.ts";
import type { CommandContext } from "../context.ts";
import { type HealthLook, lookForHealth } from "../health_look.ts";

interface Flags {
  readonly quiet: boolean;
  readonly alerts: boolean;
  readonly scheduled: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir, signal } = context;
  const install = await needInstall(host, dir);
  const look = await lookForHealth(context, install);
  const { state, problems } = look;
  const ok = state === "healthy" && problems.every((each) => each.severity !== "critical");
  const wanted = flags.alerts && alertsConfigured(install.answers);
  let pass: AlertPass | undefined;
  let failure: SetupError | undefined;
  if (wanted) {
    try {
      const found: Found = { state, problems, complete: look.complete };
      pass = await alertPass(host, install, found, signal);
    } catch (error) {
      if (!(error instanceof SetupError) || error.exit === EXIT.cancelled) throw error;
      failure = notKept(error);
    }
    if (pass === undefined && failure === undefined) {
      out.note("Another healthcheck is at work for a minute already; this look was not counted.");
    }
  }
  if (pass?.damaged === true) {
    out.note(
      `${dir}/.rxdx/alerts.json could not be read. It is begun anew: what lasts is told again.`,
    );
  }
  if (out.json) out.resultJson(document(look, ok, pass));
  else said(context, flags, look, { ok, pass });
  failure ??= undelivered(pass);
  if (failure !== undefined) out.error(failure);
  if (!ok) return EXIT.unhealthy;
  return failure === undefined ? EXIT.ok : EXIT.apply;
}

function document({ state, problems, lastOrder }: HealthLook, ok: boolean, pass?: AlertPass) {
  return {
    schema: 1,
    ok,
    state,
    problems,
    last_order: lastOrder,
    alerts: pass === undefined ? null : {
      open: pass.open,
      silenced_until: pass.silencedUntil?.toISOString() ?? null,
      sent: pass.sent,
      failed: pass.failed,
    },
  };
}

function said(
  { out }: CommandContext,
  flags: Flags,
  { state, problems }: HealthLook,
  { ok, pass }: { readonly ok: boolean; readonly pass: AlertPass | undefined },
): void {
  const sent = pass?.sent.map(({ channel, event }) => `Told by ${channel}: ${event}.`) ?? [];
  // A timer's log, and cron's mail, need a line where something has changed, and no other.
  if (flags.scheduled && sent.length === 0 && (pass?.failed.length ?? 0) === 0) return;
  if (flags.quiet && ok && problems.length === 0) return;
  const lines = problems.map((each) => `${each.severity}: ${each.message} ${each.hint}`);
  const held = pass?.silencedUntil === undefined
    ? []
    : [`Nobody is told before ${pass.silencedUntil.toISOString()}.`];
  out.result([state, ...lines, ...sent, ...held].join("\n"));
}

/** One channel may work while another does not: that is told, and the exit code says it. */
function undelivered(pass: AlertPass | undefined): SetupError | undefined {
  const [first] = pass?.failed ?? [];
  if (pass === undefined || first === undefined) return undefined;
  return new SetupError({
    code: "alerts_not_delivered",
    message: pass.failed.map(({ channel, error, waiting }) =>
      `${waiting === 1 ? "A message" : `${waiting} messages`} could not be delivered ` +
      `(${channel}): ${error}`
    ).join("\n"),
    hint: "It is tried again at the next look. To try it now: rxdx-setup alerts test",
    exit: EXIT.apply,
  });
}

function notKept(error: SetupError): SetupError {
  return new SetupError({
    code: "alerts_not_kept",
    message: `Nobody could be told: what was told before cannot be written down. ${error.message}`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    exit: EXIT.apply,
    cause: error,
  });
}
