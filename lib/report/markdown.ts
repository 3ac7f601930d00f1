/** The report as Markdown: tables, nothing that a value could break out of. Pure. */
import type { Report } from "./report.ts";
import { HASH_NOTE, heading, sections, SIGNATURE_HEAD, SIGNATURES } from "./sections.ts";

/** As text of a cell: no mark-up, no HTML, no end of the cell or the line. */
function cell(value: string): string {
  return value.replace(/[\\`*_{}[\]<>|#~&]/g, (mark) => `\\${mark}`)
    .replace(/\p{Cc}+/gu, " ").trim();
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

export function reportMarkdown(report: Report): string {
  const parts = [
    `# ${cell(report.document.title)}`,
    table(["", ""], heading(report)),
    cell(HASH_NOTE),
  ];
  sections(report).forEach(({ title, note, head, rows, none }, index) => {
    parts.push(`## ${index + 1}. ${title}`);
    if (rows.length === 0) parts.push(none);
    else {
      if (note !== undefined) parts.push(cell(note));
      parts.push(table(head, rows));
    }
  });
  parts.push("## Signatures", table(SIGNATURE_HEAD, SIGNATURES.map((role) => [role, "", "", ""])));
  return parts.join("\n\n") + "\n";
}
