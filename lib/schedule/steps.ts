/**
 * Installs and removes a job: a systemd timer where systemd runs, a file for cron elsewhere, the own
 * crontab of who is not root. Where there is none of them, that is told, and nothing is written.
 */
import type { Host } from "../host/types.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import {
  cronFile,
  cronLine,
  everyText,
  firstMinute,
  type Job,
  jobName,
  serviceUnit,
  timerUnit,
  withCronLine,
} from "./job.ts";

export type Scheduler = "systemd" | "cron" | "crontab" | "none";

const UNITS = "/etc/systemd/system";
const CRON = "/etc/cron.d";

/** Programs that read /etc/cron.d: Debian's and Alpine's; RHEL's and SUSE's. */
const CRON_DAEMONS = ["/usr/sbin/cron", "/usr/sbin/crond", "/usr/bin/crond"];

/** What this machine has that starts jobs. */
export async function schedulerOf(
  host: Host,
  machine: { readonly systemd: boolean },
): Promise<Scheduler> {
  const root = host.system.uid === 0;
  if (root && machine.systemd) return "systemd";
  for (const path of CRON_DAEMONS) {
    if (await host.files.stat(path) === undefined) continue;
    if (!root) return "crontab";
    return (await host.files.stat(CRON))?.kind === "directory" ? "cron" : "none";
  }
  return "none";
}

async function crontab(host: Host): Promise<string> {
  const { code, stdout } = await host.process.run(["crontab", "-l"]);
  return code === 0 ? stdout : "";
}

/** How the job is installed now; `undefined` when it is not. */
export async function installedBy(
  host: Host,
  job: Pick<Job, "project" | "topic">,
): Promise<Exclude<Scheduler, "none"> | undefined> {
  const name = jobName(job);
  if (await host.files.stat(`${UNITS}/${name}.timer`) !== undefined) return "systemd";
  if (await host.files.stat(`${CRON}/${name}`) !== undefined) return "cron";
  if (host.system.uid === 0) return undefined;
  return (await crontab(host)).includes(`# ${name} (rxdx-setup)`) ? "crontab" : undefined;
}

export function scheduleStep(host: Host, scheduler: Exclude<Scheduler, "none">, job: Job): Step {
  const name = jobName(job);
  const [byte = 0] = host.random.bytes(1);
  const units = { [`${name}.service`]: serviceUnit(job), [`${name}.timer`]: timerUnit(job) };
  const cron = async () => {
    const present = await host.files.readText(`${CRON}/${name}`);
    const text = cronFile(job, firstMinute(present ?? "") ?? byte, "root");
    return { present, text };
  };
  const user = async () => {
    const present = await crontab(host);
    const own = present.split("\n");
    const line = own[own.indexOf(`# ${name} (rxdx-setup)`) + 1] ?? "";
    return { present, text: withCronLine(present, name, cronLine(job, firstMinute(line) ?? byte)) };
  };
  return {
    id: `schedule-${job.topic}`,
    title: scheduler === "systemd"
      ? `Have systemd start ${name}.timer ${everyText(job)}`
      : `Have cron look ${everyText(job)} (${
        scheduler === "cron" ? `${CRON}/${name}` : "your crontab"
      })`,
    isDone: async () => {
      if (scheduler === "systemd") {
        for (const [file, text] of Object.entries(units)) {
          if (await host.files.readText(`${UNITS}/${file}`) !== text) return false;
        }
        return (await host.process.run(["systemctl", "is-active", "--quiet", `${name}.timer`]))
          .code === 0;
      }
      const { present, text } = await (scheduler === "cron" ? cron() : user());
      return present === text;
    },
    run: async (_report, signal) => {
      if (scheduler === "systemd") {
        for (const [file, text] of Object.entries(units)) {
          await host.files.writeAtomic(`${UNITS}/${file}`, text, { mode: 0o644 });
        }
        await mustRun(host, ["systemctl", "daemon-reload"], { signal });
        await mustRun(host, ["systemctl", "enable", "--now", `${name}.timer`], {
          signal,
          code: "timer_failed",
          hint: `systemctl status ${name}.timer`,
        });
        return;
      }
      if (scheduler === "cron") {
        await host.files.writeAtomic(`${CRON}/${name}`, (await cron()).text, { mode: 0o644 });
        return;
      }
      await mustRun(host, ["crontab", "-"], { stdin: (await user()).text, signal });
    },
    undo: async () => {
      await unschedule(host, job);
    },
  };
}

/** Takes the job away again, however it was installed. */
export function unscheduleStep(host: Host, job: Pick<Job, "project" | "topic">): Step {
  return {
    id: `unschedule-${job.topic}`,
    title: `Remove the timer ${jobName(job)}`,
    isDone: async () => await installedBy(host, job) === undefined,
    run: () => unschedule(host, job),
  };
}

async function unschedule(host: Host, job: Pick<Job, "project" | "topic">): Promise<void> {
  const name = jobName(job);
  const by = await installedBy(host, job);
  if (by === "systemd") {
    await mustRun(host, ["systemctl", "disable", "--now", `${name}.timer`]);
    for (const kind of ["timer", "service"]) await host.files.remove(`${UNITS}/${name}.${kind}`);
    await mustRun(host, ["systemctl", "daemon-reload"]);
  } else if (by === "cron") {
    await host.files.remove(`${CRON}/${name}`);
  } else if (by === "crontab") {
    await mustRun(host, ["crontab", "-"], {
      stdin: withCronLine(await crontab(host), name, undefined),
    });
  }
}
