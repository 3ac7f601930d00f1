/** `bundle verify`: is it whole, signed by whom it must be, and fit for this machine? */
import { EXIT, type ExitCode } from "../../errors.ts";
import { checkFits } from "../../operations/bundle/judge.ts";
import { type BundleFlags, bundleJson, originLine, verified } from "../bundle_flow.ts";
import type { CommandContext } from "../context.ts";

export async function run(
  context: CommandContext,
  flags: BundleFlags,
  file: string,
): Promise<ExitCode> {
  const { host, out } = context;
  const bundle = await verified(context, file, flags);
  await checkFits(host, bundle);
  if (out.json) out.resultJson(bundleJson(bundle));
  else {
    out.result(
      `${bundle.file} is whole: ${bundle.members} members are what their checksums say.\n` +
        originLine(bundle, out.resultColors),
    );
  }
  return EXIT.ok;
}
