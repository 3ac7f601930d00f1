/**
 * Work that the machine does by itself every now and then, as text: a systemd timer, or a line for cron.
 * Pure.
 */
import { onCalendar } from "./calendar.ts";

export interface Job {
  /** Compose project. */
  readonly project: string;
  /** What it is about, one word: `tls`. */
  readonly topic: string;
  /** For people, without a full stop at the end. */
  readonly description: string;
  /** Minutes between two starts, a divisor of 60; or times in cron's five fields. */
  readonly every: number | string;
  /**
   * True: the start is put off by the same time on each day, so that starts keep their distance; else
   * by another each time (systemd 247 and later; cron always keeps it).
   */
  readonly evenly?: boolean;
  /** Absolute path and arguments; no secrets. */
  readonly command: readonly string[];
  /** Variables the command needs beside a bare environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** `rxdx-demo-tls`: name of the unit and of the file for cron. */
export function jobName(job: Pick<Job, "project" | "topic">): string {
  const project = job.project.startsWith("rxdx") ? job.project : `rxdx-${job.project}`;
  return `${project}-${job.topic}`;
}

/** systemd.service(5), "Command lines": double quotes, and `%` and `$` are special. */
function systemdWord(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")
    .replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_@+=:,./%-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** sh, and in a crontab a `%` ends the command. */
function cronWord(word: string): string {
  const quoted = /^[A-Za-z0-9_@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return quoted.replaceAll("%", "\\%");
}

const HEAD = "Written by rxdx-setup; `rxdx-setup uninstall` removes it.";

export function serviceUnit(job: Job): string {
  const environment = Object.entries(job.environment)
    .map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}\n`).join("");
  return `# ${HEAD}
[Unit]
Description=${job.description}
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
${environment}ExecStart=${job.command.map(systemdWord).join(" ")}
# The state is in \`rxdx-setup status\`; a failed attempt is told there and is tried again.
SuccessExitStatus=5 6 7
Nice=10
`;
}

/** `RandomizedDelaySec`: not every machine in the world at the same second (RFC 9773, 4.2). */
export function timerUnit(job: Job): string {
  const { every } = job;
  const times = typeof every === "string"
    ? onCalendar(every).map((time) => `OnCalendar=${time}\n`).join("")
    : `OnCalendar=*:0/${every}
RandomizedDelaySec=${every}min
${job.evenly === true ? "FixedRandomDelay=true\n" : ""}`;
  return `# ${HEAD}
[Unit]
Description=${job.description}

[Timer]
${times}AccuracySec=1s
# Made up for after the machine was off.
Persistent=true

[Install]
WantedBy=timers.target
`;
}

/** `7-59/15 * * * *`, so that each machine has its own minute; a time that was named is taken as it is. */
function cronTime(every: Job["every"], first: number): string {
  return typeof every === "string" ? every : `${first % every}-59/${every} * * * *`;
}

/** For people: `every 15 minutes`, `at 0 2 * * *`. */
export function everyText({ every }: Pick<Job, "every">): string {
  return typeof every === "string" ? `at "${every}"` : `every ${every} minutes`;
}

/** A file of /etc/cron.d. @param first the minute of the first start in an hour, chosen at random */
export function cronFile(job: Job, first: number, user: string): string {
  const environment = Object.entries(job.environment)
    .map(([name, value]) => `${name}=${value}\n`).join("");
  return `# ${job.description}. ${HEAD}
SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
${environment}${cronTime(job.every, first)} ${user} ${job.command.map(cronWord).join(" ")}
`;
}

/** A user's own crontab with our line in it, in place of one that was there. `line` undefined: without. */
export function withCronLine(present: string, name: string, line: string | undefined): string {
  const mark = `# ${name} (rxdx-setup)`;
  const lines = present.split("\n");
  const kept = lines.filter((each, index) => each !== mark && lines[index - 1] !== mark);
  while (kept.at(-1) === "") kept.pop();
  return [...kept, ...(line === undefined ? [] : [mark, line])].map((each) => `${each}\n`).join("");
}

export function cronLine(job: Job, first: number): string {
  const environment = Object.entries(job.environment)
    .map(([name, value]) => `${cronWord(`${name}=${value}`)} `).join("");
  return `${cronTime(job.every, first)} ${environment === "" ? "" : `env ${environment}`}${
    job.command.map(cronWord).join(" ")
  }`;
}

/** The first minute in a line or file that was written before; `undefined` in any other. */
export function firstMinute(text: string): number | undefined {
  const match = /^(\d{1,2})-59\/\d+ \* \* \* \* /m.exec(text);
  return match === null ? undefined : Number(match[1]);
}
