/** A self-signed certificate on demand, and the way back to the certificate before, as steps. */
import type { Step } from "../../steps/step.ts";
import { readCertificate } from "../../tls/certificate.ts";
import { type Pair, readPrevious, stagePair } from "../../tls/store.ts";
import type { CertificateScene } from "./scene.ts";
import { swapSteps } from "./swap_steps.ts";
import { makeSelfSigned } from "./wanted.ts";

/** A new pair for every name, served without a restart. */
export function selfSignedSteps(scene: CertificateScene): Step[] {
  const { host, plan, candidate } = scene;
  const make: Step = {
    id: "make-certificate",
    title: "Make a self-signed certificate (ECDSA P-256, 397 days)",
    isDone: () => Promise.resolve(false),
    run: async (report) => {
      report.detail(plan.names.certificate.join(", "));
      candidate.id = await stagePair(
        host,
        plan.dir,
        await makeSelfSigned(host, plan),
        plan.nginxUser,
      );
    },
  };
  return [make, ...swapSteps(scene, plan.names.certificate)];
}

/** A pair that was judged before, from files. */
export function importSteps(
  scene: CertificateScene,
  pair: Pair,
  names: readonly string[],
): Step[] {
  const { host, plan, candidate } = scene;
  const lay: Step = {
    id: "import-certificate",
    title: "Take over certificate, chain and key",
    isDone: () => Promise.resolve(false),
    run: async (report) => {
      report.detail((readCertificate(pair.certificate)?.names ?? []).join(", "));
      candidate.id = await stagePair(host, plan.dir, pair, plan.nginxUser);
    },
  };
  return [lay, ...swapSteps(scene, names)];
}

/** The certificate that was served before the present one is served again. */
export function previousSteps(scene: CertificateScene): Step[] {
  const { host, plan, candidate } = scene;
  const take: Step = {
    id: "previous-certificate",
    title: "Take the certificate before out again",
    isDone: () => Promise.resolve(false),
    run: async (report) => {
      const pair = await readPrevious(host, plan.dir);
      if (pair?.id === undefined) return;
      report.detail((readCertificate(pair.certificate)?.names ?? []).join(", "));
      candidate.id = pair.id;
    },
  };
  // Whatever it names: it was served before.
  return [take, ...swapSteps(scene, [])];
}
