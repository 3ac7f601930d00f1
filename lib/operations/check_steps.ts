/** What judges the files before anything is started from them: Compose, and nginx itself. */
import { composeCheck } from "../engine/compose.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun } from "../steps/command.ts";
import { quoted } from "../steps/command_line.ts";
import { readReceipt } from "../steps/receipt.ts";
import type { Step } from "../steps/step.ts";
import { definedHashes } from "./hashes.ts";
import { nginxConfiguration, nginxInputs } from "./stack_steps.ts";
import type { CertificatePlan } from "./tls/scene.ts";

export function checkComposeStep(host: Host, plan: Plan): Step {
  const run = { cwd: plan.dir };
  return {
    id: "check-compose",
    title: "Check the Compose files",
    check: true,
    isDone: () => definedHashes(host, plan.dir).then(() => true, () => false),
    run: async (_report, signal) => {
      await mustRun(host, composeCheck(), {
        ...run,
        signal,
        code: "compose_invalid",
        hint: `cd ${quoted([plan.dir])} && docker compose config --quiet`,
      });
    },
  };
}

/**
 * Lets the image that will run nginx judge a configuration, in a container of its own.
 *
 * @param path of the configuration as nginx sees it, below `/etc/nginx/rxdx/`
 */
export function nginxCheckCommand(plan: CertificatePlan, path: string): string[] {
  return [
    "docker",
    "run",
    "--rm",
    "--network=none",
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    `--user=${plan.nginxUser.uid}:${plan.nginxUser.gid}`,
    `--volume=${plan.dir}/nginx:/etc/nginx/rxdx:ro`,
    "--entrypoint=nginx",
    plan.images.nginx,
    "-e",
    "stderr",
    "-t",
    "-q",
    "-c",
    path,
  ];
}

/** nginx itself judges its configuration, in the image that will run it, before it takes effect. */
export function checkNginxStep(host: Host, plan: Plan): Step {
  const command = nginxCheckCommand(
    plan,
    `/etc/nginx/rxdx/${nginxConfiguration(plan).replace("nginx/", "")}`,
  );
  return {
    id: "check-nginx",
    title: "Check the nginx configuration",
    check: true,
    isDone: async () => {
      const receipt = await readReceipt(host, plan.dir);
      if (receipt?.nginxLoaded === await nginxInputs(host, plan)) return true;
      return (await host.process.run(command)).code === 0;
    },
    run: async (_report, signal) => {
      await mustRun(host, command, {
        signal,
        code: "nginx_invalid",
        hint: `The configuration is ${plan.dir}/${nginxConfiguration(plan)}`,
      });
    },
  };
}
