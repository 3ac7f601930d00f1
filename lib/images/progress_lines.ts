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
 * What the step that failed has said, line by line; BuildKit's own summary repeats the last few lines
 * only, and then quotes the Dockerfile. The whole output where no step failed.
 */
export function failedStepOutput(output: string): string {
  const lines = output.split(/\r?\n/);
  const step = /^(#\d+ )ERROR: /m.exec(output)?.[1];
  const said = step === undefined
    ? lines
    : lines.filter((line) => line.startsWith(step) && /^#\d+ \d+\.\d+ /.test(line));
  return (said.length === 0 ? lines : said).map(buildLine).join("\n");
}

/** BuildKit's plain progress: `#8 12.31 Get:1 …` → `Get:1 …`. */
export function buildLine(line: string): string {
  return line.replace(/^#\d+ (\d+\.\d+ )?/, "");
}
