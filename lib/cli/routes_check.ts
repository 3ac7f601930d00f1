/** `check` and `doctor` in the table of commands; part of `routes.ts`. */
import { SERVICES } from "../engine/compose.ts";
import { define, switchFlag, textFlag, words } from "./command.ts";

export const checkCommand = define({
  brief: "Check this machine and the services that the stack is configured with (exit 0 or 6)",
  examples: [
    "rxdx-setup check",
    "rxdx-setup check mail --to you@example.com",
    "rxdx-setup check imap model registry webhook",
  ],
  more: "machine      system, memory, disk, clock, Docker, ports, proxies, other stacks\n" +
    "names        where the domain and its aliases lead\n" +
    "certificate  dates, key, what is served, the last order and its error, the timer\n" +
    "copies       does every place for copies of backups answer, and what lies there\n" +
    "mail         sends one message to --to, as the application will send\n" +
    "imap         logs in and looks at the mailbox, changing nothing\n" +
    "model        asks the language model one short question\n" +
    "registry     is it one, and does the login hold\n" +
    "webhook      posts one test alert\n" +
    "Machine and names when nothing is named; these two need no installed stack.\n" +
    "With --json: schema, result, and checks, each with id, title, state (ok, warn, fail,\n" +
    "unknown), detail and perhaps hint.",
  flags: { to: textFlag("mail: who gets the test message", "ADDRESS") },
  positional: words("What to check", "WHAT", [
    "machine",
    "names",
    "certificate",
    "copies",
    "mail",
    "imap",
    "model",
    "registry",
    "webhook",
  ]),
  load: () => import("./commands/check.ts"),
});

export const doctorCommand = define({
  brief: "Everything that can be checked here, with cause and remedy (exit 0 or 6)",
  examples: [
    "rxdx-setup doctor",
    "rxdx-setup doctor backend",
    "rxdx-setup doctor --fix",
    "rxdx-setup doctor --json",
  ],
  more: "The machine, Docker, each service with the cause of its trouble, the database, the\n" +
    "certificate, ports, secrets, files, upkeep. Works while Docker is down as well. Asks nobody\n" +
    "outside but name servers, the registry that images came from and the places of copies;\n" +
    "`rxdx-setup check` asks mail, model and the others.\n" +
    "--fix shows first what it would do: file modes, starting and restarting, containers that\n" +
    "differ, missing images, the timer, a self-signed certificate. Data are never touched.\n" +
    "With --json: schema, result, and checks, each with id, title, state (ok, warn, fail,\n" +
    "unknown), severity (info, warning, critical), detail, hint or null, and fixable.",
  flags: {
    fix: switchFlag("Mend what can be mended; shows its plan and asks first"),
    prune: switchFlag(
      "With --fix: remove what was built here and nothing uses, and the build cache",
    ),
  },
  positional: words("Services to look at; everything when none is named", "SERVICE", SERVICES),
  load: () => import("./commands/doctor.ts"),
});
