/**
 * The documentation is held against the program: generated pages are what the generator gives, every
 * command line is understood by the real parser, every link leads somewhere, what is listed is there.
 */
import assert from "node:assert/strict";
import { buildApplication, run } from "@stricli/core";
import configuration from "../deno.json" with { type: "json" };
import { FIELDS } from "../lib/answers/fields.ts";
import { flagLayer, merge } from "../lib/answers/layers.ts";
import { parseAnswers } from "../lib/answers/parse.ts";
import type { AppContext } from "../lib/cli/command.ts";
import { wantedAt } from "../lib/cli/completion/walk.ts";
import { hoist } from "../lib/cli/globals.ts";
import { routes } from "../lib/cli/routes.ts";
import { SERVICES } from "../lib/engine/compose.ts";
import { theHost } from "../lib/host/real.ts";
import { JSON_SHAPES } from "../lib/reference/json_page.ts";
import { manualPage, referencePages } from "../lib/reference/pages.ts";
import { SECRET_NAMES } from "../lib/secrets/secrets.ts";
import { PROBLEM_MEANING } from "../lib/reference/status_problems.ts";
import { documented } from "./support/documented.ts";
import { BESIDE } from "./support/documented_beside.ts";
import { CHANGING, FIRST, SETTINGS } from "./support/documented_changing.ts";
import { EXCUSED } from "./support/documented_excused.ts";
import { READING } from "./support/documented_reading.ts";
import { INSTALLING, REPOSITORY } from "./support/documented_repository.ts";
import { unaccounted } from "./support/documented_tables.ts";
import { anchors, commandsOf, fences, links } from "./support/markdown.ts";
import { picture } from "./support/picture_svg.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");

/** Paths of files below a directory of the repository. */
function below(dir: string, suffix: string): string[] {
  return [...Deno.readDirSync(`${ROOT}/${dir}`)].flatMap((entry) => {
    const path = dir === "" ? entry.name : `${dir}/${entry.name}`;
    if (entry.isDirectory) return below(path, suffix);
    return entry.name.endsWith(suffix) ? [path] : [];
  }).sort();
}

const read = (path: string) => Deno.readTextFileSync(`${ROOT}/${path}`);
const PAGES = new Map(
  ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...below("docs", ".md")]
    .map((path) => [path, read(path)] as const),
);

/** Thrown where a command would begin its work: all its words have been understood. */
class Understood extends Error {}

/** What the real parser has against the words, or `undefined`. */
async function complaint(words: readonly string[]): Promise<string | undefined> {
  const complaints: string[] = [];
  const context: AppContext = {
    process: {
      stdout: { write: () => undefined },
      stderr: { write: (text: string) => complaints.push(text) },
      env: {},
    } as unknown as AppContext["process"],
    begin: () => {
      throw new Understood();
    },
    outcome: undefined,
  };
  const application = buildApplication(routes, {
    name: "rxdx-setup",
    scanner: { caseStyle: "allow-kebab-for-camel" },
  });
  await run(application, hoist(words), context);
  const { outcome } = context;
  if (outcome !== undefined && "error" in outcome && outcome.error instanceof Understood) return;
  return words.includes("--help") && complaints.length === 0 ? undefined : complaints.join("");
}

/** Settings and keys that a command line names. */
function namedSettings(words: readonly string[]): string[] {
  const afterSet = words.flatMap((word, index) => word === "--set" ? [words[index + 1] ?? ""] : []);
  const [group, verb, ...rest] = words;
  const set = group === "config" && verb === "set";
  return [...afterSet, ...(set ? rest.filter((word) => word.includes("=")) : [])];
}

/** Words of which the table of commands knows that they are none of those that can stand there. */
function unknownWords(words: readonly string[]): string[] {
  const lists: Readonly<Record<string, readonly string[]>> = {
    keys: FIELDS.map(({ path }) => path),
    secrets: SECRET_NAMES,
    services: SERVICES,
  };
  const hoisted = hoist(words);
  return hoisted.filter((word, index) => {
    const wanted = wantedAt(routes, [...hoisted.slice(0, index), word]);
    // `SHELL` stands for one.
    if (wanted.kind !== "value" || /^[A-Z]+$/.test(word)) return false;
    const { completes, before } = wanted;
    const known = typeof completes === "string" ? lists[completes] : completes;
    const value = word.slice(before.length);
    // Logins are proposed, and are not all there are; `backend=` is the beginning of a word.
    return known !== undefined &&
      !known.some((each) =>
        each === value || each.includes("@") || each.endsWith("=") && value.startsWith(each)
      );
  });
}

Deno.test("generated pages are what the generator gives", async () => {
  const pages = await referencePages(theHost(), ROOT);
  assert.deepEqual(pages.map((page) => page.path).sort(), below("docs/reference", ".md"));
  for (const { path, text } of pages) {
    assert.equal(PAGES.get(path), text, `${path} is not up to date: deno task reference`);
  }
});

Deno.test("the shape of every JSON document is compared with what is printed", () => {
  for (const { command, comparedBy } of JSON_SHAPES) {
    if (comparedBy === undefined) continue;
    const call = new RegExp(`asDescribed(<[^>]*>)?\\(\\s*"${command}",`);
    assert.match(read(comparedBy), call);
  }
});

Deno.test("the manual page is what the generator gives", async () => {
  const { path, text } = await manualPage(theHost());
  assert.equal(read(path), text, `${path} is not up to date: deno task reference`);
  for (const { target, name } of routes.getAllEntries().filter((entry) => !entry.hidden)) {
    const heading = "getAllEntries" in target ? `${name.original} ` : name.original;
    assert.ok(text.replaceAll("\\-", "-").includes(`\n.SS ${heading}`), name.original);
  }
});

for (
  const argv of [
    ["mandoc", "-Tlint", "-Wwarning"],
    ["man", "--warnings", "--local-file", "--encoding=UTF-8"],
  ]
) {
  const [program = "", ...options] = argv;
  const found = await new Deno.Command("sh", {
    args: ["-c", `command -v "$0"`, program],
    stdout: "null",
  }).output();
  Deno.test(
    { name: `the manual page is clean for ${program}`, ignore: !found.success },
    async () => {
      const judge = async (page: string) => {
        const { stdout, stderr } = await new Deno.Command(program, {
          args: [...options, page],
          env: { MANPAGER: "cat", LC_ALL: "C.UTF-8" },
        }).output();
        const complaints = new TextDecoder().decode(program === "man" ? stderr : stdout);
        // It belongs to a version: a date would differ with every build.
        return complaints.split("\n")
          .filter((line) => line !== "" && !line.includes("missing date"));
      };
      assert.deepEqual(await judge(`${ROOT}/docs/man/rxdx-setup.1`), []);
      const bad = await Deno.makeTempFile({ suffix: ".1" });
      try {
        await Deno.writeTextFile(bad, `${read("docs/man/rxdx-setup.1")}.TP\n.NOSUCH \\[nosuch]\n`);
        assert.notDeepEqual(await judge(bad), []);
      } finally {
        await Deno.remove(bad);
      }
    },
  );
}

Deno.test("every command line of the documentation is understood", async (t) => {
  // The checks below can fail.
  assert.match(await complaint(["aply"]) ?? "", /aply/);
  assert.match(await complaint(["apply", "--forse"]) ?? "", /forse/);
  assert.match(await complaint(["config", "get"]) ?? "", /KEY/);
  assert.deepEqual(unknownWords(["stop", "ngnix"]), ["ngnix"]);
  assert.deepEqual(unknownWords(["config", "get", "ports.htps"]), ["ports.htps"]);
  assert.deepEqual(unknownWords(["--json", "logs", "--level=warn"]), ["--level=warn"]);
  assert.deepEqual(unknownWords(["scale", "backend=2"]), []);
  let count = 0;
  for (const [path, text] of PAGES) {
    // Hints are sentences around a command.
    if (path === "docs/reference/errors.md") continue;
    const lines = commandsOf(text).filter((words) =>
      words[0] === "rxdx-setup" && words.length > 1 && !words.join(" ").includes("…")
    );
    await t.step(`${path}: ${lines.length}`, async () => {
      for (const [, ...words] of lines) {
        count++;
        const said = `rxdx-setup ${words.join(" ")}`;
        if (words.join(" ") === "--version") continue;
        assert.equal(await complaint(words), undefined, said);
        assert.deepEqual(unknownWords(words), [], said);
        const { layer, problems } = flagLayer(namedSettings(words));
        const parsed = parseAnswers(merge([layer]).values);
        assert.deepEqual([problems, parsed.ok ? [] : parsed.problems], [[], []], said);
        const [group, verb, key = ""] = words;
        if (group === "config" && verb === "get") {
          assert.ok(FIELDS.some((field) => field.path === key), `${said}: no such key`);
        }
        const environment = words[words.indexOf("--env") + 1] ?? "";
        if (words.includes("--env")) {
          assert.match(environment, /^(development|staging|production)$/, said);
        }
      }
    });
  }
  assert.ok(count > 40, `${count} command lines`);
});

Deno.test("every command line is typed by a test, or excused with a reason", () => {
  // What else there is speaks about commands: decisions, figures, dependencies, the past. Hints of errors
  // are for a state that the tests of those errors make.
  const told = new Map(
    [...PAGES].filter(([path]) =>
      path !== "docs/reference/errors.md" &&
      /^(README|CONTRIBUTING|docs\/troubleshooting)\.md$|^docs\/(guide|reference)\//.test(path)
    ),
  );
  const stages = [...READING, {
    title: "",
    atOnce: 1,
    runs: [...INSTALLING, ...FIRST, ...CHANGING, ...BESIDE, ...SETTINGS, ...REPOSITORY],
  }];
  const lines = documented(told);
  assert.deepEqual(unaccounted(lines, stages, EXCUSED), []);
  // The check can fail, both ways.
  const without = stages.map((stage) => ({
    ...stage,
    runs: stage.runs.filter(({ line }) => line !== "rxdx-setup apply"),
  }));
  assert.match(
    unaccounted(lines, without, EXCUSED).join(),
    /neither run nor excused: rxdx-setup apply$/,
  );
  lines.delete("rxdx-setup apply");
  assert.match(unaccounted(lines, stages, EXCUSED).join(), /no page has it: rxdx-setup apply$/);
  assert.ok(lines.size > 300, `${lines.size} lines`);
});

Deno.test("tasks, scripts and options of install.sh that are named exist", async () => {
  const installer = read("install.sh");
  for (const [path, text] of PAGES) {
    for (const [program, first = "", ...rest] of commandsOf(text)) {
      const said = `${path}: ${[program, first, ...rest].join(" ")}`;
      if (program === "deno" && first === "task" && rest[0] !== undefined) {
        assert.ok(Object.hasOwn(configuration.tasks, rest[0]), said);
      }
      if (program !== "sh" || !first.endsWith(".sh")) continue;
      await Deno.stat(`${ROOT}/${first}`).catch(() => assert.fail(said));
      if (first !== "install.sh") continue;
      for (const option of rest.filter((word) => word.startsWith("--"))) {
        assert.ok(new RegExp(`^ +${option}[ )=|]`, "m").test(installer), `${said}: ${option}`);
      }
    }
  }
});

Deno.test("every link and anchor leads somewhere", () => {
  let count = 0;
  for (const [path, text] of PAGES) {
    for (const link of links(text)) {
      if (/^[a-z]+:/.test(link)) continue;
      count++;
      const [target = "", anchor] = link.split("#");
      const base = new URL(`file://${ROOT}/${path}`);
      const file = target === "" ? base : new URL(target, base);
      const name = decodeURIComponent(file.pathname);
      assert.doesNotThrow(() => Deno.statSync(name), `${path}: ${link}`);
      if (anchor === undefined) continue;
      assert.ok(anchors(Deno.readTextFileSync(name)).has(anchor), `${path}: no anchor ${link}`);
    }
  }
  assert.ok(count > 60, `${count} links`);
});

Deno.test("nothing is left open, and no machine but the reader's is named", () => {
  const forbidden =
    /\b(TODO|FIXME|XXX|TBD|placeholder|lorem ipsum)\b|\/work\/|\/home\/[a-z]|\/tmp\/[a-z]/i;
  const pictures = below("docs/pictures", ".svg").map((path) => [path, read(path)] as const);
  for (const [path, text] of [...PAGES, ...pictures]) {
    assert.doesNotMatch(text, forbidden, path);
  }
});

Deno.test("the list of dependencies is what the code imports", () => {
  const imports: Readonly<Record<string, string>> = configuration.imports;
  const sources = ["main.ts", ...below("lib", ".ts"), ...below("tests", ".ts")].map(read).join(
    "\n",
  );
  const used = Object.keys(imports).filter((name) =>
    new RegExp(`(from|import\\()\\s*"${RegExp.escape(name)}"|^import "${name}"`, "m").test(sources)
  );
  const listed = [...read("docs/dependencies.md").matchAll(/^\| [^|]*\| `([^`]+)` +\| (\S+) +\|/gm)]
    .map(([, name, version]) => `npm:${name}@${version}`);
  assert.deepEqual(listed.sort(), used.map((name) => imports[name]).sort());
});

Deno.test("the variables that the program reads are listed", () => {
  const listed = read("docs/reference/env.md");
  const sources = below("lib", ".ts").filter((path) => !path.endsWith("_test.ts")).map(read);
  const names = new Set(
    sources.flatMap((text) => [...text.matchAll(/\benv\["([A-Z_]+)"\]/g)].map((match) => match[1])),
  );
  assert.ok(names.size > 5);
  for (const name of names) assert.match(listed, new RegExp(`\\b${name}\\b`), name);
});

Deno.test("the problems of `status --json` that are listed are those that exist", () => {
  const source = ["judge", "judge_tls", "judge_backup", "judge_failed"]
    .map((name) => read(`lib/observe/${name}.ts`)).join("");
  const codes = [...source.matchAll(/code: ([^\n]*)/g)].flatMap(([, text = ""]) =>
    [...text.matchAll(/"([a-z_]+)"/g)].map((match) => match[1] ?? "")
  );
  assert.deepEqual(new Set(codes), new Set(Object.keys(PROBLEM_MEANING)));
});

Deno.test("commands stand in blocks that are checked", () => {
  // In a block of another language nobody would have looked at them.
  for (const [path, text] of PAGES) {
    for (const { language, text: block } of fences(text).fences) {
      if (language === "sh") continue;
      assert.doesNotMatch(block, /^\s*(\$ |# |sudo )rxdx-setup/m, path);
      assert.doesNotMatch(language, /^(bash|shell|console|zsh|fish)$/, `${path}: sh`);
    }
  }
});

Deno.test("JSON and YAML examples can be read", async () => {
  const { parse } = await import("yaml");
  for (const [path, text] of PAGES) {
    for (const { language, text: example } of fences(text).fences) {
      if (language === "json") assert.doesNotThrow(() => JSON.parse(example), path);
      if (language === "yaml") {
        assert.doesNotThrow(() => parse(example, { logLevel: "error" }), path);
      }
    }
  }
});

Deno.test("the pictures are of real commands, and carry their text", async () => {
  const drawn = below("docs/pictures", ".svg").map(read);
  assert.ok(drawn.length >= 2);
  for (const svg of drawn) {
    const [, title = ""] = /<title>([^<]+)<\/title>/.exec(svg) ?? [];
    assert.equal(await complaint(title.split(" ").slice(1)), undefined, title);
    assert.match(svg, /prefers-color-scheme:dark/);
    assert.doesNotMatch(svg, /\x1b|href|<script/);
  }
});

Deno.test("a picture keeps text, colours and columns", () => {
  const svg = picture("\x1b[1;31mred\x1b[0m <&> \x1b[7mback\x1b[0m 要 end", {
    title: "x",
    columns: 40,
  });
  const texts = [...svg.matchAll(/<text x="([\d.]+)"[^>]*?( class="[^"]*")?>([^<]*)</g)]
    .map((match) => [match[1], match[2]?.trim() ?? "", match[3]]);
  assert.deepEqual(
    texts.slice(2),
    [
      ["16", 'class="f1 w"', "red"],
      ["41.2", "", " &lt;&amp;&gt; "],
      ["83.2", 'class="paper"', "back"],
      ["125.2", "", "要"],
      ["142", "", " end"],
    ],
  );
});
