/**
 * Asks whether files of an install can be replaced, before anything is stopped for their sake: a change
 * that finds it out half-way cannot put them back either.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Step } from "./step.ts";
import { directoriesOf } from "./write_files.ts";

/**
 * A file is replaced in its directory, so the directories are asked. Bits of the file itself say something to
 * root alone, and only where they let its owner write: then nothing but an immutable file or a read-only
 * mount refuses.
 */
async function refused(host: Host, dir: string, paths: readonly string[]): Promise<string[]> {
  const below = [".rxdx", ...directoriesOf(paths)].map((each) => `${dir}/${each}`);
  const missing = await Promise.all(
    below.map(async (each) => await host.files.stat(each) === undefined),
  );
  // What is not there yet is made in the one above it, which is asked as well.
  const asked = [
    ...(missing.includes(true) || paths.some((each) => !each.includes("/")) ? [dir] : []),
    ...below,
  ];
  if (host.system.uid === 0) {
    for (const path of paths) {
      const info = await host.files.stat(`${dir}/${path}`);
      if (info?.kind === "file" && info.uid === 0 && (info.mode & 0o200) !== 0) {
        asked.push(`${dir}/${path}`);
      }
    }
  }
  return await host.files.unwritable([...new Set(asked)]);
}

/**
 * @param dir install directory
 * @param paths what will be written or removed, relative to it; what is not there yet counts by its directory
 * @throws SetupError `permission_denied` (exit 4), with every path at once
 */
export async function assertWritable(
  host: Host,
  dir: string,
  paths: readonly string[],
): Promise<void> {
  const found = await refused(host, dir, paths);
  if (found.length === 0) return;
  throw new SetupError({
    code: "permission_denied",
    message: found.map((path) => `Cannot write ${path}: permission denied.`).join("\n") +
      "\nNothing was stopped, and no file was changed.",
    hint:
      `Run as the owner of ${dir}, or with sudo. Root too is refused by a file system that is ` +
      "mounted read-only, and by what was made immutable (lsattr)",
    exit: EXIT.prerequisite,
  });
}

/**
 * The same as a step, which only looks.
 *
 * @param paths asked when the step's turn comes
 */
export function writableStep(
  host: Host,
  dir: string,
  paths: () => Promise<readonly string[]>,
): Step {
  return {
    id: "writable",
    title: "Check that the files of the install can be written",
    check: true,
    isDone: async () => (await refused(host, dir, await paths())).length === 0,
    run: async () => await assertWritable(host, dir, await paths()),
  };
}
