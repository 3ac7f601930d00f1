/** `backup schedule`: when backups are made by themselves, and by what. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { backupJob } from "../../operations/backup/schedule.ts";
import { lookAtTargets } from "../../operations/backup/copies/look.ts";
import { backupScene } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { jobName } from "../../schedule/job.ts";
import { installedBy } from "../../schedule/steps.ts";
import type { CommandContext } from "../context.ts";
import { missingTimer } from "../timer_text.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const { answers: { name, backups } } = install;
  const job = backupJob(name);
  const by = await installedBy(host, job) ?? null;
  const looks = await lookAtTargets(await backupScene(host, install));
  if (out.json) {
    out.resultJson({
      schema: 1,
      enabled: backups.enabled,
      schedule: backups.schedule,
      scheduled_by: by,
      timer: jobName(job),
      keep: backups.keep,
      copies: looks.map(({ target, ok, reason, hint }) => ({
        target: target.text,
        reachable: ok,
        ...(ok ? {} : { reason, hint: hint ?? null }),
      })),
    });
    return EXIT.ok;
  }
  const { daily, weekly, monthly } = backups.keep;
  const c = out.resultColors;
  out.result(
    [
      [
        "schedule",
        backups.enabled
          ? `${backups.schedule} (cron: minute, hour, day, month, weekday)`
          : "none: backups.enabled is false",
      ],
      [
        "timer",
        by === null
          ? backups.enabled ? c.red(await missingTimer(host)) : "none"
          : `${by}, ${jobName(job)}`,
      ],
      ["keeps", `${daily} daily, ${weekly} weekly, ${monthly} monthly, and the last proven one`],
      ...(looks.length === 0
        ? [["copies", "nowhere: backups.copy_to is empty, and a lost disk takes all of them"]]
        : looks.map(({ target, ok, reason }) => [
          "copies",
          ok ? `${target.text}, which answers` : c.red(`${target.text}: ${reason}`),
        ])),
      ["change", 'rxdx-setup config set backups.schedule="30 1 * * *"; rxdx-setup apply'],
    ].map(([word = "", text = ""]) => `${word.padEnd(10)}${text}`).join("\n"),
  );
  return EXIT.ok;
}
