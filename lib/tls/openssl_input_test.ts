/** What only openssl opens: with a scripted one for its failures, and with the real one. */
import assert from "node:assert/strict";
import { SetupError } from "../errors.ts";
import { theHost } from "../host/real.ts";
import type { CommandOptions, Host } from "../host/types.ts";
import { Secret } from "../plan/secret.ts";
import { bytesOf, makeCertificate } from "../../tests/support/certificates.ts";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { HAS_OPENSSL, OpenSsl } from "../../tests/support/openssl_cli.ts";
import { openWithOpenssl } from "./openssl_input.ts";
import { readPairInput } from "./pair_input.ts";
import type { ExternalRoute, PairFiles, PairReading } from "./pair_types.ts";

const PASSPHRASE = "correct höyse 日本 'x'";

const ROUTE: ExternalRoute = { kind: "pkcs12", field: "certificate", path: "/p12", der: true };
const FILES: PairFiles = {
  certificate: { path: "/p12", bytes: bytesOf("x") },
  passphrase: new Secret("hunter2"),
};
const PKCS12 = ["openssl", "pkcs12", "-in", "/p12", "-nodes", "-passin", "stdin"] as const;
const PKCS12_LEGACY = ["openssl", "pkcs12", "-legacy", ...PKCS12.slice(2)] as const;
const UNSUPPORTED = {
  code: 1,
  stderr: "40A7:error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported:x",
};

const pair = await makeCertificate();

async function assertRefused(
  promise: Promise<unknown>,
  code: string,
  exit: number,
): Promise<SetupError> {
  let thrown: unknown;
  await promise.catch((error: unknown) => thrown = error);
  assert.ok(thrown instanceof SetupError, String(thrown));
  assert.deepEqual([thrown.code, thrown.exit], [code, exit]);
  assert.ok((thrown.hint ?? "").length > 10);
  assert.ok(!`${thrown.message}${thrown.hint}`.includes("hunter2"));
  return thrown;
}

Deno.test("the passphrase goes by standard input, and nowhere else", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(PKCS12, pair.pem + pair.keyPem);
    const opened = await openWithOpenssl(host, FILES, ROUTE);
    const [call] = host.process.calls;
    assert.equal(call?.options.stdin, "hunter2\n");
    assert.deepEqual([call?.options.env, call?.argv.join(" ").includes("hunter2")], [
      undefined,
      false,
    ]);
    assert.ok((call?.options.timeoutMs ?? 0) > 0);
    assert.equal(opened.passphrase, undefined);
    assert.deepEqual(host.files.mutations, []);
    const reading = readPairInput(opened);
    assert.deepEqual([reading.problems, reading.certificates.length], [[], 1]);
  }));

Deno.test("old algorithms are asked for only when openssl says that it lacks them", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(PKCS12, UNSUPPORTED).expect(PKCS12_LEGACY, pair.pem + pair.keyPem);
    assert.deepEqual(readPairInput(await openWithOpenssl(host, FILES, ROUTE)).problems, []);
    assert.equal(host.process.calls[1]?.options.stdin, "hunter2\n");
  }));

const FAILURES: readonly (readonly [
  title: string,
  answer: { code: number; stdout?: string; stderr?: string },
  code: string,
  exit: number,
  says: RegExp,
])[] = [
  ["openssl is not there", { code: 127 }, "openssl_missing", 4, /apt-get install openssl/],
  ["openssl may not be run", { code: 126 }, "openssl_missing", 4, /dnf install openssl/],
  [
    "a wrong passphrase",
    { code: 1, stderr: "Mac verify error: invalid password?\n" },
    "passphrase_wrong",
    3,
    /does not open \/p12/,
  ],
  ["no key within", { code: 0, stdout: pair.pem }, "no_key", 3, /no private key/],
  [
    "several keys within",
    { code: 0, stdout: pair.pem + pair.keyPem + pair.keyPem },
    "several_keys",
    3,
    /holds 2 private keys/,
  ],
  [
    "something else",
    { code: 1, stderr: "\nError \u001b[31mreading\n4077:error:x\n" },
    "openssl_refused",
    3,
    /\/p12: Error reading asn1parse/,
  ],
  ["nothing said", { code: 9 }, "openssl_refused", 3, /ended with 9/],
  ["no end", { code: 124 }, "openssl_refused", 3, /longer than 60 s/],
];

for (const [title, answer, code, exit, says] of FAILURES) {
  Deno.test(`openssl: ${title}`, () =>
    withFakeHost({}, async (host) => {
      host.process.expect(PKCS12, answer);
      const error = await assertRefused(openWithOpenssl(host, FILES, ROUTE), code, exit);
      assert.match(
        `${error.message} ${error.hint}`.replace(/ openssl asn1parse.*/, " asn1parse"),
        says,
      );
    }));
}

Deno.test("openssl: no legacy provider", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(PKCS12, UNSUPPORTED).expect(PKCS12_LEGACY, {
      code: 1,
      stderr: "pkcs12: unable to load provider legacy\nHint: use -provider-path option\n",
    });
    const error = await assertRefused(
      openWithOpenssl(host, FILES, ROUTE),
      "openssl_legacy_missing",
      4,
    );
    assert.match(error.hint ?? "", /openssl-provider-legacy/);
  }));

Deno.test("a locked file without a passphrase asks for one", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(PKCS12, { code: 1, stderr: "Mac verify error: invalid password?" });
    const { certificate } = FILES;
    await assertRefused(openWithOpenssl(host, { certificate }, ROUTE), "passphrase_needed", 3);
    assert.equal(host.process.calls[0]?.options.stdin, "\n");
  }));

Deno.test("a passphrase that openssl would read differently is not tried", () =>
  withFakeHost({}, async (host) => {
    for (const passphrase of ["two\nlines", "a\rb", "a\0b", "ü".repeat(512)]) {
      const files = { ...FILES, passphrase: new Secret(passphrase) };
      await assertRefused(openWithOpenssl(host, files, ROUTE), "passphrase_unusable", 3);
    }
    assert.deepEqual(host.process.calls, []);
  }));

Deno.test("Ctrl-C ends it", () =>
  withFakeHost({}, async (host) => {
    const controller = new AbortController();
    host.process.expect(PKCS12, () => {
      controller.abort();
      return { code: 143 };
    });
    const { signal } = controller;
    await assert.rejects(openWithOpenssl(host, FILES, ROUTE, { signal }), { name: "AbortError" });
    assert.equal(host.process.calls[0]?.options.signal, signal);
  }));

// ── The real one ────────────────────────────────────────────────────────────────────────────────

/** The real host, which keeps what was run. */
function recording(): { host: Host; seen: { argv: readonly string[]; options: CommandOptions }[] } {
  const real = theHost();
  const seen: { argv: readonly string[]; options: CommandOptions }[] = [];
  const run = (argv: readonly string[], options: CommandOptions = {}) => {
    seen.push({ argv, options });
    return real.process.run(argv, options);
  };
  return { host: { ...real, process: { ...real.process, run } }, seen };
}

async function openTwice(openssl: OpenSsl, files: PairFiles): Promise<PairReading> {
  const first = readPairInput(files);
  assert.ok(first.external !== undefined, JSON.stringify(first.problems));
  const { host, seen } = recording();
  const opened = await openWithOpenssl(host, files, first.external);
  for (const { argv, options } of seen) {
    assert.ok(!JSON.stringify([argv, options.env ?? {}]).includes("höyse"));
  }
  const reading = readPairInput(opened);
  assert.deepEqual([reading.problems, reading.notes, reading.external], [[], [], undefined]);
  await openssl.write("read.key", reading.key?.pem.reveal() ?? "");
  assert.equal(
    await openssl.run("pkey -in read.key -pubout"),
    await openssl.run("x509 -in ec.pem -noout -pubkey"),
  );
  return reading;
}

async function prepare(openssl: OpenSsl): Promise<void> {
  await openssl.write("passphrase", `${PASSPHRASE}\n`);
  for (const name of ["ec", "ca"]) {
    await openssl.run(
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key ` +
        `-subj /CN=${name} -days 9 -out ${name}.pem`,
    );
  }
}

const file = async (openssl: OpenSsl, name: string) => ({
  path: openssl.path(name),
  bytes: await openssl.bytes(name),
});

const LEGACY = "-provider legacy -provider default";
const OUT = "-passout file:passphrase";
const EXPORT = "pkcs12 -export -inkey ec.key -in ec.pem -certfile ca.pem";

for (
  const [title, command] of [
    ["of today", `${EXPORT} ${OUT} -out p12`],
    ["of yesterday, 3DES and RC2", `${EXPORT} -legacy ${OUT} -out p12`],
    [
      "with 3DES for both",
      `${EXPORT} -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES ${OUT} -out p12`,
    ],
  ] as const
) {
  Deno.test({
    name: `PKCS #12 ${title}: key and chain come out; a wrong passphrase is told`,
    ignore: !HAS_OPENSSL,
    fn: () =>
      OpenSsl.use(async (openssl) => {
        await prepare(openssl);
        await openssl.run(command);
        const certificate = await file(openssl, "p12");
        const passphrase = new Secret(PASSPHRASE);
        const reading = await openTwice(openssl, { certificate, passphrase });
        assert.equal(reading.certificates.length, 2);
        const { external } = readPairInput({ certificate });
        assert.ok(external !== undefined);
        for (
          const [given, code] of [["wrong", "passphrase_wrong"], [
            undefined,
            "passphrase_needed",
          ]] as const
        ) {
          const secret = given === undefined ? {} : { passphrase: new Secret(given) };
          await assertRefused(
            openWithOpenssl(theHost(), { certificate, ...secret }, external),
            code,
            3,
          );
        }
      }),
  });
}

Deno.test({
  name: "PKCS #12 without a passphrase, without a key, and damaged",
  ignore: !HAS_OPENSSL,
  fn: () =>
    OpenSsl.use(async (openssl) => {
      await prepare(openssl);
      await openssl.run(`${EXPORT} -passout pass: -out p12`);
      await openTwice(openssl, { certificate: await file(openssl, "p12") });
      await openssl.run("pkcs12 -export -nokeys -in ec.pem -passout pass: -out nokey");
      const certificate = await file(openssl, "nokey");
      const { external } = readPairInput({ certificate });
      assert.ok(external !== undefined);
      await assertRefused(openWithOpenssl(theHost(), { certificate }, external), "no_key", 3);
      await openssl.write("bad", (await openssl.bytes("p12")).subarray(0, 300));
      const path = openssl.path("bad");
      const error = await assertRefused(
        openWithOpenssl(theHost(), { certificate: { ...certificate, path } }, {
          ...external,
          path,
        }),
        "openssl_refused",
        3,
      );
      assert.ok(!error.message.includes("\n"));
    }),
});

for (
  const [title, command] of [
    ["PBES1, MD5 and DES", `pkcs8 ${LEGACY} -topk8 -v1 PBE-MD5-DES -in ec.key ${OUT} -out out`],
    ["PBES1, RC4", `pkcs8 ${LEGACY} -topk8 -v1 PBE-SHA1-RC4-128 -in ec.key ${OUT} -out out`],
    ["PBES1 in DER", `pkcs8 -topk8 -v1 PBE-SHA1-3DES -outform DER -in ec.key ${OUT} -out out`],
    ["PBES2, Camellia", `pkcs8 -topk8 -v2 camellia-256-cbc -in ec.key ${OUT} -out out`],
    ["PEM headers, AES-192", `ec -aes192 -in ec.key ${OUT} -out out`],
    ["PEM headers, DES", `ec ${LEGACY} -des -in ec.key ${OUT} -out out`],
  ] as const
) {
  Deno.test({
    name: `key locked with ${title}: opened by openssl; a wrong passphrase is told`,
    ignore: !HAS_OPENSSL,
    fn: () =>
      OpenSsl.use(async (openssl) => {
        await prepare(openssl);
        await openssl.run(command);
        const certificate = await file(openssl, "ec.pem");
        const key = await file(openssl, "out");
        await openTwice(openssl, { certificate, key, passphrase: new Secret(PASSPHRASE) });
        const wrong = { certificate, key, passphrase: new Secret("wrong") };
        const { external } = readPairInput(wrong);
        assert.ok(external !== undefined);
        await assertRefused(openWithOpenssl(theHost(), wrong, external), "passphrase_wrong", 3);
      }),
  });
}

Deno.test({
  name: "certificates that stand beside a locked key stay there",
  ignore: !HAS_OPENSSL,
  fn: () =>
    OpenSsl.use(async (openssl) => {
      await prepare(openssl);
      await openssl.run(`pkcs8 -topk8 -v1 PBE-SHA1-3DES -in ec.key ${OUT} -out out`);
      const both = `${await openssl.text("ec.pem")}${await openssl.text("out")}${await openssl
        .text("ca.pem")}`;
      await openssl.write("both", both);
      const certificate = await file(openssl, "both");
      const reading = await openTwice(openssl, {
        certificate,
        passphrase: new Secret(PASSPHRASE),
      });
      assert.equal(reading.certificates.length, 2);
    }),
});
