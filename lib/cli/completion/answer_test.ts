/** What Tab offers, from the real table of commands and a directory of its own. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { FIELDS } from "../../answers/fields.ts";
import { SUBJECTS } from "../commands/check.ts";
import { TIMESTAMPS } from "../logs/options.ts";
import { answerCompletion } from "./answer.ts";

/** First line, and the texts offered. */
async function offered(
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<{ directives: string; texts: string[]; output: string }> {
  let output = "";
  await withFakeHost({}, async (host) => {
    for (const [path, text] of Object.entries(files)) {
      await host.files.mkdir(path.replace(/\/[^/]*$/, ""), 0o755);
      await host.files.writeAtomic(path, text, { mode: 0o600 });
    }
    await answerCompletion(host, ["--", ...words]);
    output = host.terminal.stdout;
    assert.deepEqual(host.process.calls, [], "no program is run");
  });
  const [directives = "", ...lines] = output.split("\n").slice(0, -1);
  return { directives, texts: lines.map((line) => line.split("\t")[0] ?? ""), output };
}

const texts = async (...words: readonly string[]) => (await offered(words)).texts;

Deno.test("commands, groups and flags come from the table", async () => {
  assert.deepEqual(await texts("stat"), ["status"]);
  assert.ok((await texts("")).includes("config"));
  assert.ok(!(await texts("")).includes("__complete"));
  assert.deepEqual(await texts("config", ""), ["show", "get", "set", "edit"]);
  assert.deepEqual(await texts("status", "--wat"), ["--watch"]);
  assert.deepEqual(await texts("init", "--no-s"), ["--no-start"], "the spelling that changes it");
  assert.deepEqual(await texts("--json", "--dir", "/x", "stat"), ["status"]);
  assert.deepEqual(await texts("--ver"), ["--verbose", "--version"]);
  assert.deepEqual(await texts("status", "--watch", "--wat"), [], "once is enough");
  assert.deepEqual(await texts("init", "--set", "a=b", "--se"), ["--set", "--secrets-file"]);
  assert.deepEqual(await texts("logs", "--", "--fo"), [], "behind -- stand words");
  assert.deepEqual(await texts("no", "such", "c"), []);
});

Deno.test("values: settings, services, words the table names", async () => {
  assert.deepEqual(await texts("config", "get", "tls.mo"), ["tls.mode"]);
  assert.equal((await texts("config", "get", "")).length, FIELDS.length);
  const key = await offered(["config", "set", "tls.mo"]);
  assert.deepEqual([key.directives, key.texts], [":s", ["tls.mode="]]);
  assert.deepEqual(await texts("init", "--set", "environment=pro"), ["environment=production"]);
  assert.deepEqual(await texts("init", "--set=llm.enabled=t"), ["--set=llm.enabled=true"]);
  assert.deepEqual(await texts("stop", "ng"), ["nginx"]);
  assert.deepEqual(await texts("logs", "-f", "ba"), ["backend"]);
  assert.deepEqual(await texts("logs", "--level", "w"), ["warning"]);
  assert.deepEqual(await texts("check", ""), SUBJECTS);
  assert.deepEqual(await texts("logs", "--timestamps", ""), TIMESTAMPS);
  assert.deepEqual(await texts("import", "--env", "st"), ["staging"]);
  assert.deepEqual(await texts("bundle", "create", "--env", ""), ["production", "staging"]);
  assert.deepEqual(await texts("completions", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(await texts("config", "get", "domain", "x"), [], "one word and no more");
});

Deno.test("files and directories are the shell's own affair", async () => {
  assert.equal((await offered(["tls", "import", "x"])).output, ":f\n");
  assert.equal((await offered(["--dir", "x"])).output, ":d\n");
  assert.equal((await offered(["bundle", "create", "--sign", ""])).output, ":f\n");
  assert.equal((await offered(["bundle", "create", "--sign=x"])).output, ":f\n");
});

Deno.test("backups of the stack that --dir names, as its rxdx.yml calls it", async () => {
  const files = {
    "/srv/x/rxdx.yml": "name: plant\nbackups: { directory: /mnt/kept }\n",
    "/mnt/kept/plant-20260314T020000Z.tar.age": "",
    "/mnt/kept/plant-20260315T020000Z.tar.age": "",
    "/mnt/kept/other-20260315T020000Z.tar.age": "",
    "/mnt/kept/plant-$(reboot).tar.age": "",
  };
  const { texts } = await offered(["backup", "verify", "--dir", "/srv/x", "p"], files);
  assert.deepEqual(texts, ["plant-20260315T020000Z", "plant-20260314T020000Z"]);
  const before = await offered(["--dir=/srv/x", "backup", "verify", ""], files);
  assert.equal(before.texts.length, 2);
});

Deno.test("what is broken, hostile or not there offers nothing and says nothing", async () => {
  const none = await offered(["backup", "verify", "--dir", "/no/such", ""]);
  assert.deepEqual(none.texts, []);
  const broken = { "/srv/x/rxdx.yml": "name: [\n\x1b]0;owned\x07" };
  assert.deepEqual((await offered(["backup", "verify", "--dir", "/srv/x", ""], broken)).texts, []);
  assert.deepEqual(
    (await offered(["config", "set", "ports.https=", "--dir", "/srv/x"], broken)).texts,
    [],
  );
  const hostile = { "/srv/x/rxdx.yml": 'domain: "$(reboot)"\n' };
  const domain = await offered(["--dir", "/srv/x", "config", "set", "domain="], hostile);
  assert.deepEqual(domain.texts, [], "nothing that a shell would take for a command");
});
