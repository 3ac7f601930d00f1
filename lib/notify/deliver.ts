/**
 * Gives messages to the channels: e-mail through the host's mail, a POST to the webhook. Channels know
 * nothing of each other: one that fails holds up no other. Called by `healthcheck` and `alerts test`.
 */
import type { Answers } from "../answers/schema.ts";
import { SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Secret } from "../plan/secret.ts";
import { partsOfAddress, redactor } from "./redact.ts";
import type { AlertMessage, AlertState, Channel, Queued } from "./state.ts";
import { type AlertOrigin, identifiersOf, jsonOf, subjectOf, textOf } from "./text.ts";

export interface ChannelSettings {
  readonly alerts: Pick<Answers["alerts"], "email" | "webhook">;
  readonly email: Answers["email"];
  readonly password: Secret;
}

/** Milliseconds that each step of a conversation with a mail server may take. */
const MAIL_STEP_MS = 10_000;
/** Milliseconds until a webhook must have answered. */
const WEBHOOK_MS = 10_000;

/** Messages kept for a channel that takes none; the oldest of more are dropped. */
export const QUEUE_LENGTH = 20;

export function channelsOf({ alerts }: ChannelSettings): readonly Channel[] {
  return [
    ...(alerts.email.length > 0 ? ["email" as const] : []),
    ...(alerts.webhook === "" ? [] : ["webhook" as const]),
  ];
}

/** Where a channel leads, as may be shown to anybody. */
export function channelText(channel: Channel, { alerts, email }: ChannelSettings): string {
  if (channel === "email") return `${alerts.email.join(", ")} by ${email.host}:${email.port}`;
  return URL.canParse(alerts.webhook) ? new URL(alerts.webhook).host : "webhook";
}

export type Delivery =
  | { readonly ok: true; readonly said: string }
  | { readonly ok: false; readonly error: string };

/** Gives one message to one channel. Never throws what is an expected failure. */
export async function deliver(
  host: Host,
  channel: Channel,
  message: AlertMessage,
  settings: ChannelSettings,
  origin: AlertOrigin,
): Promise<Delivery> {
  const clean = redactor([
    settings.password.reveal(),
    ...partsOfAddress(settings.alerts.webhook),
  ]);
  try {
    const said = channel === "email"
      ? await sendMail(host, message, settings, origin)
      : await post(host, message, settings.alerts.webhook, origin);
    return { ok: true, said: clean(said) };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { ok: false, error: clean(error.message) };
  }
}

async function sendMail(
  host: Host,
  message: AlertMessage,
  { alerts, email, password }: ChannelSettings,
  origin: AlertOrigin,
): Promise<string> {
  const { reply_to: replyTo, ...server } = email;
  return await host.mail.send({
    ...server,
    password,
    ...(replyTo === "" ? {} : { replyTo }),
    to: alerts.email,
    subject: subjectOf(message, origin),
    text: textOf(message, origin),
    ...identifiersOf(message, origin, email.from),
    timeoutMs: MAIL_STEP_MS,
  });
}

async function post(
  host: Host,
  message: AlertMessage,
  url: string,
  origin: AlertOrigin,
): Promise<string> {
  const where = new URL(url).host;
  const answer = await host.net.fetch({
    url,
    method: "POST",
    timeoutMs: WEBHOOK_MS,
    headers: { "content-type": "application/json", "user-agent": "rxdx-setup" },
    body: jsonOf(message, origin),
  });
  if (answer.status >= 200 && answer.status < 300) return `HTTP ${answer.status}`;
  throw new SetupError({
    code: "webhook_refused",
    message: `${where} answered HTTP ${answer.status}` +
      (answer.status >= 300 && answer.status < 400 ? ", which points elsewhere." : "."),
    exit: 5,
  });
}

/** A message for every channel, behind what waits there already. */
export function queued(
  state: AlertState,
  message: AlertMessage,
  channels: readonly Channel[],
): AlertState {
  const added = channels.map((channel): Queued => ({ channel, message, attempts: 0, error: "" }));
  const all = [...state.queue, ...added];
  const kept = all.filter((each, index) =>
    channels.includes(each.channel) &&
    all.slice(index).filter((later) => later.channel === each.channel).length <= QUEUE_LENGTH
  );
  return { ...state, queue: kept };
}

/**
 * Gives every channel what waits for it, in order, until it fails.
 *
 * @returns what still waits, and how many messages each channel has taken
 */
export async function flush(
  host: Host,
  queue: readonly Queued[],
  settings: ChannelSettings,
  origin: AlertOrigin,
): Promise<{ readonly left: readonly Queued[]; readonly taken: readonly Queued[] }> {
  const outcomes = await Promise.all(
    channelsOf(settings).map(async (channel) => {
      const waiting = queue.filter((each) => each.channel === channel);
      for (const [index, each] of waiting.entries()) {
        const delivery = await deliver(host, channel, each.message, settings, origin);
        if (delivery.ok) continue;
        const failed = { ...each, attempts: each.attempts + 1, error: delivery.error };
        return { left: [failed, ...waiting.slice(index + 1)], taken: waiting.slice(0, index) };
      }
      return { left: [], taken: waiting };
    }),
  );
  return {
    left: outcomes.flatMap((each) => each.left),
    taken: outcomes.flatMap((each) => each.taken),
  };
}
