/** An upgrade as text and as data: what is shown before anybody agrees to it. */
import { SERVICES } from "../engine/compose.ts";
import { isEmpty } from "../operations/changes.ts";
import { sizeText } from "../operations/backup/meter.ts";
import type { Needs } from "../operations/upgrade/needs.ts";
import type { Upgrade } from "../operations/upgrade/upgrade.ts";
import { fromTo } from "../upgrade/record.ts";
import type { Colors } from "./output.ts";
import { wrapWords } from "../tui/widgets/wrap_words.ts";
import { changesJson, changesText } from "./review.ts";
import { secondsText } from "./seconds_text.ts";

/** A title and what stands below it, within 80 columns. */
export function part(title: string, lines: readonly string[], c: Colors): string {
  const wrapped = lines.flatMap((line) => {
    const margin = /^ */.exec(line)?.[0] ?? "";
    // Names are not broken: they are to be copied.
    return /[./:]\S{40}/.test(line)
      ? [line]
      : wrapWords(line.trimStart(), 76 - margin.length).map((each) => margin + each);
  });
  return `${c.bold(title)}\n${wrapped.map((line) => `  ${line}`).join("\n")}`;
}

/** `sha256:1f0c…` as far as people compare it. */
const short = (id: string) => id.replace("sha256:", "").slice(0, 12);

/** Which image each service has, and will have. */
export function versionLines(upgrade: Upgrade): string[] {
  const { record: { from }, prepared: { plan }, moved } = upgrade;
  const width = Math.max(...SERVICES.map((service) => service.length));
  return SERVICES.flatMap((service) => {
    const was = from.images[service];
    const image = plan.images[service];
    const name = service.padEnd(width);
    if (was?.image !== image) {
      return [
        `${name}  ${was?.image ?? "none"} (${short(was?.id ?? "")})`,
        `${"".padEnd(width)}  → ${image}`,
      ];
    }
    if (moved.includes(service)) {
      return [`${name}  ${image} (${short(was.id)} → newer)`];
    }
    return [`${name}  ${image} (${short(was.id)}), stays`];
  });
}

function backupLines(upgrade: Upgrade): string[] {
  const { needs, record } = upgrade;
  const of = (need: NonNullable<Needs["backup"]>) =>
    `about ${sizeText(need.bytes)}, made and proven in about ${
      secondsText(Math.max(1, need.seconds))
    }, while the old version serves`;
  if (needs.backup === undefined) {
    return ["none: neither the backend nor the database is replaced"];
  }
  return record.backup === undefined ? [of(needs.backup)] : [`made already: ${record.backup}`];
}

/** What the way back can take back, and what it cannot. */
export function rollbackLines(upgrade: Upgrade): string[] {
  if (!upgrade.record.touches_data) return ["files and images; the data are not concerned"];
  return [
    "While it runs: a failure at any stage brings the old version back by itself; the database " +
    "too, as the old version left it, where the new one has changed its schema.",
    "Afterwards: `rxdx-setup rollback`. Where the schema has changed, the data go back to the " +
    "backup, and what was written since is lost; it says how much before it begins.",
  ];
}

export function upgradeText(upgrade: Upgrade, c: Colors): string {
  const { needs, prepared, changes, replaced, record } = upgrade;
  const restarts = replaced.includes("postgres") ? "yes: its image or definition changes" : "no";
  const disk = needs.places.map(({ path, needed, free }) =>
    `${path}: ${sizeText(needed)} needed, ${sizeText(free)} free`
  );
  const downtime = record.touches_data
    ? [
      `about ${
        secondsText(needs.downtime)
      }: from the stop of the old version, over a copy of the ` +
      `database (${sizeText(needs.database)}), until the new one is ready`,
    ]
    : replaced.length === 0
    ? ["none"]
    : [`about ${secondsText(needs.downtime)}, while ${replaced.join(" and ")} is replaced`];
  return [
    part(`Upgrade ${fromTo(record)}`, versionLines(upgrade), c),
    ...(isEmpty(changes) ? [] : [changesText(prepared, changes, c)]),
    part("PostgreSQL restarts", [restarts], c),
    part("Backup before it", backupLines(upgrade), c),
    part("Disk", disk, c),
    part("Downtime expected", downtime, c),
    part("The way back", rollbackLines(upgrade), c),
    ...(upgrade.unknown.length === 0 ? [] : [part("Could not be asked", upgrade.unknown, c)]),
  ].join("\n\n");
}

/** The same as data. */
export function upgradeJson(upgrade: Upgrade): Record<string, unknown> {
  const { needs, record, prepared, moved, replaced } = upgrade;
  return {
    schema: 1,
    from: { version: record.from.version, setup: record.from.setup },
    to: { version: record.to.version, setup: record.to.setup },
    services: SERVICES.map((service) => ({
      service,
      from: record.from.images[service] ?? null,
      to: prepared.plan.images[service],
      replaced: replaced.includes(service),
      newer_content: moved.includes(service),
    })),
    postgres_restarts: replaced.includes("postgres"),
    backup: needs.backup === undefined ? null : {
      bytes: Math.round(needs.backup.bytes),
      seconds: Math.round(needs.backup.seconds),
    },
    disk: needs.places.map(({ path, needed, free }) => ({
      path,
      needed_bytes: needed,
      free_bytes: free,
    })),
    downtime_seconds: needs.downtime,
    unknown: upgrade.unknown,
    changes: changesJson(prepared, upgrade.changes),
  };
}
