/** What builds have in common: the variables they take over, and their progress as lines. Pure. */

/** Given to builds by name only: Docker takes the value from the environment, not from argv. */
export const PROXY_VARIABLES = [
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
] as const;

/**
 * What the step that failed has said: BuildKit repeats it at the end, between two rules, before it
 * quotes the Dockerfile. The whole output where that is missing.
 */
export function failedStepOutput(output: string): string {
  const block = /^------\n > [^\n]*\n([\s\S]*?)^------$/m.exec(output.replaceAll("\r\n", "\n"));
  const lines = (block?.[1] ?? output).split("\n");
  return lines.map((line) => buildLine(line).replace(/^\d+\.\d+ /, "")).join("\n");
}

/** BuildKit's plain progress: `#8 12.31 Get:1 …` → `Get:1 …`. */
export function buildLine(line: string): string {
  return line.replace(/^#\d+ (\d+\.\d+ )?/, "");
}
