/**
 * What is changed in the output of `deno bundle` before it is packaged: pure text work, called by
 * build.ts.
 *
 * The bundler puts `import { createRequire } from "node:module"` into the chunk that every other one
 * imports. Only bundled CommonJS packages that ask for a module of Node need it, and loading it
 * costs half of a start (measured: `--version` 44 ms with it, 21 ms without, an empty file 17 ms).
 */

const IMPORT =
  /import\s*\{\s*createRequire as __deno_internal_createRequire\s*\}\s*from\s*"node:module";?/;
const CALL = /__deno_internal_createRequire\(import\.meta\.url\)/;

/** Looks a built-in module up when it is asked for; anything else is a fault of the bundle. */
const LAZY = `(i=>{const m=globalThis.process.getBuiltinModule(i);` +
  `if(m===undefined)throw new Error("not in the bundle: "+i);return m})`;

/**
 * Makes `require` in a chunk load a built-in module of Node at the time of the call.
 *
 * @throws Error when the bundler's text is not as expected, because a silent miss would only show
 * as a slow start.
 */
export function withLazyRequire(code: string): string {
  const imported = IMPORT.test(code);
  const called = CALL.test(code);
  if (!imported && !called && !code.includes("__deno_internal_createRequire")) return code;
  const changed = code.replace(IMPORT, "").replace(CALL, LAZY);
  if (!imported || !called || changed.includes("__deno_internal_createRequire")) {
    throw new Error("`deno bundle` wrote its createRequire header in a form that is not known");
  }
  return changed;
}

/** The names in `import x from "node:y"` statements that are evaluated at the start of a chunk. */
export function staticNodeImports(code: string): string[] {
  const names = new Set<string>();
  for (
    const match of code.matchAll(/(?:^|[;}\n])import(?:[^"'();]*?from)?\s*["'](node:[^"']+)["']/g)
  ) {
    if (match[1] !== undefined) names.add(match[1]);
  }
  return [...names].sort();
}

/** The chunks that are evaluated when `entry` starts: itself and its static imports, transitively. */
export function startupChunks(
  files: ReadonlyMap<string, string>,
  entry: string,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [entry];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const code = files.get(name);
    if (code === undefined || seen.has(name)) continue;
    seen.add(name);
    for (
      const match of code.matchAll(/(?:^|[;}\n])import(?:[^"'();]*?from)?\s*["']\.\/([^"']+)["']/g)
    ) {
      if (match[1] !== undefined) queue.push(match[1]);
    }
  }
  return seen;
}
