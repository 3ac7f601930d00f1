/** `audit show`: who changed what, and how it ended. */
import { type AuditRun, runsOf, whoText } from "../../audit/runs.ts";
import { readAudit } from "../../audit/store.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { quoted } from "../../steps/command_line.ts";
import type { CommandContext } from "../context.ts";
import type { Colors } from "../output.ts";
import { needRecord } from "../record_look.ts";

interface Flags {
  readonly since?: string;
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `7d`, or a date as ISO 8601 has it. */
function sinceOf(text: string | undefined, now: Date): Date {
  if (text === undefined) return new Date(0);
  const age = /^(\d{1,5})([mhd])$/.exec(text);
  if (age !== null) {
    return new Date(now.getTime() - Number(age[1]) * UNIT_MS[age[2] as keyof typeof UNIT_MS]);
  }
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new SetupError({
    code: "usage",
    message: `--since ${text}: minutes, hours or days back, or a date`,
    hint: "rxdx-setup audit show --since 7d; or --since 2026-03-14",
    exit: EXIT.usage,
  });
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const since = sinceOf(flags.since, host.clock.now());
  await needRecord(host, dir);
  const audit = await readAudit(host, dir);
  const runs = runsOf(audit.entries).filter((each) => new Date(each.at) >= since);
  if (out.json) {
    const { ok, findings, notes } = audit;
    out.resultJson({ schema: 1, verified: ok, findings, notes, runs });
  } else {
    const c = out.resultColors;
    out.result(
      runs.length === 0 ? "Nothing is recorded." : runs.map((each) => rowText(each, c)).join("\n"),
    );
    if (!audit.ok) {
      out.note(
        `${out.colors.red("✗")} The record is not as it was written: rxdx-setup audit verify`,
      );
    }
  }
  return EXIT.ok;
}

function rowText(run: AuditRun, c: Colors): string {
  const at = `${run.at.slice(0, 19).replace("T", " ")} UTC`;
  if (run.result === "note") return `${at}  ${c.dim(run.message ?? "")}`;
  const result = run.result === "ok"
    ? c.green("ok")
    : run.result === "open"
    ? c.yellow("no end yet")
    : c.red(run.result);
  const lines = [`${at}  ${c.bold(run.command)}  ${result}  ${c.dim(whoText(run.who))}`];
  if (run.argv.length > 0) lines.push(`  rxdx-setup ${quoted(run.argv)}`);
  if (run.changed.length > 0) lines.push(`  changed: ${run.changed.join(", ")}`);
  if (run.undone.length > 0) lines.push(`  taken back: ${run.undone.join(", ")}`);
  if (run.message !== null) lines.push(`  ${run.message}`);
  const facts = Object.entries(run.facts).filter(([, value]) => value !== "");
  for (const [name, value] of facts) lines.push(c.dim(`  ${name}: ${value}`));
  return lines.join("\n");
}
