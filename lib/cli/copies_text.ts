/** Copies elsewhere as text and as JSON: which target has what, by the last comparison or by a look. */
import type { CopyStanding } from "../backup/copies.ts";
import { span } from "../notify/text.ts";
import type { TargetLook } from "../operations/backup/copies/look.ts";
import type { Output } from "./output.ts";

type Colors = Output["resultColors"];

export type SeenStanding = CopyStanding & { readonly look?: TargetLook };

/** What lies there: as it was seen, else as it is remembered. */
function filesOf({ files, look }: SeenStanding): readonly string[] {
  return look?.ok === true ? look.files.map((each) => each.name) : files;
}

/** Numbers, from 0, of the targets that have a copy of a backup. */
export function copiesAt(standings: readonly SeenStanding[], file: string): number[] {
  return standings.flatMap((each, index) => filesOf(each).includes(file) ? [index] : []);
}

/** @param here names of the backups on this machine */
export function copiesText(
  standings: readonly SeenStanding[],
  here: readonly string[],
  now: Date,
  c: Colors,
): string {
  const lines = standings.flatMap((each, index) => {
    const files = filesOf(each);
    const count = `${files.length} ${files.length === 1 ? "copy" : "copies"}`;
    const last = each.lastAt === undefined
      ? ""
      : `, the last ${span(each.lastAt.toISOString(), now.toISOString())} ago`;
    const only = files.filter((file) => !here.includes(file));
    return [
      `  ${index + 1}  ${each.target}: ${count}${last}`,
      ...(each.failure === undefined
        ? []
        : [`     ${c.red(`failed at ${each.failure.at}: ${each.failure.reason}`)}`]),
      ...(each.look?.ok === false ? [`     ${c.red(`asked now: ${each.look.reason}`)}`] : []),
      ...(only.length === 0 ? [] : [`     only there: ${only.join(", ")}`]),
    ];
  });
  return [c.bold("Copies"), ...lines].join("\n");
}

export function targetJson(each: SeenStanding): Record<string, unknown> {
  const { target, files, lastAt, failure, look } = each;
  return {
    target,
    files: look?.ok === true ? look.files.map(({ name }) => name) : files,
    last_at: lastAt?.toISOString() ?? null,
    failure: failure ?? null,
    reachable: look?.ok ?? null,
    ...(look?.ok === false ? { reason: look.reason, hint: look.hint ?? null } : {}),
  };
}
