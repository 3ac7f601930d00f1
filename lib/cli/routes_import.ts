/** How a stack that was made by hand is taken over; part of the table in `routes.ts`. */
import type { Command } from "@stricli/core";
import { type AppContext, define, exactly, listFlag, textFlag } from "./command.ts";

export const importCommand: Command<AppContext> = define({
  brief: "Take over an RxDx stack that was set up by hand, with its data",
  examples: [
    "rxdx-setup import /srv/rxdx",
    "rxdx-setup import /srv/rxdx --dir /opt/rxdx --set resources.preset=small",
    "rxdx-setup import /srv/rxdx --yes",
  ],
  more:
    "The old stack must run: what is in use is read from it. Shown first is what was recognised and\n" +
    "from where, what will be different, what stands in the way; nothing is changed before yes. Kept\n" +
    "are project name, volumes, passwords, names and ports. Files of the old directory are never\n" +
    "changed.\n" +
    "While the old stack serves, images and files are made ready and it is backed up. Then it is\n" +
    "stopped and the new one started on the same data; until that has served, whatever fails brings\n" +
    "the old one back. A run that was killed goes on when run again.\n" +
    "With --json and without --yes: schema, from, project, recognised (what, value, from), assumed,\n" +
    "differs, left_alone, seeded_accounts. Secrets are in none of it.",
  flags: {
    name: textFlag("Which one, where several stacks run from the directory", "NAME"),
    set: listFlag("One value of rxdx.yml, where another is wanted; may be repeated", "key=value"),
    env: textFlag("development, staging or production", "E", [
      "development",
      "staging",
      "production",
    ]),
    backup: {
      kind: "boolean",
      brief: "Back up the old stack first; --no-backup trusts the copy you have",
      default: true,
    },
  },
  positional: exactly(["DIR", "Where its docker-compose.yml is", "directories"]),
  load: () => import("./commands/import.ts"),
});
