/**
 * What a generated page of the reference is made of: its path, its Markdown, the few forms that all
 * pages share. Pure; called by the modules that make one page each.
 */

/** A page as it stands in the repository. */
export interface Page {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** Markdown; `format.ts` gives it the form that `deno fmt` keeps. */
  readonly text: string;
}

/** A page of docs/reference with the mark that it is generated, and from what. */
export function page(name: string, from: string, blocks: readonly string[]): Page {
  const mark = `<!-- Generated from ${from} by \`deno task reference\`; do not edit. -->`;
  return { path: `docs/reference/${name}`, text: [mark, ...blocks].join("\n\n") + "\n" };
}

/** A pipe would end the cell, also inside of code. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** A table; cells are Markdown. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Inline code; the fence is longer than any run of backticks in the text. */
export function code(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = "`".repeat(Math.max(0, ...runs) + 1);
  const space = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${space}${text}${space}${fence}`;
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}
