/** What an operator reads before an upgrade is given up. */
import assert from "node:assert/strict";
import type { GivenUp } from "../operations/upgrade/give_up.ts";
import type { UpgradeRecord } from "../upgrade/record.ts";
import { dataLines } from "./give_up.ts";

const RECORD = { from: { version: "1.0.0" }, to: { version: "2.0.0" } } as UpgradeRecord;
const LOSS = {
  tables: [{ table: "public.requirements", rows: 3 }],
  changed: ["public.users"],
  graphs: [{ graph: "rxdx_graph", vertices: 2, edges: 0 }],
  rows: 3,
  vertices: 2,
  edges: 0,
};

const text = (found: GivenUp) => dataLines(RECORD, found).join("\n");

Deno.test("where people were let in, what they wrote is counted, backed up and kept", () => {
  const said = text({ goesBack: true, opened: true, loss: LOSS });
  for (
    const each of [
      "public.requirements: +3 rows",
      "graph rxdx_graph: +2 vertices",
      "public.users: rows were changed",
      "backed up first, and kept in the database rxdx_upgrade_failed",
    ]
  ) assert.ok(said.includes(each), said);
});

Deno.test("where nobody was let in, nothing is kept and nothing is said of people", () => {
  const said = text({ goesBack: true, opened: false, loss: LOSS });
  assert.match(said, /nobody was let in/);
  assert.doesNotMatch(said, /backed up|kept/);
});

Deno.test("data that stay, and data that could not be looked at", () => {
  assert.match(text({ goesBack: false, opened: true, loss: undefined }), /stay as they are/);
  const unknown = "The database does not run.";
  const said = text({ goesBack: false, opened: true, loss: undefined, unknown });
  assert.match(
    said,
    /could not be looked at: The database does not run\.[\s\S]*kept in the database/,
  );
});
