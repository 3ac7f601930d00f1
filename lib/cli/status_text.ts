/** The state of the stack as plain text: for logs, pipes, and terminals that cannot do more. */
import type { StatusDocument } from "../observe/status.ts";
import type { Colors } from "./output.ts";

/** `1.4 GiB`, `12 MiB`. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let amount = value;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount >= 10 || unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

/** `3d 4h`, `5h 12m`, `12m`, `40s`. */
export function age(from: string, now: Date): string {
  return spanText((now.getTime() - Date.parse(from)) / 1000);
}

/** `4s`, `12m`, `3h 5m`, `2d 3h`. */
function spanText(span: number): string {
  const seconds = Math.max(0, Math.floor(span));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** Whether anybody is told, and what was. */
function alertsText(alerts: StatusDocument["alerts"], now: Date): string {
  if (!alerts.configured) return "nobody is told (alerts.email, alerts.webhook)";
  const { open, silenced_until: until, last_sent_at: sent, tested_at: tested } = alerts;
  return [
    open === 0 ? "nothing open" : `${open} open`,
    until === null ? [] : `silent until ${until}`,
    sent === null ? [] : `last sent ${age(sent, now)} ago`,
    tested === null ? "never tested" : `tested ${age(tested, now)} ago`,
    alerts.scheduled_by === null ? "no timer" : alerts.scheduled_by,
  ].flat().join(", ");
}

/** What would be lost now, and how long it would take to have the rest again. */
function backupText(backup: StatusDocument["backup"], now: Date): string {
  const { wanted, last_at: last, proven_at: proven } = backup;
  const { restored_at: restored, restored_seconds: took } = backup;
  if (last === null) return wanted ? "none yet" : "none, and none is wanted (backups.enabled)";
  return [
    `last ${age(last, now)} ago`,
    proven === null ? "never proven" : `proven ${age(proven, now)} ago${measured(backup)}`,
    copiesSummary(backup, now),
    restored === null ? [] : `put back ${age(restored, now)} ago` +
      (took === null ? "" : ` in ${Math.round(took)} s`),
    wanted ? [] : "none is wanted (backups.enabled)",
  ].flat().join(", ");
}

/** What the proof has measured: how long recovery takes, and how much could have been lost. */
function measured({ restore_seconds: rto, rpo_seconds: rpo }: StatusDocument["backup"]): string {
  const found = [
    rto === null ? [] : `RTO ${Math.round(rto)} s`,
    rpo === null ? [] : `RPO ${spanText(rpo)}`,
  ].flat();
  return found.length === 0 ? "" : ` (${found.join(", ")})`;
}

/** `copied to 2 places 3h ago`, `copied to 1 of 2`. */
function copiesSummary({ copies = [] }: StatusDocument["backup"], now: Date): string[] {
  if (copies.length === 0) return [];
  const well = copies.filter((each) => each.failure === null && each.last_at !== null);
  const oldest = well.map((each) => each.last_at ?? "").sort()[0];
  if (oldest === undefined) return ["copied nowhere yet"];
  const count = well.length === copies.length ? "" : `${well.length} of `;
  const places = copies.length === 1 ? "1 place" : `${copies.length} places`;
  return [`copied to ${count}${places} ${age(oldest, now)} ago`];
}

const SYMBOL = { healthy: "●", degraded: "▲", starting: "◌", down: "○" } as const;

export function statusText(document: StatusDocument, c: Colors, now: Date): string {
  const { stack, tls, database, disk } = document;
  const tint = { healthy: c.green, degraded: c.red, starting: c.yellow, down: c.red }[stack.state];
  const head = [
    `${tint(`${SYMBOL[stack.state]} ${stack.state}`)}  ${
      c.bold(stack.name)
    }  ${stack.environment}  ` +
    `${stack.url}  ${c.dim(stack.version)}`,
    "",
  ];
  const rows = document.services.map((each) => [
    each.container === "" ? each.service : each.container.replace(`${stack.name}-`, ""),
    each.state === "running" ? each.health : each.state,
    each.cpu_percent === null ? "-" : `${each.cpu_percent.toFixed(1)} %`,
    each.memory_bytes === null
      ? "-"
      : `${bytes(each.memory_bytes)} / ${
        each.memory_limit_bytes === null ? "∞" : bytes(each.memory_limit_bytes)
      }`,
    String(each.restarts),
    each.started_at === null || each.state !== "running" ? "-" : age(each.started_at, now),
    each.ports.join(" "),
  ]);
  const table = [["service", "state", "cpu", "memory", "restarts", "up", "ports"], ...rows];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? "").length))
  );
  const lines = table.map((row, index) => {
    const text = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
    return index === 0 ? c.dim(text) : text;
  });
  const facts = [
    "",
    tls.days_left === null
      ? `tls       ${tls.mode}`
      : `tls       ${tls.mode}, ${
        tls.self_signed === true ? "self-signed" : tls.issuer ?? ""
      }, ${tls.days_left} days left`.replace("self-signed, self-signed", "self-signed"),
    database.reachable
      ? `database  ${bytes(database.size_bytes ?? 0)}, ${database.connections} of ` +
        `${database.max_connections} connections, AGE ${
          database.age_version ?? "missing"
        }, graph ` +
        `${database.graph ?? "missing"}`
      : "database  does not answer",
    `disk      ${disk.used_percent} % used, ${bytes(disk.free_bytes)} free (${disk.path})`,
    `alerts    ${alertsText(document.alerts, now)}`,
    `backup    ${backupText(document.backup, now)}`,
  ];
  const problems = document.problems.flatMap((problem) => {
    const mark = problem.severity === "critical"
      ? c.red("✗")
      : problem.severity === "warning"
      ? c.yellow("!")
      : c.dim("·");
    return [`${mark} ${problem.message}`, `  ${c.dim("→")} ${problem.hint}`];
  });
  return [...head, ...lines, ...facts, ...(problems.length === 0 ? [] : ["", ...problems])]
    .join("\n");
}
