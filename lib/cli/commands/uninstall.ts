/** `uninstall`: removes exactly what was created; data only with `--purge` and the stack's name. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { checkUnchanged, inputsOf, needOwnStack } from "../../operations/pinned.ts";
import { checkNoneUnfinished } from "../../operations/rotate/pending.ts";
import {
  planUninstall,
  removeState,
  type UninstallPlan,
  uninstallSteps,
} from "../../operations/uninstall.ts";
import { serverKeyPath } from "../../operations/backup/keys.ts";
import { keyStays } from "../../operations/uninstall_key.ts";
import { confirm, confirmByName } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { quoted } from "../../steps/command_line.ts";

interface Flags {
  readonly purge: boolean;
  readonly confirm?: string;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const reviewed = await inputsOf(host, dir);
  const install = await needOwnStack(host, new Engine(host), dir);
  const { name } = install.answers;
  // Its end needs the files that would be removed; without it the data may be locked.
  if (!flags.purge) await checkNoneUnfinished(host, dir);
  const plan = await planUninstall(host, install, flags);
  out.note(describe(plan, dir, flags.purge));
  if (flags.purge) {
    await confirmByName(context, "All data of this stack will be gone.", name, flags.confirm);
  }
  await confirm(context, flags.purge ? "Remove all of this?" : "Remove this? Data stay.");
  let { keepsKey } = plan;
  await locked(context, "uninstall", async () => {
    await checkUnchanged(host, dir, reviewed);
    // The timer may have made the first backup while somebody was asked.
    keepsKey ||= flags.purge && await keyStays(host, install);
    if (!flags.purge) await checkNoneUnfinished(host, dir);
    await execute(context, "uninstall", uninstallSteps(host, install, plan, flags));
  });
  const { leftBehind } = await removeState(host, dir, { ...flags, keepsKey });
  if (out.json) {
    out.resultJson({ schema: 1, removed: true, purged: flags.purge, left: leftBehind });
  } else if (flags.purge) {
    out.result(
      `The stack ${name} and its data are removed.` + leftText(dir, leftBehind, keepsKey),
    );
  } else {
    out.result(
      `The stack ${name} is removed. Its data stay in Docker volumes, and what is needed to open ` +
        `them in ${dir}: ${leftBehind.join(", ")}.\nBring it back: rxdx-setup init --dir ${
          quoted([dir])
        }`,
    );
  }
  return EXIT.ok;
}

/** Backups are the operator's, and so is what opens them. */
function leftText(dir: string, left: readonly string[], keepsKey: boolean): string {
  const others = keepsKey ? left.filter((name) => name !== ".rxdx") : left;
  return (others.length === 0 ? "" : ` Left in ${dir}: ${others.join(", ")}.`) +
    (keepsKey ? `\n${serverKeyPath(dir)} stays: it opens the backups of this server.` : "");
}

function describe(plan: UninstallPlan, dir: string, purge: boolean): string {
  const rows = [
    ["Containers", plan.containers],
    ["Images", plan.images],
    ["Volumes", plan.volumes],
    [`Files in ${dir}`, plan.files.length > 12 ? [`${plan.files.length} files`] : plan.files],
    [plan.timers.length > 1 ? "Timers" : "Timer", plan.timers],
    ["Clone of the sources", plan.clone === undefined ? [] : [plan.clone]],
    [
      "Stays",
      [
        ...plan.kept,
        ...(plan.keepsKey
          ? [`${serverKeyPath(dir)} (it opens the backups of this server, wherever they lie)`]
          : []),
      ],
    ],
  ] as const;
  const shown = rows.filter(([, items]) => items.length > 0)
    .map(([title, items]) => `${title}\n${items.map((item) => `  ${item}`).join("\n")}`);
  if (!purge) shown.push("The data volumes stay.");
  return shown.join("\n\n") + "\n";
}
