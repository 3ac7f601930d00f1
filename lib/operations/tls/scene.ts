/** What the steps of one certificate operation share. */
import type { Engine } from "../../engine/client.ts";
import { stackContainers } from "../../engine/state.ts";
import type { Host } from "../../host/types.ts";
import type { Plan } from "../../plan/plan.ts";
import { isIpAddress } from "../../answers/rules.ts";

export interface CertificateScene {
  readonly host: Host;
  readonly engine: Engine;
  readonly plan: Plan;
  /** The pair that this run has laid down and not yet put to use. */
  readonly candidate: { id?: string };
}

/** True when an nginx of this stack runs, so that something has to be told of a new certificate. */
export async function nginxRuns({ engine, plan }: CertificateScene): Promise<boolean> {
  return stackContainers(await engine.containers(plan.answers.name))
    .some((each) => each.service === "nginx" && each.state === "running");
}

/** SNI by which the stack is asked for its certificate; none where its first name is an address. */
export function serverNameOf(plan: Plan): string | undefined {
  return plan.names.server.find((name) => !isIpAddress(name));
}

/** The certificates that are served on the published port, the leaf first. */
export async function served({ host, plan }: CertificateScene): Promise<readonly string[]> {
  const serverName = serverNameOf(plan);
  return await host.net.servedCertificates({
    host: "127.0.0.1",
    port: plan.answers.ports.https,
    ...(serverName === undefined ? {} : { serverName }),
    timeoutMs: 5_000,
  });
}
