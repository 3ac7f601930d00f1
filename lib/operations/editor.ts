/** Which editor the operator means, and a private copy of a text for it. Used by `config edit`. */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";

/** Looked for in this order where no variable names one. */
const USUAL = ["sensible-editor", "nano", "vim", "vi"] as const;

/** Path of a program, as the shell would find it. */
async function found(host: Host, program: string): Promise<boolean> {
  if (program.includes("/")) return await host.files.stat(program) !== undefined;
  const directories = (host.env["PATH"] ?? "").split(":").filter((each) => each !== "");
  for (const directory of directories) {
    const info = await host.files.stat(`${directory}/${program}`).catch(() => undefined);
    if (info !== undefined && info.kind !== "directory") return true;
  }
  return false;
}

/**
 * The command line of the editor: `VISUAL`, `EDITOR` (which may hold flags), else a usual one.
 *
 * @throws SetupError `no_editor` (exit 4)
 */
export async function editorCommand(host: Host): Promise<readonly string[]> {
  for (const name of ["VISUAL", "EDITOR"]) {
    const words = (host.env[name] ?? "").trim().split(/\s+/).filter((word) => word !== "");
    const [program] = words;
    if (program === undefined) continue;
    if (await found(host, program)) return words;
    throw new SetupError({
      code: "no_editor",
      message: `${name} names ${program}, which is not on this machine.`,
      hint: `${name}=nano rxdx-setup config edit`,
      exit: EXIT.prerequisite,
    });
  }
  for (const program of USUAL) {
    if (await found(host, program)) return [program];
  }
  throw new SetupError({
    code: "no_editor",
    message: "There is no editor on this machine, and neither VISUAL nor EDITOR names one.",
    hint: "apt-get install nano; or change values with: rxdx-setup config set key=value",
    exit: EXIT.prerequisite,
  });
}

/** A copy that only its owner may read; it stays until {@link dropCopy}, also after a crash. */
export function copyPath(dir: string): string {
  return `${dir}/.rxdx/edit/rxdx.yml`;
}

export async function writeCopy(host: Host, dir: string, text: string): Promise<void> {
  await host.files.mkdir(`${dir}/.rxdx/edit`, 0o700);
  await host.files.writeAtomic(copyPath(dir), text, { mode: 0o600 });
}

export async function dropCopy(host: Host, dir: string): Promise<void> {
  await host.files.remove(`${dir}/.rxdx/edit`, { recursive: true });
}
