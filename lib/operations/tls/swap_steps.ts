/**
 * From a new certificate that lies ready to one that is served, without a request lost: proven in nginx
 * itself, put in place by one rename, read by a reload, compared with what is served, the old one kept
 * (criterion T6). Every way to a certificate ends in these steps.
 */
import { EXIT, SetupError } from "../../errors.ts";
import { composeExec } from "../../engine/compose.ts";
import { mustRun } from "../../steps/command.ts";
import { readReceipt, sha256, writeReceipt } from "../../steps/receipt.ts";
import type { Step } from "../../steps/step.ts";
import { readCertificate, unfit } from "../../tls/certificate.ts";
import {
  certificatePath,
  keyPath,
  previousId,
  prunePairs,
  readLive,
  readPair,
  sslPath,
  switchTo,
} from "../../tls/store.ts";
import { nginxCheckCommand } from "../check_steps.ts";
import { reloadNginx, runningNginx } from "../nginx_reload.ts";
import { nginxConfiguration, nginxInputs } from "../stack_steps.ts";
import { type CertificateScene, nginxRuns, served } from "./scene.ts";

/** For a busy machine: usually it takes a quarter of a second. */
const SERVED_MS = 20_000;
const LOOK_MS = 50;
/**
 * nginx lets old and new workers accept side by side for 100 ms, so one answer proves nothing: this many in
 * a row do.
 */
const IN_A_ROW = 6;

/**
 * @param names what the new certificate must be for
 * @param now the time by a better clock than this machine's, where there is one
 */
export function swapSteps(
  scene: CertificateScene,
  names: readonly string[],
  now: () => Promise<Date> = () => Promise.resolve(scene.host.clock.now()),
): Step[] {
  return [
    proveStep(scene, names, now),
    switchStep(scene),
    reloadStep(scene),
    servedStep(scene),
    recordCertificateStep(scene),
  ];
}

/** What is left of a swap that was interrupted after the new pair was put in place. */
export function settleSteps(scene: CertificateScene): Step[] {
  return [reloadStep(scene), servedStep(scene), recordCertificateStep(scene)];
}

function proveStep(
  scene: CertificateScene,
  names: readonly string[],
  now: () => Promise<Date>,
): Step {
  const { host, plan, candidate } = scene;
  return {
    id: "prove-certificate",
    title: "Prove the new certificate: key, names, dates, nginx",
    check: true,
    isDone: () => Promise.resolve(candidate.id === undefined),
    run: async (report, signal) => {
      const { id = "" } = candidate;
      const pair = await readPair(host, plan.dir, id);
      const reason = unfit({
        certificate: pair?.certificate,
        key: pair?.key,
        names,
        now: await now(),
      });
      if (reason !== undefined) {
        throw new SetupError({
          code: "certificate_unfit",
          message: `The new certificate cannot be used: ${reason}. The old one is still served.`,
          hint: "rxdx-setup tls show",
          exit: EXIT.apply,
        });
      }
      report.detail("nginx reads it");
      await proveInNginx(scene, id, signal);
    },
  };
}

/** nginx judges the whole configuration with the new pair in it, while the old one is in use. */
async function proveInNginx(scene: CertificateScene, id: string, signal: AbortSignal) {
  const { host, plan } = scene;
  const relative = `ssl/pairs/${id}`;
  const trial = `${sslPath(plan.dir)}/pairs/${id}/trial.conf`;
  const present = await host.files.readText(`${plan.dir}/${nginxConfiguration(plan)}`) ?? "";
  const text = present.replaceAll(
    "/etc/nginx/rxdx/ssl/cert.pem",
    `/etc/nginx/rxdx/${relative}/cert.pem`,
  )
    .replaceAll("/etc/nginx/rxdx/ssl/key.pem", `/etc/nginx/rxdx/${relative}/key.pem`)
    .replaceAll("/etc/nginx/rxdx/ssl/live/", `/etc/nginx/rxdx/${relative}/`);
  await host.files.writeAtomic(trial, text, { mode: 0o644 });
  try {
    const path = `/etc/nginx/rxdx/${relative}/trial.conf`;
    const command = await nginxRuns(scene)
      ? composeExec("nginx", ["nginx", "-e", "stderr", "-t", "-q", "-c", path])
      : nginxCheckCommand(plan, path);
    await mustRun(host, command, {
      cwd: plan.dir,
      signal,
      code: "nginx_refuses_certificate",
      hint: "The old certificate is still served: rxdx-setup tls show",
    });
  } finally {
    await host.files.remove(trial);
  }
}

function switchStep(scene: CertificateScene): Step {
  const { host, plan, candidate } = scene;
  const owner = plan.nginxUser;
  let before: string | undefined;
  return {
    id: "switch-certificate",
    title: "Put the new certificate in place, keep the old one",
    isDone: async () =>
      candidate.id === undefined || (await readLive(host, plan.dir))?.id === candidate.id,
    run: async () => {
      before = (await readLive(host, plan.dir))?.id;
      await switchTo(host, plan.dir, candidate.id ?? "", owner);
      // A pair of two plain files has got an id by now.
      before ??= await previousId(host, plan.dir);
    },
    undo: async () => {
      if (before === undefined) return;
      await switchTo(host, plan.dir, before, owner);
      await reload(scene);
    },
  };
}

/** True when what is served is what lies on disk. */
async function isServed(scene: CertificateScene): Promise<boolean> {
  const live = await readLive(scene.host, scene.plan.dir);
  const [leaf] = await served(scene).catch(() => []);
  return leaf !== undefined &&
    readCertificate(leaf)?.fingerprint === readCertificate(live?.certificate ?? "")?.fingerprint;
}

/** Where none runs there is nobody to tell. */
async function reload(
  { host, engine, plan }: CertificateScene,
  signal?: AbortSignal,
): Promise<void> {
  const nginx = await runningNginx(engine, plan.answers.name);
  if (nginx !== undefined) await reloadNginx({ host, nginx, ...(signal && { signal }) });
}

function reloadStep(scene: CertificateScene): Step {
  const { host, plan } = scene;
  return {
    id: "reload-nginx",
    title: "Let nginx read the certificate, without a restart",
    isDone: async () => {
      if (!await nginxRuns(scene)) return true;
      const receipt = await readReceipt(host, plan.dir);
      return receipt?.nginxLoaded === await nginxInputs(host, plan) && await isServed(scene);
    },
    run: (_report, signal) => reload(scene, signal),
  };
}

export function servedStep(scene: CertificateScene): Step {
  const { host, plan } = scene;
  return {
    id: "served-certificate",
    title: "Compare the served certificate with the file",
    check: true,
    isDone: async () => {
      if (!await nginxRuns(scene)) return true;
      const receipt = await readReceipt(host, plan.dir);
      return receipt?.nginxLoaded === await nginxInputs(host, plan) && await isServed(scene);
    },
    run: async (_report, signal) => {
      const from = host.clock.monotonic();
      for (let good = 0; good < IN_A_ROW;) {
        good = await isServed(scene) ? good + 1 : 0;
        if (good === 0 && host.clock.monotonic() - from > SERVED_MS) {
          const [leaf] = await served(scene).catch(() => []);
          const other = leaf === undefined ? "nothing answers" : "another certificate is served";
          throw new SetupError({
            code: "certificate_not_served",
            message: `nginx was told to read the new certificate, but on 127.0.0.1:` +
              `${plan.answers.ports.https} ${other}.`,
            hint: "rxdx-setup logs --tail 20 nginx",
            exit: EXIT.apply,
          });
        }
        await host.clock.sleep(LOOK_MS, signal);
      }
    },
  };
}

/** Notes in the receipt what is in use now, so that the next plan finds nothing to do. */
function recordCertificateStep({ host, plan }: CertificateScene): Step {
  const fresh = async () => {
    const receipt = await readReceipt(host, plan.dir);
    if (receipt === undefined) return undefined;
    const made = new Map<string, string>();
    for (const path of [certificatePath(plan.dir), keyPath(plan.dir)]) {
      const text = await host.files.readText(path);
      if (text !== undefined) made.set(path.slice(plan.dir.length + 1), sha256(text));
    }
    return {
      receipt,
      next: {
        ...receipt,
        files: receipt.files.map((file) => {
          const hash = made.get(file.path);
          return hash === undefined ? file : { ...file, sha256: hash };
        }),
        nginxLoaded: await nginxInputs(host, plan),
      },
    };
  };
  return {
    id: "record-certificate",
    title: "Record it and forget older ones",
    isDone: async () => {
      const found = await fresh();
      return found === undefined || JSON.stringify(found.receipt) === JSON.stringify(found.next);
    },
    run: async () => {
      const found = await fresh();
      if (found === undefined) return;
      const updatedAt = host.clock.now().toISOString();
      await writeReceipt(host, plan.dir, { ...found.next, updatedAt });
      await prunePairs(host, plan.dir);
    },
  };
}
