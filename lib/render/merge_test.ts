import assert from "node:assert/strict";
import fc from "fast-check";
import { readEnv } from "./env_codec.ts";
import { conflictText, merge, mergeEnv, withoutSecrets, withSecrets } from "./merge.ts";

const text = fc.array(fc.constantFrom("a", "b", "c", "", "x y"), { maxLength: 12 })
  .map((lines) => lines.join("\n"));

Deno.test("merge: one side alone wins, both sides alike is no conflict", () => {
  fc.assert(fc.property(text, text, (base, other) => {
    assert.deepEqual(merge({ base, mine: other, theirs: base }), { ok: true, text: other });
    assert.deepEqual(merge({ base, mine: base, theirs: other }), { ok: true, text: other });
    assert.deepEqual(merge({ base, mine: other, theirs: other }), { ok: true, text: other });
  }));
});

Deno.test("merge: edits that are apart are both kept", () => {
  const base = "one\ntwo\nthree\nfour\nfive\n";
  assert.deepEqual(
    merge({
      base,
      mine: base.replace("one", "ONE"),
      theirs: base.replace("five\n", "five\nsix\n"),
    }),
    { ok: true, text: "ONE\ntwo\nthree\nfour\nfive\nsix\n" },
  );
});

Deno.test("merge: the same line changed twice is the operator's to decide", () => {
  const merged = merge({ base: "a\nb\nc\n", mine: "a\nmine\nc\n", theirs: "a\nours\nc\n" });
  assert.ok(!merged.ok);
  assert.deepEqual(merged.conflicts, [{ line: 2, yours: ["mine"], ours: ["ours"] }]);
  assert.match(conflictText(merged.conflicts), /line 2:\n {2}<+ yours\n {2}mine\n {2}=+\n {2}ours/);
});

Deno.test("merge of .env: secrets take no part, what an operator added stays", () => {
  const base = "A=1\nPOSTGRES_PASSWORD=old\nB=1\nC=1\nD=1\n";
  const mine = base.replace("A=1", "A=1\nMY_TOKEN=own").replace("=old", '="present$"');
  const theirs = base.replace("=old", '="present\\$"').replace("D=1", "D=2");
  assert.ok(!withoutSecrets(mine).includes("present"));
  assert.deepEqual(mergeEnv({ base: withoutSecrets(base), mine, theirs }), {
    ok: true,
    text: 'A=1\nMY_TOKEN=own\nPOSTGRES_PASSWORD="present\\$"\nB=1\nC=1\nD=2\n',
  });
});

Deno.test("secrets of .env: every spelling of an assignment that Compose takes is found", () => {
  for (
    const line of [
      "export SECRET_KEY=was",
      "SECRET_KEY =was",
      "  SECRET_KEY = was",
      "\tSECRET_KEY=was",
    ]
  ) {
    const text = `A=1\r\n${line}\r\nB=1\n`;
    const without = withoutSecrets(text);
    assert.ok(!without.includes("was"), line);
    assert.equal(withoutSecrets(without), without, "the masked text is masked already");
    const filled = withSecrets(without, "SECRET_KEY=new\n");
    assert.equal(readEnv(filled).get("SECRET_KEY"), "new", line);
    assert.equal(filled.startsWith("A=1\r\nexport "), line.startsWith("export"));
    assert.deepEqual([readEnv(filled).get("A"), readEnv(filled).get("B")], ["1", "1"]);
  }
  // No assignment: an empty line above belongs to nobody, and a comment is none.
  assert.equal(
    withoutSecrets("\n# SECRET_KEY=x\nSECRET_KEY=y\n"),
    "\n# SECRET_KEY=x\nSECRET_KEY=********\n",
  );
});
