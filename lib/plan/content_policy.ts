/**
 * What a Content-Security-Policy lets run, as browsers read it (CSP Level 3, 6.7.1 and 6.8.3). Pure; asked by
 * `warnings.ts`.
 */

/** Sources that anybody can put a script into: in the page itself, in an address, on any server. */
const ANYBODY = new Set(["'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:"]);

/** Name → sources, all in lower case. Of a directive that stands twice browsers take the first. */
function directives(policy: string): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const part of policy.toLowerCase().split(";")) {
    const [name = "", ...sources] = part.trim().split(/\s+/);
    if (name !== "" && !found.has(name)) found.set(name, sources);
  }
  return found;
}

/** True when these sources let a script run that an attacker has brought. */
function open(sources: readonly string[]): boolean {
  // With a number or a hash 'unsafe-inline' is for browsers that know neither, and ignored by the rest.
  const named = sources.some((each) => /^'(nonce-|sha(256|384|512)-)/.test(each));
  return sources.some((each) => ANYBODY.has(each) && !(named && each === "'unsafe-inline'"));
}

/** True when a script runs that an attacker has put into a page; so without any rule for scripts. */
export function letsForeignScriptsRun(policy: string): boolean {
  const found = directives(policy);
  const scripts = found.get("script-src") ?? found.get("default-src");
  return ["script-src", "script-src-elem", "script-src-attr"].some((name) => {
    const sources = found.get(name) ?? scripts;
    return sources === undefined || open(sources);
  });
}
