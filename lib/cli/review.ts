/** A plan as text: what `plan` prints and what is shown before a confirmation. */
import { SOURCE_TEXT } from "../answers/layers.ts";
import { FIELDS } from "../answers/fields.ts";
import { type Tree, valueAt } from "../answers/tree.ts";
import { printable } from "../answers/parse.ts";
import { describeNeed } from "../engine/install_steps.ts";
import { engineNeed } from "../engine/requirements.ts";
import { type Changes, isEmpty } from "../operations/changes.ts";
import { movedText } from "../operations/install.ts";
import type { Prepared } from "../operations/prepare.ts";
import { formatSize } from "../plan/sizing.ts";
import { colorDiff, indent } from "./diff_text.ts";
import type { Colors } from "./output.ts";
import { handEditsText } from "./review_drift.ts";

/** Values that differ from their default, each with its source. */
export function valuesText(prepared: Prepared, c: Colors): string {
  const answers = prepared.plan.answers as unknown as Tree;
  const rows = FIELDS.flatMap((field) => {
    const value = valueAt(answers, field.path);
    const source = prepared.plan.provenance.get(field.path) ?? "default";
    const always = ["name", "environment", "domain", "images.source", "tls.mode"];
    if (value === undefined) return [];
    const isDefault = JSON.stringify(value) === JSON.stringify(field.defaultValue);
    if (isDefault && !always.includes(field.path)) return [];
    return [[field.path, wholeValue(value), SOURCE_TEXT[source]] as const];
  });
  const width = Math.max(...rows.map(([path]) => path.length));
  return rows.map(([path, value, source]) =>
    `  ${path.padEnd(width)}  ${value}  ${c.dim(`(${source})`)}`
  ).join("\n");
}

/** A checked value on one line, uncut: who agrees to it must have seen all of it. */
function wholeValue(value: unknown): string {
  const texts = (Array.isArray(value) ? value : [value])
    .map((each) => typeof each === "string" ? each : JSON.stringify(each));
  return texts.length === 0 ? "(none)" : printable(texts.join(", "));
}

/** What the plan commits of the machine, in one paragraph. */
export function sizingText(prepared: Prepared): string {
  const { sizing, facts } = prepared.plan;
  const memory = formatSize(Math.floor(facts.memoryBytes / 2 ** 20) * 2 ** 20);
  return `  ${formatSize(sizing.committedBytes)} of ${memory} memory, ${facts.cpus} CPUs\n` +
    `  postgres ${formatSize(sizing.postgres.memoryBytes)}, backend ${sizing.replicas} × ` +
    `${formatSize(sizing.backend.memoryBytes)} (${sizing.workers} workers each), nginx ` +
    `${formatSize(sizing.nginx.memoryBytes)}, frontend ${formatSize(sizing.frontend.memoryBytes)}`;
}

/** Width of what is printed before a confirmation: the smallest terminal that is promised. */
const WIDTH = 80;

/** Breaks a sentence into indented lines. */
function paragraph(text: string): string {
  const lines = [" "];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length + 1 > WIDTH) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join("\n");
}

/** How an image that is not here will be had. */
function imageVerb({ answers, origin }: Prepared["plan"], name: string): string {
  if (answers.images.source === "demo" || name.startsWith("rxdx-build/")) return "build";
  const inArchive = origin?.kind === "archive" && Object.values(origin.images).includes(name);
  return inArchive ? "load" : "fetch";
}

/** New files below one directory are one line when there are many of them. */
const MANY = 8;

function createdText(paths: readonly string[], c: Colors): string[] {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const top = path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
    groups.set(top, [...groups.get(top) ?? [], path]);
  }
  return [...groups].flatMap(([top, group]) =>
    group.length >= MANY
      ? [`  ${c.green("+")} ${top}/ ${c.dim(`(${group.length} files)`)}`]
      : group.map((path) => `  ${c.green("+")} ${path}`)
  );
}

export function changesText(prepared: Prepared, changes: Changes, c: Colors): string {
  const kept = changes.handEdits.filter((each) => each.kept);
  if (isEmpty(changes)) {
    return ["Nothing to do: the machine matches rxdx.yml.", ...notesText(changes, c)].join("\n") +
      (kept.length === 0 ? "" : `\n${handEditsText(kept, c)}`);
  }
  const parts: string[] = [];
  const { facts } = prepared.plan;
  const moved = prepared.install === undefined ? undefined : movedText(prepared.install);
  if (moved !== undefined) parts.push(`${c.yellow("Moved")}\n${paragraph(moved)}`);
  const need = engineNeed(facts);
  if (need.kind !== "ready") parts.push(`${c.bold("Machine")}\n${paragraph(describeNeed(facts))}`);
  else if (need.warning !== undefined) {
    parts.push(`${c.yellow("Warning")}\n${paragraph(need.warning)}`);
  }
  if (changes.files.length > 0) {
    const created = changes.files.filter((file) => file.kind === "create");
    const updated = changes.files.filter((file) => file.kind === "update");
    const lines = [
      ...createdText(created.map((file) => file.path), c),
      ...updated.map((file) =>
        `  ${c.yellow("~")} ${file.path}\n${indent(colorDiff(file.diff, c))}`
      ),
      ...changes.files.filter((file) => file.kind === "mode").map((file) =>
        `  ${c.yellow("~")} ${file.path} ${c.dim(`(mode ${file.diff})`)}`
      ),
    ];
    parts.push(`${c.bold(`Files in ${prepared.plan.dir}`)}\n${lines.join("\n")}`);
  }
  if (changes.handEdits.length > 0) {
    parts.push(`${c.bold("Hand edits")}\n${handEditsText(changes.handEdits, c)}`);
  }
  if (changes.certificate !== undefined) {
    parts.push(`${c.bold("Certificate")}\n  made anew: ${changes.certificate}`);
  }
  if (changes.order !== undefined) {
    const { directory } = prepared.plan.answers.tls;
    const ca = directory === "" ? "Let's Encrypt" : new URL(directory).host;
    parts.push(`${c.bold("Certificate")}\n  ordered from ${ca}: ${changes.order}`);
  }
  if (changes.images.length > 0) {
    const verb = (name: string) => imageVerb(prepared.plan, name);
    parts.push(
      `${c.bold("Images")}\n` +
        changes.images.map((name) => `  ${verb(name)} ${name}`).join("\n"),
    );
  }
  if (changes.services.length > 0) {
    parts.push(
      `${c.bold("Containers")}\n` +
        changes.services.map((each) =>
          `  ${each.action.padEnd(8)} ${each.service} ${c.dim(`(${each.reason})`)}`
        ).join("\n"),
    );
  }
  if (changes.timers.length > 0) {
    parts.push(`${c.bold("Timers")}\n${changes.timers.map((each) => `  ${each}`).join("\n")}`);
  }
  const notes = notesText(changes, c);
  if (notes.length > 0) parts.push(notes.join("\n"));
  if (changes.reload) parts.push(`${c.bold("nginx")}\n  reload its configuration, no restart`);
  return parts.join("\n\n");
}

function notesText(changes: Changes, c: Colors): string[] {
  return changes.notes.map((note) => `${c.yellow("Note")}\n${paragraph(note)}`);
}

/** The same as data. */
export function changesJson(prepared: Prepared, changes: Changes): unknown {
  return {
    schema: 1,
    dir: prepared.plan.dir,
    changes: !isEmpty(changes),
    engine: engineNeed(prepared.plan.facts).kind,
    files: changes.files,
    hand_edits: changes.handEdits,
    certificate: changes.certificate ?? null,
    certificate_order: changes.order ?? null,
    notes: changes.notes,
    images: changes.images,
    containers: changes.services,
    timers: changes.timers,
    nginx_reload: changes.reload,
    memory: {
      committed_bytes: prepared.plan.sizing.committedBytes,
      budget_bytes: prepared.plan.sizing.budgetBytes,
    },
  };
}
