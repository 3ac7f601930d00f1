/**
 * What is changed in the output of `deno bundle` before it is packaged: pure text work, called by
 * build.ts.
 *
 * Bundled CommonJS packages ask for modules of Node through a `require` that the bundler provides in
 * a chunk that every other one imports. It does so by importing `node:module`, which costs half of
 * a start (measured: `--version` 44 ms with it, 21 ms without, an empty file 17 ms), or, with
 * `--keep-names`, not at all: then every such package fails when it is loaded. Both are replaced by
 * a lookup at the time of the call.
 */

const IMPORT =
  /import\s*\{\s*createRequire as __deno_internal_createRequire\s*\}\s*from\s*"node:module";?/;
const CALL = /__deno_internal_createRequire\(import\.meta\.url\)/;
const REFUSAL =
  /throw (?:new )?Error\(\s*['"`]Dynamic require of "['"`]\s*\+\s*([\w$]+)\s*\+\s*['"`]" is not supported['"`]\s*\)/;

/** Looks a built-in module up when it is asked for; anything else is a fault of the bundle. */
function lookUp(name: string): string {
  return `{const m=globalThis.process.getBuiltinModule(${name});` +
    `if(m===undefined)throw new Error("not in the bundle: "+${name});return m}`;
}

/**
 * Makes `require` in a chunk load a built-in module of Node at the time of the call.
 *
 * @throws Error when the bundler's text is not as expected, because a silent miss would only show
 * as a slow start or in a rarely used command.
 */
export function withLazyRequire(code: string): string {
  const changed = code
    .replace(IMPORT, "")
    .replace(CALL, () => `(i=>${lookUp("i")})`)
    .replace(REFUSAL, (_, name: string) => lookUp(name));
  if (
    IMPORT.test(code) !== CALL.test(code) || changed.includes("__deno_internal_createRequire") ||
    changed.includes("Dynamic require of")
  ) throw new Error("`deno bundle` wrote its `require` in a form that is not known");
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

/**
 * Hides the names of lazily loaded chunks from the runtime. It reads and analyses every module that
 * is named literally, also in `import()`, before it starts the program: 3.5 ms for 60 chunks, of
 * which a start needs four. For the portable form only: `deno compile` must find the chunks.
 */
export function withHiddenImports(code: string): string {
  return code.replace(/\bimport\(("\.\/[\w.-]+\.js")\)/g, "import(String($1))");
}

const REFERENCE = /(["'])\.\/([\w.-]+\.js)\1/g;

/**
 * Gives the chunks names that depend on their content alone. The bundler's own names also depend on
 * where the sources and Deno's cache are relative to each other, so that two builds of the same
 * sources would differ.
 *
 * Each name is a hash of the chunk with the names in it replaced by the hashes of what they refer
 * to, which themselves were made without names; chunks may refer to each other in a circle.
 *
 * @throws Error when two chunks cannot be told apart.
 */
export async function withStableNames(
  files: ReadonlyMap<string, string>,
  entry: string,
): Promise<Map<string, string>> {
  const names = new Map([...files.keys()].map((name) => [name, stem(name)]));
  const replaced = (code: string) =>
    code.replace(REFERENCE, (whole, quote: string, name: string) => {
      const stable = names.get(name);
      return stable === undefined ? whole : `${quote}./${stable}${quote}`;
    });
  for (let round = 0; round < 2; round++) {
    const next = new Map<string, string>();
    for (const [name, code] of files) {
      const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(replaced(code)));
      const digest = new Uint8Array(hash).toHex().slice(0, 8);
      next.set(name, name === entry ? name : `${stem(name)}-${digest}.js`);
    }
    for (const [name, stable] of next) names.set(name, stable);
  }
  const renamed = new Map<string, string>();
  for (const [name, code] of files) renamed.set(names.get(name) ?? name, replaced(code));
  if (renamed.size !== files.size) {
    throw new Error("two chunks of the bundle have the same content");
  }
  return new Map([...renamed].sort(([a], [b]) => a < b ? -1 : 1));
}

/** `plan` of the bundler's `plan-RZZ46ZQO.js`. */
function stem(name: string): string {
  return name.replace(/\.js$/, "").replace(/-[0-9A-Z]{8}$/, "");
}

/** Gives the program another version number than that of deno.json, which is a part of the bundle. */
export function withVersion(code: string, from: string, to: string): string {
  return code.replaceAll(
    `name:"rxdx-setup",version:"${from}"`,
    `name:"rxdx-setup",version:"${to}"`,
  );
}
