/** The table of commands about accounts of the application; part of `routes.ts`. */
import { buildRouteMap, type RouteMap } from "@stricli/core";
import { ROLES, SEEDED_EMAILS } from "../operations/accounts/checks.ts";
import { type AppContext, define, exactly, switchFlag, textFlag, words } from "./command.ts";

const passwordFlags = {
  generate: switchFlag("Make a strong password and show it once"),
  passwordStdin: switchFlag("Read the password from standard input"),
};

const HOW =
  "The password is asked for, hidden and twice, unless --generate or --password-stdin is given. It\n" +
  "never stands in a command line, a log or a file here. Refused: fewer than 12 characters, more\n" +
  "than 72 bytes, and what is easy to guess.";

export const adminRoutes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    list: define({
      brief: "Who may log in to the application: role, lock, last login where it is kept",
      examples: ["rxdx-setup admin list", "rxdx-setup admin list --json"],
      more:
        "Names the accounts that the application's own seeding makes, whose password is public.\n" +
        "With --json: schema, and accounts, each with email, name, role, active, seeded,\n" +
        "failed_logins, locked_until, last_login, created_at.",
      load: () => import("./commands/admin_list.ts"),
    }),
    create: define({
      brief: "A new account, by the application's own service; an administrator by default",
      examples: [
        "rxdx-setup admin create ops@example.com",
        "rxdx-setup admin create ops@example.com --generate",
        "pass show rxdx | rxdx-setup admin create ops@example.com --password-stdin",
      ],
      more: HOW,
      flags: {
        ...passwordFlags,
        name: textFlag("Full name [Administrator]", "NAME"),
        role: textFlag(`${ROLES.join(", ")} [admin]`, "R", ROLES),
      },
      positional: exactly(["EMAIL", "Its login"]),
      load: () => import("./commands/admin_create.ts"),
    }),
    "reset-password": define({
      brief: "A new password for an account, which also unlocks it",
      examples: [
        "rxdx-setup admin reset-password ops@example.com",
        "rxdx-setup admin reset-password ops@example.com --generate",
      ],
      more: `${HOW}\nLogins that are open stay so until their token ends.`,
      flags: {
        ...passwordFlags,
        activate: switchFlag("Let in an account that was deactivated"),
      },
      positional: exactly(["EMAIL", "Its login"]),
      load: () => import("./commands/admin_reset.ts"),
    }),
    remove: define({
      brief: "Remove accounts; those that wrote something are deactivated instead",
      examples: [
        "rxdx-setup admin remove test@example.com",
        "rxdx-setup admin remove admin@example.com pm@example.com --yes",
      ],
      more: "Asks first. The last account that can administer the application stays.",
      positional: words("Logins", "EMAIL", SEEDED_EMAILS),
      load: () => import("./commands/admin_remove.ts"),
    }),
  },
  docs: { brief: "Accounts of the application" },
});
