/** A rollback as text and as data: what it takes back and what would be lost, before anybody agrees. */
import { SERVICES } from "../engine/compose.ts";
import type { Rollback } from "../operations/upgrade/rollback.ts";
import { type Loss, lossLines } from "../upgrade/loss.ts";
import type { Colors } from "./output.ts";
import { part } from "./upgrade_text.ts";

function since(minutes: number): string {
  if (minutes < 1) return "less than a minute";
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60
    ? `${Math.round(minutes / 60)} hours`
    : `${Math.round(minutes / 60 / 24)} days`;
}

/** What was changed since the upgrade goes back with what the upgrade changed. */
function fileLines({ files }: Rollback): string[] {
  const [aside, others] = [
    files.filter((each) => each.aside),
    files.filter((each) => !each.aside),
  ];
  return [
    ...aside.map(({ path }) => `${path}, as it is now kept in .rxdx/replaced`),
    ...others.map(({ path }) => path),
    ...(aside.some(({ path }) => path === "rxdx.yml")
      ? ["changes of the configuration since the upgrade go back too"]
      : []),
  ];
}

export function rollbackText(back: Rollback, c: Colors): string {
  const { record: { from, to, touches_data, backup }, schemaMoved, data, loss, minutes, files } =
    back;
  const images = SERVICES.flatMap((service) => {
    const [old, now] = [from.images[service], to.images[service]];
    const same = old?.id === now?.id;
    const at = (image: typeof old) =>
      image === undefined ? "none" : `${image.image} (${image.id.slice(7, 19)})`;
    return old === undefined || same ? [] : [`${service}  ${at(now)}`, `  → ${at(old)}`];
  });
  const why = data
    ? schemaMoved
      ? `the database too: ${to.version} has changed its schema, which ${from.version} does not know`
      : "the database too, as --data asks"
    : touches_data
    ? "files and images alone: the schema of the database is the same, what was written stays"
    : "files and images alone: the data are not concerned";
  const lost = loss === undefined
    ? ["how much is not known: there are no counts of then"]
    : lossLines(loss);
  return [
    part(
      from.version === to.version
        ? `Rollback of ${to.version} to what it was before`
        : `Rollback ${to.version} → ${from.version}`,
      images.length === 0 ? ["files"] : images,
      c,
    ),
    part("What goes back", [why], c),
    ...(files.length === 0 ? [] : [part("Files", fileLines(back), c)]),
    part(
      data ? `Lost: what was written in the last ${since(minutes)}` : "Lost",
      data ? [...lost, "uploads stay", `(since ${backup ?? "then"})`] : ["nothing"],
      c,
    ),
    ...(from.setup === to.setup ? [] : [
      part("rxdx-setup", [
        `The files are those of ${from.setup}. Go on with that version of rxdx-setup: this one ` +
        "would write its own again at the next apply.",
      ], c),
    ]),
    part("Backup before it", [
      touches_data ? "made first; the present state can be restored from it" : "none is needed",
      ...(data
        ? [
          `What is written after it, until ${to.version} stops, is backed up once more before it goes`,
        ]
        : []),
    ], c),
  ].join("\n\n");
}

/** `null` where nothing is lost, or how much is not known. */
export function lossJson({ loss }: { readonly loss: Loss | undefined }): unknown {
  if (loss === undefined) return null;
  const { rows, vertices, edges, tables, graphs, changed } = loss;
  return { rows, vertices, edges, tables, graphs, changed_tables: changed };
}

export function rollbackJson(back: Rollback): Record<string, unknown> {
  return {
    schema: 1,
    from: back.record.to.version,
    to: back.record.from.version,
    data: back.data,
    schema_changed: back.schemaMoved,
    backup: back.backup?.file ?? null,
    minutes: back.minutes,
    files: back.files,
    lost: lossJson(back),
  };
}
