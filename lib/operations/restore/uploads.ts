/**
 * Uploads beside those that are in use, and the exchange of the two by renaming within the volume. The root of a
 * volume cannot be renamed, so what is in it is: first all that is old moves into a directory, then a mark is set,
 * then all that is new moves out of its directory. Without the mark everything in the root is old, with it
 * everything is new, so that a run that was killed anywhere can be gone on with or taken back.
 */
import { EXIT, SetupError } from "../../errors.ts";
import { BEGIN, begunByLine } from "../../steps/begun_by_line.ts";
import { mustRun } from "../../steps/command.ts";
import type { UploadSums } from "../../backup/manifest.ts";
import { feed } from "../backup/feed.ts";
import type { Receiver } from "../backup/read.ts";
import type { StackScene } from "../backup/scene.ts";
import { RESTORE_ENTRIES, uploadsHelper } from "../backup/sources.ts";

/** Everything that a file of another owner, in a directory of another owner, needs. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"];

const NAMES = `set -eu
cd /to
new="${RESTORE_ENTRIES}$ID.new" old="${RESTORE_ENTRIES}$ID.old" mark="${RESTORE_ENTRIES}$ID.swapped"
ours() { find . -mindepth 1 -maxdepth 1 ! -name '${RESTORE_ENTRIES}*' ! -name lost+found "$@"; }
like() { chown --reference="$1" "$2"; chmod --reference="$1" "$2"; }
`;

const LOAD = `${NAMES}
rm -rf "$new"
mkdir -m 700 "$new"
tar --extract --numeric-owner --preserve-permissions --directory="$new"
sync --file-system .
`;

const COUNT = `${NAMES}
find "$new" -type f -printf x | wc -c
`;

const SWAP = `${NAMES}
if [ ! -e "$mark" ]; then
  mkdir -p "$old"
  like . "$old"
  ours -exec mv -t "$old" -- {} +
  : > "$mark"
  sync --file-system .
fi
find "$new" -mindepth 1 -maxdepth 1 -exec mv -t . -- {} +
like "$new" .
sync --file-system .
`;

const TAKE_BACK = `${NAMES}
if [ -e "$mark" ]; then
  mkdir -p "$new"
  ours -exec mv -t "$new" -- {} +
  rm -f "$mark"
  sync --file-system .
fi
if [ -d "$old" ]; then
  like "$old" .
  find "$old" -mindepth 1 -maxdepth 1 -exec mv -t . -- {} +
  rmdir "$old"
fi
rm -rf "$new"
sync --file-system .
`;

const DROP = `${NAMES}
rm -rf "$old" "$new"
rm -f "$mark"
sync --file-system .
`;

/** Number and bytes of the files in use, and the sum of their whole seconds. */
const USE = `${NAMES}
find . -path './${RESTORE_ENTRIES}*' -prune -o -type f -printf '%s %T@\\n' |
  { n=0 b=0 t=0
    while read -r size time; do n=$((n + 1)) b=$((b + size)) t=$((t + \${time%.*})); done
    echo "$n $b $t"; }
`;

/** What it is fed with begins with {@link BEGIN}. */
async function helper(scene: StackScene, image: string, id: string, script: string) {
  const command = await uploadsHelper(scene, "/to", CAPABILITIES);
  if (command === undefined) {
    throw new SetupError({
      code: "no_uploads_volume",
      message: "The stack has no volume for uploads yet, so they cannot be restored.",
      hint: "rxdx-setup start; then run the same command again",
      exit: EXIT.prerequisite,
    });
  }
  return [
    ...command,
    "--interactive",
    `--env=ID=${id}`,
    "--entrypoint=sh",
    image,
    ...begunByLine(["sh", "-c", script]),
  ];
}

async function run(
  scene: StackScene,
  image: string,
  id: string,
  script: string,
  signal?: AbortSignal,
) {
  const { stdout } = await mustRun(scene.host, await helper(scene, image, id, script), {
    stdin: BEGIN,
    ...(signal === undefined ? {} : { signal }),
    code: "uploads_failed",
    hint: "Look at the disk: df -h; then run the same command again",
  });
  return stdout.trim();
}

/** Takes the archive of uploads as it comes, into a directory beside those in use. */
export async function uploadsReceiver(
  scene: StackScene,
  image: string,
  id: string,
  signal: AbortSignal,
): Promise<Receiver> {
  const receiver = feed(scene.host, await helper(scene, image, id, LOAD), {
    signal,
    failed: (complaint) =>
      new SetupError({
        code: "restore_failed",
        message: `The uploads could not be written:\n${complaint}`,
        hint: "Look at the disk: df -h; then run the same command again",
        exit: EXIT.apply,
      }),
  });
  await receiver.write(new TextEncoder().encode(BEGIN));
  return receiver;
}

/** Number of files that were restored beside those in use. */
export async function loadedUploads(
  scene: StackScene,
  image: string,
  id: string,
  signal: AbortSignal,
): Promise<number> {
  return Number(await run(scene, image, id, COUNT, signal));
}

/** What is in use now. */
export async function presentUploads(
  scene: StackScene,
  image: string,
  signal: AbortSignal,
): Promise<UploadSums> {
  const sums = (await run(scene, image, "0", USE, signal)).split(" ").map(Number);
  const [files = 0, bytes = 0, times = 0] = sums;
  return { files, bytes, times };
}

export async function swapUploads(
  scene: StackScene,
  image: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await run(scene, image, id, SWAP, signal);
}

/** The old ones are in their place afterwards, and the new ones gone. */
export async function takeUploadsBack(scene: StackScene, image: string, id: string): Promise<void> {
  await run(scene, image, id, TAKE_BACK);
}

export async function dropOldUploads(scene: StackScene, image: string, id: string): Promise<void> {
  await run(scene, image, id, DROP);
}
