/** The wizard as a state machine: forwards, backwards, wrong answers, what is the operator's word. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { played, REVIEW, wizardSession } from "../../../tests/support/wizard_scenario.ts";
import { valueAt } from "../../answers/tree.ts";
import {
  focused,
  type Message,
  PAGES,
  questionId,
  REVIEW_PAGE,
  type WizardModel,
} from "./model.ts";
import type { WizardSession } from "./session.ts";
import { update } from "./update.ts";

const SIZE = { columns: 80, rows: 24 };

const play = (...input: Parameters<typeof played>[2][]) => played(wizardSession(), SIZE, ...input);

function pageId(model: { page: number }): string | undefined {
  return PAGES[model.page]?.id;
}

Deno.test("enter alone goes through every page to the review, and nothing is the operator's word", () => {
  const { model, effects } = play("<enter>".repeat(40));
  assert.equal(model.page, REVIEW_PAGE);
  assert.deepEqual(model.said.you, {});
  assert.equal(effects.filter((each) => each === "review").length, 1);
  assert.ok(!effects.includes("agree"), "not before there is a review to agree to");
});

Deno.test("only a review of the present answers can be agreed to", () => {
  const session = wizardSession();
  const { model } = played(session, SIZE, "<enter>".repeat(40));
  const other = { type: "reviewed", review: REVIEW, said: { ...model.said } } as const;
  assert.equal(after(session, model, other, "<enter>").effects.length, 0, "of other answers");
  const own = { ...other, said: model.said };
  assert.deepEqual(after(session, model, own, "<enter>").effects, [{ type: "agree", start: true }]);
  assert.deepEqual(after(session, model, own, "w").effects, [{ type: "agree", start: false }]);
  const back = after(session, model, own, "<esc>").model;
  assert.equal(pageId(back), "backups");
  assert.equal(back.review, "none");
});

Deno.test("an invalid answer stays in its field, and the next key takes the complaint away", () => {
  const { model } = play("<enter><pagedown>", "<ctrl+u>not a name<enter>");
  assert.equal(pageId(model), "address");
  assert.match(model.errors.get("domain") ?? "", /host name/);
  assert.equal(model.field?.text, "not a name");
  const after = play(
    "<enter><pagedown>",
    "<ctrl+u>not a name<enter>",
    "<ctrl+u>x.example.com<enter>",
  );
  assert.equal(after.model.errors.size, 0);
  assert.equal(valueAt(after.model.answers, "domain"), "x.example.com");
  assert.deepEqual(after.model.said.you, { domain: "x.example.com" });
});

Deno.test("answers that do not hold together keep the page, the first of them under the cursor", () => {
  const { model } = play(
    "<enter><pagedown>",
    "<down><down><ctrl+u>9000<enter><ctrl+u>9000<pagedown>",
  );
  assert.equal(pageId(model), "address");
  assert.match([...model.errors.values()].join(" "), /must differ/);
});

Deno.test("esc goes back a page with the answers kept, from every page to the first", () => {
  const { model } = play("<enter>", "<down>", "<enter>".repeat(40), "<esc>".repeat(20));
  assert.equal(model.page, 0);
  assert.equal(valueAt(model.answers, "environment"), "staging");
});

Deno.test("a good answer that was typed is kept by esc; one that is none is let go", () => {
  const kept = play("<enter><pagedown>", "<ctrl+u>x.example.com<esc>");
  assert.equal(valueAt(kept.model.answers, "domain"), "x.example.com");
  const gone = play("<enter><pagedown>", "<ctrl+u>x y<esc>");
  assert.deepEqual(gone.model.said.you, {});
});

Deno.test("an answer that is what it would be anyway is not the operator's word", () => {
  const { model } = play("<enter><down><up>");
  assert.deepEqual(model.said.you, {});
});

Deno.test("earlier answers decide what is asked", () => {
  const ids = (text: string) => {
    const session = wizardSession();
    const { model } = played(session, SIZE, text);
    return questionId(focused(model, session) ?? assert.fail("nothing is asked"));
  };
  assert.equal(ids("<enter><pagedown><pagedown><down><tab>"), "images.registry");
  assert.equal(ids("<enter><pagedown><pagedown><tab>"), "tls.mode");
});

Deno.test("a test is done when asked for, once, and its result lets enter go on", () => {
  const mail = "<enter>" + "<pagedown>".repeat(6) + "mail.example.com<enter><enter><enter><enter>";
  const { model, effects } = play(mail + "a@example.com<enter><enter><enter>", "<enter><enter>");
  assert.equal(pageId(model), "mail");
  assert.equal(effects.filter((each) => each === "probe").length, 1, JSON.stringify(effects));
  assert.equal(model.probes.get("mail"), "running");
  // What was tried was another answer.
  const changed = play(
    mail + "a@example.com<enter><enter><enter>",
    "<enter>",
    "<shift+tab>b<enter>",
  );
  assert.equal(changed.model.probes.size, 0);
});

Deno.test("e explains on the page of resources only, and is a letter elsewhere", () => {
  const resources = "<enter>" + "<pagedown>".repeat(5);
  assert.equal(play(resources + "e").model.overlay, "explain");
  assert.equal(play(resources + "e<esc>").model.overlay, undefined);
  const { model } = play("<enter><pagedown><ctrl+u>e");
  assert.equal(model.overlay, undefined);
  assert.equal(model.field?.text, "e");
});

Deno.test("a password stays out of everything but the secrets", () => {
  const { model } = play(
    "<enter>" + "<pagedown>".repeat(4) + "<tab><tab><tab>correct horse battery<enter>",
  );
  assert.equal(model.said.secrets.POSTGRES_PASSWORD, "correct horse battery");
  assert.ok(!JSON.stringify([model.said.you, model.answers]).includes("horse"));
  const short = play("<enter>" + "<pagedown>".repeat(4) + "<tab><tab><tab>short<enter>");
  assert.match(short.model.errors.get("secret POSTGRES_PASSWORD") ?? "", /at least 12/);
});

Deno.test("an interrupted wizard is gone on with, or begun anew", () => {
  const draft = {
    at: "2026-03-01T10:00:00.000Z",
    page: "tls",
    base: "base",
    you: { domain: "kept.example.com" },
  };
  const session = wizardSession({ draft });
  const on = played(session, SIZE, "<enter>").model;
  assert.equal(pageId(on), "tls");
  assert.equal(valueAt(on.answers, "domain"), "kept.example.com");
  const anew = played(session, SIZE, "<down><enter>").model;
  assert.equal(pageId(anew), "environment");
  assert.deepEqual(anew.said.you, {});
});

Deno.test("a review with a problem leads to the question that can put it right", () => {
  const session = wizardSession();
  const { model } = played(session, SIZE, "<enter>".repeat(40));
  const problem = { key: "ports.https", value: "443", rule: "is taken by nginx (pid 812)" };
  const review = { lines: () => [], problems: [problem], nothing: false };
  const message = { type: "reviewed", review, said: model.said } as const;
  const there = after(session, model, message, "<enter>").model;
  assert.equal(pageId(there), "address");
  assert.equal(questionId(focused(there, session) ?? assert.fail()), "ports.https");
  assert.match(there.errors.get("ports.https") ?? "", /pid 812/);
});

Deno.test("ctrl-c leaves from anywhere, also with a page over another", () => {
  for (const before of ["", "<enter>", "<enter>?", "<enter><pagedown>abc", "<enter>".repeat(40)]) {
    assert.equal(play(before, "<ctrl+c>").effects.at(-1), "leave", before);
  }
});

Deno.test("no sequence of keys breaks it, and the answers always stay valid one by one", () => {
  const keys = [
    "<enter>",
    "<esc>",
    "<tab>",
    "<up>",
    "<down>",
    "<left>",
    "<right>",
    "<pagedown>",
    "<pageup>",
    "<space>",
    "<backspace>",
    "<ctrl+u>",
    "?",
    "e",
    "s",
    "w",
    "r",
    "1",
    "x",
    "日",
    "<f1>",
    "<shift+tab>",
    "<home>",
    "<end>",
    "<delete>",
    "<alt+x>",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...keys), { maxLength: 80 }), (input) => {
      const { model } = play(input.join(""));
      assert.ok(model.page >= 0 && model.page <= REVIEW_PAGE);
      assert.ok(PAGES[model.page] !== undefined);
    }),
    { numRuns: 300 },
  );
});

/** What one more message and one key make of a model. */
function after(session: WizardSession, model: WizardModel, message: Message, key: string) {
  const [next] = update(model, message, session);
  const name = key.replace(/[<>]/g, "");
  const [last, ...effects] = update(next, { type: "key", key: { name } }, session);
  return { model: last, effects };
}
