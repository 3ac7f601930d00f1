/** `backup fetch`: a backup back from a target. Works where no stack is installed (any more). */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { backupAt, type Fetched, fetchSteps } from "../../operations/backup/copies/fetch.ts";
import { namedTargets, openPlace } from "../../operations/backup/copies/open.ts";
import { sizeText } from "../../operations/backup/meter.ts";
import { backupDirectory } from "../../operations/backup/scene.ts";
import { findInstall } from "../../operations/install.ts";
import { absolute, type CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { addressHint } from "../hints.ts";
import { dirFlag } from "../summary.ts";

interface Flags {
  readonly from?: string;
  readonly output?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly rcloneConfig?: string;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...names: readonly string[]
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const [target] = flags.from === undefined ? [] : namedTargets([flags.from]);
  if (target === undefined || names.length > 1) {
    throw new SetupError({
      code: "usage",
      message: target === undefined ? "From where? --from names the target." : "One at a time.",
      hint: "rxdx-setup backup fetch NAME --from sftp://backup@nas.example.com/rxdx",
      exit: EXIT.usage,
    });
  }
  const install = await findInstall(host, dir);
  const own = install?.answers.backups;
  const path = (flag: string | undefined, known: string | undefined) =>
    flag === undefined ? known ?? "" : absolute(host, flag);
  const directory = flags.output !== undefined
    ? absolute(host, flags.output)
    : install === undefined
    ? `${dir}/backups`
    : backupDirectory(install);
  const place = await openPlace(host, target, {
    ssh_key: path(flags.sshKey, own?.ssh_key),
    known_hosts: path(flags.knownHosts, own?.known_hosts),
    rclone_config: path(flags.rcloneConfig, own?.rclone_config),
  });
  try {
    const entry = await backupAt(place, names[0]);
    let fetched: Fetched = { sha256: "", compared: false };
    await locked(context, "backup fetch", async () => {
      const steps = fetchSteps(host, place, entry, directory, (result) => fetched = result);
      await execute(context, "backup fetch", steps);
    });
    const file = `${directory}/${entry.name}`;
    if (out.json) {
      out.resultJson({ schema: 1, path: file, bytes: entry.size, ...fetched });
      return EXIT.ok;
    }
    const compared = fetched.compared
      ? "compared with the SHA-256 beside it."
      : "without a record beside it to compare with; its content is authenticated when it is opened.";
    out.result(`${file}: ${sizeText(entry.size)}, ${compared}`);
    out.result(
      addressHint(`Put it back: rxdx-setup backup restore --from ${file}`, dirFlag(context)),
    );
    return EXIT.ok;
  } finally {
    await place.close();
  }
}
