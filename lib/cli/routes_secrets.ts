/** The table of commands about secrets; part of `routes.ts`. */
import { buildRouteMap, type RouteMap } from "@stricli/core";
import { ROTATABLE } from "../secrets/rotation.ts";
import { type AppContext, define, switchFlag, textFlag, words } from "./command.ts";

export const secretsRoutes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    list: define({
      brief: "Every secret of the stack: where it is used, its age and strength; never its value",
      examples: ["rxdx-setup secrets list", "rxdx-setup secrets list --json"],
      more:
        "With --json: schema, unfinished (names of an interrupted rotation), and secrets, each with\n" +
        "name, where, used_by, set, since (null where nobody knows), since_from (install, rotation or\n" +
        "file), age_days, strength (weak, fair, strong or null), kind, ends and rotate.",
      load: () => import("./commands/secrets_list.ts"),
    }),
    rotate: define({
      brief: "New values, in an order in which one that works is always known",
      examples: [
        "rxdx-setup secrets rotate POSTGRES_PASSWORD SECRET_KEY",
        "rxdx-setup secrets rotate --all --yes",
        "pass show rxdx/smtp | rxdx-setup secrets rotate SMTP_PASSWORD --stdin --yes",
        "rxdx-setup secrets rotate --adopt",
      ],
      more:
        `Names: ${ROTATABLE.slice(0, 5).join(", ")},\n${ROTATABLE.slice(5).join(", ")}; short: ` +
        "postgres, admin,\nsmtp, imap, registry, backup. Shows first what is changed, what that ends, " +
        "and asks. Those made\nhere are generated; those that somebody else issues are asked for, or " +
        "given as\nRXDX_SECRET_<NAME>, by --secrets-file or --stdin, and tried before they are written. " +
        "Without a\nname an interrupted rotation is gone on with. --all: everything made here but the " +
        "recovery key,\nand what is given.",
      flags: {
        all: switchFlag("Everything that is made here, and what is given"),
        secretsFile: textFlag("File with NAME=value lines, mode 0600", "FILE"),
        stdin: switchFlag("Read the value of the one secret that is named from standard input"),
        adopt: switchFlag("Make the database follow the password in .env; no new value"),
        handEdits: textFlag(
          "What becomes of files that were edited by hand: keep, ours or merge; asked otherwise",
          "C",
        ),
      },
      positional: words("Secrets to rotate", "NAME", ROTATABLE),
      load: () => import("./commands/secrets_rotate.ts"),
    }),
  },
  docs: { brief: "Secrets: list and rotate" },
});
