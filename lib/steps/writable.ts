/**
 * Asks whether the files of an install can be replaced, before anything is stopped for their sake: a change
 * that finds it out half-way cannot put them back either.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Step } from "./step.ts";
import { directoriesOf } from "./write_files.ts";

async function refused(host: Host, dir: string, paths: readonly string[]): Promise<string[]> {
  const atTop = paths.some((each) => !each.includes("/")) ? [dir] : [];
  const below = [".rxdx", ...directoriesOf(paths)].map((each) => `${dir}/${each}`);
  // A file is replaced in its directory. Its own bits say something only to root, whom nothing but an
  // immutable file or a read-only mount refuses.
  const files = host.system.uid === 0 ? paths.map((each) => `${dir}/${each}`) : [];
  return await host.files.unwritable([...new Set([...atTop, ...below, ...files])]);
}

/**
 * A step that only looks.
 *
 * @param dir install directory
 * @param paths what will be written, relative to it; what is not there yet counts by its directory
 * @throws SetupError `permission_denied` (exit 4), with every path at once
 */
export function writableStep(host: Host, dir: string, paths: readonly string[]): Step {
  return {
    id: "writable",
    title: "Check that the files of the install can be written",
    check: true,
    isDone: async () => (await refused(host, dir, paths)).length === 0,
    run: async () => {
      const found = await refused(host, dir, paths);
      throw new SetupError({
        code: "permission_denied",
        message: found.map((path) => `Cannot write ${path}: permission denied.`).join("\n") +
          "\nNothing was changed.",
        hint:
          `Run as the owner of ${dir}, or with sudo. Root too is refused by a file system that is ` +
          "mounted read-only, and by what was made immutable (lsattr)",
        exit: EXIT.prerequisite,
      });
    },
  };
}
