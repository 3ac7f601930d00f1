import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bitLength,
  bitString,
  boolean,
  children,
  firstDer,
  integer,
  oid,
  readDer,
  sequence,
  smallInteger,
  text,
  time,
} from "./der.ts";

const bytes = (hex: string) =>
  Uint8Array.from(hex.replace(/\s/g, "").match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
const der = (hex: string) => readDer(bytes(hex));

/** An element with its length in the shortest form, as DER wants it. */
function encode(tag: number, body: Uint8Array): Uint8Array {
  const { length } = body;
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  const head = length < 0x80 ? [length] : [0x80 | octets.length, ...octets];
  return Uint8Array.from([tag, ...head, ...body]);
}

Deno.test("an element is its type, its length and its content", () => {
  const element = der("04 03 010203");
  assert.equal(element?.tag, 0x04);
  assert.deepEqual([...element?.body ?? []], [1, 2, 3]);
  assert.equal(element?.whole.length, 5);
});

Deno.test("elements of any length are read back", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0x04, 0x30, 0x0c, 0xa3),
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ minLength: 65_530, maxLength: 65_540 }),
      ),
      fc.uint8Array({ maxLength: 5 }),
      (tag, body, behind) => {
        const whole = encode(tag, body);
        assert.deepEqual(readDer(whole)?.body, body);
        const all = Uint8Array.from([...whole, ...behind]);
        assert.equal(firstDer(all)?.whole.length, whole.length);
        if (behind.length > 0) assert.equal(readDer(all), undefined);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("what is no DER is nothing", () => {
  for (
    const [what, hex] of [
      ["nothing", ""],
      ["no length", "30"],
      ["shorter than it says", "04 03 0102"],
      ["longer than it says", "04 01 0102"],
      ["an indefinite length", "30 80 0000"],
      ["a length in a longer form than needed", "04 81 01 00"],
      ["a length with a leading zero", "04 82 00 81"],
      ["a length of five octets", "04 85 0000000001 00"],
      ["a length that ends early", "04 82 01"],
      ["a tag number above 30", "1f 81 01 00"],
    ] as const
  ) assert.equal(der(hex), undefined, what);
});

Deno.test("children: all of them, or nothing", () => {
  assert.equal(sequence(der("30 06 020101 020102"))?.length, 2);
  assert.deepEqual(sequence(der("30 00")), []);
  assert.equal(sequence(der("30 05 020101 0201")), undefined);
  assert.equal(sequence(der("31 03 020101")), undefined, "a set is no sequence");
  assert.equal(children(der("31 03 020101"))?.length, 1);
  assert.equal(children(der("04 03 020101")), undefined, "a string has no children");
  assert.equal(sequence(undefined), undefined);
  assert.equal(sequence(readDer(encode(0x30, new Uint8Array(2 * 4_097)))), undefined, "too many");
});

Deno.test("object identifiers", () => {
  for (
    const [hex, value] of [
      ["06 03 551d11", "2.5.29.17"],
      ["06 09 2a864886f70d010101", "1.2.840.113549.1.1.1"],
      ["06 03 2b6570", "1.3.101.112"],
      ["06 01 27", "0.39"],
      ["06 02 8837", "2.999"],
      ["06 00", undefined],
      ["06 02 2a86", undefined],
      ["06 03 2a8001", undefined],
      ["06 09 2affffffffffffff7f", undefined],
      ["04 03 551d11", undefined],
    ] as const
  ) assert.equal(oid(der(hex)), value, hex);
});

Deno.test("numbers, bits and truth", () => {
  assert.equal(smallInteger(der("02 01 05")), 5);
  assert.equal(smallInteger(der("02 04 7fffffff")), 2 ** 31 - 1);
  assert.equal(smallInteger(der("02 01 ff")), undefined, "-1");
  assert.equal(smallInteger(der("02 05 0100000000")), undefined);
  assert.equal(integer(der("02 00")), undefined);
  assert.equal(bitLength(bytes("00")), 0);
  assert.equal(bitLength(bytes("0001")), 1);
  assert.equal(bitLength(bytes("00ff")), 8);
  assert.equal(bitLength(bytes("010001")), 17);
  assert.equal(bitLength(bytes("ff")), 0, "-1");
  assert.equal(bitLength(bytes("")), 0);
  assert.deepEqual(bitString(der("03 02 0780")), { unused: 7, octets: bytes("80") });
  assert.equal(bitString(der("03 02 0880")), undefined);
  assert.equal(bitString(der("03 01 01")), undefined);
  assert.equal(bitString(der("03 00")), undefined);
  assert.deepEqual(
    [boolean(der("01 01 ff")), boolean(der("01 01 00")), boolean(der("01 02 ffff"))],
    [
      true,
      false,
      undefined,
    ],
  );
});

Deno.test("times", () => {
  const at = (tag: number, value: string) =>
    time(readDer(encode(tag, new TextEncoder().encode(value))))?.toISOString();
  assert.equal(at(0x17, "260314101500Z"), "2026-03-14T10:15:00.000Z");
  assert.equal(at(0x17, "491231235959Z"), "2049-12-31T23:59:59.000Z");
  assert.equal(at(0x17, "500101000000Z"), "1950-01-01T00:00:00.000Z");
  assert.equal(at(0x18, "99991231235959Z"), "9999-12-31T23:59:59.000Z");
  for (
    const value of [
      "2603141015Z",
      "260314101500+0100",
      "260230000000Z",
      "261301000000Z",
      "260314101560Z",
      "",
    ]
  ) {
    assert.equal(at(0x17, value), undefined, value);
  }
  assert.equal(at(0x0c, "260314101500Z"), undefined);
});

Deno.test("texts of every string type", () => {
  assert.equal(text(der("0c 03 c3bc78")), "üx");
  assert.equal(text(der("13 02 4142")), "AB");
  assert.equal(text(der("14 01 fc")), "ü");
  assert.equal(text(der("1e 04 00fc0078")), "üx");
  assert.equal(text(der("1e 03 00fc00")), undefined);
  assert.equal(text(der("1c 04 0001f680")), "🚀");
  assert.equal(text(der("1c 04 ffffffff")), "\ufffd");
  assert.equal(text(der("02 01 41")), undefined);
});

Deno.test("any bytes are read without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
      const visit = (element: ReturnType<typeof readDer>, depth: number): void => {
        for (const read of [oid, time, text, boolean, integer, bitString, smallInteger]) {
          read(element);
        }
        for (const child of children(element) ?? []) if (depth < 50) visit(child, depth + 1);
      };
      visit(firstDer(input), 0);
    }),
    { numRuns: 2_000 },
  );
});
