/** The table of commands about the record; part of `routes.ts`. */
import { buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import { type AppContext, define, listFlag, textFlag } from "./command.ts";

export const auditRoutes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    show: define({
      brief: "Who changed what, when, and how it ended",
      examples: [
        "rxdx-setup audit show",
        "rxdx-setup audit show --since 7d",
        "rxdx-setup audit show --since 2026-03-14 --json",
      ],
      more:
        "With --json: schema, verified, findings, notes, and runs, each with entries, at, who, command,\n" +
        "argv, version, result (ok, failed, cancelled, interrupted, open; note for what the record says\n" +
        "of itself), changed, undone, facts, message, ms, hash. Secrets are in none of it.",
      flags: { since: textFlag("Not older than this: 30m, 24h, 7d, or a date", "WHEN") },
      load: () => import("./commands/audit_show.ts"),
    }),
    verify: define({
      brief: "Is the record as it was written? Names every line that is not (exit 0 or 6)",
      examples: ["rxdx-setup audit verify", "rxdx-setup audit verify --json"],
      more:
        "Every line is sealed over the one before it: one that was edited, removed, moved or put in is\n" +
        "named. Who may write the record can also write another one whole; against that helps its head,\n" +
        "kept elsewhere: it is printed here and in every report, and --against takes it.\n" +
        "With --json: schema, ok, entries, head, and findings and notes, each with line (or null), kind,\n" +
        "text.",
      flags: { against: textFlag("A head that was kept elsewhere, NUMBER:HASH", "HEAD") },
      load: () => import("./commands/audit_verify.ts"),
    }),
  },
  docs: { brief: "The record of changes: look, verify" },
});

export const reportCommand: Command<AppContext> = define({
  brief: "Installation qualification record: what is installed, with every check's result",
  examples: [
    "rxdx-setup report",
    "rxdx-setup report --output iq.html --output iq.json",
    "rxdx-setup report --format json",
  ],
  more:
    "Machine, versions, images, files with their hashes, configuration with sources, secrets by name\n" +
    "only, certificate, ports, the checks of `doctor`, the record of changes, deviations first, and a\n" +
    "block for signatures. Works while Docker is down, and says what could not be seen. Changes\n" +
    "nothing. The page for printing (html) has no scripts and fetches nothing.",
  flags: {
    format: textFlag("md, json or html [as the file's name ends, else md]", "FORM", [
      "md",
      "json",
      "html",
    ]),
    output: listFlag(
      "Write it to a new file (mode 0600); again for another form of the same",
      "FILE",
    ),
  },
  load: () => import("./commands/report.ts"),
});
