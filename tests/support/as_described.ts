/** Holds what a command has printed with `--json` against docs/reference/json.md. */
import assert from "node:assert/strict";
import { JSON_SHAPES } from "../../lib/reference/json_page.ts";
import { differences } from "../../lib/reference/json_shape.ts";

/**
 * The document, which is as the reference describes it.
 *
 * @param command as it stands there: `upgrade --check`
 */
export function asDescribed<T>(command: string, text: string): T {
  const shape = JSON_SHAPES.find((each) => each.command === command);
  assert.ok(shape !== undefined, `${command} is not in the reference`);
  const document = JSON.parse(text) as T;
  assert.deepEqual(differences(shape, document), [], `${command}: ${text}`);
  return document;
}
