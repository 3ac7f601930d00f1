/** Errors as they are read from sources: samples of every form, and that no code of the program is missed. */
import assert from "node:assert/strict";
import { theHost } from "../host/real.ts";
import { expectedErrors } from "./error_scan.ts";
import { sourcesOf } from "./errors_page.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");

Deno.test("what is given to SetupError is read, in every form in which it is given", () => {
  const scanned = expectedErrors([
    `throw new SetupError({
       code: "plain",
       // A comment, with a brace {
       message: \`\${path} is "there", \` + "and stays.",
       hint: "rm it",
       exit: EXIT.usage,
     });
     throw new SetupError({ code: a ? "one" : "two", message: a ? "First." : "Second.", exit: EXIT.apply });
     const refused = (code: string, message: string, hint = "Again") =>
       new SetupError({ code, message: \`here: \${message}\`, hint, exit: EXIT.answers });
     throw refused("passed", "Told.");
     throw refused("passed", "Told.", \`rxdx-setup \${verb}\`);
     await mustRun(host, ["x"], { signal, code: "ran", hint: "Look" });
     const problem = { level: "warning", code: "no_error", message: "x" };`,
  ]);
  const told = scanned.map(({ code, exit, message, hint }) => [code, exit, message, hint]);
  assert.deepEqual(told, [
    ["one", 5, "First.", undefined],
    ["passed", 3, "here: Told.", "Again"],
    ["passed", 3, "here: Told.", "rxdx-setup …"],
    ["plain", 2, '… is "there", and stays.', "rm it"],
    ["ran", 5, "A program that was run for it failed: …", "Look"],
    ["two", 5, "Second.", undefined],
  ]);
});

Deno.test("an exported maker is followed into the modules that import it", () => {
  const scanned = expectedErrors([
    `export function wrong(code: Fault, message: string): SetupError {
       return new SetupError({ code, message, exit: EXIT.apply });
     }`,
    `import { wrong } from "./wrong.ts"; throw wrong("far", "Away.");`,
    `throw wrong("other", "Of another name.");`,
  ]);
  assert.deepEqual(scanned.map(({ code }) => code), ["far"]);
});

Deno.test("no code of an expected failure is missed", async () => {
  const sources = await sourcesOf(theHost(), ROOT);
  const found = new Set(expectedErrors(sources).map(({ code }) => code));
  // Roughly, and by other means: a code with an exit a few lines from it, or thrown as the first word.
  const rough = sources.flatMap((text) => [
    ...[...text.matchAll(/\bcode: "([a-z_0-9]+)",(?:[^}]|\$\{[^}]*\}){0,700}?\bexit: EXIT\./g)],
    ...[...text.matchAll(/\bthrow \w+\(\s*"([a-z0-9]+_[a-z_0-9]+)",/g)],
  ]).map(([, code = ""]) => code);
  assert.ok(rough.length > 200, `${rough.length}`);
  assert.deepEqual([...new Set(rough)].filter((code) => !found.has(code)), []);
  assert.ok(found.has("env_not_written") && found.has("cancelled") && found.has("release_stop"));
});
