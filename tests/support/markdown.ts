/**
 * Reads the documentation as data: headings with their anchors, links, and the command lines in it.
 * Just as much Markdown and shell as these pages use. Pure; used by `docs_test.ts`.
 */

export interface Fence {
  readonly language: string;
  readonly text: string;
}

/** Code blocks, and the text with them taken out. */
export function fences(markdown: string): { readonly fences: Fence[]; readonly rest: string } {
  const found: Fence[] = [];
  const rest = markdown.replace(
    /^( *)```([a-z]*)\n([\s\S]*?)^\1```$/gm,
    (_, _indent: string, language: string, text: string) => {
      found.push({ language, text });
      return "";
    },
  );
  return { fences: found, rest };
}

/** Inline code, but for the names of links. */
export function codeSpans(markdown: string): string[] {
  return [
    ...fences(markdown).rest.replace(/\[`[^`]*`\]\(/g, "(").matchAll(/(`+)([\s\S]*?[^`])\1(?!`)/g),
  ]
    .map((match) => (match[2] ?? "").replace(/\s+/g, " ").trim());
}

/** Anchors as GitHub makes them: small letters, no punctuation, hyphens for spaces, numbered. */
export function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const match of fences(markdown).rest.matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = (match[1] ?? "").toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    found.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return found;
}

/** Targets of links and pictures. */
export function links(markdown: string): string[] {
  const text = fences(markdown).rest.replace(/(`+)[\s\S]*?[^`]\1(?!`)/g, "code");
  return [...text.matchAll(/\]\(\s*([^)\s]+)\s*\)/g)].map((match) => match[1] ?? "");
}

/** Splits shell text into simple commands, each a list of words, without their redirections. */
export function simpleCommands(shell: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  const end = () => {
    if (words.length > 0) commands.push(words);
    words = [];
  };
  const token =
    /\\\n|[ \t]+|#[^\n]*|\n|;;?|&&|\|\|?|\d?>&\d?|\d?>>?[ \t]*[^\s;&|<>]*|((?:[^\s;&|#"'\\>]|\\.|"(?:[^"\\]|\\[\s\S])*"|'[^']*')(?:[^\s;&|"'\\>]|\\.|"(?:[^"\\]|\\[\s\S])*"|'[^']*')*)/g;
  const flat = shell.replace(/<\(([^)]*)\)/g, "\n$1\n");
  for (const match of flat.matchAll(token)) {
    const [text, word] = match;
    if (word !== undefined) {
      words.push(
        word.replace(
          /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\(.)/g,
          (_, double, single, escaped) => double ?? single ?? escaped ?? "",
        ),
      );
    } else if (/^(\n|;|&&|\|)/.test(text)) end();
  }
  end();
  return commands;
}

/** The lines below `Examples:` in a help text; after three spaces comes what the example does. */
export function examplesOf({ text }: Fence): string[] {
  return [...text.matchAll(/^Examples:\n((?: +.+\n)+)/gm)].flatMap(([, lines = ""]) =>
    lines.split("\n").map((line) => line.trim().split(/ {3,}/)[0] ?? "")
  );
}

/** Every command of a page: those of its shell blocks, of printed help, and inline code. */
export function commandsOf(markdown: string): string[][] {
  const blocks = fences(markdown).fences;
  const shell = blocks.filter((fence) => fence.language === "sh").map((fence) => fence.text);
  return [...shell, ...blocks.flatMap(examplesOf), ...codeSpans(markdown)].flatMap(simpleCommands)
    .map((words) => {
      const first = words.findIndex((word) => word !== "sudo" && !/^[A-Z_]+=/.test(word));
      return first < 0 ? [] : words.slice(first);
    }).filter((words) => words.length > 0);
}
