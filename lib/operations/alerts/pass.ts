/**
 * What follows from one look: the state one look further, a message where something has changed, and
 * whatever waits brought to its channels. The state is written before anything is sent: a run that is
 * killed in between sends the same message once more, and loses none.
 */
import type { Host } from "../../host/types.ts";
import { channelsOf, flush, queued } from "../../notify/deliver.ts";
import { silencedUntil } from "../../notify/silence.ts";
import { type AlertEvent, type Channel, openProblems } from "../../notify/state.ts";
import { step, withoutFuture } from "../../notify/step.ts";
import { readAlertState, withAlertState, writeAlertState } from "../../notify/store.ts";
import type { StackState, StatusProblem } from "../../observe/status.ts";
import type { Install } from "../install.ts";
import { channelSettings, originOf } from "./scene.ts";

/** What one look has found, without secrets. */
export interface Found {
  readonly state: StackState | "unknown";
  readonly problems: readonly StatusProblem[];
  /** False when Docker did not answer, or the look failed: much was not seen. */
  readonly complete: boolean;
}

export interface AlertPass {
  /** Problems that were told and are not over. */
  readonly open: number;
  readonly silencedUntil: Date | undefined;
  readonly sent: readonly { readonly channel: Channel; readonly event: AlertEvent }[];
  readonly failed: readonly {
    readonly channel: Channel;
    readonly error: string;
    /** Messages that wait for the channel. */
    readonly waiting: number;
  }[];
  /** The state could not be read and was begun anew. */
  readonly damaged: boolean;
}

/**
 * @returns `undefined` when another one was at it for too long; this look is then not counted
 */
export async function alertPass(
  host: Host,
  install: Install,
  found: Found,
  signal: AbortSignal,
): Promise<AlertPass | undefined> {
  const { dir } = install;
  const { alerts } = install.answers;
  const settings = channelSettings(host, install);
  const channels = channelsOf(settings);
  return await withAlertState(host, dir, signal, async () => {
    const { state: before, damaged } = await readAlertState(host, dir);
    const now = host.clock.now();
    const until = silencedUntil(withoutFuture(before, now), alerts.silence, now);
    const { state: after, message } = step(before, found, now, {
      after: alerts.after,
      recoverAfter: alerts.recover_after,
      repeatHours: alerts.repeat_hours,
    }, until !== undefined);
    const waiting = after.queue.filter((each) => channels.includes(each.channel));
    const pruned = { ...after, queue: waiting };
    const next = message === undefined ? pruned : queued(pruned, message, channels);
    await writeAlertState(host, dir, next);
    const open = openProblems(next).length;
    const held = { open, silencedUntil: until, damaged };
    if (next.queue.length === 0 || until !== undefined) return { ...held, sent: [], failed: [] };
    const origin = originOf(host, install, found.state, next);
    const { left, taken } = await flush(host, next.queue, settings, origin);
    await writeAlertState(host, dir, {
      ...next,
      queue: [...left],
      last_sent_at: taken.length === 0 ? next.last_sent_at : host.clock.now().toISOString(),
    });
    return {
      ...held,
      sent: taken.map(({ channel, message: { event } }) => ({ channel, event })),
      failed: channels.flatMap((channel) => {
        const there = left.filter((each) => each.channel === channel);
        const [first] = there;
        return first === undefined ? [] : [{ channel, error: first.error, waiting: there.length }];
      }),
    };
  });
}
