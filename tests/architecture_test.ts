/** The import rules hold in this repository, and the checker fails where one is broken. */
import assert from "node:assert/strict";
import { theHost } from "../lib/host/real.ts";
import { brokenRules, danglingImports, MAX_LINES, saysPure } from "./support/architecture.ts";
import { codeOf, importsOf } from "./support/import_parser.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

async function sourcesOf(root: string): Promise<Map<string, string>> {
  const { files } = theHost();
  const sources = new Map([["main.ts", await files.readText(`${root}/main.ts`) ?? ""]]);
  const visit = async (at: string): Promise<void> => {
    for (const name of await files.list(`${root}/${at}`)) {
      const path = `${at}/${name}`;
      if ((await files.stat(`${root}/${path}`))?.kind === "directory") await visit(path);
      else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
        sources.set(path, await files.readText(`${root}/${path}`) ?? "");
      }
    }
  };
  await visit("lib");
  return sources;
}

const SOURCES = await sourcesOf(ROOT);

Deno.test("this repository keeps every rule", () => {
  assert.deepEqual(brokenRules(SOURCES), []);
});

Deno.test("the sources were really read, and every import of them was understood", () => {
  assert.ok(SOURCES.size > 80, `${SOURCES.size} modules`);
  const imports = [...SOURCES.values()].flatMap(importsOf);
  assert.ok(imports.length > 400, `${imports.length} imports`);
  assert.ok(imports.filter((each) => each.typeOnly).length > 100);
  assert.deepEqual(danglingImports(SOURCES), []);
});

Deno.test("every module that is imported by nobody is an entry point", () => {
  const used = new Set(
    [...SOURCES].flatMap(([path, source]) =>
      importsOf(source).map(({ specifier }) =>
        new URL(specifier, `file:///${path}`).pathname.slice(1)
      )
    ),
  );
  const orphans = [...SOURCES.keys()].filter((path) => !used.has(path));
  assert.deepEqual(orphans.sort(), [
    "lib/images/embed.ts",
    "lib/packaging/build.ts",
    "lib/packaging/release.ts",
    "lib/reference/write.ts",
    "main.ts",
  ]);
});

// ── The checker can fail ────────────────────────────────────────────────────────────────────────

const HEADER = "/** What it is for. */\n";

/** Rules broken by a small graph; modules get a header unless they bring one. */
function broken(graph: Readonly<Record<string, string>>): string[] {
  return brokenRules(
    new Map(
      Object.entries(graph).map(([path, code]) => [
        path,
        code.startsWith("/") ? code : HEADER + code,
      ]),
    ),
  );
}

const GOOD = {
  "main.ts": 'import { run } from "./lib/cli/app.ts";\nDeno.exit(await run(Deno.args));\n',
  "lib/cli/app.ts": 'import { x } from "../plan/a.ts";\nimport "@stricli/core";\n',
  "lib/plan/a.ts": 'import type { Host } from "../host/types.ts";\nexport const x = 1;\n',
  "lib/host/types.ts": "export interface Host {}\n",
  "lib/host/real.ts": 'import { spawn } from "node:child_process";\nDeno.pid;\n',
};

Deno.test("a good graph breaks nothing", () => assert.deepEqual(broken(GOOD), []));

const BAD: readonly (readonly [title: string, graph: Record<string, string>, says: RegExp])[] = [
  ["Deno outside host", { "lib/steps/a.ts": "const x = Deno.pid;" }, /uses Deno\.pid/],
  ["Deno with spaces", { "lib/steps/a.ts": "Deno\n  .exit(1)" }, /uses Deno\.exit/],
  ["Deno in a template's code", { "lib/steps/a.ts": "const x = `${Deno.pid}`;" }, /uses Deno\.pid/],
  ["Deno by another name", { "lib/steps/a.ts": "globalThis.Deno;" }, /by another name/],
  ["node's process", { "lib/steps/a.ts": "process.exit(1);" }, /by another name/],
  ["an entry point that does more", { "main.ts": "Deno.readTextFile('x');" }, /readTextFile/],
  ...["fs", "fs/promises", "child_process", "net", "http", "https", "tls", "dgram", "os"].map((
    name,
  ): [string, Record<string, string>, RegExp] => [
    `node:${name} outside host`,
    { "lib/observe/a.ts": `import { x } from "node:${name}";` },
    new RegExp(`imports node:${name};`),
  ]),
  [
    "node:fs by a dynamic import",
    { "lib/observe/a.ts": 'const x = await import("node:fs");' },
    /imports node:fs;/,
  ],
  [
    "node:http re-exported",
    { "lib/observe/a.ts": 'export { request } from "node:http";' },
    /imports node:http;/,
  ],
  [
    "a pure room that imports steps",
    { "lib/plan/a.ts": 'import { b } from "../steps/b.ts";', "lib/steps/b.ts": "" },
    /lib\/plan\/a\.ts: is pure and imports lib\/steps\/b\.ts/,
  ],
  ...["operations", "tui", "observe", "tls", "engine"].map((
    room,
  ): [string, Record<string, string>, RegExp] => [
    `a pure room that imports ${room}`,
    { "lib/render/a.ts": `import { b } from "../${room}/b.ts";`, [`lib/${room}/b.ts`]: "" },
    /is pure and imports/,
  ]),
  [
    "a pure room that imports it for its side effect",
    { "lib/answers/a.ts": 'import "../steps/b.ts";', "lib/steps/b.ts": "" },
    /is pure and imports/,
  ],
  [
    "a module that says it is pure and is not",
    {
      "lib/engine/a.ts": '/** Decides. Pure. */\nimport { b } from "./b.ts";',
      "lib/engine/b.ts": "",
    },
    /lib\/engine\/a\.ts: is pure and imports lib\/engine\/b\.ts/,
  ],
  [
    "a pure room with a package that reaches the network",
    { "lib/plan/a.ts": 'import got from "got";' },
    /imports the package got/,
  ],
  [
    "a room that knows the types of the real host",
    { "lib/plan/a.ts": 'import type { X } from "../host/files.ts";', "lib/host/files.ts": "" },
    /imports lib\/host\/files\.ts; it is given a Host/,
  ],
  [
    "one capability that imports another",
    { "lib/tls/a.ts": 'import { b } from "../secrets/b.ts";', "lib/secrets/b.ts": "" },
    /belongs to tls and imports lib\/secrets\/b\.ts/,
  ],
  [
    "one capability that imports another's types",
    { "lib/images/a.ts": 'import type { B } from "../doctor/b.ts";', "lib/doctor/b.ts": "" },
    /belongs to images/,
  ],
  [
    "a room that imports cli",
    { "lib/steps/a.ts": 'import { b } from "../cli/b.ts";', "lib/cli/b.ts": "" },
    /imports lib\/cli\/b\.ts; only main\.ts/,
  ],
  [
    "a room that makes its own host",
    { "lib/operations/a.ts": 'import { theHost } from "../host/real.ts";', "lib/host/real.ts": "" },
    /it is given a Host/,
  ],
  [
    "the command parser outside cli",
    { "lib/tui/a.ts": 'import { run } from "@stricli/core";' },
    /imports @stricli\/core, which only lib\/cli\//,
  ],
  [
    "the mail library outside host",
    { "lib/steps/a.ts": 'const x = await import("nodemailer");' },
    /imports nodemailer, which only lib\/host\//,
  ],
  [
    "a probe that knows what it is for",
    { "lib/probe/a.ts": 'import { b } from "../operations/b.ts";', "lib/operations/b.ts": "" },
    /imports lib\/operations\/b\.ts, which probe must not know/,
  ],
  ["the console", { "lib/steps/a.ts": "console.log(1);" }, /writes to the console/],
  ["the console in host", { "lib/host/a.ts": "console . error(1);" }, /writes to the console/],
  ["a name that says nothing", { "lib/steps/utils.ts": "" }, /says nothing/],
  ["a room that says nothing", { "lib/utils/a.ts": "" }, /says nothing/],
  ["a file that is too long", { "lib/plan/a.ts": "\n".repeat(MAX_LINES) }, /has 301 lines/],
  ["no header", { "lib/plan/a.ts": "// nothing\nexport {};\n" }, /what it is for/],
];

for (const [title, graph, says] of BAD) {
  Deno.test(`the checker finds: ${title}`, () => {
    const found = broken({ ...GOOD, ...graph });
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", says);
  });
}

Deno.test("what is allowed is not found", () => {
  assert.deepEqual(
    broken({
      ...GOOD,
      "lib/plan/b.ts": 'import { type Host, type X } from "../host/types.ts";\n' +
        'import { SetupError } from "../errors.ts";\nimport * as v from "valibot";\n' +
        'import text from "../../templates/a.eta" with { type: "text" };\n' +
        'import { stats } from "../engine/stats.ts";\nimport type { Step } from "../steps/step.ts";\n',
      "lib/errors.ts": "",
      "lib/engine/stats.ts": "/** Computes; pure. */\n",
      "lib/steps/step.ts":
        '// Deno.exit is written here, "console.log" too.\nconst text = "Deno.exit() console.log";\n' +
        "const more = `Deno.pid ${text} console.log`;\nconst regex = /[\"'`]Deno.x/;\n",
    }).filter((each) => !each.includes("what it is for")),
    [],
  );
});

Deno.test("generated files may be long", () => {
  assert.deepEqual(
    broken({ ...GOOD, "lib/plan/big.ts": `// Generated by a tool\n${"\n".repeat(900)}` }),
    [],
  );
});

Deno.test("imports are read in all their forms, and told apart by what is left of them", () => {
  const source = `
    import a from "./a.ts";
    import { b, type B } from "./b.ts";
    import type { C } from "./c.ts";
    import { type D, type E } from "./d.ts";
    import type from "./e.ts";
    import * as f from './f.ts';
    import "./g.ts";
    export { h } from "./h.ts";
    export type { I } from "./i.ts";
    export * from "./j.ts";
    import {
      k,
      // import { no } from "./no.ts";
    } from "./k.ts";
    const l = await import("./l.ts");
    import m from "./m.txt" with { type: "text" };
    export const text = "from './not.ts'";
    /* import x from "./no.ts"; */
  `;
  assert.deepEqual(
    importsOf(source).map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? " type" : ""}`)
      .sort(),
    [
      "./a.ts",
      "./b.ts",
      "./c.ts type",
      "./d.ts type",
      "./e.ts",
      "./f.ts",
      "./g.ts",
      "./h.ts",
      "./i.ts type",
      "./j.ts",
      "./k.ts",
      "./l.ts",
      "./m.txt",
    ],
  );
});

Deno.test("code is told from comments, texts and regular expressions", () => {
  const source = 'a /* b */ // c\n\'d\' + "e" + `f${g}h${`i${j}`}` + /k"/.test(l) / m;';
  assert.equal(
    codeOf(source).replace(/[^a-z]/g, ""),
    "agjtestlm",
  );
  assert.equal(codeOf(source).split("\n").length, 2);
});

Deno.test("a header says pure, or pure but for something", () => {
  assert.equal(saysPure("/** Counts. Pure. */"), true);
  assert.equal(saysPure("/**\n * Counts;\n * pure: nothing is read.\n */"), true);
  assert.equal(saysPure("/** Pure but\n * for its buffer. */"), false);
  assert.equal(saysPure("/** Counts. */\n/** pure */"), false);
});
