/** `alerts show`: what was told and is not over, what is held back, and whether anybody looks. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { channelsOf, channelText } from "../../notify/deliver.ts";
import { silencedUntil } from "../../notify/silence.ts";
import type { Tracked } from "../../notify/state.ts";
import { withoutFuture } from "../../notify/step.ts";
import { readAlertState } from "../../notify/store.ts";
import { moment, span } from "../../notify/text.ts";
import { channelSettings } from "../../operations/alerts/scene.ts";
import { lookAtAlerts } from "../../operations/alerts/status.ts";
import { needInstall } from "../../operations/install.ts";
import type { CommandContext } from "../context.ts";
import { missingTimer } from "../timer_text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const settings = channelSettings(host, install);
  const [{ alerts }, read] = await Promise.all([
    lookAtAlerts(host, install),
    readAlertState(host, dir),
  ]);
  const now = host.clock.now();
  const state = withoutFuture(read.state, now);
  const channels = channelsOf(settings).map((channel) => ({
    channel,
    to: channelText(channel, settings),
    waiting: state.queue.filter((each) => each.channel === channel).length,
    error: state.queue.find((each) => each.channel === channel)?.error ?? "",
  }));
  const silent = silencedUntil(state, install.answers.alerts.silence, now);
  const reason = silent === undefined ? "" : state.silence?.reason ?? "";
  if (out.json) {
    const { undelivered: _undelivered, expected, ...known } = alerts;
    out.resultJson({
      schema: 1,
      ...known,
      timer_expected: expected,
      looked_at: state.looked_at,
      silence_reason: reason,
      channels,
      problems: state.problems.map(problemJson),
    });
    return EXIT.ok;
  }
  const c = out.resultColors;
  const at = now.toISOString();
  const when = (time: string | null) =>
    time === null ? "never" : `${moment(time)} (${span(time, at)} ago)`;
  const told = state.problems.filter((each) => each.told !== null);
  const seen = state.problems.filter((each) => each.told === null && each.bad > 0);
  const rows = [
    ...(channels.length === 0
      ? [["told", "nobody: neither alerts.email nor alerts.webhook is set"]]
      : channels.map((each) => [
        each.channel,
        each.to + (each.waiting === 0 ? "" : c.red(`  ${each.waiting} waiting: ${each.error}`)),
      ])),
    [
      "timer",
      alerts.scheduled_by === null
        ? alerts.expected ? c.red(await missingTimer(host)) : "none"
        : `${alerts.scheduled_by}, every ${install.answers.alerts.every_minutes} minutes`,
    ],
    ["last look", when(state.looked_at)],
    ["last sent", when(state.last_sent_at)],
    ["last test", when(state.tested_at)],
    ...(silent === undefined ? [] : [[
      "silence",
      c.yellow(`until ${moment(silent.toISOString())}${reason === "" ? "" : ` (${reason})`}`),
    ]]),
  ];
  const lines = rows.map(([name = "", value = ""]) => `${name.padEnd(10)}${value}`);
  const list = [...told, ...seen].flatMap((each) => [
    "",
    `${each.severity === "critical" ? c.red("✗") : c.yellow("!")} ${each.message}`,
    `  since ${moment(each.since)}, ${toldText(each)}`,
    `  ${c.dim("→")} ${each.hint}`,
  ]);
  out.result([...lines, ...(list.length === 0 ? ["", "Nothing is wrong that was told."] : list)]
    .join("\n"));
  return EXIT.ok;
}

function toldText(each: Tracked): string {
  if (each.told === null) return `seen ${each.bad} times, not told yet`;
  const calm = each.flapping ? "; it comes and goes" : "";
  return `told ${moment(each.told.at)}${
    each.good > 0 ? `; gone for ${each.good} looks` : ""
  }${calm}`;
}

function problemJson(each: Tracked) {
  return {
    code: each.code,
    subject: each.subject,
    severity: each.severity,
    message: each.message,
    hint: each.hint,
    since: each.since,
    told_at: each.told?.at ?? null,
    flapping: each.flapping,
    seen_in_last_look: each.bad > 0,
  };
}
