/** The table of commands about the program itself; part of `routes.ts`. */
import type { Command } from "@stricli/core";
import { type AppContext, define, exactly, switchFlag, textFlag } from "./command.ts";

export const selfUpdateCommand: Command<AppContext> = define({
  brief: "Another version of this program, verified; never touches the stack",
  examples: [
    "rxdx-setup self-update --check",
    "rxdx-setup self-update",
    "rxdx-setup self-update --to 0.1.0",
    "rxdx-setup self-update --rollback",
  ],
  more:
    "Shows first what changed, and asks. The checksums of a release are signed; the new program is\n" +
    "started for a trial, put into place by one rename, and the one before is kept. Works through\n" +
    "https_proxy. Where a package manager installed the program, it names the command of that.\n" +
    "--check changes nothing: exit 0 for the newest version, 10 where there is a newer one.\n" +
    "With --json: schema, result (up_to_date, available, updated, rolled_back), installed, offered,\n" +
    "key, and changes, each with version and text.",
  flags: {
    check: switchFlag("Only say whether there is a newer version"),
    to: textFlag("This version instead of the newest", "V"),
    rollback: switchFlag("Back to the version before, which was kept"),
    allowDowngrade: switchFlag("With --to: also to an older version"),
  },
  load: () => import("./commands/self_update.ts"),
});

export const verifyCommand: Command<AppContext> = define({
  brief: "Is a file signed by whom it must be? (minisign; exit 0 or 5)",
  examples: [
    "rxdx-setup verify SHA256SUMS",
    "rxdx-setup verify bundle.tar --key mirror.pub",
  ],
  more:
    "The signature is expected beside the file, with .minisig behind its name. Without --key the keys\n" +
    "that updates are held against are taken. Prints the trusted comment, which is signed too.\n" +
    "With --json: schema, file, key, comment.",
  flags: {
    signature: textFlag("The signature [FILE.minisig]", "FILE"),
    key: textFlag("The public key, or a file with it", "KEY", "files"),
  },
  positional: exactly(["FILE", "The file that was signed"]),
  load: () => import("./commands/verify.ts"),
});
