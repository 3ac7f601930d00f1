import assert from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, pemBlocks, textOf, toPem } from "./pem.ts";

const DER = Uint8Array.from({ length: 100 }, (_, index) => index * 7 & 0xff);
const PEM = toPem("CERTIFICATE", DER);

const utf16 = (text: string, little: boolean) =>
  Uint8Array.from([...`\ufeff${text}`].flatMap((character) => {
    const code = character.charCodeAt(0);
    return little ? [code & 0xff, code >> 8] : [code >> 8, code & 0xff];
  }));

Deno.test("what was written is read back", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (der) => {
    const [block] = pemBlocks(toPem("PRIVATE KEY", der));
    assert.deepEqual([block?.label, block?.der, block?.damage], ["PRIVATE KEY", der, undefined]);
  }));
  assert.ok(PEM.split("\n").every((line) => line.length <= 64));
});

Deno.test("however the text came about", () => {
  for (
    const [how, text] of [
      ["Windows", PEM.replaceAll("\n", "\r\n")],
      ["old Mac", PEM.replaceAll("\n", "\r")],
      ["byte order mark", `\ufeff${PEM}`],
      ["indented in YAML", PEM.replace(/^/gm, "    ")],
      ["blanks at the ends", PEM.replaceAll("\n", "  \n")],
      ["text around", `Bag Attributes\n  localKeyID: 01\nsubject=CN = x\n${PEM}\nRegards\n`],
      ["in one line", PEM.replace(/\n(?!-)(?=.)/g, "").replace(/\n-----E/, "-----E")],
      ["no line feed at the end", PEM.trimEnd()],
      ["comment in front of it", `# the certificate of 0:1\n${PEM}`],
    ] as const
  ) assert.deepEqual(pemBlocks(text).map(({ der }) => der), [DER], how);
});

Deno.test("the bytes of a file become text, or it is binary", () => {
  const bytes = new TextEncoder().encode(PEM);
  assert.equal(textOf(bytes), PEM);
  assert.equal(textOf(utf16(PEM, true)), PEM);
  assert.equal(textOf(utf16(PEM, false)), PEM);
  assert.equal(textOf(Uint8Array.from([0x30, 0x82, 0, 1])), undefined);
});

Deno.test("several blocks, with their lines", () => {
  const blocks = pemBlocks(`x\n${PEM}${toPem("PRIVATE KEY", DER)}`);
  assert.deepEqual(blocks.map(({ label, line }) => [label, line]), [
    ["CERTIFICATE", 2],
    ["PRIVATE KEY", 7],
  ]);
});

Deno.test("headers are told from content", () => {
  const [block] = pemBlocks(
    PEM.replace("-\n", "-\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0102\n\n"),
  );
  assert.deepEqual(block?.headers, { "proc-type": "4,ENCRYPTED", "dek-info": "AES-256-CBC,0102" });
  assert.deepEqual(block?.der, DER);
});

Deno.test("a damaged block says how, and takes no other along", () => {
  for (
    const [text, damage] of [
      [PEM.slice(0, 80), /no END/],
      [PEM.slice(0, 80) + "\n" + PEM, /no END/],
      [PEM.replace("END CERTIFICATE", "END PRIVATE KEY"), /END line of something else/],
      [PEM.replace("AAcO", "AA!O"), /no base64/],
      [PEM.replace(/\n([A-Za-z0-9])/, "\n"), /no base64/],
      ["-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", /no base64/],
      [PEM.replaceAll("\n", "\\n"), /no base64/],
    ] as const
  ) {
    const [first, second] = pemBlocks(text);
    assert.ok(first !== undefined && first.der === undefined, text);
    assert.match(first.damage ?? "", damage);
    if (second !== undefined) assert.deepEqual(second.der, DER);
  }
});

Deno.test("base64: with and without padding, nothing else", () => {
  assert.deepEqual(fromBase64("AQI="), Uint8Array.from([1, 2]));
  assert.deepEqual(fromBase64("AQI"), Uint8Array.from([1, 2]));
  for (const bad of ["", "A", "AQ=I", "AQ-_", "AQI==="]) {
    assert.equal(fromBase64(bad), undefined, bad);
  }
});

Deno.test("a megabyte of anything is read in a moment", () => {
  const begun = performance.now();
  for (
    const text of [
      "-----BEGIN A-----".repeat(60_000),
      `-----BEGIN CERTIFICATE-----\n${"A".repeat(1_000_000)}\n-----END CERTIFICATE-----`,
      "-----BEGIN ".repeat(90_000),
      `-----BEGIN CERTIFICATE-----\n${"a: b\n".repeat(200_000)}`,
      `-----BEGIN CERTIFICATE-----${"-----END ".repeat(100_000)}`,
    ]
  ) pemBlocks(text);
  assert.ok(performance.now() - begun < 5_000, `${performance.now() - begun} ms`);
});
