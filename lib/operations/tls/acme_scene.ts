/** What the steps of an order at a certificate authority share, and the connection to it. */
import { EXIT, SetupError } from "../../errors.ts";
import type { AcmeSettings } from "../../tls/acme/settings.ts";
import { readRenewalState } from "../../tls/acme/state.ts";
import { AcmeTransport } from "../../tls/acme/transport.ts";
import type { CertificateScene } from "./scene.ts";

export interface AcmeScene extends CertificateScene {
  readonly settings: AcmeSettings;
}

/** The time by the CA's clock, as far as this machine knows how far its own is off. */
export async function timeOfCa({ host, plan }: AcmeScene): Promise<Date> {
  const { skewMs = 0 } = await readRenewalState(host, plan.dir);
  return new Date(host.clock.now().getTime() - skewMs);
}

/** The PEM texts of `tls.ca_bundle`. @throws SetupError when it is not there or no certificate */
export async function bundleOf({ host, settings }: AcmeScene): Promise<string[]> {
  if (settings.bundle === "") return [];
  const text = await host.files.readText(settings.bundle);
  if (text?.includes("-----BEGIN CERTIFICATE-----")) return [text];
  throw new SetupError({
    code: "ca_bundle_unreadable",
    message: `tls.ca_bundle ${settings.bundle} ` +
      (text === undefined ? "is not there." : "holds no certificate in PEM form."),
    hint: "Give the root certificate of the authority as PEM.",
    exit: EXIT.answers,
  });
}

export async function transportOf(
  scene: AcmeScene,
  signal?: AbortSignal,
  directoryUrl = scene.settings.directoryUrl,
): Promise<AcmeTransport> {
  return new AcmeTransport({
    host: scene.host,
    directoryUrl,
    authorities: await bundleOf(scene),
    signal,
  });
}
