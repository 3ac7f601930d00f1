/** `self-update`: another version of this program, verified as install.sh does it; never the stack. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { releaseSupply } from "../../operations/self_update/fetch.ts";
import {
  type InstalledProgram,
  installedProgram,
  needWritable,
  originOf,
} from "../../operations/self_update/installed.ts";
import { changesOf, type Offer, offered } from "../../operations/self_update/offer.ts";
import { previousPath } from "../../operations/self_update/places.ts";
import { isSettled, settleStep } from "../../operations/self_update/settle.ts";
import { type ShellFiles, shellFilesOf } from "../../operations/self_update/shell_files.ts";
import {
  needKept,
  previousSupply,
  replaceSteps,
  type Supply,
} from "../../operations/self_update/steps.ts";
import { versionSaid } from "../../operations/self_update/version_said.ts";
import type { Step } from "../../steps/step.ts";
import { compareVersions } from "../../release/versions.ts";
import { VERSION } from "../../version.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

interface Flags {
  readonly check: boolean;
  readonly to?: string;
  readonly rollback: boolean;
  readonly allowDowngrade: boolean;
}

/** Lines of the changelog that are shown; the rest is in the file. */
const MOST_LINES = 40;

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host } = context;
  if (flags.rollback && (flags.to !== undefined || flags.check)) {
    throw new SetupError({
      code: "conflicting_flags",
      message: "--rollback goes to the version that was kept; it takes neither --to nor --check.",
      hint: "rxdx-setup self-update --rollback",
      exit: EXIT.usage,
    });
  }
  const found = await installedProgram(host);
  // What is only asked changes nothing.
  const installed = flags.check ? found : await settled(context, found);
  return flags.rollback
    ? await rollBack(context, installed)
    : await update(context, installed, flags);
}

async function update(
  context: CommandContext,
  installed: InstalledProgram,
  flags: Flags,
): Promise<ExitCode> {
  const { host, out, signal } = context;
  const origin = await originOf(host, installed.receipt);
  const to = flags.to?.replace(/^v/, "");
  const offer = await offered(host, origin, to, signal);
  const order = compareVersions(offer.version, VERSION);
  const result = order === 0 || order < 0 && to === undefined ? "up_to_date" : "available";
  if (result === "up_to_date" || flags.check) {
    say(context, offer, result);
    return result === "available" ? EXIT.pending : EXIT.ok;
  }
  if (order < 0 && !flags.allowDowngrade) {
    throw new SetupError({
      code: "downgrade",
      message: `${offer.version} is older than ${VERSION}, which runs here. An older version may ` +
        "not understand what this one has written.",
      hint: `If you mean it: rxdx-setup self-update --to ${offer.version} --allow-downgrade`,
      exit: EXIT.usage,
    });
  }
  await needWritable(host, installed);
  if (!out.json) out.note(offerText(context, offer));
  await confirm(
    context,
    `Replace ${installed.program} by version ${offer.version}?`,
    "Look at `rxdx-setup self-update --check`, then give --yes",
  );
  await replace(context, installed, offer.version, releaseSupply(host, offer));
  say(context, offer, "updated");
  return EXIT.ok;
}

async function rollBack(context: CommandContext, installed: InstalledProgram): Promise<ExitCode> {
  const { host, out } = context;
  const path = previousPath(installed);
  const none = () =>
    new SetupError({
      code: "no_previous_version",
      message: `No version before ${VERSION} was kept.`,
      hint: "Name the one to go to: rxdx-setup self-update --to 0.1.0 --allow-downgrade",
      exit: EXIT.prerequisite,
    });
  if (await host.files.stat(path) === undefined) throw none();
  // Asking it for its version starts it.
  await needKept(host, installed);
  const version = await versionSaid(host, path);
  if (version === undefined) throw none();
  await needWritable(host, installed);
  out.note(`${VERSION} runs now; ${version} was kept.`);
  await confirm(context, `Go back to version ${version}?`, "Give --yes");
  await replace(context, installed, version, previousSupply(host, installed, version));
  if (out.json) out.resultJson({ schema: 1, result: "rolled_back", installed: version });
  else out.result(`Version ${version} is in place again. ${wayBack(VERSION)}`);
  return EXIT.ok;
}

/**
 * What is installed, once that which a killed run has left is settled. Before anything is decided by it:
 * the version in place may be the new one already, with the one before not kept yet.
 */
async function settled(
  context: CommandContext,
  installed: InstalledProgram,
): Promise<InstalledProgram> {
  const { host } = context;
  if (await isSettled(host, installed)) return installed;
  await needWritable(host, installed);
  await changed(context, installed, (now, shellFiles) => [settleStep(host, now, shellFiles)]);
  return await installedProgram(host);
}

async function replace(
  context: CommandContext,
  installed: InstalledProgram,
  to: string,
  supply: Supply,
): Promise<void> {
  const { host } = context;
  await changed(
    context,
    installed,
    (now, shellFiles) =>
      replaceSteps({ host, installed: now, from: VERSION, to, supply, shellFiles }),
  );
}

/** Journal, lock and record lie with the program, not with a stack. */
async function changed(
  context: CommandContext,
  installed: InstalledProgram,
  steps: (now: InstalledProgram, shellFiles: ShellFiles) => readonly Step[],
): Promise<void> {
  const own = { ...context, dir: installed.share };
  await locked(own, "self-update", async () => {
    // Another run may have finished while this one asked.
    const again = await installedProgram(context.host);
    const shellFiles = shellFilesOf(context.host, again);
    await execute(own, "self-update", steps(again, shellFiles));
    for (const path of shellFiles.missed) {
      context.out.note(`${path} could not be written anew; the program works without.`);
    }
  });
}

function wayBack(version: string): string {
  return `${version} was kept: rxdx-setup self-update --rollback`;
}

function offerText(context: CommandContext, offer: Offer): string {
  const c = context.out.colors;
  const lines = changesOf(offer, VERSION).flatMap(({ version, text }) => [
    c.bold(version),
    ...text.split("\n").map((line) => line === "" ? "" : `  ${line}`),
    "",
  ]);
  const shown = lines.length > MOST_LINES
    ? [...lines.slice(0, MOST_LINES), `  … and ${lines.length - MOST_LINES} lines more`, ""]
    : lines;
  return [
    `${VERSION} is installed, ${c.bold(offer.version)} can be had, signed by key ${offer.keyId}.`,
    ...(shown.length === 0 ? [] : ["", "What changes:", "", ...shown]),
  ].join("\n");
}

function say(
  context: CommandContext,
  offer: Offer,
  result: "up_to_date" | "available" | "updated",
): void {
  const { out } = context;
  if (out.json) {
    return out.resultJson({
      schema: 1,
      result,
      installed: result === "updated" ? offer.version : VERSION,
      offered: offer.version,
      key: offer.keyId,
      changes: changesOf(offer, VERSION),
    });
  }
  switch (result) {
    case "up_to_date":
      return out.result(
        offer.version === VERSION
          ? `${VERSION} is installed already.`
          : `${VERSION} is installed; the newest there is ${offer.version}.`,
      );
    case "available":
      out.note(offerText(context, offer));
      return out.result(`rxdx-setup self-update installs ${offer.version}.`);
    case "updated":
      return out.result(
        `Version ${offer.version} is in place. ${wayBack(VERSION)}\n` +
          "The stack was not touched; `rxdx-setup plan` says what this version would change in it.",
      );
  }
}
