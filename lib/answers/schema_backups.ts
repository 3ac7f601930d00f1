/** The section `backups` of `rxdx.yml`: when, where, how many, for whom, and where copies go. Part of `schema.ts`. */
import * as v from "valibot";
import * as rules from "./rules.ts";
import { copyTarget, plainPath } from "./rules_copies.ts";
import { flag, list, number, optionalText, section, text, texts } from "./schema_fields.ts";

export const BACKUPS_SECTION = section({
  enabled: v.optional(flag("Back up on a schedule."), true),
  schedule: v.optional(
    text(rules.cronSchedule, "When (cron).", "0 2 * * *", rules.schedulePossible),
    "0 2 * * *",
  ),
  directory: v.optional(
    text(rules.filePath, "Where, relative to the install.", "backups"),
    "backups",
  ),
  keep: section({
    daily: v.optional(number(rules.between(0, 366), "Daily backups kept.", "7"), 7),
    weekly: v.optional(number(rules.between(0, 520), "Weekly backups kept.", "4"), 4),
    monthly: v.optional(number(rules.between(0, 120), "Monthly backups kept.", "12"), 12),
  }, "Retention."),
  recipients: v.optional(
    list(
      rules.ageRecipient,
      "age recipients.",
      "[age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]",
    ),
    [],
  ),
  copy_to: v.optional(
    texts(
      copyTarget,
      "Where copies go: one place or a list.",
      "sftp://backup@nas.example.com/rxdx",
    ),
    "",
  ),
  ssh_key: v.optional(
    optionalText(plainPath, "Key for sftp; empty: ssh's own.", "/root/.ssh/id_rxdx"),
    "",
  ),
  known_hosts: v.optional(
    optionalText(
      plainPath,
      "Host keys for sftp; empty: ssh's own.",
      "/root/.ssh/known_hosts",
    ),
    "",
  ),
  rclone_config: v.optional(
    optionalText(
      plainPath,
      "Configuration of rclone; empty: its own.",
      "/root/.config/rclone/rclone.conf",
    ),
    "",
  ),
}, "Backups.");
