/** The table of commands about alerts; part of `routes.ts`. */
import { buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import { type AppContext, define, switchFlag, textFlag, words } from "./command.ts";

export const healthcheckCommand: Command<AppContext> = define({
  brief: "One look for a timer or a monitor: what is wrong, a line each; tells whom alerts name",
  examples: [
    "rxdx-setup healthcheck",
    "rxdx-setup healthcheck --quiet",
    "rxdx-setup healthcheck --no-alerts --json",
  ],
  more:
    "Exit 6 when the stack is not healthy or a problem is critical; warnings are told with 0. Exit 5\n" +
    "when the stack is well and a message could not be delivered. Docker that does not answer is a\n" +
    "problem like any other. Each call is one look: a problem is told after alerts.after of them.\n" +
    "With --json: schema, ok, state, problems as in `status --json`, last_order, and alerts: open,\n" +
    "silenced_until, sent, failed.",
  flags: {
    quiet: switchFlag("Print nothing when all is well"),
    alerts: {
      kind: "boolean",
      brief: "Tell whom alerts name; --no-alerts looks only, and is not counted",
      default: true,
    },
    scheduled: switchFlag("As the timer does: print nothing but what was told"),
  },
  load: () => import("./commands/healthcheck.ts"),
});

export const alertsRoutes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    show: define({
      brief: "What was told and is not over, silence, the last test, the timer",
      examples: ["rxdx-setup alerts show", "rxdx-setup alerts show --json"],
      load: () => import("./commands/alerts_show.ts"),
    }),
    test: define({
      brief: "Send a test message through every channel (exit 0 or 5)",
      examples: ["rxdx-setup alerts test"],
      load: () => import("./commands/alerts_try.ts"),
    }),
    silence: define({
      brief: "Tell nobody for a while; what lasts beyond it is told then",
      examples: [
        "rxdx-setup alerts silence 2h",
        'rxdx-setup alerts silence 1d12h --reason "new disks"',
        "rxdx-setup alerts silence off",
      ],
      more:
        "30m, 2h, 1d12h; 30 days at most. Every week at the same time: alerts.silence in rxdx.yml.",
      flags: { reason: textFlag("Why, for who looks at `alerts show`", "TEXT") },
      positional: words("How long, or off", "TIME"),
      load: () => import("./commands/alerts_silence.ts"),
    }),
  },
  docs: { brief: "Alerts: look, test, silence" },
});
