/**
 * The last gate: readiness asked through the published port, the way a browser comes. Containers
 * may all be healthy by their last check while nginx still believes that the backend is gone.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../steps/step.ts";

/** nginx asks the name server again after 5 s and forgives a failed backend after 10 s. */
const TIMEOUT_MS = 60_000;
const POLL_MS = 250;

export function frontDoorStep(host: Host, plan: Pick<Plan, "answers">): Step {
  const port = plan.answers.ports.http;
  const ask = async (): Promise<string | undefined> => {
    try {
      // Plain HTTP answers /health for any name, without a redirect, in every TLS mode.
      const response = await host.net.request({ port, path: "/health", timeoutMs: 5_000 });
      const body = await response.text();
      return response.status === 200 ? undefined : `${response.status} ${body.slice(0, 200)}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return {
    id: "front-door",
    title: "Ask for readiness through nginx",
    check: true,
    isDone: async () => await ask() === undefined,
    run: async (report, signal) => {
      const from = host.clock.monotonic();
      for (;;) {
        const complaint = await ask();
        if (complaint === undefined) return;
        report.detail(complaint);
        if (host.clock.monotonic() - from > TIMEOUT_MS) {
          throw new SetupError({
            code: "not_ready",
            message:
              `All services are healthy, but http://127.0.0.1:${port}/health says: ${complaint}`,
            hint: "rxdx-setup logs nginx backend",
            exit: EXIT.unhealthy,
          });
        }
        await host.clock.sleep(POLL_MS, signal);
      }
    },
  };
}
