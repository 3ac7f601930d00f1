/**
 * As much of the language as `error_scan.ts` needs to read this program's own sources: where a bracket
 * ends, what its parts are, and what a text expression says. Pure. Not a parser: it relies on sources
 * that `deno fmt` has laid out.
 */

/** Position behind the string, template or comment that begins at `at`; `at` where none does. */
function skipText(text: string, at: number): number {
  const two = text.slice(at, at + 2);
  if (two === "//") return end(text.indexOf("\n", at), text);
  if (two === "/*") return end(text.indexOf("*/", at) + 2, text);
  const quote = text[at];
  if (quote !== '"' && quote !== "'" && quote !== "`") return at;
  for (let index = at + 1; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === quote) return index + 1;
    else if (quote === "`" && text.startsWith("${", index)) {
      index = closing(text, index + 1) - 1;
    }
  }
  return text.length;
}

const end = (at: number, text: string) => at < 1 ? text.length : at;

/** Position behind the bracket that closes the one at `at`. */
export function closing(text: string, at: number): number {
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    const behind = skipText(text, index);
    if (behind > index) {
      index = behind - 1;
      continue;
    }
    if ("([{".includes(text[index] ?? "")) depth++;
    if (")]}".includes(text[index] ?? "") && --depth === 0) return index + 1;
  }
  return text.length;
}

/** Parts of the inside of a bracket, separated by `by` where no other bracket is open. */
export function parts(inside: string, by: "," | "+" | "?" | ":" | "??"): string[] {
  const found: string[] = [];
  let from = 0;
  for (let index = 0; index < inside.length; index++) {
    const behind = skipText(inside, index);
    if (behind > index) {
      index = behind - 1;
    } else if ("([{".includes(inside[index] ?? "")) {
      index = closing(inside, index) - 1;
    } else if (
      inside.startsWith(by, index) && (by !== "?" || !/^\?[?.]/.test(inside.slice(index))) &&
      (by !== "?" || inside[index - 1] !== "?")
    ) {
      found.push(inside.slice(from, index));
      from = index + by.length;
      index = from - 1;
    }
  }
  return [...found, inside.slice(from)].map(bare).filter((part) => part !== "");
}

/** Without comments before it and space around it. */
function bare(text: string): string {
  return text.replace(/^(\s*\/\/[^\n]*\n|\s*\/\*[\s\S]*?\*\/)+/, "").trim();
}

/** Names with a value known at the call, for helpers that pass them on. */
export type Known = ReadonlyMap<string, string>;

/**
 * What the text expression says; `…` for what is only known when it runs.
 *
 * @param choice which side of `a ? b : c` is meant, the first or the second
 */
export function says(expression: string, known: Known = new Map(), choice: 0 | 1 = 0): string {
  const text = bare(expression);
  const named = known.get(text);
  if (named !== undefined) return named;
  const added = parts(text, "+");
  if (added.length > 1) return added.map((part) => says(part, known, choice)).join("");
  const [condition = "", ...rest] = parts(text, "?");
  if (rest.length > 0 && condition !== "") {
    const [yes = "", ...no] = parts(text.slice(text.indexOf(rest[0] ?? "")), ":");
    if (no.length > 0) {
      return says(choice === 0 ? yes : text.slice(text.indexOf(no[0] ?? "")), known, choice);
    }
  }
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) return JSON.parse(text.replaceAll("\\'", "'")) as string;
  if (text.startsWith("`") && text.endsWith("`")) {
    let said = "";
    for (let index = 1; index < text.length - 1; index++) {
      if (text.startsWith("${", index)) {
        const behind = closing(text, index + 1);
        said += says(text.slice(index + 2, behind - 1), known, choice);
        index = behind - 1;
      } else if (text[index] === "\\") said += text[++index] === "n" ? " " : text[index];
      else said += text[index];
    }
    return said;
  }
  return "…";
}
