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

/** BuildKit's plain progress: `#8 12.31 Get:1 …` → `Get:1 …`. */
export function buildLine(line: string): string {
  return line.replace(/^#\d+ (\d+\.\d+ )?/, "");
}
