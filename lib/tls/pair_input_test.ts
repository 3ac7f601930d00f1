/** Everything that is given as a certificate or a key, and what is made of it. */
import assert from "node:assert/strict";
import { Secret } from "../plan/secret.ts";
import { bytesOf, type Made, makeCa, makeCertificate } from "../../tests/support/certificates.ts";
import { MAX_FILE_BYTES, readPairInput } from "./pair_input.ts";
import type { PairFiles, PairReading } from "./pair_types.ts";
import { toPem } from "./pem.ts";

const ca = await makeCa("Test CA");
const leaf = await makeCertificate({ issuer: ca });
const rsa = await makeCertificate({ key: "rsa2048" });
const other = await makeCertificate({ name: "other.example.com" });

type Content = string | Uint8Array;

function filesOf(given: { certificate: Content; key?: Content; chain?: Content }): PairFiles {
  const file = (path: string, content: Content) => ({
    path,
    bytes: typeof content === "string" ? bytesOf(content) : content,
  });
  return {
    certificate: file("/etc/my certs/cert.pem", given.certificate),
    ...(given.key === undefined ? {} : { key: file("/etc/key.pem", given.key) }),
    ...(given.chain === undefined ? {} : { chain: file("chain.pem", given.chain) }),
  };
}

const squeeze = (text: string | undefined) => text?.replace(/\s/g, "");

function assertPair(reading: PairReading, made: Made, count = 1): void {
  assert.equal(squeeze(reading.key?.pem.reveal()), squeeze(made.keyPem));
  assert.equal(reading.certificates.length, count);
  assert.ok(reading.certificates.some(({ pem }) => squeeze(pem) === squeeze(made.pem)));
  for (const { pem, der } of reading.certificates) assert.equal(pem, toPem("CERTIFICATE", der));
}

const utf16 = (text: string) =>
  Uint8Array.from([...`\ufeff${text}`].flatMap((each) => {
    const code = each.charCodeAt(0);
    return [code & 0xff, code >> 8];
  }));
const trusted = toPem("TRUSTED CERTIFICATE", Uint8Array.from([...leaf.der, 0x30, 0x00]));

const GOOD: readonly (readonly [
  title: string,
  given: { certificate: Content; key?: Content; chain?: Content },
  certificates?: number,
])[] = [
  ["two files", { certificate: leaf.pem, key: leaf.keyPem }],
  ["three files", { certificate: leaf.pem, key: leaf.keyPem, chain: ca.pem }, 2],
  ["one file, the key first", { certificate: leaf.keyPem + ca.pem + leaf.pem }, 2],
  ["one file, the key last", { certificate: leaf.pem + ca.pem + leaf.keyPem }, 2],
  ["one file given as both", {
    certificate: leaf.pem + leaf.keyPem,
    key: leaf.pem + leaf.keyPem,
  }, 2],
  ["DER", { certificate: leaf.der, key: leaf.keyDer, chain: ca.der }, 2],
  ["DER and PEM", { certificate: leaf.der, key: leaf.keyPem }],
  ["lines of Windows and a byte order mark", {
    certificate: `\ufeff${leaf.pem.replaceAll("\n", "\r\n")}`,
    key: `\ufeff${leaf.keyPem.replaceAll("\n", "\r\n")}`,
  }],
  ["UTF-16, as PowerShell writes it", {
    certificate: utf16(leaf.pem),
    key: utf16(leaf.keyPem),
  }],
  ["text around the blocks, beginning with a zero", {
    certificate: `0 s:CN = rxdx\n${leaf.pem} 1 s:CN = Test CA\n${ca.pem}`,
    key: `Bag Attributes\n    friendlyName: x\n${leaf.keyPem}`,
  }, 2],
  ["a trusted certificate of OpenSSL", { certificate: trusted, key: leaf.keyPem }],
  ["the key of several that is the certificate's", {
    certificate: leaf.pem,
    key: leaf.keyPem + leaf.keyPem,
  }],
];

for (const [title, given, certificates] of GOOD) {
  Deno.test(`input: ${title}`, () => {
    const reading = readPairInput(filesOf(given));
    assert.deepEqual([reading.problems, reading.notes, reading.external], [[], [], undefined]);
    assertPair(reading, leaf, certificates);
  });
}

const PUBLIC_KEY = toPem(
  "PUBLIC KEY",
  new Uint8Array(await crypto.subtle.exportKey("spki", leaf.keys.publicKey)),
);
const flipped = (der: Uint8Array, at: number) =>
  der.map((byte, index) => index === at ? byte ^ 0xff : byte);

const BAD: readonly (readonly [
  title: string,
  given: { certificate: Content; key?: Content; chain?: Content },
  problems: readonly string[],
  says?: RegExp,
])[] = [
  ["no key at all", { certificate: leaf.pem }, ["no_key"], /no other file was given/],
  [
    "swapped",
    { certificate: leaf.keyPem, key: leaf.pem },
    ["files_swapped"],
    /key\.pem as the certificate and '\/etc\/my certs\/cert\.pem' as the key/,
  ],
  ["a key as certificate", { certificate: leaf.keyPem, key: leaf.keyPem }, ["key_as_certificate"]],
  ["a certificate as key", { certificate: leaf.pem, key: leaf.pem }, ["certificate_as_key"]],
  ["a key as chain", { certificate: leaf.pem, key: leaf.keyPem, chain: leaf.keyPem }, [
    "key_as_certificate",
  ]],
  ["empty files", { certificate: "", key: "" }, ["file_empty", "file_empty"]],
  ["a huge file", { certificate: new Uint8Array(MAX_FILE_BYTES + 1), key: leaf.keyPem }, [
    "file_too_large",
  ], /1048577 bytes/],
  ["the largest file that is read", {
    certificate: new Uint8Array(MAX_FILE_BYTES),
    key: leaf.keyPem,
  }, [
    "not_recognised",
  ]],
  ["garbage", { certificate: Uint8Array.from([1, 2, 3, 0, 255]), key: "hello" }, [
    "not_recognised",
    "not_recognised",
  ], /file '\/etc\/my certs\/cert\.pem'/],
  ["a web page", { certificate: "\n<!DOCTYPE html><html>", key: leaf.keyPem }, ["web_page"]],
  ["a public key as key", { certificate: leaf.pem, key: PUBLIC_KEY }, ["public_key"]],
  ["a public key of SSH", { certificate: leaf.pem, key: "ssh-ed25519 AAAAC3 me@here" }, [
    "public_key",
  ]],
  [
    "a private key of OpenSSH",
    {
      certificate: leaf.pem,
      key: toPem("OPENSSH PRIVATE KEY", bytesOf("openssh-key-v1")),
    },
    ["openssh_key"],
    /ssh-keygen -p -m PKCS8/,
  ],
  ["a private key of PuTTY", { certificate: leaf.pem, key: "PuTTY-User-Key-File-3: ssh-rsa\n" }, [
    "putty_key",
  ]],
  ["a Java keystore", {
    certificate: Uint8Array.from([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]),
    key: leaf.keyPem,
  }, [
    "java_keystore",
  ], /keytool -importkeystore/],
  [
    "a PKCS #7 bundle of Microsoft",
    {
      certificate: Uint8Array.from([
        0x30,
        0x80,
        6,
        9,
        0x2a,
        0x86,
        0x48,
        0x86,
        0xf7,
        13,
        1,
        7,
        2,
        0xa0,
      ]),
      key: leaf.keyPem,
    },
    ["pkcs7"],
    /-inform DER/,
  ],
  ["a PKCS #12 file of Java", { certificate: Uint8Array.from([0x30, 0x80, 2, 1, 3, 0x30, 0x80]) }, [
    "pkcs12",
  ]],
  ["another kind of block", { certificate: leaf.pem, key: toPem("PGP MESSAGE", bytesOf("x")) }, [
    "unknown_block",
  ]],
  ["parameters alone", {
    certificate: leaf.pem,
    key: toPem("EC PARAMETERS", Uint8Array.from([6, 0])),
  }, [
    "no_key",
  ]],
  ["a certificate that is cut off", { certificate: leaf.pem.slice(0, 300), key: leaf.keyPem }, [
    "certificate_damaged",
  ], /CERTIFICATE of line 1 has no END line/],
  ["a chain that is cut off", { certificate: leaf.pem + ca.pem.slice(0, 90), key: leaf.keyPem }, [
    "certificate_damaged",
  ]],
  ["a DER certificate that is cut off", { certificate: leaf.der.slice(0, 200), key: leaf.keyPem }, [
    "certificate_damaged",
  ]],
  ["a certificate with another length inside", {
    certificate: flipped(leaf.der, 5),
    key: leaf.keyPem,
  }, [
    "certificate_damaged",
  ]],
  ["a key in PEM that is none", {
    certificate: leaf.pem,
    key: toPem("PRIVATE KEY", bytesOf("nothing")),
  }, [
    "key_damaged",
  ], /is no private key/],
  ["a key whose content is damaged", {
    certificate: leaf.pem,
    key: toPem("PRIVATE KEY", flipped(leaf.keyDer, 30)),
  }, ["key_damaged"]],
  ["a DER key whose content is damaged", { certificate: leaf.pem, key: flipped(leaf.keyDer, 30) }, [
    "key_damaged",
  ]],
  [
    "many keys",
    { certificate: leaf.pem, key: toPem("PRIVATE KEY", bytesOf("x")).repeat(40) },
    Array(10).fill("key_damaged"),
  ],
  ["many certificates", { certificate: leaf.pem.repeat(501), key: leaf.keyPem }, [
    "too_many_certificates",
  ]],
];

for (const [title, given, problems, says] of BAD) {
  Deno.test(`input: ${title}`, () => {
    const reading = readPairInput(filesOf(given));
    assert.deepEqual(reading.problems.map(({ code }) => code), problems);
    const words = reading.problems.map((each) => `${each.message} ${each.rule} ${each.remedy}`);
    for (const word of words) assert.match(word, /^[^\n]+$/);
    if (says !== undefined) assert.match(words.join("\n"), says);
  });
}

Deno.test("a certificate that is judged though its key cannot be used", () => {
  const reading = readPairInput(filesOf({ certificate: leaf.pem, key: "x" }));
  assert.equal(reading.key, undefined);
  assert.equal(reading.certificates.length, 1);
});

Deno.test("the key of several that a certificate is for; the others are told", () => {
  const reading = readPairInput(filesOf({
    certificate: other.keyPem + leaf.pem,
    key: rsa.keyPem + leaf.keyPem,
  }));
  assertPair(reading, leaf);
  assert.deepEqual(reading.notes.map(({ code }) => code), ["key_ignored", "key_ignored"]);
  assert.deepEqual(reading.problems, []);
});

Deno.test("what stands beside a key or certificate is left out and told", () => {
  const reading = readPairInput(filesOf({ certificate: leaf.pem, key: PUBLIC_KEY + leaf.keyPem }));
  assertPair(reading, leaf);
  assert.deepEqual(reading.notes.map(({ code }) => code), ["content_ignored"]);
  assert.deepEqual(reading.problems, []);
});

Deno.test("a passphrase that was not needed is told", () => {
  const files = filesOf({ certificate: leaf.pem, key: leaf.keyPem });
  const reading = readPairInput({ ...files, passphrase: new Secret("hunter2") });
  assertPair(reading, leaf);
  assert.deepEqual(reading.notes.map(({ code }) => code), ["passphrase_unused"]);
  assert.ok(!JSON.stringify(reading).includes("hunter2"));
});

Deno.test("a path that a terminal would obey is shown harmless, and cannot leave its quotes", () => {
  const path = "a\u001b]0;owned\u0007'; rm -rf /\nb";
  const { problems } = readPairInput({ certificate: { path, bytes: bytesOf("x") } });
  const [first] = problems;
  assert.equal(first?.remedy, `file 'a'\\''; rm -rf / b'`);
  assert.ok(!JSON.stringify(problems).includes("\\u001b"));
});
