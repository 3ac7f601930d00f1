/** A unified diff for a terminal: coloured, without its two header lines, indented. */
import type { Colors } from "./output.ts";

export function indent(text: string): string {
  return text.split("\n").map((line) => `    ${line}`).join("\n");
}

export function colorDiff(diff: string, c: Colors): string {
  return diff.trimEnd().split("\n").slice(2).map((line) =>
    line.startsWith("+") ? c.green(line) : line.startsWith("-") ? c.red(line) : c.dim(line)
  ).join("\n");
}
