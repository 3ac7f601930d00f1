/** The questions hold together with the fields, and typed text is judged as values are. */
import assert from "node:assert/strict";
import { textWidth } from "../tui/ansi_width.ts";
import { FIELDS } from "./fields.ts";
import { askedQuestions, questionId } from "./question.ts";
import { checkField, STEPS, textOfValue, valueOfText } from "./questions.ts";
import type { Tree } from "./tree.ts";

const QUESTIONS = STEPS.flatMap((step) => step.questions);

Deno.test("every question asks for a field that exists, and its choices are valid answers", () => {
  for (const question of QUESTIONS) {
    if (question.kind !== "field") continue;
    assert.ok(FIELDS.some((field) => field.path === question.path), question.path);
    for (const choice of question.choices?.({ environment: "development" }) ?? []) {
      assert.equal(checkField(question.path, choice.value), undefined, question.path);
    }
  }
});

Deno.test("no question is there twice, and every name fits its column", () => {
  const ids = QUESTIONS.map(questionId);
  assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
  for (const { title } of QUESTIONS) assert.ok(textWidth(title) <= 18, title);
});

Deno.test("a typed answer is judged on its own, with the rule and an example", () => {
  assert.equal(checkField("ports.https", "8443"), undefined);
  assert.match(
    checkField("ports.https", "eighty") ?? "",
    /must be a whole number.*for example 443/,
  );
  assert.match(checkField("domain", "https://x") ?? "", /host name/);
  assert.match(checkField("tls.trusted_proxies", "10.0.0.0/99") ?? "", /network/);
  assert.equal(checkField("resources.memory", ""), undefined, "computed when empty");
  assert.notEqual(checkField("name", ""), undefined, "not computed");
});

Deno.test("text and value are one another's inverse", () => {
  const values: [string, unknown][] = [
    ["ports.https", 8443],
    ["aliases", ["a.org", "192.0.2.1"]],
    ["aliases", []],
    ["backups.enabled", false],
    ["resources.cpus", 1.5],
    ["resources.cpus", undefined],
    ["backups.schedule", "0 2 * * *"],
  ];
  for (const [path, value] of values) {
    assert.deepEqual(valueOfText(path, textOfValue(value)), value, path);
  }
});

Deno.test("a question is asked only when earlier answers give it a meaning", () => {
  const asked = (answers: Tree, exists = false) =>
    STEPS.flatMap((step) => askedQuestions(step, answers, { exists })).map(questionId);
  assert.ok(!asked({ images: { source: "demo" } }).includes("images.registry"));
  assert.ok(asked({ images: { source: "registry" } }).includes("images.registry"));
  assert.ok(!asked({ tls: { mode: "self-signed" } }).includes("tls.trusted_proxies"));
  assert.ok(asked({ tls: { mode: "external" } }).includes("tls.trusted_proxies"));
  assert.ok(!asked({ email: { host: "" } }).includes("probe mail"));
  assert.ok(asked({ email: { host: "mail.example.com" } }).includes("probe mail"));
  assert.ok(asked({}).includes("secret POSTGRES_PASSWORD"));
  assert.ok(!asked({}, true).includes("secret POSTGRES_PASSWORD"), "it belongs to the data");
  assert.ok(!asked({}, true).includes("name"));
});
