/** `backup fetch`: a backup back from a target. Works where no stack is installed (any more). */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import {
  backupAt,
  type Fetched,
  fetchSteps,
  sumKnownHere,
} from "../../operations/backup/copies/fetch.ts";
import { namedTargets, openPlace } from "../../operations/backup/copies/open.ts";
import { sizeText } from "../../operations/backup/meter.ts";
import { backupDirectory } from "../../operations/backup/scene.ts";
import { findInstall } from "../../operations/install.ts";
import { absolute, type CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { addressHint } from "../hints.ts";
import { dirFlag } from "../summary.ts";
import { quoted } from "../../steps/command_line.ts";

interface Flags {
  readonly from?: string;
  readonly output?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  readonly rcloneConfig?: string;
}

const COMPARED = {
  here: "compared with the SHA-256 that is known here",
  beside: "compared with the SHA-256 beside it",
  nothing: "with no record beside it to compare with",
} as const;

/** Encryption does not tell who has written it: anybody may encrypt to a public key. */
const UNKNOWN_HERE =
  "This server never knew that sum, and whoever can write there can have made the\n" +
  "file: compare it with one that you noted elsewhere.";

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
  const backups = install === undefined ? `${dir}/backups` : backupDirectory(install);
  const directory = flags.output === undefined ? backups : absolute(host, flags.output);
  const place = await openPlace(host, target, {
    ssh_key: path(flags.sshKey, own?.ssh_key),
    known_hosts: path(flags.knownHosts, own?.known_hosts),
    rclone_config: path(flags.rcloneConfig, own?.rclone_config),
  });
  try {
    const entry = await backupAt(place, names[0]);
    const known = await sumKnownHere(host, dir, backups, entry.name, target.text);
    let fetched: Fetched = { sha256: "", compared: false, compared_with: null };
    await locked(context, "backup fetch", async () => {
      const steps = fetchSteps(host, place, entry, directory, known, (result) => fetched = result);
      await execute(context, "backup fetch", steps);
    });
    const file = `${directory}/${entry.name}`;
    if (out.json) {
      out.resultJson({ schema: 1, path: file, bytes: entry.size, ...fetched });
      return EXIT.ok;
    }
    const { compared_with: source, sha256 } = fetched;
    out.result(`${file}: ${sizeText(entry.size)}, ${COMPARED[source ?? "nothing"]}.`);
    out.result(`SHA-256 ${sha256}`);
    if (source !== "here") out.result(UNKNOWN_HERE);
    out.result(
      addressHint(
        `Put it back: rxdx-setup backup restore --from ${quoted([file])}`,
        dirFlag(context),
      ),
    );
    return EXIT.ok;
  } finally {
    await place.close();
  }
}
