/** docs/reference/dashboard-keys.md, from the dashboard's key table. Pure; called by `pages.ts`. */
import { GROUPS, KEYMAP } from "../tui/dashboard/keymap.ts";
import { code, type Page, page, table } from "./page.ts";

const INTRO = "The keys of the live dashboard (`rxdx-setup status`). Those marked with ● change " +
  "something on the machine and do nothing with `--read-only`.";

export function dashboardKeysPage(): Page {
  return page("dashboard-keys.md", "lib/tui/dashboard/keymap.ts", [
    "# Keys of the dashboard",
    INTRO,
    ...GROUPS.flatMap((group) => [
      `## ${group}`,
      table(
        ["Key", "Does", ""],
        KEYMAP.filter((each) => each.group === group).map(({ shown, help, changes }) => [
          shown.split(" ").map(code).join(" "),
          help,
          changes === true ? "●" : "",
        ]),
      ),
    ]),
    "How to work with it: [The dashboard](../guide/dashboard.md).",
  ]);
}
