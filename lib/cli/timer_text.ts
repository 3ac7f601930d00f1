/** What is said where a timer should be and is not: what would install it here. */
import type { Host } from "../host/types.ts";
import { schedulerOf } from "../schedule/steps.ts";

/** Before `apply` could install one, there has to be something that starts jobs. */
export async function missingTimer(host: Host): Promise<string> {
  const init = await host.files.readText("/proc/1/comm").catch(() => undefined);
  const scheduler = await schedulerOf(host, { systemd: init?.trim() === "systemd" });
  return scheduler === "none"
    ? "none: neither systemd nor cron is here; install cron, then rxdx-setup apply"
    : "none; rxdx-setup apply installs it";
}
