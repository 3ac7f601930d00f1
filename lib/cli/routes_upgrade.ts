/** `upgrade` and `rollback` in the table of commands; part of `routes.ts`. */
import type { Command } from "@stricli/core";
import { type AppContext, define, switchFlag, textFlag } from "./command.ts";
import { bundleFlags } from "./routes_bundle.ts";

export const upgradeRoutes: Readonly<Record<"upgrade" | "rollback", Command<AppContext>>> = {
  upgrade: define({
    brief: "Another version: backup, change, health check; or back by itself",
    examples: [
      "rxdx-setup upgrade --check",
      "rxdx-setup upgrade",
      "rxdx-setup upgrade --to 1.4.0",
      "rxdx-setup upgrade --to /root/rxdx-1.4.0.tar",
      "rxdx-setup upgrade --bundle rxdx-1.4.0.bundle.tar --key bundle.pub",
    ],
    more: "registry  --to TAG; without, newer content under the present tag\n" +
      "archive   --to FILE made by docker save; a bundle is verified, as with --bundle\n" +
      "build     --to REF of images.git; without, the newest commit of the present ref, or the\n" +
      "          sources as they are in images.path\n" +
      "demo      what this rxdx-setup carries\n" +
      "PostgreSQL (within its major version), nginx and what rxdx-setup itself writes come along.\n" +
      "--check changes nothing: exit 0 nothing newer, 10 something. A run that was interrupted is\n" +
      "gone on with by the same command.",
    flags: {
      to: textFlag("Tag, git ref or archive, by the source of the images", "V"),
      ...bundleFlags,
      check: switchFlag("Only show what there is (exit 0 nothing, 10 something)"),
      handEdits: textFlag(
        "What becomes of files that were edited by hand: keep, ours or merge; asked otherwise",
        "C",
      ),
    },
    load: () => import("./commands/upgrade.ts"),
  }),
  rollback: define({
    brief: "Back to the version before the last upgrade",
    examples: ["rxdx-setup rollback", "rxdx-setup rollback --data --yes"],
    more:
      "Says first whether images and files alone go back or the data too, and how much would be\n" +
      "lost. The data go back only where the upgrade has changed the schema of the database, or with\n" +
      "--data; a backup is made first. In the middle of an upgrade it gives that up.",
    flags: {
      data: switchFlag("Put the data back to the backup before the upgrade as well"),
    },
    load: () => import("./commands/rollback.ts"),
  }),
};
