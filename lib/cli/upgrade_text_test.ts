/** What is shown before an upgrade keeps to 80 columns; names are not broken. */
import assert from "node:assert/strict";
import { part } from "./upgrade_text.ts";

const plain = { bold: (text: string) => text } as Parameters<typeof part>[2];

Deno.test("sentences are wrapped at 80 columns, with their margin; names stay whole", () => {
  const name = `registry.example.com:5000/rxdx/backend@sha256:${"a".repeat(64)}`;
  const text = part("Title", ["word ".repeat(40).trim(), `  ${name}`], plain);
  const lines = text.split("\n");
  assert.equal(lines[0], "Title");
  assert.ok(lines.some((line) => line.endsWith(name)));
  for (const line of lines.filter((each) => !each.includes(name))) {
    assert.ok(line.length <= 80, line);
  }
  assert.equal(text.match(/word/g)?.length, 40);
});
