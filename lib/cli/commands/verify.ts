/** `verify`: is a file signed by whom it must be? For releases, bundles, and before trusting either. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { installedProgram, keysFrom, originOf } from "../../operations/self_update/installed.ts";
import { verifySignature } from "../../release/minisign.ts";
import { RELEASE_KEYS } from "../../release/origin.ts";
import type { CommandContext } from "../context.ts";
import { absolute } from "../context.ts";

interface Flags {
  readonly signature?: string;
  readonly key?: string;
}

export async function run(context: CommandContext, flags: Flags, file: string): Promise<ExitCode> {
  const { host, out } = context;
  const path = absolute(host, file);
  const signaturePath = absolute(host, flags.signature ?? `${file}.minisig`);
  for (const each of [path, signaturePath]) {
    if ((await host.files.stat(each))?.kind === "file") continue;
    throw new SetupError({
      code: "file_not_found",
      message: `There is no file ${each}.`,
      hint: "rxdx-setup verify FILE --signature FILE.minisig",
      exit: EXIT.usage,
    });
  }
  const keys = await trusted(context, flags.key);
  const signature = await host.files.readText(signaturePath) ?? "";
  const { trustedComment, keyId } = await verifySignature(
    keys,
    signature,
    host.files.openSource(path),
  );
  if (out.json) out.resultJson({ schema: 1, file: path, key: keyId, comment: trustedComment });
  else out.result(`${path}: signed by key ${keyId}\n${trustedComment}`);
  return EXIT.ok;
}

/** The given key, else those that updates of this program are held against. */
async function trusted(context: CommandContext, given: string | undefined) {
  const { host } = context;
  if (given !== undefined) {
    return await keysFrom(host, given.startsWith("RW") ? given : absolute(host, given));
  }
  const receipt = await installedProgram(host).then((each) => each.receipt, () => undefined);
  if (receipt === undefined && RELEASE_KEYS.length > 0) return RELEASE_KEYS;
  return (await originOf(host, receipt ?? { keys: [], files: [], rest: [] })).keys;
}
