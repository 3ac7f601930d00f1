/**
 * Whether nginx reaches what stands behind it, asked at the server that it has for itself: the maintenance
 * page does not stand before that one, so it can be asked before anybody is let in.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Step, StepReport } from "../steps/step.ts";
import { containerOf, type StackScene } from "./backup/scene.ts";
import { tellNginx } from "./nginx_reload.ts";

const PAGES = "/page";

/** Paths of nginx's own server (templates/nginx/partials/servers.eta), by what answers them. */
const BEHIND: Readonly<Record<string, string>> = {
  "the application": "/health",
  "the pages": PAGES,
};

/** What nginx says where it reaches nobody, or nobody answers in time. */
const NOBODY: readonly string[] = ["000", "500", "502", "503", "504"];

/** nginx asks the name server again after 5 s and forgives a failed backend after 10 s. */
const TIMEOUT_MS = 60_000;
const ANSWER_SECONDS = 8;
const POLL_MS = 250;

/**
 * The first complaint; `undefined` when everything is reached. The pages are asked for where their container
 * runs: one that was stopped is no matter of who replaces the application.
 */
export async function complaintBehind(scene: StackScene): Promise<string | undefined> {
  const nginx = await containerOf(scene, "nginx");
  if (nginx?.State.Running !== true) return "nginx does not run";
  const pages = (await containerOf(scene, "frontend"))?.State.Running === true;
  const asked = await Promise.all(
    Object.entries(BEHIND).filter(([, path]) => pages || path !== PAGES).map(
      async ([what, path]) => {
        const words = ["curl", "--noproxy", "*", "-sS", "-o", "/dev/null", "-w", "%{http_code}"];
        const { stdout } = await scene.engine.exec(
          nginx.Id,
          [...words, "-m", String(ANSWER_SECONDS), `http://127.0.0.1:8080${path}`],
        );
        const status = stdout.trim() || "000";
        // A configuration that was made before this version has no such place.
        return NOBODY.includes(status) ? [`nginx answers ${status} for ${what}`] : [];
      },
    ),
  );
  return asked.flat()[0];
}

/**
 * Returns when nginx reaches everything. Containers that were replaced have other addresses, which a running
 * nginx learns with its next question to the name server; told to read its configuration, it asks at once.
 *
 * @throws SetupError `not_ready` (exit 6)
 */
export async function untilReached(
  scene: StackScene,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const { host } = scene;
  const from = host.clock.monotonic();
  for (let asked = 0;; asked++) {
    const complaint = await complaintBehind(scene)
      .catch((error: unknown) => error instanceof Error ? error.message : String(error));
    if (complaint === undefined) return;
    report.detail(complaint);
    if (host.clock.monotonic() - from > TIMEOUT_MS) {
      throw new SetupError({
        code: "not_ready",
        message: `All services are healthy, but ${complaint}.`,
        hint: "rxdx-setup logs nginx backend frontend",
        exit: EXIT.unhealthy,
      });
    }
    if (asked === 0) {
      const nginx = await containerOf(scene, "nginx").catch(() => undefined);
      if (nginx) await tellNginx({ host, nginx: nginx.Id, signal }).catch(() => undefined);
    }
    await host.clock.sleep(POLL_MS, signal);
  }
}

export function behindDoorStep(scene: StackScene): Step {
  return {
    id: "behind-door",
    title: "Ask nginx whether it reaches the application and the pages",
    check: true,
    isDone: async () => await complaintBehind(scene).catch(() => "") === undefined,
    run: (report, signal) => untilReached(scene, report, signal),
  };
}
