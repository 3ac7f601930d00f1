/** Backups and alerts. Pure. */
import type { Step } from "../question.ts";
import { field, given, optional, when } from "./asking.ts";

const backedUp = when("backups.enabled", true);

export const BACKUPS: Step = {
  id: "backups",
  title: "Backups and alerts",
  intro:
    "Timers make a backup, restore it as a test, and tell what is wrong as soon as somebody is named. " +
    "`rxdx-setup backup key` makes the key that opens backups when this server is lost.",
  questions: [
    field("backups.enabled", "Backups", "Are backups made on a schedule?"),
    field("backups.schedule", "When", "Minute, hour, day, month, weekday as in cron.", backedUp),
    field(
      "backups.directory",
      "Where",
      "A directory of its own, relative to the install.",
      backedUp,
    ),
    optional(
      "backups.copy_to",
      "Copies",
      "Another disk or machine that gets a copy of each: /mnt/nas/rxdx, sftp://user@host/path, " +
        "rclone:remote:path; several with commas. Empty: none.",
      "none",
      backedUp,
    ),
    field("backups.keep.daily", "Keep daily", "How many daily backups are kept.", backedUp),
    field("backups.keep.weekly", "Keep weekly", "How many weekly ones.", backedUp),
    field("backups.keep.monthly", "Keep monthly", "How many monthly ones.", backedUp),
    optional(
      "alerts.email",
      "Alert e-mail",
      "Who is told when something is wrong, separated by commas. Empty: nobody.",
      "nobody",
    ),
    optional(
      "alerts.webhook",
      "Alert webhook",
      "Address that gets the same as JSON; chat services read it. Empty: none.",
      "none",
    ),
    {
      kind: "probe",
      probe: "webhook",
      title: "Try it",
      ask: "Posts a test message to the webhook.",
      asked: given("alerts.webhook"),
    },
    field("alerts.disk_percent", "Disk alert", "Told from this percentage of the disk in use on."),
  ],
};
