/**
 * The certificate as a step. Key and certificate are two files and must never disagree, so both
 * are written under new names first and each is complete before it takes its place; a crash
 * between the two renames is healed by the next run, which finds that they do not match.
 */
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../steps/step.ts";
import { unfit } from "./certificate.ts";
import { SELF_SIGNED_DAYS, selfSigned } from "./self_signed.ts";

export function certificatePath(dir: string): string {
  return `${dir}/nginx/ssl/cert.pem`;
}

export function keyPath(dir: string): string {
  return `${dir}/nginx/ssl/key.pem`;
}

/** Days before its end that a self-signed certificate is made anew, so that no warning stays. */
const RENEW_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Why a self-signed pair has to be made anew, or `undefined` when the present one serves all names of
 * the plan for a while yet.
 */
export async function certificateNeed(host: Host, plan: Plan): Promise<string | undefined> {
  const days = Math.max(RENEW_DAYS, plan.answers.alerts.certificate_days);
  const reason = unfit({
    certificate: await host.files.readText(certificatePath(plan.dir)),
    key: await host.files.readText(keyPath(plan.dir)),
    names: plan.names.certificate,
    now: new Date(host.clock.now().getTime() + days * DAY_MS),
  });
  if (reason === "it has expired") return `it ends within ${days} days`;
  return reason ??
    (await ownedByNginx(host, plan) ? undefined : "nginx could not read its key");
}

/** Makes a self-signed pair when there is none that serves all names of the plan for a while yet. */
export function selfSignedStep(host: Host, plan: Plan): Step {
  const paths = { certificate: certificatePath(plan.dir), key: keyPath(plan.dir) };
  const present = async () => ({
    certificate: await host.files.readText(paths.certificate),
    key: await host.files.readText(paths.key),
  });
  let before: { certificate: string | undefined; key: string | undefined } | undefined;
  const write = async (certificate: string, key: string) => {
    await host.files.writeAtomic(paths.key, key, { mode: 0o600, owner: plan.nginxUser });
    await host.files.writeAtomic(paths.certificate, certificate, { mode: 0o644 });
  };
  return {
    id: "certificate",
    title: `Make a self-signed certificate (ECDSA P-256, ${SELF_SIGNED_DAYS} days)`,
    isDone: async () => await certificateNeed(host, plan) === undefined,
    run: async (report) => {
      before = await present();
      report.detail(plan.names.certificate.join(", "));
      const pair = await selfSigned({
        names: plan.names.certificate,
        now: host.clock.now(),
        serial: host.random.bytes(16),
      });
      await write(pair.certificate, pair.key);
    },
    undo: async () => {
      if (before?.certificate !== undefined && before.key !== undefined) {
        await write(before.certificate, before.key);
      }
    },
  };
}

/** nginx runs without root and must be able to read its key. */
async function ownedByNginx(host: Host, plan: Plan): Promise<boolean> {
  const info = await host.files.stat(keyPath(plan.dir));
  return info?.uid === plan.nginxUser.uid && info.mode === 0o600;
}
