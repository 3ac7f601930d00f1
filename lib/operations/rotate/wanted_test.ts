/** New values, what is wrong with given ones, and what of them goes into `.env`. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { CANARIES, samplePlan } from "../../../tests/support/samples.ts";
import { sha256 } from "../../steps/receipt.ts";
import { renderFiles } from "../../render/files.ts";
import type { Install } from "../install.ts";
import type { Prepared } from "../prepare.ts";
import {
  givenProblems,
  newRotation,
  shownOnce,
  valuesForEnv,
  withRecipient,
  withSecretsInKeptEnv,
} from "./wanted.ts";

const plan = samplePlan();
const INSTALL: Install = {
  dir: "/opt/rxdx",
  answers: plan.answers,
  provenance: plan.provenance,
  configuration: "schema: 1\nname: rxdx\n",
  secrets: CANARIES,
  receipt: undefined,
};

Deno.test("made here, each another one, with what they replace beside them", () =>
  withFakeHost({}, async (host) => {
    const names = ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD", "SMTP_PASSWORD"] as const;
    const given = { SMTP_PASSWORD: "x" };
    const { pending, resumed } = await newRotation(host, INSTALL, names, given);
    const { POSTGRES_PASSWORD, SECRET_KEY, ADMIN_PASSWORD, SMTP_PASSWORD } = pending.values;
    assert.match(POSTGRES_PASSWORD ?? "", /^[A-Za-z0-9_-]{43}$/);
    assert.match(SECRET_KEY ?? "", /^[0-9a-f]{64}$/);
    assert.match(ADMIN_PASSWORD ?? "", /^[A-Za-z0-9_-]{43}$/);
    assert.notEqual(POSTGRES_PASSWORD, ADMIN_PASSWORD);
    assert.equal(SMTP_PASSWORD, "x");
    assert.equal(pending.former.SECRET_KEY, CANARIES.SECRET_KEY);
    assert.equal(resumed, false);
  }));

Deno.test("an emptied password of the administrator stays empty in .env", () => {
  const values = { ADMIN_PASSWORD: "new", SECRET_KEY: "key", BACKUP_KEY: "AGE" };
  assert.deepEqual(valuesForEnv({ values, former: { ADMIN_PASSWORD: "" } }), { SECRET_KEY: "key" });
  assert.deepEqual(valuesForEnv({ values, former: { ADMIN_PASSWORD: "old" } }), {
    SECRET_KEY: "key",
    ADMIN_PASSWORD: "new",
  });
  assert.equal(shownOnce({ values, former: { ADMIN_PASSWORD: "" } }), "new");
  assert.equal(shownOnce({ values, former: { ADMIN_PASSWORD: "old" } }), undefined);
  assert.equal(shownOnce({ values: { SECRET_KEY: "key" }, former: {} }), undefined);
});

Deno.test("everything that is wrong with given values at once, and never with the value", () => {
  const given = {
    POSTGRES_PASSWORD: "Größe-ist-nicht-alles-71",
    SECRET_KEY: CANARIES.SECRET_KEY,
    ADMIN_PASSWORD: "Kranich-71-Fjord-".repeat(6),
    SMTP_PASSWORD: "",
    IMAP_PASSWORD: "line\nbreak",
  };
  const problems = givenProblems(INSTALL, given);
  for (
    const [name, rule] of [
      ["POSTGRES_PASSWORD", /printable ASCII/],
      ["SECRET_KEY", /is the present value/],
      ["ADMIN_PASSWORD", /72 bytes/],
      ["SMTP_PASSWORD", /is empty/],
      ["IMAP_PASSWORD", /control characters/],
    ] as const
  ) {
    const own = problems.filter((each) => each.key === `RXDX_SECRET_${name}`);
    assert.ok(own.some((each) => rule.test(each.rule)), name);
    for (const each of own) assert.equal(each.value, undefined);
  }
  assert.deepEqual(givenProblems(INSTALL, { POSTGRES_PASSWORD: "Wolke-Kranich-71-Fjord" }), []);
});

Deno.test("the only recovery key is replaced; of several nobody guesses one", () => {
  const one = withRecipient(INSTALL, "age1new");
  assert.deepEqual(one.answers.backups.recipients, ["age1new"]);
  assert.match(one.configuration, /age1new/);
  const { answers } = INSTALL;
  const two = {
    ...INSTALL,
    answers: { ...answers, backups: { ...answers.backups, recipients: ["age1a", "age1b"] } },
  };
  assert.throws(() => withRecipient(two, "age1new"), /2 recovery keys/);
});

Deno.test("an edited .env that is to stay gets its secrets, and nothing else", () => {
  const files = renderFiles(plan, { configuration: INSTALL.configuration, sources: [] });
  const rendered = files.find((each) => each.path === ".env")?.text ?? "";
  const present = rendered.replace(/^SECRET_KEY=.*$/m, "SECRET_KEY=former") + "MINE=1\n";
  const edit = { path: ".env", kind: "edited", diff: "", kept: false } as const;
  const prepared = { plan, files, handEdits: [edit] } as unknown as Prepared;
  const decisionOf = (of: Prepared) => of.files.find((each) => each.path === ".env")?.handEdit;
  assert.equal(decisionOf(withSecretsInKeptEnv(prepared, present, false)), undefined);
  assert.deepEqual(decisionOf(withSecretsInKeptEnv(prepared, present, true)), {
    decision: "merge",
    of: sha256(present),
    text: `${rendered}MINE=1\n`,
  });
  // Nothing but a secret was edited: there is nothing to ask.
  const only = rendered.replace(/^SECRET_KEY=.*$/m, "SECRET_KEY=former");
  const free = withSecretsInKeptEnv(prepared, only, false);
  assert.deepEqual(decisionOf(free), { decision: "merge", of: sha256(only), text: rendered });
  assert.equal(free.handEdits[0]?.kept, true);
});
