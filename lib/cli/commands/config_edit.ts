/**
 * `config edit`: `rxdx.yml` in the operator's editor. What comes back is validated as a whole, its
 * plan is shown, and only then it takes the file's place.
 */
import { Cancelled, EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { findChanges } from "../../operations/changes.ts";
import { copyPath, dropCopy, editorCommand, writeCopy } from "../../operations/editor.ts";
import {
  configurationPath,
  type Install,
  presentSecrets,
  readConfiguration,
} from "../../operations/install.ts";
import { prepareApply, type Prepared } from "../../operations/prepare.ts";
import { quoted } from "../../steps/command_line.ts";
import { readReceipt, sha256 } from "../../steps/receipt.ts";
import { askChoice } from "../../tui/prompts.ts";
import type { CommandContext } from "../context.ts";
import { locked, recordedChange } from "../execute.ts";
import { changesText } from "../review.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, dir, out } = context;
  const original = await host.files.readText(configurationPath(dir));
  if (original === undefined) {
    throw new SetupError({
      code: "not_installed",
      message: `There is no RxDx stack in ${dir}.`,
      hint: "rxdx-setup init, or name another directory with --dir",
      exit: EXIT.prerequisite,
    });
  }
  if (!context.interactive) {
    throw new SetupError({
      code: "no_terminal",
      message: "There is no terminal for an editor.",
      hint: "rxdx-setup config set key=value",
      exit: EXIT.usage,
    });
  }
  const editor = await editorCommand(host);
  await writeCopy(host, dir, original);
  for (;;) {
    const code = await host.process.interactive([...editor, copyPath(dir)]);
    const text = await host.files.readText(copyPath(dir));
    if (code !== 0 || text === undefined) {
      await dropCopy(host, dir);
      throw new Cancelled(`${editor[0]} ended with ${code}. rxdx.yml is as it was.`);
    }
    if (text === original) {
      await dropCopy(host, dir);
      out.result("Nothing was changed.");
      return EXIT.ok;
    }
    switch (await decide(context, text)) {
      case "again":
        continue;
      case "discard":
        await dropCopy(host, dir);
        throw new Cancelled("rxdx.yml is as it was.");
      case "save":
        await save(context, original, text);
        out.result(`${configurationPath(dir)} is changed. It takes effect with: rxdx-setup apply`);
        return EXIT.ok;
      case "apply": {
        await save(context, original, text);
        const apply = await import("./apply.ts");
        return await apply.run(context);
      }
    }
  }
}

type Decision = "again" | "discard" | "save" | "apply";

/** Shows what is wrong with the text, or what it would change, and asks. */
async function decide(context: CommandContext, text: string): Promise<Decision> {
  const { host, out } = context;
  let prepared: Prepared;
  try {
    prepared = await preparedOf(context, text);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    out.error(error);
    return await askChoice<Decision>(host, "What now?", [
      { value: "again", label: "edit", hint: "go on where you were" },
      { value: "discard", label: "discard", hint: "leave rxdx.yml as it was" },
    ]);
  }
  const changes = await findChanges(host, prepared);
  out.note(`${changesText(prepared, changes, out.colors)}\n`);
  return await askChoice<Decision>(host, "What now?", [
    { value: "apply", label: "apply", hint: "save it, and make the machine match" },
    { value: "save", label: "save", hint: "only save it" },
    { value: "again", label: "edit", hint: "go on editing" },
    { value: "discard", label: "discard", hint: "leave rxdx.yml as it was" },
  ]);
}

async function preparedOf({ host, dir }: CommandContext, text: string): Promise<Prepared> {
  const [secrets, receipt] = await Promise.all([presentSecrets(host, dir), readReceipt(host, dir)]);
  const install: Install = {
    dir,
    configuration: text,
    secrets,
    receipt,
    ...readConfiguration(text, receipt),
  };
  return await prepareApply(host, install);
}

/**
 * @throws SetupError `changed_meanwhile` (exit 5): the edited text stays where it is
 */
async function save(context: CommandContext, original: string, text: string): Promise<void> {
  const { host, dir } = context;
  await locked(context, "config edit", async () => {
    if (await host.files.readText(configurationPath(dir)) !== original) {
      throw new SetupError({
        code: "changed_meanwhile",
        message: "rxdx.yml was changed by somebody else while you were editing.",
        hint: `Your text is kept: diff ${quoted([configurationPath(dir)])} ${
          quoted([copyPath(dir)])
        }`,
        exit: EXIT.apply,
      });
    }
    await recordedChange(
      context,
      "config edit",
      { configuration: sha256(text), before: sha256(original) },
      () => host.files.writeAtomic(configurationPath(dir), text, { mode: 0o600 }),
    );
    await dropCopy(host, dir);
  });
}
