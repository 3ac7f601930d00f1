/** What each problem of `status --json` means. Read by `status_page.ts`. */

/** Every code that a problem can have. */
export const PROBLEM_MEANING: Readonly<Record<string, string>> = {
  service_missing: "a service has no container",
  service_not_running: "a container is stopped, has ended or restarts",
  service_unhealthy: "the health check of a container fails",
  memory_near_limit: "a container uses more than `alerts.memory_percent` of its memory limit",
  certificate_missing: "there is no certificate that could be served",
  certificate_expired: "the certificate's time is over",
  certificate_expiring:
    "fewer than `alerts.certificate_days` days are left, and nothing renews it in time",
  certificate_not_served: "nginx serves another certificate than the one on disk",
  https_silent: "nginx runs, and nothing answers on the HTTPS port",
  certificate_not_issued:
    "the certificate is not the one that was asked for; `critical` when it is self-signed in its place",
  renewal_failed: "the last attempt to renew the certificate failed",
  renewal_unscheduled: "neither systemd nor cron renews the certificate",
  clock_off: "this machine's clock differs from the certificate authority's by an hour or more",
  database_unreachable: "the database container runs and does not answer",
  connections_near_limit:
    "more than `alerts.connections_percent` of the database connections are in use",
  graph_missing: "the extension `age` or its graph is not in the database",
  machine_changed:
    "the machine has other CPUs or more than 5 % more or less memory than the limits were planned for",
  disk_nearly_full: "the disk is fuller than `alerts.disk_percent`",
  alerts_unscheduled: "neither systemd nor cron starts `rxdx-setup healthcheck`, and one should",
  alerts_not_delivered: "a channel has not taken a message about problems; it is tried again",
  backup_bad: "the newest backup was restored as a test, and was not whole",
  backup_failed: "the last backup, or the last test of one, failed",
  backup_old: "the newest backup is older than `alerts.backup_hours`, or there is none",
  restore_interrupted: "a restore did not come to its end; the stack is between two states",
  engine_unreachable: "Docker does not answer; only `rxdx-setup healthcheck` tells it so",
  look_failed: "the look itself failed or took too long; only `rxdx-setup healthcheck` tells it so",
  moved: "the install directory was moved; containers still mount the old place",
  maintenance:
    "the maintenance page is shown: by `stop --maintenance`, or by a restore or an upgrade under way or killed",
  copy_failed: "the last copy of backups to one of the places of `backups.copy_to` failed",
  copy_old: "backups were made, and the newest copy at a place is older than `alerts.backup_hours`",
  hand_edited: "files that rxdx-setup wrote were edited by hand",
  rotation_unfinished: "a rotation of secrets has not come to its end",
  upgrade_unfinished: "an upgrade or a rollback has not come to its end",
};
