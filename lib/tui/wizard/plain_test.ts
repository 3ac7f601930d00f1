/** The wizard in plain lines: what a screen reader hears, and that it ends with the same words. */
import assert from "node:assert/strict";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { wizardSession } from "../../../tests/support/wizard_scenario.ts";
import { Cancelled } from "../../errors.ts";
import { runPlainWizard } from "./plain.ts";

async function spoken(lines: readonly string[], session = wizardSession()) {
  const host = new FakeHost({ terminal: true, keys: lines.flatMap((line) => [line, "\n"]) });
  const outcome = await runPlainWizard({ host, session }).catch((error: unknown) => error);
  return { outcome, text: host.terminal.stderr };
}

const ENTERS = Array.from({ length: 60 }, () => "");

Deno.test("plain: enter alone ends with a yes and not a word of the operator", async () => {
  const { outcome, text } = await spoken(ENTERS);
  assert.deepEqual(outcome, { said: { you: {}, secrets: {}, locals: {} }, start: true });
  assert.doesNotMatch(text, /\x1b/, "no cursor is moved");
  assert.match(text, /Page 2 of 9: Address and ports/);
});

Deno.test("plain: a wrong answer is asked again, - takes one out, ? explains", async () => {
  const { outcome, text } = await spoken([
    "", // environment
    "", // name
    "https://x", // domain, wrong
    "?",
    "x.example.org",
    "a.example.org",
    ...ENTERS,
  ]);
  assert.match(text, /✗ must be a host name/);
  assert.match(text, /By which name or address will browsers reach it\?/);
  assert.ok(!(outcome instanceof Error), String(outcome));
  const { said } = outcome as { said: { you: unknown } };
  assert.deepEqual(said.you, { domain: "x.example.org", aliases: ["a.example.org"] });
});

Deno.test("plain: < goes a page back, numbers and names choose", async () => {
  const { outcome } = await spoken(["2", "<", "dev", ...ENTERS]);
  const { said } = outcome as { said: { you: Record<string, unknown> } };
  assert.equal(said.you["environment"], "development");
});

Deno.test("plain: the end of input leaves, and a no at the end changes nothing", async () => {
  assert.ok((await spoken(["", ""])).outcome instanceof Cancelled);
  const untilReview = (await spoken(ENTERS)).text.split("] ").length;
  assert.ok(untilReview > 10);
  const { outcome } = await spoken(["w"].concat(ENTERS));
  assert.ok(!(outcome instanceof Error), "w is no environment: asked again, then enter");
});

Deno.test("plain: answers that do not hold together are asked again", async () => {
  const { text } = await spoken(["", "", "", "", "9000", "9000", "", "9001", ...ENTERS]);
  assert.match(text, /✗ ports\.\w+: must differ/);
});
