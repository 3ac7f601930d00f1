/** What `support-bundle` shows: progress while it collects, the list of a preview, the last words. */
import type { Host } from "../host/types.ts";
import type { Bundle } from "../operations/support/bundle.ts";
import { quoted } from "../steps/command_line.ts";
import type { Colors, Output } from "./output.ts";
import { cut } from "./progress_terminal.ts";
import { bytes } from "./status_text.ts";

export interface BundleProgress {
  readonly part: (what: string, done: number, total: number) => void;
  end(): void;
}

/** One line that is written over on a terminal; nothing where lines would pile up. */
export function bundleProgress(host: Host, out: Output): BundleProgress {
  const { terminal } = host;
  if (!terminal.stderrIsTerminal || out.json || out.accessible) {
    out.note("Collecting …");
    return { part: () => undefined, end: () => undefined };
  }
  return {
    part: (what, done, total) => {
      const text = `Collecting ${done + 1}/${total}: ${what}`;
      terminal.err(`\r\x1b[K${out.colors.dim(cut(text, terminal.size().columns - 1))}`);
    },
    end: () => terminal.err("\r\x1b[K"),
  };
}

const count = (number: number, one: string, more = `${one}s`) =>
  `${number} ${number === 1 ? one : more}`;

function missingLines({ manifest }: Bundle, c: Colors): string[] {
  const { not_collected: missing } = manifest;
  if (missing.length === 0) return [];
  return [
    "",
    "Not collected, because:",
    ...missing.map(({ path, why }) => `  ${path}  ${c.dim(why)}`),
  ];
}

function byNameLines({ manifest }: Bundle): string[] {
  const names = manifest.redaction.by_name_only;
  return names.length === 0 ? [] : [
    "",
    `Too short to be told from ordinary text: ${names.join(", ")}. Taken out where the name stands`,
    "before the value; look for the value itself before you send it.",
  ];
}

export function previewText(bundle: Bundle, c: Colors): string {
  const { files, redaction } = bundle.manifest;
  const width = Math.max(...files.map(({ path }) => path.length));
  const rows = files.map(({ path, size, redactions, cut: less }) =>
    `  ${path.padEnd(width)}  ${bytes(size).padStart(9)}` +
    (redactions === 0 ? "" : `  ${count(redactions, "redaction")}`) +
    (less === undefined ? "" : c.dim(`  ${less}`))
  );
  return [
    "This would be collected; nothing was written.",
    "",
    ...rows,
    ...missingLines(bundle, c),
    ...byNameLines(bundle),
    "",
    `${count(files.length, "file")}, ${count(redaction.total, "redaction")}, ` +
    `${count(redaction.pseudonyms, "address", "addresses")} replaced, ` +
    `${bytes(bundle.archive.length)} as an archive. The second search found no secret.`,
  ].join("\n");
}

export function bundleText(bundle: Bundle, path: string, c: Colors): string {
  const { files, redaction } = bundle.manifest;
  return [
    `${c.green("●")} ${c.bold(path)}`,
    "",
    `  Size        ${bytes(bundle.archive.length)}`,
    `  Files       ${files.length}`,
    `  Redactions  ${redaction.total}, and the second search found no secret`,
    ...(redaction.pseudonyms === 0
      ? []
      : [`  Addresses   ${redaction.pseudonyms} of people in logs replaced`]),
    ...missingLines(bundle, c),
    ...byNameLines(bundle),
    "",
    `Look at it before you send it: ${quoted(["tar", "-tzf", path])}`,
  ].join("\n");
}
