import assert from "node:assert/strict";
import { readDer } from "./der.ts";
import { type DistinguishedName, printable, readName } from "./distinguished_name.ts";

const UTF8 = 0x0c;
const PRINTABLE = 0x13;
const BMP = 0x1e;

const wrap = (tag: number, ...parts: readonly (readonly number[])[]): number[] => {
  const body = parts.flat();
  assert.ok(body.length < 0x80);
  return [tag, body.length, ...body];
};
const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const CN = [6, 3, 0x55, 4, 3];
const O = [6, 3, 0x55, 4, 10];
const OTHER = [6, 3, 0x2a, 3, 4];
const attribute = (type: number[], tag: number, value: readonly number[]) =>
  wrap(0x30, type, wrap(tag, value));
const set = (...attributes: readonly (readonly number[])[]) => wrap(0x31, ...attributes);

function name(...sets: readonly (readonly number[])[]): DistinguishedName {
  const read = readName(readDer(Uint8Array.from(wrap(0x30, ...sets))));
  assert.ok(read !== undefined);
  return read;
}

Deno.test("a name as text, in the order of the certificate", () => {
  const read = name(
    set(attribute(O, UTF8, utf8("Bäcker"))),
    set(attribute(CN, PRINTABLE, utf8("rxdx.example.com"))),
    set(attribute(OTHER, UTF8, utf8("x"))),
  );
  assert.equal(read.text, "O=Bäcker, CN=rxdx.example.com, 1.2.3.4=x");
  assert.deepEqual([read.short, read.organisation], ["rxdx.example.com", "Bäcker"]);
});

Deno.test("something stands in for a missing common name", () => {
  assert.equal(name(set(attribute(O, UTF8, utf8("Acme")))).short, "Acme");
  assert.equal(name(set(attribute(OTHER, UTF8, utf8("only")))).short, "only");
  assert.equal(name(set(attribute(OTHER, 0x02, [5]))).short, "#020105");
  const blank = name(set(attribute(CN, UTF8, utf8(" "))), set(attribute(O, UTF8, utf8("Acme"))));
  assert.equal(blank.short, "Acme");
  const empty = name();
  assert.deepEqual([empty.text, empty.short, empty.organisation], ["", "(empty)", undefined]);
});

Deno.test("the same name: case, blanks, string type and order within a set do not count", () => {
  const plain = name(set(attribute(CN, UTF8, utf8("Test CA"))));
  const same = [
    name(set(attribute(CN, PRINTABLE, utf8("Test CA")))),
    name(set(attribute(CN, UTF8, utf8("  test   ca ")))),
    name(set(attribute(CN, BMP, [...utf8("Test CA")].flatMap((octet) => [0, octet])))),
  ];
  for (const each of same) assert.equal(each.key, plain.key);
  const [one, two] = [attribute(CN, UTF8, utf8("a")), attribute(O, UTF8, utf8("b"))];
  assert.equal(name(set(one, two)).key, name(set(two, one)).key);
});

Deno.test("another name: other text, other type, other order, other grouping", () => {
  const [one, two] = [attribute(CN, UTF8, utf8("a")), attribute(O, UTF8, utf8("b"))];
  const keys = [
    name(set(one), set(two)),
    name(set(two), set(one)),
    name(set(one, two)),
    name(set(one)),
    name(set(attribute(O, UTF8, utf8("a")))),
    name(set(attribute(CN, UTF8, utf8('a",2.5.4.10="b')))),
    name(set(attribute(CN, 0x02, [0x61]))),
    name(),
  ].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("what is malformed is no name", () => {
  for (
    const bytes of [
      wrap(0x31),
      wrap(0x30, wrap(0x30, attribute(CN, UTF8, utf8("a")))),
      wrap(0x30, set(wrap(0x30, CN))),
      wrap(0x30, set(wrap(0x30, wrap(UTF8, utf8("a"))))),
      wrap(0x30, set([0x05, 0])),
    ]
  ) assert.equal(readName(readDer(Uint8Array.from(bytes))), undefined);
  assert.equal(readName(undefined), undefined);
});

Deno.test("foreign text is one line that no terminal obeys, and has an end", () => {
  assert.equal(printable("a\u001b[31m\r\nb\u202e"), "a b");
  const long = printable("x".repeat(1_000_000));
  assert.equal(long, `${"x".repeat(200)}…`);
  assert.equal(name(set(attribute(CN, UTF8, utf8("\u001b]0;t\u0007x")))).short, "x");
});
