/** `bundle show`: what is in a bundle, and whether it is whole; not whose it is. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { bundleJson, bundleText, looked } from "../bundle_flow.ts";
import type { CommandContext } from "../context.ts";

export async function run(
  context: CommandContext,
  _flags: Readonly<Record<string, unknown>>,
  file: string,
): Promise<ExitCode> {
  const { out } = context;
  const bundle = await looked(context, file);
  if (out.json) out.resultJson(bundleJson(bundle));
  else out.result(bundleText(bundle, out.resultColors));
  return EXIT.ok;
}
