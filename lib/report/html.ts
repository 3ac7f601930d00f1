/**
 * The report as one HTML file for printing on A4: no script, no address that is fetched, every value
 * escaped. Pure.
 */
import type { Report } from "./report.ts";
import {
  HASH_NOTE,
  heading,
  type Section,
  sections,
  SIGNATURE_HEAD,
  SIGNATURES,
} from "./sections.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? "")
    .replace(/\p{Cc}+/gu, " ");
}

const STYLE = `
@page { size: A4; margin: 18mm 15mm 18mm 15mm; }
body { font: 10pt/1.4 sans-serif; color: #111; max-width: 190mm; margin: 8mm auto; }
h1 { font-size: 16pt; margin: 0 0 4mm; }
h2 { font-size: 12pt; margin: 8mm 0 2mm; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 0.3mm solid #999; padding: 1mm 1.5mm; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { background: #eee; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
p { margin: 1mm 0 2mm; }
.failure td:first-child { font-weight: bold; color: #a00; }
.note { font-size: 9pt; color: #444; }
.signatures { break-inside: avoid; }
.signatures td { height: 14mm; }
`;

function table(head: readonly string[], rows: readonly (readonly string[])[], name = ""): string {
  const cells = (values: readonly string[], tag: string) =>
    values.map((value) => `<${tag}>${escaped(value)}</${tag}>`).join("");
  const body = rows.map((row) => {
    const failed = row[0] === "failure" || row[0] === "FAIL";
    return `<tr${failed ? ' class="failure"' : ""}>${cells(row, "td")}</tr>`;
  });
  const top = head.some((each) => each !== "")
    ? `<thead><tr>${cells(head, "th")}</tr></thead>\n`
    : "";
  return `<table${name === "" ? "" : ` class="${name}"`}>\n${top}<tbody>\n${
    body.join("\n")
  }\n</tbody>\n</table>`;
}

function section({ title, note, head, rows, none }: Section, index: number): string {
  const above = note === undefined || rows.length === 0 ? "" : `<p>${escaped(note)}</p>\n`;
  const content = rows.length === 0 ? `<p>${escaped(none)}</p>` : table(head, rows);
  return `<h2>${index + 1}. ${escaped(title)}</h2>\n${above}${content}`;
}

export function reportHtml(report: Report): string {
  const { title, number } = report.document;
  const signatures = SIGNATURES.map((role) => [role, "", "", ""]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(`${title} ${number}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${table(["", ""], heading(report))}
<p class="note">${escaped(HASH_NOTE)}</p>
${sections(report).map(section).join("\n")}
<h2>Signatures</h2>
${table(SIGNATURE_HEAD, signatures, "signatures")}
</body>
</html>
`;
}
