/** What the steps of one certificate operation share. */
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { namesOf, nginxUserOf, type Plan } from "../../plan/plan.ts";
import { Secret } from "../../plan/secret.ts";
import { readEnv } from "../../render/env_codec.ts";
import type { Install } from "../install.ts";
import { runningNginx } from "../nginx_reload.ts";
import { isIpAddress } from "../../answers/rules.ts";

/**
 * The part of a plan that certificates need. It can be had without measuring the machine or looking at
 * images, so that a renewal never fails for something that has nothing to do with it.
 */
export interface CertificatePlan extends Pick<Plan, "dir" | "answers" | "names" | "nginxUser"> {
  readonly images: { readonly nginx: string };
  readonly secrets: { readonly ACME_EAB_KEY: Secret };
}

export interface CertificateScene {
  readonly host: Host;
  readonly engine: Engine;
  readonly plan: CertificatePlan;
  /** The pair that this run has laid down and not yet put to use. */
  readonly candidate: { id?: string };
}

/** True when an nginx of this stack runs, so that something has to be told of a new certificate. */
export async function nginxRuns({ engine, plan }: CertificateScene): Promise<boolean> {
  return await runningNginx(engine, plan.answers.name) !== undefined;
}

/** SNI by which the stack is asked for its certificate; none where its first name is an address. */
function serverNameOf(plan: CertificatePlan): string | undefined {
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

/** What an install says of itself. */
export async function certificatePlan(host: Host, install: Install): Promise<CertificatePlan> {
  const env = readEnv(await host.files.readText(`${install.dir}/.env`) ?? "");
  return {
    dir: install.dir,
    answers: install.answers,
    names: namesOf(install.answers),
    nginxUser: nginxUserOf(host.system),
    images: { nginx: env.get("NGINX_IMAGE") ?? "" },
    secrets: { ACME_EAB_KEY: new Secret(install.secrets.ACME_EAB_KEY ?? "") },
  };
}
