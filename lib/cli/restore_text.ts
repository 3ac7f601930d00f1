/** A restore in words: what it would replace, what came of it, and what is next on another server. */
import type { Manifest } from "../backup/manifest.ts";
import type { LastRestore, Part } from "../backup/restore_state.ts";
import { span } from "../notify/text.ts";
import { sizeText } from "../operations/backup/meter.ts";
import type { Chosen } from "../operations/restore/choose.ts";
import { type Amounts, backupAmounts, type Present } from "../operations/restore/look.ts";
import { proofText } from "./backup_text.ts";
import type { Output } from "./output.ts";

type Colors = Output["resultColors"];

export interface RestorePlan {
  readonly chosen: Chosen;
  readonly manifest: Manifest;
  readonly parts: readonly Part[];
  readonly stack: string;
  readonly dir: string;
  readonly present: Present;
  /** Whether the present state is backed up first. */
  readonly safety: boolean;
  readonly neededBytes: number;
  readonly freeBytes: number;
  /** Whether the application runs, so that somebody is without it meanwhile. */
  readonly serves: boolean;
  readonly last: LastRestore | undefined;
  /** Sentences about what is unusual in it. */
  readonly notes: readonly string[];
}

/** Seconds without the application on an idle machine with two cores, beside the time that counting takes. */
const DOWNTIME_SECONDS = 5;

const LABELS = [
  ["tables", "tables"],
  ["rows", "rows"],
  ["vertices", "vertices"],
  ["edges", "edges"],
  ["uploads", "uploads"],
] as const;

function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** As wide as a terminal of 80 columns allows, indented below its label. */
function wrapped(text: string, indent: number, width = 78): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width - indent) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

const INDENT = 14;

function row(label: string, text: string): string {
  return `  ${label.padEnd(INDENT - 2)}${wrapped(text, INDENT)}`;
}

function downtime({ serves, last, safety, present }: RestorePlan): string {
  if (!serves) return "none: the application does not run; it is started afterwards";
  // All is counted once more when nobody can write: what came after the backup must not be lost.
  const counts = safety || present.empty ? Math.round((present.lookMs ?? 0) / 1000) : 0;
  const seconds = last === undefined
    ? DOWNTIME_SECONDS + counts
    : Math.max(last.downtime_seconds, counts);
  const about = last?.downtime_seconds === seconds
    ? `about ${seconds} s, as the last time`
    : `about ${seconds} s, at the end`;
  const more = safety ? "; what is written until then is backed up too, which takes longer" : "";
  return `${about}; until then the present state serves${more}`;
}

export function planText(plan: RestorePlan, now: Date, c: Colors): string {
  const { chosen, manifest, parts, present, safety, stack, dir } = plan;
  const backup = backupAmounts(manifest);
  const lines = [
    c.bold(`Restore ${chosen.file}`),
    ...backupRows(chosen, manifest, now, c),
    row("Replaces", `${parts.join(" and ")} of the stack ${stack} in ${dir}`),
    row("Stays", "rxdx.yml, .env, certificates: the configuration of this stack"),
    ...(present.unreadable === undefined
      ? amountLines(present.amounts, backup, parts)
      : [row("Now", c.red(`cannot be read: ${present.unreadable}`))]),
    ...lostLines(plan, c),
    row(
      "Before",
      safety
        ? "the present state is backed up first"
        : present.empty
        ? "nothing to back up: nobody has worked in this stack yet"
        : c.red("no backup is made; the present state is gone for good"),
    ),
    row("Disk", `${sizeText(plan.neededBytes)} needed, ${sizeText(plan.freeBytes)} free`),
    row("Downtime", downtime(plan)),
    ...plan.notes.map((note) => row("Note", c.yellow(note))),
  ];
  return lines.join("\n") + "\n";
}

function backupRows(chosen: Chosen, manifest: Manifest, now: Date, c: Colors): string[] {
  const at = now.toISOString();
  return [
    row(
      "Backup",
      `of ${manifest.at.slice(0, 16).replace("T", " ")} UTC, ${span(manifest.at, at)} ago; ` +
        `${sizeText(chosen.size)}; ${proofText(chosen.record?.proof, at, c)}`,
    ),
  ];
}

function amountLines(now: Amounts, then: Amounts, parts: readonly Part[]): string[] {
  const shown = LABELS.filter(([key]) =>
    parts.includes(key === "uploads" ? "uploads" : "database")
  );
  const cells = shown.map(([, key]) => [number(now[key]), number(then[key])] as const);
  const width = Math.max(6, ...cells.flat().map((each) => each.length));
  return [
    `  ${"".padEnd(INDENT - 2)}${"".padEnd(9)}${"now".padStart(width)}  ${
      "backup".padStart(width)
    }`,
    ...shown.map(([label], index) => {
      const [left = "", right = ""] = cells[index] ?? [];
      return `  ${"".padEnd(INDENT - 2)}${label.padEnd(9)}${left.padStart(width)}  ${
        right.padStart(width)
      }`;
    }),
  ];
}

/** Tables named one by one before the rest is only counted. */
const SHOWN = 6;

function lostLines({ present, parts, manifest }: RestorePlan, c: Colors): string[] {
  if (present.unreadable !== undefined) return [];
  const lost = present.lost.filter((each) =>
    parts.includes(each.startsWith("uploads:") ? "uploads" : "database")
  );
  if (lost.length === 0) {
    const content = parts.includes("uploads") && present.amounts.uploads > 0
      ? "; uploads by number and bytes, not compared by content"
      : "";
    return [row("Lost", c.green(`nothing that is not in the backup${content}`))];
  }
  const since = manifest.at.slice(0, 16).replace("T", " ");
  const more = lost.length - SHOWN;
  return [
    row("Lost", c.red(`what was made or changed since ${since} UTC:`)),
    ...lost.slice(0, SHOWN).map((each) => row("", each)),
    ...(more > 0 ? [row("", `and ${more} more`)] : []),
  ];
}

export function planJson(plan: RestorePlan): Record<string, unknown> {
  const { chosen, manifest, parts, present } = plan;
  return {
    file: chosen.file,
    path: chosen.path,
    at: manifest.at,
    bytes: chosen.size,
    proof: chosen.record?.proof ?? null,
    parts,
    now: present.unreadable === undefined ? present.amounts : null,
    unreadable: present.unreadable ?? null,
    backup: backupAmounts(manifest),
    lost: present.lost,
    backs_up_first: plan.safety,
    needed_bytes: plan.neededBytes,
    free_bytes: plan.freeBytes,
    notes: plan.notes,
  };
}

/** What has to be known afterwards. */
interface Done {
  readonly result: { readonly manifest: Manifest };
  readonly last: LastRestore;
  readonly before: string | undefined;
  /** What was written while the backup was being read. */
  readonly late: readonly string[];
}

export function restoredText({ result, last, before, late }: Done, { file }: Chosen): string {
  const { rows, vertices, edges, uploads } = backupAmounts(result.manifest);
  const parts = [
    ...(last.parts.includes("database")
      ? [`${number(rows)} rows, ${number(vertices)} vertices, ${number(edges)} edges`]
      : []),
    ...(last.parts.includes("uploads") ? [`${number(uploads)} uploads`] : []),
  ];
  return [
    `${file} is restored: ${parts.join(", ")}, every count and digest as in its manifest.`,
    `It took ${last.seconds} s, ${last.downtime_seconds} s of them without the application.`,
    ...(before === undefined
      ? []
      : [`The state before: rxdx-setup backup restore ${before.replace(/\.tar\.age$/, "")}`]),
    ...(late.length === 0 ? [] : [
      "In it, and in no other: what was written while this ran.",
      ...late.slice(0, SHOWN)
        .map((each) => `  ${each}`),
    ]),
  ].join("\n");
}

export function restoredJson(
  { result, last, before, late }: Done,
  { path }: Chosen,
): Record<string, unknown> {
  const { schema: _, ...rest } = last;
  return {
    restored: true,
    path,
    ...rest,
    ...backupAmounts(result.manifest),
    before: before ?? null,
    written_meanwhile: late,
  };
}

export function freshHeader(
  of: {
    readonly chosen: Chosen;
    readonly manifest: Manifest;
    readonly parts: readonly Part[];
    readonly dir: string;
    readonly needed: number;
  },
  now: Date,
  c: Colors,
): string {
  const { chosen, manifest, parts, dir, needed } = of;
  const amounts = backupAmounts(manifest);
  const what = LABELS.filter(([key]) => parts.includes(key === "uploads" ? "uploads" : "database"))
    .map(([label, key]) => `${number(amounts[key])} ${label}`);
  return [
    c.bold(`Restore ${chosen.file} into ${dir}`),
    ...backupRows(chosen, manifest, now, c),
    row(
      "Stack",
      `${manifest.stack} (${manifest.environment}), PostgreSQL ${manifest.database.version}`,
    ),
    row("Brings", ["configuration with all secrets", ...what].join(", ")),
    row("Disk", `${sizeText(needed)} for the data, beside images and logs`),
  ].join("\n");
}

/** What is left to do after a move. */
export function movedText(
  of: { readonly url: string; readonly seconds: number; readonly recipients: number },
): string {
  const { url, seconds, recipients } = of;
  return [
    `RxDx runs on this server, ${seconds} s after it was begun: ${url}`,
    "Accounts, passwords and sessions are those of the backup.",
    "",
    "Next:",
    "  1. Look, log in, and open what you know:",
    "       rxdx-setup status",
    "  2. Back it up here and prove it; the key that this server then has opens only what it makes.",
    "       rxdx-setup backup create",
    "       rxdx-setup backup verify",
    ...(recipients === 0
      ? ["     Make a recovery key as well: rxdx-setup backup key"]
      : ["     Keep the recovery key: it opens old and new backups."]),
    "  3. A rehearsal ends here:",
    "       rxdx-setup uninstall --purge",
    "  4. For the move itself: what was made on the old server since the backup is not here.",
    "     Shut its door there, back it up a last time, restore that, then switch DNS.",
    "     The whole list: docs/guide/move.md",
  ].join("\n");
}
