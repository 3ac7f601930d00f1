/** The three forms of the qualification record, as files that can be read: `deno task golden`. */
import assert from "node:assert/strict";
import { REPORT_FILES, reportDirectory } from "./report_forms.ts";

for (const [name, text] of Object.entries(REPORT_FILES)) {
  Deno.test(`report: ${name}`, async () => {
    const expected = await Deno.readTextFile(`${reportDirectory}/${name}`);
    assert.equal(text, expected, `${name} differs; deno task golden writes it anew`);
  });
}
