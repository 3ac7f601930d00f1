/** `tls show`: the certificate on disk, the one that is served, and when it is renewed. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { lookAtCertificate } from "../../operations/tls/look.ts";
import { certificateJson, certificateText } from "../certificate_text.ts";
import { certificatesOf } from "../certificates.ts";
import type { CommandContext } from "../context.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out } = context;
  const { scene } = await certificatesOf(context);
  const look = await lookAtCertificate(scene);
  const now = host.clock.now();
  if (out.json) out.resultJson(certificateJson(scene.plan, look, now));
  else out.result(certificateText(scene.plan, look, now, out.resultColors));
  return EXIT.ok;
}
