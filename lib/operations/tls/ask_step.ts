/** Asks the CA, at most twice a day, how late it is and when it wants the certificate renewed (T4). */
import type { Step } from "../../steps/step.ts";
import { chooseMoment } from "../../tls/acme/decide.ts";
import { askRenewalInfo, renewalId } from "../../tls/acme/renewal_info.ts";
import { readRenewalState, writeRenewalState } from "../../tls/acme/state.ts";
import { readLive } from "../../tls/store.ts";
import { type AcmeScene, transportOf } from "./acme_scene.ts";

/** A little less than half a day, so that a timer that is late now and then still asks twice. */
const ASK_MS = 11 * 3_600_000;

/** RFC 9773, 4.2: chosen once for a window, and again when the CA moves it. */
export function askStep(scene: AcmeScene): Step {
  const { host, plan, settings } = scene;
  return {
    id: "acme-ask",
    title: `Ask ${new URL(settings.directoryUrl).host} when to renew`,
    isDone: async () => {
      const { checkedAt } = await readRenewalState(host, plan.dir);
      const age = host.clock.now().getTime() - Date.parse(checkedAt ?? "");
      return age >= 0 && age < ASK_MS;
    },
    run: async (report, signal) => {
      const live = await readLive(host, plan.dir);
      if (live?.meta?.source !== "acme") return;
      const transport = await transportOf(scene, signal);
      const id = await renewalId(live.certificate);
      const info = id === undefined ? undefined : await askRenewalInfo(transport, id);
      // The directory alone tells how late it is.
      if (info === undefined) await transport.directory();
      const state = await readRenewalState(host, plan.dir);
      const { window: before, ...rest } = state;
      const same = before !== undefined && before.id === id && info !== undefined &&
        before.start === info.start.toISOString() && before.end === info.end.toISOString();
      const [byte = 0, next = 0] = host.random.bytes(2);
      const fresh = info === undefined || id === undefined ? undefined : {
        id,
        start: info.start.toISOString(),
        end: info.end.toISOString(),
        chosen: chooseMoment(info, (byte * 256 + next) / 65_536).toISOString(),
        ...(info.explanation === undefined ? {} : { explanation: info.explanation }),
      };
      const window = same ? before : fresh;
      if (window !== undefined) report.detail(`between ${window.start} and ${window.end}`);
      await writeRenewalState(host, plan.dir, {
        ...rest,
        ...(window === undefined ? {} : { window }),
        checkedAt: host.clock.now().toISOString(),
        ...(transport.skewMs === undefined ? {} : { skewMs: transport.skewMs }),
      });
    },
  };
}
