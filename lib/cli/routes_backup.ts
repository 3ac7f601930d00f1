/** The table of commands about backups; part of `routes.ts`. */
import { buildRouteMap, type RouteMap } from "@stricli/core";
import { type AppContext, define, listFlag, switchFlag, textFlag, words } from "./command.ts";

const passphraseFile = textFlag(
  "File whose first line is the passphrase, mode 0600; instead of keys",
  "FILE",
);

export const backupRoutes: RouteMap<AppContext> = buildRouteMap({
  routes: {
    create: define({
      brief: "Back up database, uploads, configuration and secrets into one encrypted file",
      examples: [
        "rxdx-setup backup create",
        "rxdx-setup backup create --with-logs",
        "rxdx-setup backup create --passphrase-file pass.txt",
      ],
      more:
        "The stack goes on serving; the database is read as one snapshot. The file is encrypted to the\n" +
        "keys in backups.recipients and to this server's own. The first one on a terminal makes a\n" +
        "recovery key and shows it once. age, tar and pg_restore alone can restore it.",
      flags: {
        passphraseFile,
        withLogs: switchFlag("Logs of the containers and of the application too, bounded"),
      },
      load: () => import("./commands/backup_create.ts"),
    }),
    list: define({
      brief: "Backups with age, size, whether they were proven, and where copies are",
      examples: [
        "rxdx-setup backup list",
        "rxdx-setup backup list --remote",
        "rxdx-setup backup list --json",
      ],
      flags: { remote: switchFlag("Ask every target of copies what lies there now") },
      load: () => import("./commands/backup_list.ts"),
    }),
    verify: define({
      brief: "Restore a backup into a scratch database and compare every row (exit 0 or 6)",
      examples: [
        "rxdx-setup backup verify",
        "rxdx-setup backup verify rxdx-20260314T020000Z",
        "rxdx-setup backup verify --identity-file key.txt",
      ],
      more:
        "The scratch database is a container of the stack's own image on a network without a way out,\n" +
        "and is thrown away. Compared are the counts and digests of every table, what MATCH finds in\n" +
        "every graph, and whether every graph can be written to; then the application has to be ready\n" +
        "on it. The stack itself is not touched.",
      flags: {
        latest: switchFlag("The newest one, which is also meant without a name"),
        identityFile: textFlag("File with an age identity; else this server's own key", "FILE"),
        passphraseFile,
      },
      positional: words("Name of a backup, as `backup list` shows it", "NAME"),
      load: () => import("./commands/backup_verify.ts"),
    }),
    copy: define({
      brief: "Copy backups to the places of backups.copy_to, compared there (exit 0 or 6)",
      examples: [
        "rxdx-setup backup copy",
        "rxdx-setup backup copy rxdx-20260314T020000Z --to /media/usb",
        "rxdx-setup backup copy --to sftp://backup@nas.example.com:22/rxdx",
        "rxdx-setup backup copy --to rclone:b2:bucket/rxdx",
      ],
      more:
        "Without a name: every backup that backups.keep keeps and that is missing there; old copies go\n" +
        "by the same rule, never the last proven one. With a name, or to a place that is not in\n" +
        "backups.copy_to, nothing is removed there. A copy has its name only when its SHA-256 was\n" +
        "compared there. create and run do this by themselves. ssh never asks: the host key has to be\n" +
        "known, and the key to need no passphrase. Secrets of rclone stay in its configuration.",
      flags: { to: listFlag("Only there; may be repeated", "T") },
      positional: words("Name of a backup, as `backup list` shows it", "NAME"),
      load: () => import("./commands/backup_copy.ts"),
    }),
    fetch: define({
      brief: "A backup back from a place of copies; needs no installed stack",
      examples: [
        "rxdx-setup backup fetch --from sftp://backup@nas.example.com/rxdx",
        "rxdx-setup backup fetch rxdx-20260314T020000Z --from rclone:b2:bucket/rxdx --output .",
      ],
      more:
        "The newest without a name, but for what a restore has replaced. It is compared with the\n" +
        "SHA-256 that is known here, else with the record beside it, which whoever can write there\n" +
        "can have made.",
      flags: {
        from: textFlag("The place, as in backups.copy_to", "T"),
        output: textFlag("Directory [that of the backups]", "DIR"),
        sshKey: textFlag("Key for sftp [backups.ssh_key, else ssh's own]", "FILE"),
        knownHosts: textFlag("Host keys for sftp [backups.known_hosts, else ssh's own]", "FILE"),
        rcloneConfig: textFlag(
          "Configuration of rclone [backups.rclone_config, else its own]",
          "FILE",
        ),
      },
      positional: words("Name of a backup", "NAME"),
      load: () => import("./commands/backup_fetch.ts"),
    }),
    restore: define({
      brief: "Put a backup back: into this stack, or into an empty directory",
      examples: [
        "rxdx-setup backup restore",
        "rxdx-setup backup restore rxdx-20260314T020000Z",
        'rxdx-setup backup restore --at "2026-03-14 12:00"',
        "rxdx-setup backup restore --from /mnt/rxdx-20260314T020000Z.tar.age " +
        "--identity-file key.txt --dir /srv/rxdx",
      ],
      more:
        "The whole backup is read and checked first. In a running stack it is then restored beside what is\n" +
        "in use and compared with its manifest; only then the application stops for some seconds while old\n" +
        "and new change places. The present state is backed up first, and is back when anything fails.\n" +
        "In an empty directory the configuration comes from the backup too, with all secrets; --set changes\n" +
        "it on the way, for example another domain and other ports.",
      flags: {
        at: textFlag("The newest that is not younger: 2026-03-14, or with a time (UTC)", "TIME"),
        from: textFlag("A file, or a directory with backups; else backups.directory", "PATH"),
        only: listFlag("database, uploads or configuration; may be repeated", "PART"),
        identityFile: textFlag("File with an age identity; else this server's own key", "FILE"),
        passphraseFile,
        skipBackup: switchFlag("Do not back the present state up first: it is gone for good then"),
        takeBack: switchFlag("Give up an interrupted restore whose state does not become ready"),
        dryRun: switchFlag("Only show what would be replaced, and what would be lost"),
        set: listFlag(
          "In an empty directory: one value, as with init; may be repeated",
          "key=value",
        ),
        name: textFlag("In an empty directory: another name of the stack", "NAME"),
        handEdits: textFlag(
          "In an empty directory: what becomes of edited files: keep, ours or merge",
          "C",
        ),
        engine: {
          kind: "boolean",
          brief: "Install and start Docker where it is missing; --no-engine leaves that to you",
          default: true,
        },
      },
      positional: words("Name of a backup, as `backup list` shows it, or latest", "NAME"),
      load: () => import("./commands/backup_restore.ts"),
    }),
    prune: define({
      brief: "Remove what backups.keep does not keep; never the last proven one",
      examples: ["rxdx-setup backup prune --dry-run", "rxdx-setup backup prune --yes"],
      more:
        "Kept are the newest backup of each of the last days, weeks and months that have one, the newest\n" +
        "of all, what was made within a day of it, and the last one that was proven. One that failed its\n" +
        "proof stands for no day.",
      flags: { dryRun: switchFlag("Only show what would go, and why the others stay") },
      load: () => import("./commands/backup_prune.ts"),
    }),
    schedule: define({
      brief: "When backups are made by themselves, by which timer, and how many are kept",
      examples: ["rxdx-setup backup schedule", "rxdx-setup backup schedule --json"],
      load: () => import("./commands/backup_schedule.ts"),
    }),
    run: define({
      brief: "What the timer does: create, copy, verify, prune",
      examples: ["rxdx-setup backup run"],
      flags: {
        scheduled: switchFlag(
          "As the timer does: wait for another run; leave a stopped stack alone",
        ),
      },
      load: () => import("./commands/backup_run.ts"),
    }),
    key: define({
      brief: "Make a recovery key for backups and show it once",
      examples: ["rxdx-setup backup key", "rxdx-setup backup key --json"],
      more:
        "Its secret half is shown and not kept. Its public half goes into backups.recipients, and every\n" +
        "later backup opens with it. Keep it away from this server: it is for when the server is lost.",
      load: () => import("./commands/backup_key.ts"),
    }),
  },
  docs: { brief: "Backups: make, prove, copy, fetch, restore, list, prune" },
});
