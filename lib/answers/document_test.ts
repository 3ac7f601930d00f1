/** `rxdx.yml` as text: what is read, what is refused with its place, and what a change leaves alone. */
import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { MAX_BYTES, readDocument, writeDocument } from "./document.ts";
import { changeDocument } from "./document_change.ts";
import { FIELDS } from "./fields.ts";
import { parseAnswers } from "./parse.ts";
import type { Answers } from "./schema.ts";
import { setAt, type Tree } from "./tree.ts";

function answersOf(text: string): Answers {
  const read = readDocument(text, "rxdx.yml");
  assert.ok(read.ok, JSON.stringify(read));
  const parsed = parseAnswers(read.tree);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.answers;
}

function changed(answers: Answers, path: string, value: unknown): Answers {
  const tree = structuredClone(answers) as unknown as Tree;
  setAt(tree, path, value);
  const parsed = parseAnswers(tree);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.answers;
}

function refused(text: string) {
  const read = readDocument(text, "answers.yml");
  assert.ok(!read.ok, `must be refused: ${text.slice(0, 80)}`);
  return read.problems;
}

const HAND_WRITTEN = `# Our server in Basel. Ask Ops before touching it.
schema: 1

domain: 'rxdx.example.com'   # the public name
ports:
    https: 8443  # 443 belongs to the mail gateway
    # 8080 was taken too
    http: 8081

aliases:
  - www.example.com   # marketing
  - "rxdx.internal"
tls: { mode: self-signed }

# Sizes were agreed on in May.
resources:
  preset: custom
  memory: 3G
`;

Deno.test("a written document gives back the answers it was written from", () => {
  for (const tree of [{}, { environment: "development" }, { aliases: ["a.b", "::1"] }]) {
    const parsed = parseAnswers(tree);
    assert.ok(parsed.ok);
    assert.deepEqual(answersOf(writeDocument(parsed.answers)), parsed.answers);
  }
});

Deno.test("a written document explains itself: every group and every value has a comment", () => {
  const text = writeDocument(answersOf("{}"));
  for (const line of text.split("\n")) {
    if (/^\s*[a-z_]+: \S/.test(line)) assert.match(line, / # \S/, line);
  }
  assert.match(text, /^# Configuration of this RxDx stack/);
  assert.match(text, /\n# Ports published on this machine\.\nports:\n/);
});

Deno.test("a written document holds no computed value", () => {
  assert.doesNotMatch(writeDocument(answersOf("{}")), /replicas|max_connections|nginx: \{\}/);
});

Deno.test("changing nothing returns the very same text, byte for byte", () => {
  for (
    const text of [
      HAND_WRITTEN,
      HAND_WRITTEN.replaceAll("\n", "\r\n"),
      `\uFEFF${HAND_WRITTEN}`,
      "",
      "# only a comment\n",
      "{}",
      "domain: x.org",
      "name:   rxdx\nname2: 1\n".slice(0, 12),
      writeDocument(answersOf("{}")),
    ]
  ) {
    assert.equal(changeDocument(text, answersOf(text)), text);
  }
});

Deno.test("a change touches its own line only; comments, order, quotes and blank lines stay", () => {
  const after = changeDocument(
    HAND_WRITTEN,
    changed(answersOf(HAND_WRITTEN), "ports.https", 9443),
  );
  assert.equal(after, HAND_WRITTEN.replace("https: 8443", "https: 9443"));
});

Deno.test("a value that was not there is added to its group", () => {
  const after = changeDocument(
    HAND_WRITTEN,
    changed(answersOf(HAND_WRITTEN), "nginx.rate_limits.api", "20r/s"),
  );
  const loose = (text: string) => text.replace(/ +/g, " ").trimEnd();
  assert.ok(loose(after).startsWith(loose(HAND_WRITTEN)), after);
  assert.equal(answersOf(after).nginx.rate_limits.api, "20r/s");
});

Deno.test("a changed list keeps its place and is read back", () => {
  const after = changeDocument(
    HAND_WRITTEN,
    changed(answersOf(HAND_WRITTEN), "aliases", ["new.example.com"]),
  );
  assert.deepEqual(answersOf(after).aliases, ["new.example.com"]);
  assert.ok(after.indexOf("aliases") < after.indexOf("tls"));
});

Deno.test("an empty group (`ports:`) takes a value", () => {
  const text = "ports:\ndomain: x.org\n";
  const after = changeDocument(text, changed(answersOf(text), "ports.http", 8080));
  assert.equal(answersOf(after).ports.http, 8080);
  assert.equal(answersOf(after).domain, "x.org");
});

Deno.test("a value that became computed again disappears from the file", () => {
  const text = "resources:\n  memory: 3G # agreed\n  preset: custom\n";
  const tree = structuredClone(answersOf(text)) as unknown as { resources: Tree };
  delete tree.resources["memory"];
  const after = changeDocument(text, tree as unknown as Answers);
  assert.doesNotMatch(after, /memory/);
  assert.equal(answersOf(after).resources.memory, undefined);
});

Deno.test("CRLF line ends stay CRLF, a byte order mark stays, when a value changes", () => {
  const text = `\uFEFF${HAND_WRITTEN.replaceAll("\n", "\r\n")}`;
  const after = changeDocument(text, changed(answersOf(text), "ports.https", 9443));
  assert.equal(answersOf(after).ports.https, 9443);
  assert.equal(after, text.replace("https: 8443", "https: 9443"));
});

Deno.test("CRLF line ends and a byte order mark stay when a value is added", () => {
  const text = `\uFEFF${HAND_WRITTEN.replaceAll("\n", "\r\n")}`;
  const after = changeDocument(text, changed(answersOf(text), "llm.model", "m"));
  assert.equal(answersOf(after).llm.model, "m");
  assert.ok(after.startsWith("\uFEFF# Our server"));
  assert.doesNotMatch(after, /[^\r]\n/);
});

Deno.test("a group that is shared by an alias keeps its other values when one changes", () => {
  const text = "email: &mail\n  host: mail.example.com\n  port: 25\n  from: a@b.org\n" +
    "imap:\n  host: imap.example.com\nalerts: { email: [a@b.org] }\n";
  const shared = "resources:\n  nginx: &small { cpus: 0.5, memory: 64M }\n  frontend: *small\n";
  for (
    const [source, path, value] of [
      [text, "email.port", 587],
      [shared, "resources.frontend.cpus", 0.25],
      [shared, "resources.nginx.cpus", 0.75],
    ] as const
  ) {
    const wanted = changed(answersOf(source), path, value);
    assert.deepEqual(answersOf(changeDocument(source, wanted)), wanted, path);
  }
});

/** Any single change to any field of any of these documents. */
Deno.test("whatever changes, the changed text reads back as exactly the new answers", () => {
  const values: Record<string, fc.Arbitrary<unknown>> = {
    domain: fc.constantFrom("a.org", "10.0.0.1", "::1", "1.example.com", "null.example"),
    name: fc.constantFrom("yes", "null", "on", "0x1f", "1e3", "rxdx"),
    aliases: fc.uniqueArray(fc.constantFrom("a.org", "b.org", "::2"), { maxLength: 3 }),
    "ports.http": fc.integer({ min: 1, max: 65535 }),
    "tls.email": fc.constantFrom("", "a@b.org"),
    "llm.model": fc.constantFrom(
      "",
      "# not a comment",
      "a: b",
      "- x",
      "&a",
      "*a",
      "'",
      '"',
      "null",
    ),
    "imap.mailbox": fc.constantFrom("INBOX", "~", "true", "@x", "%x", "1", " lead", "trail "),
    "resources.cpus": fc.constantFrom(1, 0.5, 2.25),
    "resources.postgres.memory": fc.constantFrom("512M", "1G"),
    "backups.keep.daily": fc.nat(366),
    "monitoring.enabled": fc.boolean(),
  };
  const texts = [
    HAND_WRITTEN,
    "",
    "ports:\nimages: {}\nimap: { mailbox: x }\n",
    writeDocument(answersOf("{}")),
    "resources: &r\n  postgres: {}\nbackups:\n",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(
        fc.constantFrom(...Object.keys(values)).chain((path) =>
          fc.tuple(fc.constant(path), values[path] ?? fc.constant(1))
        ),
        { minLength: 1, maxLength: 4 },
      ),
      (text, changes) => {
        let answers = answersOf(text);
        for (const [path, value] of changes) answers = changed(answers, path, value);
        const after = changeDocument(text, answers);
        assert.deepEqual(answersOf(after), answers);
        for (const comment of text.match(/# [A-Z].*/g) ?? []) {
          assert.ok(after.includes(comment) || text === texts[3], comment);
        }
      },
    ),
    { numRuns: 250 },
  );
});

Deno.test("a byte order mark and CRLF are accepted", () => {
  assert.equal(answersOf("\uFEFFdomain: x.org\r\nports:\r\n  http: 81\r\n").ports.http, 81);
});

Deno.test("an empty file and one of comments mean all defaults", () => {
  for (const text of ["", "\n\n", "# nothing\n", "---\n", "\uFEFF", "null", "~"]) {
    assert.deepEqual(readDocument(text, "x"), { ok: true, tree: {} }, JSON.stringify(text));
  }
});

Deno.test("a tab as indentation is refused with its line", () => {
  const [problem] = refused("ports:\n\thttp: 80\n");
  assert.match(problem?.key ?? "", /^answers\.yml, line 2, column/);
  assert.match(problem?.example ?? "", /not tabs/);
});

Deno.test("a key given twice is refused with the line of the second", () => {
  const [problem] = refused("domain: a.org\nname: rxdx\ndomain: b.org\n");
  assert.equal(problem?.key, "answers.yml, line 3, column 1");
  assert.match(problem?.rule ?? "", /unique/);
});

Deno.test("every mistake in the spelling is reported, not the first alone", () => {
  assert.ok(refused("a: [1\nb: }\nc: 'x\n").length >= 2);
});

Deno.test("an alias bomb is refused quickly, and takes no memory", () => {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 30; i++) {
    const before = `*a${i - 1}`;
    lines.push(`a${i}: &a${i} [${Array(10).fill(before).join(",")}]`);
  }
  const began = performance.now();
  const [problem] = refused(lines.join("\n"));
  assert.match(problem?.rule ?? "", /aliases/);
  assert.ok(performance.now() - began < 2000);
});

Deno.test("an alias inside of what it stands for is refused", () => {
  for (const text of ["a: &a [*a]", "ports: &p\n  http: 80\n  more: *p\n", "&root\na: *root\n"]) {
    const [problem] = refused(text);
    assert.match(problem?.rule ?? "", /alias|itself/i, text);
  }
});

Deno.test("a file that is too large is refused without being parsed", () => {
  const [problem] = refused("#".repeat(MAX_BYTES + 1));
  assert.match(problem?.rule ?? "", /at most 256 KiB/);
  const many = refused("é".repeat(MAX_BYTES / 2 + 1));
  assert.match(many[0]?.rule ?? "", /at most 256 KiB/, "counted in bytes, not in characters");
});

Deno.test("what is not a group of keys is refused", () => {
  for (const text of ["- a\n- b\n", "just text", "42", "[a, b]"]) {
    assert.match(refused(text)[0]?.rule ?? "", /group of keys/, text);
  }
});

Deno.test("two documents in one file are refused", () => {
  assert.ok(refused("domain: a.org\n---\ndomain: b.org\n").length > 0);
});

Deno.test("values that YAML 1.1 would turn into something else stay what they are", () => {
  const read = readDocument("name: no\nimages: { ref: 12:30:45, tag: on }\n", "x");
  assert.deepEqual(read, {
    ok: true,
    tree: { name: "no", images: { ref: "12:30:45", tag: "on" } },
  });
});

Deno.test("a tag does not make an object of any other kind", () => {
  const read = readDocument('name: !!js/function "x"\ndomain: !!timestamp 2001-01-01\n', "x");
  assert.ok(read.ok);
  assert.equal(typeof read.tree["name"], "string");
  assert.equal(typeof read.tree["domain"], "string");
});

Deno.test("`<<` is a key like any other: nothing is merged behind the operator's back", () => {
  const text = "email: &e { host: a.org }\nimap: { <<: *e, port: 993 }\n";
  const read = readDocument(text, "x");
  assert.ok(read.ok);
  const parsed = parseAnswers(read.tree);
  assert.ok(!parsed.ok);
  assert.match(parsed.problems[0]?.key ?? "", /^imap\.<</);
});

Deno.test("reading is silent: no warning of the library reaches the terminal", () => {
  const { emitWarning } = process;
  const warned: unknown[] = [];
  process.emitWarning = (warning: unknown) => void warned.push(warning);
  try {
    readDocument("{}: x\n", "x");
    readDocument("? [a, b]\n: c\n", "x");
    readDocument("a: !unknown x\n", "x");
  } finally {
    process.emitWarning = emitWarning;
  }
  assert.deepEqual(warned, []);
});

Deno.test("the document names every field that has a default", () => {
  const text = writeDocument(answersOf("{}"));
  for (const field of FIELDS) {
    const key = field.path.split(".").at(-1) ?? "";
    assert.equal(
      new RegExp(`^\\s*${key}:`, "m").test(text) || field.defaultValue === undefined,
      true,
    );
  }
});
