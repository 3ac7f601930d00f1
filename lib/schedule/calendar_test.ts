/** cron's five fields in the spelling of systemd. */
import assert from "node:assert/strict";
import { onCalendar } from "./calendar.ts";

Deno.test("times of cron as systemd spells them", () => {
  for (
    const [cron, wanted] of [
      ["0 2 * * *", ["*-*-* 02:00:00"]],
      ["*/20 * * * *", ["*-*-* *:00,20,40:00"]],
      ["5,35 1-3 * * *", ["*-*-* 01,02,03:05,35:00"]],
      ["30 4 1 */6 *", ["*-01,07-01 04:30:00"]],
      ["0 3 * * 7", ["Sun *-*-* 03:00:00"]],
      ["0 3 * * 1-5", ["Mon,Tue,Wed,Thu,Fri *-*-* 03:00:00"]],
      ["0 3 15 * 0,6", ["*-*-15 03:00:00", "Sun,Sat *-*-* 03:00:00"]],
      ["0 22/1 * * *", ["*-*-* 22,23:00:00"]],
    ] as const
  ) assert.deepEqual(onCalendar(cron), wanted, cron);
});
