import assert from "node:assert/strict";
import {
  startupChunks,
  staticNodeImports,
  withHiddenImports,
  withLazyRequire,
  withStableNames,
} from "./bundle.ts";

const HEADER = `import{createRequire as __deno_internal_createRequire} from "node:module";` +
  `var m=__deno_internal_createRequire(import.meta.url);var n=1;globalThis.bundled=m;`;
const REFUSING =
  `var n=(a=>a)(function(a){if(typeof require<"u")return require.apply(this,arguments);` +
  `throw Error('Dynamic require of "'+a+'" is not supported')});globalThis.bundled=n;`;

function requireOf(code: string): (name: string) => unknown {
  // Evaluated as the program would be: what counts is that the changed text works.
  new Function(withLazyRequire(code))();
  return (globalThis as unknown as { bundled: (name: string) => unknown }).bundled;
}

for (const [name, code] of [["createRequire", HEADER], ["--keep-names", REFUSING]] as const) {
  Deno.test(`a bundled package's require works without node:module (${name})`, () => {
    assert.doesNotMatch(withLazyRequire(code), /node:module/);
    const found = requireOf(code);
    assert.equal(typeof (found("node:path") as { join?: unknown }).join, "function");
    assert.equal(typeof (found("path") as { join?: unknown }).join, "function");
    assert.throws(() => found("left-pad"), /not in the bundle: left-pad/);
  });
}

Deno.test("a chunk that requires nothing stays as it is", () => {
  const code = `import{a}from"./chunk-A.js";export const b=a;`;
  assert.equal(withLazyRequire(code), code);
});

Deno.test("a header of another form is an error, not a slow start", () => {
  const other = HEADER.replace("import.meta.url", "import.meta.filename");
  assert.throws(() => withLazyRequire(other), /form that is not known/);
  assert.throws(
    () => withLazyRequire(REFUSING.replace("throw Error(", "throw TypeError(")),
    /form that is not known/,
  );
});

Deno.test("the chunks of a start are the static imports, not the lazy ones", () => {
  const files = new Map([
    [
      "main.js",
      `import{a}from"./chunk-A.js";import"./chunk-B.js";const l=()=>import("./lazy.js");`,
    ],
    ["chunk-A.js", `var x=1;import*as fs from"node:fs";export{x as a};`],
    ["chunk-B.js", `import process from "node:process";`],
    ["lazy.js", `import"node:http";`],
  ]);
  const started = startupChunks(files, "main.js");
  assert.deepEqual([...started].sort(), ["chunk-A.js", "chunk-B.js", "main.js"]);
  const names = [...started].flatMap((name) => staticNodeImports(files.get(name) ?? ""));
  assert.deepEqual(names.sort(), ["node:fs", "node:process"]);
});

/** A bundle as the bundler names it, with names that `salt` changes. */
function named(salt: string, body = "1"): Map<string, string> {
  const name = (base: string) => `${base}-${salt}.js`;
  return new Map([
    [name("plan"), `import{a}from"./${name("chunk")}";export default a;`],
    [name("chunk"), `export var a=${body};var back=()=>import("./${name("plan")}");`],
    ["main.js", `const l=()=>import("./${name("plan")}");const other="./README.js";`],
  ]);
}

Deno.test("chunk names depend on content alone, also where chunks refer to each other", async () => {
  const first = await withStableNames(named("AAAAAAAA"), "main.js");
  const second = await withStableNames(named("ZZZZ2222"), "main.js");
  assert.deepEqual(first, second);
  assert.ok(first.has("main.js"));
  for (const code of first.values()) {
    for (const match of code.matchAll(/"\.\/([^"]+)"/g)) {
      assert.ok(first.has(match[1] ?? "") || match[1] === "README.js", match[1]);
    }
  }
  const other = await withStableNames(named("AAAAAAAA", "2"), "main.js");
  const names = (files: Map<string, string>) => [...files.keys()].filter((n) => n !== "main.js");
  assert.ok(names(other).every((name) => !first.has(name)));
});

Deno.test("two chunks with the same content are an error, not a lost file", async () => {
  const files = new Map([["chunk-AAAAAAAA.js", "x"], ["chunk-BBBBBBBB.js", "x"], ["main.js", ""]]);
  await assert.rejects(withStableNames(files, "main.js"), /same content/);
});

Deno.test("lazy imports are hidden from the runtime, static ones are not", () => {
  assert.equal(
    withHiddenImports(`import{a}from"./chunk-A.js";x(()=>import("./lazy-1.js"),import("node:fs"))`),
    `import{a}from"./chunk-A.js";x(()=>import(String("./lazy-1.js")),import("node:fs"))`,
  );
});
