/** A restore into an empty directory replaces no data that are there already. */
import assert from "node:assert/strict";
import { sampleAnswers } from "../../tests/support/samples.ts";
import type { Plan } from "../plan/plan.ts";
import { volumesInTheWay } from "./restore_fresh.ts";

const ANSWERS = sampleAnswers();

function inTheWay(volumes: readonly string[], parts: readonly ("database" | "uploads")[]) {
  const facts = { volumes } as unknown as Plan["facts"];
  return volumesInTheWay({ answers: ANSWERS, dataVolume: "rxdx_data", facts }, parts);
}

Deno.test("a volume of uploads is in the way as one of the database is", () => {
  const uploads = `${ANSWERS.name}_backend_uploads`;
  assert.deepEqual(inTheWay([uploads], ["database", "uploads"]), [`the uploads volume ${uploads}`]);
  assert.deepEqual(inTheWay([uploads], ["database"]), []);
  assert.equal(inTheWay([uploads, "rxdx_data"], ["database", "uploads"]).length, 2);
  assert.deepEqual(inTheWay([uploads, "rxdx_data"], []), [], "the configuration alone");
  assert.deepEqual(inTheWay(["other"], ["database", "uploads"]), []);
});
