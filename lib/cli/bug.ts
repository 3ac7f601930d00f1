/** An unexpected error: the trace goes to a file, the operator gets its path. */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { VERSION } from "../version.ts";

export async function reportBug(
  host: Host,
  error: unknown,
  argv: readonly string[],
): Promise<SetupError> {
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? error.stack ?? message : message;
  const at = host.clock.now().toISOString();
  const path = `${host.env["TMPDIR"] ?? "/tmp"}/rxdx-setup-bug-${at.replace(/[-:.]/g, "")}.txt`;
  // Values of settings may be private; their names tell enough.
  const words = argv.map((word) => word.replace(/=.*/s, "=…")).join(" ");
  const text = `rxdx-setup ${VERSION}\n${at}\nrxdx-setup ${words}\n\n${trace}\n`;
  const written = await host.files.writeAtomic(path, text, { mode: 0o600 })
    .then(() => true, () => false);
  return new SetupError({
    code: "bug",
    message: `This is a bug in rxdx-setup: ${message.split("\n")[0]}`,
    hint: written
      ? `The trace is in ${path}; please send it with a description of what you did.`
      : "The trace could not be written; run the same command with TMPDIR on a disk with space.",
    exit: EXIT.bug,
    cause: error,
  });
}
