/** `audit verify`: whether the record of changes is as it was written. */
import { type Head, headText, parseHead } from "../../audit/entry.ts";
import { auditPath, readAudit } from "../../audit/store.ts";
import type { AuditFinding } from "../../audit/verify.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import type { CommandContext } from "../context.ts";
import { needRecord } from "../record_look.ts";

interface Flags {
  readonly against?: string;
}

function againstOf(text: string | undefined): Head | undefined {
  if (text === undefined) return undefined;
  const head = parseHead(text);
  if (head !== undefined) return head;
  throw new SetupError({
    code: "usage",
    message: "--against takes a head as `audit verify` or `report` printed it: 41:9f86…, whole.",
    hint: "rxdx-setup audit verify",
    exit: EXIT.usage,
  });
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const against = againstOf(flags.against);
  await needRecord(host, dir);
  const { ok, entries, findings, notes, head } = await readAudit(host, dir, against);
  const stands = head === undefined ? null : headText(head);
  if (out.json) {
    out.resultJson({ schema: 1, ok, entries: entries.length, head: stands, findings, notes });
  } else {
    const c = out.resultColors;
    const lines = (found: readonly AuditFinding[], mark: string) =>
      found.map(({ line, text }) => `${mark} ${line === null ? "" : `line ${line}: `}${text}`);
    out.result([
      ...lines(findings, c.red("✗")),
      ...lines(notes, c.yellow("!")),
      ok
        ? `${c.green("✓")} ${entries.length} entries, whole and as they were written.`
        : `${auditPath(dir)} is not as it was written.`,
      ...(stands === null ? [] : [`  head ${stands}`]),
    ].join("\n"));
  }
  return ok ? EXIT.ok : EXIT.unhealthy;
}
