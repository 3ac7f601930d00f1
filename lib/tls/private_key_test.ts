/** Keys as OpenSSL has written them over the years: every form, locked and not. */
import assert from "node:assert/strict";
import { Secret } from "../plan/secret.ts";
import { HAS_OPENSSL, OpenSsl } from "../../tests/support/openssl_cli.ts";
import { readPairInput } from "./pair_input.ts";
import type { PairReading } from "./pair_types.ts";

const LEGACY = "-provider legacy -provider default";
const PASSPHRASE = "correct horse";

const ALGORITHMS = {
  ec: "ec -pkeyopt ec_paramgen_curve:P-256",
  rsa: "RSA -pkeyopt rsa_keygen_bits:2048",
  pss: "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
} as const;

type Kind = keyof typeof ALGORITHMS;

/** A key with its certificate. */
async function prepare(openssl: OpenSsl, kind: Kind): Promise<void> {
  await openssl.run(`genpkey -algorithm ${ALGORITHMS[kind]} -out ${kind}.key`);
  await openssl.run(`req -x509 -new -key ${kind}.key -subj /CN=x -days 9 -out ${kind}.pem`);
  await openssl.write("passphrase", `${PASSPHRASE}\n`);
}

async function read(openssl: OpenSsl, kind: string, passphrase?: string): Promise<PairReading> {
  return readPairInput({
    certificate: { path: "cert.pem", bytes: await openssl.bytes(`${kind}.pem`) },
    key: { path: "key.pem", bytes: await openssl.bytes("out") },
    ...(passphrase === undefined ? {} : { passphrase: new Secret(passphrase) }),
  });
}

/** The key that came out is the one that went in, and OpenSSL takes it. */
async function assertSame(openssl: OpenSsl, kind: string, reading: PairReading): Promise<void> {
  assert.deepEqual(reading.problems, []);
  await openssl.write("read.key", reading.key?.pem.reveal() ?? "");
  assert.match(await openssl.text("read.key"), /^-----BEGIN PRIVATE KEY-----\n/);
  assert.equal(
    await openssl.run("pkey -in read.key -pubout"),
    await openssl.run(`x509 -in ${kind}.pem -noout -pubkey`),
  );
}

const codes = (reading: PairReading) => reading.problems.map(({ code }) => code);

const PLAIN: readonly (readonly [title: string, kind: Kind, command: string])[] = [
  ["PKCS #8", "ec", "pkey -in ec.key -out out"],
  ["PKCS #8 in DER", "ec", "pkey -in ec.key -outform DER -out out"],
  ["SEC 1", "ec", "ec -in ec.key -out out"],
  ["SEC 1 in DER", "ec", "ec -in ec.key -outform DER -out out"],
  ["SEC 1 with its parameters", "ec", "ecparam -name prime256v1 -genkey -out out"],
  ["RSA in PKCS #8", "rsa", "pkey -in rsa.key -out out"],
  ["PKCS #1", "rsa", "rsa -in rsa.key -traditional -out out"],
  ["PKCS #1 in DER", "rsa", "rsa -in rsa.key -traditional -outform DER -out out"],
  ["RSA-PSS, which the runtime cannot write", "pss", "pkey -in pss.key -out out"],
];

const IN = "-passout file:passphrase -out out";

const LOCKED: readonly (readonly [
  title: string,
  kind: Kind,
  command: string,
  /** Only openssl opens it. */
  external?: true,
])[] = [
  ["PBES2, AES-256", "ec", `pkcs8 -topk8 -v2 aes-256-cbc -in ec.key ${IN}`],
  ["PBES2, AES-128", "rsa", `pkcs8 -topk8 -v2 aes-128-cbc -in rsa.key ${IN}`],
  ["PBES2, 3DES", "rsa", `pkcs8 -topk8 -v2 des3 -in rsa.key ${IN}`],
  [
    "PBES2 over SHA-1, as OpenSSL 1.0",
    "ec",
    `pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA1 -in ec.key ${IN}`,
  ],
  [
    "PBES2 over SHA-512",
    "ec",
    `pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512 -in ec.key ${IN}`,
  ],
  ["PBES2, scrypt", "ec", `pkcs8 -topk8 -scrypt -in ec.key ${IN}`],
  ["PBES2 in DER", "ec", `pkcs8 -topk8 -outform DER -in ec.key ${IN}`],
  ["PEM headers, AES-256", "rsa", `rsa -traditional -aes256 -in rsa.key ${IN}`],
  ["PEM headers, AES-128", "rsa", `rsa -traditional -aes128 -in rsa.key ${IN}`],
  ["PEM headers, 3DES", "rsa", `rsa -traditional -des3 -in rsa.key ${IN}`],
  ["PEM headers on SEC 1", "ec", `ec -aes256 -in ec.key ${IN}`],
  ["PEM headers, AES-192", "rsa", `rsa -traditional -aes192 -in rsa.key ${IN}`, true],
  ["PEM headers, DES", "rsa", `rsa ${LEGACY} -traditional -des -in rsa.key ${IN}`, true],
  ["PBES2, ARIA", "ec", `pkcs8 -topk8 -v2 aria-256-cbc -in ec.key ${IN}`, true],
  ["PBES1, MD5 and DES", "ec", `pkcs8 ${LEGACY} -topk8 -v1 PBE-MD5-DES -in ec.key ${IN}`, true],
  ["PBES1, 3DES", "ec", `pkcs8 ${LEGACY} -topk8 -v1 PBE-SHA1-3DES -in ec.key ${IN}`, true],
];

for (const [title, kind, command] of PLAIN) {
  Deno.test({
    name: `key: ${title}`,
    ignore: !HAS_OPENSSL,
    fn: () =>
      OpenSsl.use(async (openssl) => {
        await prepare(openssl, kind);
        await openssl.run(command);
        if (command.includes("-genkey")) {
          await openssl.run("req -x509 -new -key out -subj /CN=own -days 9 -out ec.pem");
        }
        await assertSame(openssl, kind, await read(openssl, kind));
      }),
  });
}

for (const [title, kind, command, external] of LOCKED) {
  Deno.test({
    name: `locked key: ${title}`,
    ignore: !HAS_OPENSSL,
    fn: () =>
      OpenSsl.use(async (openssl) => {
        await prepare(openssl, kind);
        await openssl.run(command);
        assert.deepEqual(codes(await read(openssl, kind)), ["key_encrypted"]);
        const right = await read(openssl, kind, PASSPHRASE);
        if (external) {
          assert.deepEqual(codes(right), ["key_encryption_unknown"]);
          assert.equal(right.external?.kind, "encrypted_key");
          assert.deepEqual([right.external?.field, right.external?.path], ["key", "key.pem"]);
          return;
        }
        await assertSame(openssl, kind, right);
        assert.deepEqual([right.notes, right.external], [[], undefined]);
        for (const wrong of ["", "Correct horse", `${PASSPHRASE} `]) {
          const reading = await read(openssl, kind, wrong);
          assert.deepEqual([codes(reading), reading.key], [["passphrase_wrong"], undefined], wrong);
        }
      }),
  });
}

Deno.test({
  name: "a wrong passphrase whose padding happens to be right is wrong all the same",
  ignore: !HAS_OPENSSL,
  fn: () =>
    OpenSsl.use(async (openssl) => {
      await prepare(openssl, "ec");
      await openssl.run(`ec -aes256 -in ec.key ${IN}`);
      // Of 256 passphrases one makes a padding of one octet; 1,500 leave no chance to miss it.
      for (let turn = 0; turn < 1_500; turn++) {
        assert.deepEqual(codes(await read(openssl, "ec", `wrong ${turn}`)), ["passphrase_wrong"]);
      }
    }),
});

Deno.test({
  name: "a key derivation that would take too long is not begun",
  ignore: !HAS_OPENSSL,
  fn: () =>
    OpenSsl.use(async (openssl) => {
      await prepare(openssl, "ec");
      await openssl.run(`pkcs8 -topk8 -iter 65536 -outform DER -in ec.key ${IN}`);
      assert.deepEqual(codes(await read(openssl, "ec", "wrong")), ["passphrase_wrong"]);
      const hex = (await openssl.bytes("out")).toHex();
      // INTEGER 65,536 becomes INTEGER 8,388,607.
      assert.equal(hex.split("0203010000").length, 2);
      await openssl.write("out", Uint8Array.fromHex(hex.replace("0203010000", "02037fffff")));
      assert.deepEqual(codes(await read(openssl, "ec", PASSPHRASE)), ["key_encryption_unknown"]);
    }),
});

Deno.test({
  name: "what OpenSSL makes beside keys and certificates is told by its name",
  ignore: !HAS_OPENSSL,
  fn: () =>
    OpenSsl.use(async (openssl) => {
      await prepare(openssl, "ec");
      await prepare(openssl, "rsa");
      await openssl.write(
        "ca.cnf",
        "[ca]\ndefault_ca=x\n[x]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\n" +
          "default_crl_days=9\n",
      );
      await openssl.write("index", "");
      await openssl.write("number", "01\n");
      const CRL = "ca -gencrl -config ca.cnf -keyfile ec.key -cert ec.pem -out crl";
      for (
        const [command, file, code] of [
          ["req -new -key ec.key -subj /CN=x -out csr", "csr", "certificate_request"],
          ["req -in csr -outform DER -out csr.der", "csr.der", "certificate_request"],
          ["crl2pkcs7 -nocrl -certfile ec.pem -out p7b", "p7b", "pkcs7"],
          ["crl2pkcs7 -nocrl -certfile ec.pem -outform DER -out p7b.der", "p7b.der", "pkcs7"],
          ["pkcs12 -export -inkey ec.key -in ec.pem -passout pass:x -out p12", "p12", "pkcs12"],
          ["pkey -in ec.key -pubout -out pub", "pub", "public_key"],
          ["pkey -in rsa.key -pubout -outform DER -out pub.der", "pub.der", "public_key"],
          [CRL, "crl", "revocation_list"],
          ["crl -in crl -outform DER -out crl.der", "crl.der", "revocation_list"],
        ] as const
      ) {
        await openssl.run(command);
        for (const field of ["certificate", "key"] as const) {
          const good = { path: "ec", bytes: await openssl.bytes("ec.pem") };
          const bad = { path: file, bytes: await openssl.bytes(file) };
          const reading = readPairInput(
            field === "certificate"
              ? { certificate: bad, key: { path: "k", bytes: await openssl.bytes("ec.key") } }
              : { certificate: good, key: bad },
          );
          assert.deepEqual(codes(reading), [code], `${file} as ${field}`);
          assert.equal(reading.problems[0]?.field, field);
        }
      }
    }),
});
