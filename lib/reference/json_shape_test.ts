/** A document that is another than its shape is told, in every way in which it can be another. */
import assert from "node:assert/strict";
import { JSON_SHAPES } from "./json_page.ts";
import { differences, fieldsOf } from "./json_shape.ts";

const SHAPE = {
  command: "x",
  what: "x",
  fields: `
    name: string
    size: number or null
    parts: array of objects
    parts[].id: string
    open: object
    late?: boolean
  `,
};

Deno.test("what a document has too much, too little, or of another kind is told", () => {
  const good = { schema: 1, name: "a", size: null, parts: [{ id: "1" }], open: { any: 1 } };
  assert.deepEqual(differences(SHAPE, good), []);
  assert.deepEqual(differences(SHAPE, { ...good, late: true }), []);
  assert.deepEqual(differences(SHAPE, { ...good, late: 1 }), ["late is no boolean: 1"]);
  assert.deepEqual(differences(SHAPE, { ...good, more: 1 }), ["more is not described"]);
  assert.deepEqual(differences(SHAPE, { ...good, parts: [{}, {}] }), ["parts[].id is missing"]);
  assert.deepEqual(differences(SHAPE, { ...good, parts: ["1"] }), [
    'parts is no array of objects: ["1"]',
  ]);
});

Deno.test("every shape can be read, and stands once", () => {
  for (const shape of JSON_SHAPES) assert.ok(fieldsOf(shape).length > 0, shape.command);
  assert.equal(new Set(JSON_SHAPES.map(({ command }) => command)).size, JSON_SHAPES.length);
});
