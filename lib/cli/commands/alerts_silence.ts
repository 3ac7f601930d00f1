/** `alerts silence`: nobody is told for a while, or again at once. */
import { recorded } from "../../audit/recorder.ts";
import { isPrintable } from "../../answers/rules.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { parseDuration, silencedUntil } from "../../notify/silence.ts";
import { readAlertState, withAlertState, writeAlertState } from "../../notify/store.ts";
import { needInstall } from "../../operations/install.ts";
import type { CommandContext } from "../context.ts";

interface Flags {
  readonly reason?: string;
}

/** Characters of a reason: one line of a terminal. */
const REASON_LENGTH = 200;

function wrong(message: string): SetupError {
  return new SetupError({
    code: "usage",
    message,
    hint: "rxdx-setup alerts silence 2h; or rxdx-setup alerts silence off",
    exit: EXIT.usage,
  });
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...words: readonly string[]
): Promise<ExitCode> {
  const { host, out, dir, signal } = context;
  const [word = "", ...more] = words;
  const length = parseDuration(word);
  const { reason = "" } = flags;
  if (word === "" || more.length > 0) throw wrong("For how long?");
  if (length === undefined && word !== "off") {
    throw wrong(`${JSON.stringify(word)} is no time such as 30m, 2h or 1d12h, of 30 days at most.`);
  }
  if (reason.length > REASON_LENGTH || !isPrintable(reason)) {
    throw wrong(`A reason is one line of at most ${REASON_LENGTH} characters.`);
  }
  const install = await needInstall(host, dir);
  const until = await withAlertState(host, dir, signal, async () => {
    const { state } = await readAlertState(host, dir);
    const now = host.clock.now();
    const silence = length === undefined ? null : {
      from: now.toISOString(),
      until: new Date(now.getTime() + length).toISOString(),
      reason,
    };
    // Not under the install's lock: a long apply is what problems are silenced for.
    const what = {
      host,
      dir,
      command: "alerts silence",
      argv: context.argv,
      locked: false,
      facts: { until: silence?.until ?? "off", reason },
    };
    await recorded(what, () => writeAlertState(host, dir, { ...state, silence }));
    return { at: silencedUntil({ silence }, install.answers.alerts.silence, now) };
  });
  if (until === undefined) {
    throw new SetupError({
      code: "alerts_busy",
      message: "A healthcheck is at work for a minute already.",
      hint: "Run the same command again",
      exit: EXIT.locked,
    });
  }
  const at = until.at?.toISOString() ?? null;
  if (out.json) out.resultJson({ schema: 1, silenced_until: at, reason });
  else if (at === null) out.result("Problems are told again.");
  else out.result(`Nobody is told before ${at}. What lasts beyond it is told then.`);
  return EXIT.ok;
}
