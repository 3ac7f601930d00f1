/** The table of commands. Their code is loaded when they run. */
import { buildRouteMap, type RouteMap } from "@stricli/core";
import { adminRoutes } from "./routes_admin.ts";
import { backupRoutes } from "./routes_backup.ts";
import { bundleFlags, bundleRoutes } from "./routes_bundle.ts";
import { alertsRoutes, healthcheckCommand } from "./routes_alerts.ts";
import { auditRoutes, reportCommand } from "./routes_record.ts";
import { checkCommand, doctorCommand } from "./routes_check.ts";
import { importCommand } from "./routes_import.ts";
import { logsCommand } from "./routes_logs.ts";
import { selfUpdateCommand, verifyCommand } from "./routes_release.ts";
import { secretsRoutes } from "./routes_secrets.ts";
import { shellRoutes } from "./routes_shell.ts";
import { tlsRoutes } from "./routes_tls.ts";
import { upgradeRoutes } from "./routes_upgrade.ts";
import {
  type AppContext,
  define,
  exactly,
  listFlag,
  numberFlag,
  switchFlag,
  textFlag,
  words,
} from "./command.ts";

const handEdits = textFlag(
  "What becomes of files that were edited by hand: keep, ours or merge; asked otherwise",
  "C",
  ["keep", "ours", "merge"],
);

function explainFlag() {
  return switchFlag("Show the formula behind every limit and PostgreSQL parameter");
}

const initFlags = {
  answers: textFlag("Answers file, in the format of rxdx.yml", "FILE"),
  set: listFlag("One value, for example --set ports.https=8443; may be repeated", "key=value"),
  env: textFlag("development, staging or production", "E", [
    "development",
    "staging",
    "production",
  ]),
  name: textFlag("Name of the stack, short for --set name=NAME", "NAME"),
  demo: switchFlag(
    "Images built on this machine from distribution packages; defaults for the rest",
  ),
  ...bundleFlags,
  saveAnswers: textFlag("Write the answers to a file, for unattended installs", "FILE"),
  secretsFile: textFlag("File with NAME=value lines, mode 0600", "FILE"),
  handEdits,
  explain: explainFlag(),
  start: {
    kind: "boolean",
    brief: "Start the stack; --no-start writes the files and stops there",
    default: true,
  },
  engine: {
    kind: "boolean",
    brief: "Install and start Docker where it is missing; --no-engine leaves that to you",
    default: true,
  },
};

export const routes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    init: define({
      brief: "Set up a stack: from a few questions, or unattended",
      examples: [
        "rxdx-setup init",
        "rxdx-setup init --demo --yes",
        "rxdx-setup init --env production --set domain=rxdx.example.com --yes",
        "rxdx-setup init --answers answers.yml --yes",
        "rxdx-setup init --bundle rxdx.bundle.tar --key bundle.pub",
      ],
      more: "Values come from flags, then RXDX_* variables (RXDX_PORTS_HTTPS=8443), then the " +
        "answers file,\nthen the present rxdx.yml, then what was measured, then defaults. Secrets " +
        "are given as\nRXDX_SECRET_<NAME> or by --secrets-file, and generated where they are not.",
      flags: initFlags,
      load: () => import("./commands/init.ts"),
    }),
    import: importCommand,
    plan: define({
      brief: "Show what apply would change: files, images, containers (exit 0 nothing, 10 changes)",
      examples: ["rxdx-setup plan", "rxdx-setup plan --explain", "rxdx-setup plan --json"],
      flags: { explain: explainFlag() },
      load: () => import("./commands/plan.ts"),
    }),
    apply: define({
      brief: "Make the machine match rxdx.yml and wait until the stack is healthy",
      examples: ["rxdx-setup apply", "rxdx-setup apply --yes --hand-edits merge"],
      flags: { handEdits },
      load: () => import("./commands/apply.ts"),
    }),
    ...upgradeRoutes,
    bundle: bundleRoutes,
    config: buildRouteMap({
      routes: {
        show: define({
          brief: "All values, and where each came from",
          examples: ["rxdx-setup config show", "rxdx-setup config show --json"],
          load: () => import("./commands/config_show.ts"),
        }),
        get: define({
          brief: "One value",
          examples: ["rxdx-setup config get ports.https"],
          positional: exactly(["KEY", "For example ports.https"]),
          load: () => import("./commands/config_get.ts"),
        }),
        set: define({
          brief: "Change values in rxdx.yml; apply makes them true",
          examples: ["rxdx-setup config set ports.https=8443 nginx.max_body=50m"],
          positional: words("Values to change", "key=value"),
          load: () => import("./commands/config_set.ts"),
        }),
        edit: define({
          brief: "rxdx.yml in your editor; checked, and its plan shown, before it is saved",
          examples: ["rxdx-setup config edit", "EDITOR=nano rxdx-setup config edit"],
          load: () => import("./commands/config_edit.ts"),
        }),
      },
      docs: { brief: "Read and change rxdx.yml" },
    }),
    status: define({
      brief: "The live dashboard; plain text without a terminal",
      examples: [
        "rxdx-setup status",
        "rxdx-setup status --once",
        "rxdx-setup status --json",
        "rxdx-setup status --watch --json | jq --unbuffered .stack.state",
      ],
      flags: {
        once: switchFlag("Print the state once and leave (exit 6 when it is not healthy)"),
        watch: switchFlag("Again and again: at every change, else every few seconds"),
        every: numberFlag(
          "Seconds between two looks of --watch when nothing changes",
          "N",
          { least: 1, most: 3600, default: 5 },
        ),
        readOnly: switchFlag("The dashboard without actions"),
      },
      load: () => import("./commands/status.ts"),
    }),
    logs: logsCommand,
    check: checkCommand,
    doctor: doctorCommand,
    healthcheck: healthcheckCommand,
    admin: adminRoutes,
    alerts: alertsRoutes,
    backup: backupRoutes,
    "support-bundle": define({
      brief: "A redacted archive for asking for help; searched again before it is closed",
      examples: [
        "rxdx-setup support-bundle --preview",
        "rxdx-setup support-bundle",
        "rxdx-setup support-bundle --since 2h --lines 500 --output /tmp",
      ],
      more:
        "Status, checks, versions, configuration, history, what Docker says, the newest log lines, and\n" +
        "facts of the machine. Every secret is taken out in every spelling, by value; then the finished\n" +
        "archive is searched by other means, and not written when a secret is found (exit 5). No private\n" +
        "key is in it. Addresses of people in logs are replaced. Works while Docker is down.",
      flags: {
        output: textFlag("File or directory [rxdx-support-NAME-TIME.tar.gz, here]", "FILE"),
        preview: switchFlag("Show what would be collected, and write nothing"),
        since: textFlag("Log lines not older than this: 30m, 24h, 7d [24h]", "AGE"),
        maxSize: textFlag("Largest archive; the oldest log lines go first [20m]", "SIZE"),
        lines: textFlag("Newest log lines of each container [2000]", "N"),
        logs: {
          kind: "boolean",
          brief: "Logs of the services; --no-logs leaves them out",
          default: true,
        },
        keepAddresses: switchFlag("Leave IP and e-mail addresses in the logs as they are"),
      },
      load: () => import("./commands/support_bundle.ts"),
    }),
    audit: auditRoutes,
    report: reportCommand,
    secrets: secretsRoutes,
    tls: tlsRoutes,
    start: define({
      brief: "Start the stack and wait until it is healthy",
      examples: ["rxdx-setup start"],
      load: () => import("./commands/start.ts"),
    }),
    stop: define({
      brief: "Stop the stack; data and configuration stay",
      examples: [
        "rxdx-setup stop",
        "rxdx-setup stop backend",
        'rxdx-setup stop --maintenance --message "Back at 14:00"',
      ],
      flags: {
        maintenance: switchFlag("Leave nginx running: it answers 503 with a page; start ends it"),
        message: textFlag("What that page says", "TEXT"),
      },
      positional: words("Services; all when none is named", "SERVICE"),
      load: () => import("./commands/stop.ts"),
    }),
    restart: define({
      brief: "Restart services and wait until they are healthy",
      examples: ["rxdx-setup restart", "rxdx-setup restart backend"],
      positional: words("Services; all when none is named", "SERVICE"),
      load: () => import("./commands/restart.ts"),
    }),
    scale: define({
      brief: "Another number of backend containers, while users work; kept in rxdx.yml",
      examples: ["rxdx-setup scale backend=4", "rxdx-setup scale backend=1 --yes"],
      more:
        "Limits and max_connections are planned anew with it; what does not fit this machine is\n" +
        "refused, with the arithmetic. Shows what changes and for how long anything would be gone, and\n" +
        "asks. New containers are healthy before others leave; what leaves gets nothing new from nginx,\n" +
        "finishes its requests, and closes its WebSockets, whose clients connect again. Logins stay.",
      flags: { handEdits },
      positional: words("The service and its number", "SERVICE=N", ["backend="]),
      load: () => import("./commands/scale.ts"),
    }),
    engine: define({
      brief: "Find, install and start Docker Engine and Compose",
      examples: ["rxdx-setup engine", "rxdx-setup engine --yes"],
      load: () => import("./commands/engine.ts"),
    }),
    ...shellRoutes,
    "self-update": selfUpdateCommand,
    verify: verifyCommand,
    uninstall: define({
      brief: "Remove what was created; data only with --purge",
      examples: ["rxdx-setup uninstall", "rxdx-setup uninstall --purge --confirm rxdx --yes"],
      flags: {
        purge: switchFlag("Remove database, uploads, secrets and configuration too"),
        confirm: textFlag("The stack's name, instead of typing it", "NAME"),
      },
      load: () => import("./commands/uninstall.ts"),
    }),
  },
  docs: {
    brief: "Sets up an RxDx stack and stays with it",
    fullDescription: [
      "rxdx-setup takes a Linux server to a running, secured RxDx stack and stays with it.",
      "",
      "Examples:",
      "  rxdx-setup                      the wizard; on an installed server a menu",
      "  rxdx-setup init --demo --yes    try it: everything built on this machine",
      "  rxdx-setup plan                 what would change",
      "  rxdx-setup status               the live dashboard",
      "",
      "Every command takes --dir D, --json, --verbose, --no-color, --yes and --help.",
    ].join("\n"),
  },
});
