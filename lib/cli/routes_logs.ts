/** How `logs` is called. Part of the table in `routes.ts`. */
import type { Command } from "@stricli/core";
import { SERVICES } from "../engine/compose.ts";
import { LEVELS } from "../observe/log_line_level.ts";
import { type AppContext, define, listFlag, switchFlag, textFlag, words } from "./command.ts";

export const logsCommand: Command<AppContext> = define({
  brief: "What the services write, merged in time order, filtered, followed",
  examples: [
    "rxdx-setup logs",
    "rxdx-setup logs --follow backend nginx",
    "rxdx-setup logs --level warning --since 2h",
    "rxdx-setup logs --grep timeout --exclude /health --tail 50",
    "rxdx-setup logs --json --since 2026-01-31T08:00 | jq .message",
  ],
  more:
    "Lines of all services and replicas, also of stopped containers. Times are the daemon's.\n" +
    "--level L shows L and more serious lines: debug, info, warning, error, critical. Lines that\n" +
    "say no level count as info; the lines of a stack trace count as their error.\n" +
    "--grep and --exclude take regular expressions, which match in any case unless they hold a\n" +
    "capital. A line must match every --grep and no --exclude. --tail counts lines that are shown.\n" +
    "Nothing that a container writes can move the cursor or change the terminal; --raw writes it\n" +
    "as it came. With --json: one object a line with time, service, replica, container, stream,\n" +
    "level, message, and fields where the line was JSON, raw with --raw.",
  aliases: { f: "follow" },
  flags: {
    follow: switchFlag("Stay and show what comes; begins with the last 100 lines (ends: Ctrl-C)"),
    since: textFlag("From then on: 10m, 2h, 3d ago, or a date with or without time", "WHEN"),
    until: textFlag("Up to then", "WHEN"),
    tail: textFlag("The last N lines only, of all services together; or all", "N"),
    grep: listFlag("Lines that match; may be repeated", "REGEX"),
    exclude: listFlag("No lines that match; may be repeated", "REGEX"),
    level: textFlag("This level and more serious ones", "L", LEVELS),
    noPrefix: switchFlag("Without service and mark"),
    timestamps: textFlag("on, off, relative or utc (with nanoseconds) [on]", "T", [
      "on",
      "off",
      "relative",
      "utc",
    ]),
    raw: switchFlag("As it was written: control characters are not neutralised"),
  },
  positional: words("Services; all when none is named", "SERVICE", SERVICES),
  load: () => import("./commands/logs.ts"),
});
