/** `alerts test`: a test message through every channel, and what each of them said. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { channelsOf, channelText, deliver } from "../../notify/deliver.ts";
import type { AlertMessage } from "../../notify/state.ts";
import { readAlertState, withAlertState, writeAlertState } from "../../notify/store.ts";
import { channelSettings, needChannels, originOf } from "../../operations/alerts/scene.ts";
import { needInstall } from "../../operations/install.ts";
import type { CommandContext } from "../context.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir, signal } = context;
  const install = await needInstall(host, dir);
  const settings = channelSettings(host, install);
  needChannels(settings);
  const message = (number: number): AlertMessage => ({
    number,
    at: host.clock.now().toISOString(),
    event: "test",
    problems: [],
  });
  const { state } = await readAlertState(host, dir);
  // Each test is a message of its own; the number only has to differ from those of problems.
  const [byte = 0, next = 0, last = 0] = host.random.bytes(3);
  const number = 1_000_000 + (byte * 256 + next) * 256 + last;
  const results = await Promise.all(
    channelsOf(settings).map(async (channel) => {
      const origin = originOf(host, install, "unknown", state);
      return {
        channel,
        to: channelText(channel, settings),
        ...await deliver(host, channel, message(number), settings, origin),
      };
    }),
  );
  const ok = results.every((each) => each.ok);
  if (ok) {
    await withAlertState(host, dir, signal, async () => {
      const { state: now } = await readAlertState(host, dir);
      await writeAlertState(host, dir, { ...now, tested_at: host.clock.now().toISOString() });
    });
  }
  if (out.json) out.resultJson({ schema: 1, ok, channels: results });
  else {
    const c = out.resultColors;
    out.result(
      results.map((each) =>
        each.ok
          ? `${c.green("✓")} ${each.channel}: ${each.to} took it (${each.said})`
          : `${c.red("✗")} ${each.channel}: ${each.error}\n  ${c.dim("→")} rxdx-setup check ${
            each.channel === "email" ? `mail --to ${settings.alerts.email[0] ?? ""}` : "webhook"
          }`
      ).join("\n"),
    );
  }
  return ok ? EXIT.ok : EXIT.apply;
}
