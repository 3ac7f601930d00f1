/** `config set`: changes `rxdx.yml` after validating the whole of it; comments and order stay. */
import { changeDocument } from "../../answers/document_change.ts";
import { flagLayer, merge } from "../../answers/layers.ts";
import { parseAnswers } from "../../answers/parse.ts";
import type { Tree } from "../../answers/tree.ts";
import { EXIT, type ExitCode, invalidAnswers, SetupError } from "../../errors.ts";
import { configurationPath, needInstall } from "../../operations/install.ts";
import { prepareApply } from "../../operations/prepare.ts";
import type { CommandContext } from "../context.ts";
import { locked, recordedChange } from "../execute.ts";
import { quoted } from "../../steps/command_line.ts";
import { sha256 } from "../../steps/receipt.ts";
import { dirFlag } from "../summary.ts";

export async function run(
  context: CommandContext,
  _flags: unknown,
  ...settings: readonly string[]
): Promise<ExitCode> {
  const { host, out, dir } = context;
  if (settings.length === 0) {
    throw new SetupError({
      code: "usage",
      message: "Nothing to set.",
      hint: "rxdx-setup config set ports.https=8443",
      exit: EXIT.usage,
    });
  }
  // Before the lock, which would make the directory.
  await needInstall(host, dir);
  return await locked(context, "config set", async () => {
    const install = await needInstall(host, dir);
    const { layer, problems } = flagLayer(settings);
    const { values } = merge([
      { source: "present", values: install.answers as unknown as Tree },
      layer,
    ]);
    const parsed = parseAnswers(values);
    if (!parsed.ok || problems.length > 0) {
      throw invalidAnswers([...problems, ...(parsed.ok ? [] : parsed.problems)], "the new values");
    }
    const configuration = changeDocument(install.configuration, parsed.answers);
    // Rules over several fields and the machine are checked before the file is touched.
    await prepareApply(host, { ...install, answers: parsed.answers, configuration });
    const changed = configuration !== install.configuration;
    if (changed) {
      const facts = {
        configuration: sha256(configuration),
        before: sha256(install.configuration),
      };
      await recordedChange(
        context,
        "config set",
        facts,
        () => host.files.writeAtomic(configurationPath(dir), configuration, { mode: 0o600 }),
      );
    }
    if (out.json) out.resultJson({ schema: 1, changed, file: configurationPath(dir) });
    else {
      out.result(
        changed
          ? `${configurationPath(dir)} is changed. See what it means: ${
            quoted(["rxdx-setup", "plan", ...dirFlag(context)])
          }`
          : "Nothing to change: the values are already so.",
      );
    }
    return EXIT.ok;
  });
}
