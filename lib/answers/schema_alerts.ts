/** The section `alerts` of `rxdx.yml`: who is told what, when, and when not. Part of `schema.ts`. */
import * as v from "valibot";
import * as rules from "./rules.ts";
import { silenceWindow, timerMinutes } from "./rules_alerts.ts";
import { list, number, optionalText, section } from "./schema_fields.ts";

const count = (low: number, high: number, doc: string, standard: number) =>
  v.optional(number(rules.between(low, high), doc, String(standard)), standard);

export const ALERTS_SECTION = section({
  email: v.optional(
    list(rules.emailAddress, "Who gets an e-mail, through the server of email.", "[ops@x.org]"),
    [],
  ),
  webhook: v.optional(
    optionalText(rules.httpUrl, "Address that gets a POST with JSON.", "https://x.org/h"),
    "",
  ),
  disk_percent: count(1, 100, "Told from this share of the disk in use.", 80),
  memory_percent: count(1, 100, "Told above this share of a container's memory limit.", 92),
  connections_percent: count(1, 100, "Told above this share of the database connections.", 85),
  certificate_days: count(1, 365, "Told with fewer days left that nothing renews in time.", 14),
  backup_hours: count(
    0,
    8760,
    "Told when the newest backup is older; 0 for never.",
    36,
  ),
  replication_seconds: count(
    1,
    86_400,
    "Told when a replica lags behind by more. Not read yet.",
    60,
  ),
  repeat_hours: count(1, 720, "Told again after so long while it lasts.", 24),
  after: count(1, 20, "Looks in a row that must find a problem before it is told.", 2),
  recover_after: count(1, 20, "Good looks in a row before a problem is told to be over.", 2),
  every_minutes: v.optional(
    number(timerMinutes, "A timer looks this often; 0 for no timer.", "5"),
    5,
  ),
  silence: v.optional(
    list(
      silenceWindow,
      "Weekly windows, local time, in which nobody is told.",
      "[sun 02:00-04:00]",
    ),
    [],
  ),
}, "Alerts: who is told when something is wrong, and from where on it is.");
