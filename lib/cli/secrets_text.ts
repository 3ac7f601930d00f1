/** Secrets as text: the plan of a rotation, and the list. Never with a value. */
import { rotationDowntime, type RotationPlan } from "../operations/rotate/preview.ts";
import type { SecretInfo } from "../operations/rotate/inventory.ts";
import { triedAt } from "../operations/rotate/probe_steps.ts";
import { valuesForEnv } from "../operations/rotate/wanted.ts";
import { MADE_HERE, ROLES, type Rotatable } from "../secrets/rotation.ts";
import type { CommandContext } from "./context.ts";
import { addressHint } from "./hints.ts";
import type { Colors } from "./output.ts";
import { changesJson, changesText } from "./review.ts";
import { dirFlag } from "./summary.ts";

/** Width of the smallest terminal that is promised. */
const WIDTH = 80;

/** Breaks a sentence; every line begins with the same indent. */
function wrapped(text: string, indent: string): string {
  const lines = [indent.slice(0, -1)];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length + 1 > WIDTH) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join("\n");
}

/** What happens, in the order in which it does. */
function orderOf(
  { rotation: { names, pending }, rolls }: RotationPlan,
  running: boolean,
) {
  const has = (name: Rotatable) => names.includes(name);
  const inEnv = Object.keys(valuesForEnv(pending)).length > 0;
  const replaced = ROLES_OF_BACKEND.some(has) && running;
  return [
    ...(Object.keys(pending.values).length > 0
      ? [
        "the new values are kept aside in .rxdx/rotation.json (0600): killed anywhere, the same " +
        "command goes on with them",
      ]
      : []),
    ...(has("POSTGRES_PASSWORD") && rolls
      ? ["backends are kept busy for a moment, so that they open connections while they can"]
      : []),
    ...(has("POSTGRES_PASSWORD")
      ? [
        "the database gets its new password as a SCRAM verifier, and a login over the network " +
        "proves it",
      ]
      : []),
    ...(has("BACKUP_KEY")
      ? ["the new key of this server is put before the former ones, which stay"]
      : []),
    ...(has("BACKUP_RECIPIENT") ? ["the new recovery key is shown, and put into rxdx.yml"] : []),
    ...(inEnv ? [".env is written"] : []),
    ...(replaced
      ? [
        rolls
          ? "backends are replaced one after the other, each healthy before the next"
          : "the backend is replaced, and waited for until it is ready",
      ]
      : []),
    ...(has("ADMIN_PASSWORD") ? ["the application sets the administrator's password"] : []),
    ...(Object.keys(pending.values).length > 0 ? ["the former values are forgotten"] : []),
  ];
}

const ROLES_OF_BACKEND: readonly Rotatable[] = [
  "POSTGRES_PASSWORD",
  "SECRET_KEY",
  "SMTP_PASSWORD",
  "IMAP_PASSWORD",
];

export function rotationText(
  context: CommandContext,
  planned: RotationPlan,
  of: { readonly running: boolean; readonly disagrees: boolean },
): string {
  const { colors: c } = context.out;
  const { rotation, prepared, changes } = planned;
  const { answers } = prepared.plan;
  const secrets = rotation.names.map((name) => {
    const at = name === "BACKUP_RECIPIENT" ? undefined : triedAt(context.host, answers, name);
    const how = rotation.resumed
      ? "the value of the interrupted run"
      : MADE_HERE.includes(name)
      ? "new"
      : at === undefined
      ? "the value that was given; it cannot be tried"
      : `the value that was given; tried at ${at} before it is written`;
    return `  ${c.bold(name)} ${c.dim(`(${how})`)}\n${wrapped(`ends ${ROLES[name].ends}`, "    ")}`;
  });
  const steps = orderOf(planned, of.running).map((text, index) =>
    `  ${index + 1} ${wrapped(text, "    ").trimStart()}`
  );
  const downtime = rotationDowntime(planned, of.running)
    .map((line) => wrapped(addressHint(line, dirFlag(context)), "  "));
  const begun = rotation.pending.at.slice(0, 16).replace("T", " ");
  return [
    `${c.bold(rotation.resumed ? `Rotation of ${begun} UTC, to be gone on with` : "Rotate")}\n${
      secrets.join("\n")
    }`,
    ...(of.disagrees
      ? [
        `${c.yellow("Note")}\n${
          wrapped(
            "The database does not take the password that stands in .env. It was edited there, or " +
              "put back; this rotation mends that too.",
            "  ",
          )
        }`,
      ]
      : []),
    `${c.bold("In this order")}\n${steps.join("\n")}`,
    changesText(prepared, changes, c),
    `${c.bold("Downtime expected")}\n${downtime.join("\n")}`,
  ].join("\n\n");
}

export function rotationJson(planned: RotationPlan, running: boolean): object {
  const { rotation, prepared, changes } = planned;
  return {
    type: "plan",
    ...changesJson(prepared, changes) as object,
    rotate: rotation.names.map((name) => ({ name, ends: ROLES[name].ends })),
    resumed: rotation.resumed,
    order: orderOf(planned, running),
    downtime: rotationDowntime(planned, running),
  };
}

/** `today`, `1 day`, `40 days`. */
function ageText(days: number): string {
  return days === 0 ? "today" : days === 1 ? "1 day" : `${days} days`;
}

export function secretsText(secrets: readonly SecretInfo[], c: Colors): string {
  const rows = [
    ["Secret", "Age", "Since", "Strength", "Used by"],
    ...secrets.map((each) => [
      each.name,
      !each.set ? "not set" : each.age_days === null ? "unknown" : ageText(each.age_days),
      each.since === null ? "-" : each.since.slice(0, 10),
      each.strength ?? (each.set ? each.kind : "-"),
      each.used_by.join(", "),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...row[column] ?? ""].length))
  );
  const lines = rows.map((row, index) => {
    const text = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
    return index === 0 ? c.bold(text) : secrets[index - 1]?.set === false ? c.dim(text) : text;
  });
  const ends = secrets.filter((each) => each.set).map((each) =>
    wrapped(`${each.name}: ${each.ends}.`, "  ")
  );
  return [...lines, "", c.bold("What a new value ends"), ...ends].join("\n");
}
