/** What the machine says: memory, processors, disks, pressure, processes killed for memory, timers. */
import { jobName } from "../../schedule/job.ts";
import { renewalJob } from "../tls/schedule.ts";
import { NotThere, outputOf, type Part, type SupportScene } from "./part.ts";

const PRESSURE = ["cpu", "memory", "io"] as const;

/** Lines of the kernel's log that tell of a lack of memory or a dying disk. */
const KERNEL = /out of memory|oom[-_ ]?kill|killed process|memory cgroup|i\/o error|ext4-fs error/i;
const KERNEL_LINES = 200;

export function hostParts(scene: SupportScene): Part[] {
  const { host, dir } = scene;
  const program = (path: string, what: string, ...argv: readonly string[]): Part => ({
    path,
    what,
    collect: async (signal) => ({ text: await outputOf(host, argv, { signal }) }),
  });
  return [
    {
      path: "host/machine.json",
      what: "processors, memory, room on the disk of the install directory",
      collect: async () => {
        const { system, files } = host;
        return {
          json: {
            cpus: system.cpus(),
            memory_bytes: system.memoryBytes(),
            clock: host.clock.now().toISOString(),
            disk: await files.space(dir).catch(() => null),
          },
        };
      },
    },
    // By a program: this one may not read these files itself.
    program("host/memory.txt", "use of memory: /proc/meminfo", "cat", "/proc/meminfo"),
    program(
      "host/load.txt",
      "load and time since the start",
      "cat",
      "/proc/loadavg",
      "/proc/uptime",
    ),
    {
      path: "host/pressure.txt",
      what: "how long work had to wait for processors, memory and disks: /proc/pressure",
      collect: async () => {
        const texts = await Promise.all(
          PRESSURE.map(async (name) => {
            const text = await host.files.readText(`/proc/pressure/${name}`).catch(() => undefined);
            return text === undefined ? "" : `${name}\n${text}`;
          }),
        );
        const text = texts.join("");
        if (text === "") throw new NotThere("this kernel does not tell it");
        return { text };
      },
    },
    program("host/disks.txt", "room on the disks", "df", "-hPT"),
    program("host/inodes.txt", "files that still fit on the disks", "df", "-iP"),
    program("host/listeners.txt", "ports that somebody listens on", "ss", "-ltn"),
    {
      path: "host/kernel.txt",
      what: "what the kernel says of a lack of memory and of disk errors",
      collect: async (signal) => {
        const text = await outputOf(host, ["dmesg", "--time-format", "iso"], { signal });
        const lines = text.split("\n").filter((line) => KERNEL.test(line)).slice(-KERNEL_LINES);
        return { text: lines.length === 0 ? "nothing of that kind\n" : `${lines.join("\n")}\n` };
      },
    },
    {
      path: "host/timers.txt",
      what: "what starts by itself for this stack",
      collect: timers(scene),
    },
  ];
}

/** Timers of systemd and files for cron, whichever this machine has. */
function timers({ host, project }: SupportScene): Part["collect"] {
  return async (signal) => {
    const pieces: string[] = [];
    const prefix = jobName(renewalJob(project)).replace(/-tls$/, "");
    const listed = await host.process.run(
      ["systemctl", "list-timers", "--all", "--no-pager", `${prefix}-*`],
      { signal, timeoutMs: 5_000 },
    );
    if (listed.code === 0) pieces.push(`systemctl list-timers\n${listed.stdout}`);
    for (const directory of ["/etc/systemd/system", "/etc/cron.d"]) {
      const names = (await host.files.list(directory).catch(() => []))
        .filter((name) => name.startsWith(`${prefix}-`));
      for (const name of names) {
        const path = `${directory}/${name}`;
        pieces.push(`${path}\n${await host.files.readText(path).catch(() => "") ?? ""}`);
      }
    }
    if (pieces.length === 0) throw new NotThere("neither systemd nor cron has one of this stack");
    return { text: pieces.join("\n") };
  };
}
