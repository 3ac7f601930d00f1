/** From a target to the place it means, with the operator's files checked first. */
import { type CopyTarget, copyTargets, parseCopyTarget } from "../../../answers/rules_copies.ts";
import { copyTarget } from "../../../answers/rules_copies.ts";
import { EXIT, SetupError } from "../../../errors.ts";
import type { Host } from "../../../host/types.ts";
import type { Install } from "../../install.ts";
import { DirectoryPlace } from "./directory.ts";
import { checkSecretFile, type CopySettings, type Place } from "./place.ts";
import { RclonePlace } from "./rclone.ts";
import { SftpPlace } from "./sftp_place.ts";

/** Where rclone has its configuration when nobody says; a timer has no HOME. */
export function rcloneConfiguration(host: Pick<Host, "env" | "system">): string {
  const { RCLONE_CONFIG: said, XDG_CONFIG_HOME: xdg, HOME: home } = host.env;
  if (said) return said;
  return `${xdg || `${home || (host.system.uid === 0 ? "/root" : "/nonexistent")}/.config`}` +
    "/rclone/rclone.conf";
}

/** Asks nobody yet. @throws SetupError `copy_secret_open`, `copy_secret_missing` */
export async function openPlace(
  host: Host,
  target: CopyTarget,
  settings: CopySettings,
): Promise<Place> {
  if (target.kind === "directory") return new DirectoryPlace(host, target);
  if (target.kind === "sftp") {
    if (settings.ssh_key !== "") await checkSecretFile(host, target, settings.ssh_key, "SSH key");
    return new SftpPlace(host, target, settings);
  }
  const configuration = settings.rclone_config || rcloneConfiguration(host);
  await checkSecretFile(host, target, configuration, "configuration of rclone");
  return new RclonePlace(host, target, configuration);
}

/**
 * The targets that a command means: those named, else those of `backups.copy_to`.
 *
 * @throws SetupError `usage` (exit 2) with every wrong one at once; `no_copy_target` (exit 3) for none
 */
export function chosenTargets(
  install: Pick<Install, "answers">,
  named: readonly string[],
): CopyTarget[] {
  if (named.length === 0) {
    const targets = copyTargets(install.answers.backups.copy_to);
    if (targets.length > 0) return targets;
    throw new SetupError({
      code: "no_copy_target",
      message: "backups.copy_to names no place for copies.",
      hint: "rxdx-setup config set backups.copy_to=/mnt/nas/rxdx; or rxdx-setup backup copy --to T",
      exit: EXIT.answers,
    });
  }
  return namedTargets(named);
}

export function namedTargets(named: readonly string[]): CopyTarget[] {
  const wrong = named.filter((each) => !copyTarget.holds(each));
  if (wrong.length > 0) {
    throw new SetupError({
      code: "usage",
      message: wrong.map((each) => `${JSON.stringify(each)} must ${copyTarget.text}.`).join("\n"),
      hint: wrong.flatMap((each) => {
        const guess = copyTarget.suggest?.(each);
        return guess !== undefined && copyTarget.holds(guess) ? [guess] : [];
      }).join(" or ") || "sftp://backup@nas.example.com/rxdx",
      exit: EXIT.usage,
    });
  }
  return named.flatMap((each) => parseCopyTarget(each) ?? []);
}
