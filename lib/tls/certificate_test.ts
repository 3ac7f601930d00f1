/** Certificates: made by us, read by us, and judged by OpenSSL where it is installed. */
import assert from "node:assert/strict";
import { theHost } from "../host/real.ts";
import { canonicalName, daysLeft, keyMatches, readCertificate, unfit } from "./certificate.ts";
import { SELF_SIGNED_DAYS, selfSigned } from "./self_signed.ts";

const NOW = new Date("2026-03-14T10:15:00Z");
const NAMES = ["rxdx.example.com", "www.example.com", "192.0.2.10", "2001:db8::1", "localhost"];

const make = (names = NAMES, now = NOW) =>
  selfSigned({ names, now, serial: Uint8Array.from({ length: 16 }, (_, index) => index + 200) });

// One pair for the tests that only read: making one takes a moment.
const PAIR = await make();
const OTHER = await make();

Deno.test("what was made is read back: names, dates, fingerprint, self-signed", () => {
  const info = readCertificate(PAIR.certificate);
  assert.ok(info !== undefined);
  assert.equal(info.selfSigned, true);
  assert.match(info.subject, /CN=rxdx\.example\.com/);
  assert.deepEqual([...info.names].sort(), [...NAMES].sort());
  assert.match(info.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.equal(info.notBefore.toISOString(), "2026-03-14T09:15:00.000Z");
  const days = (info.notAfter.getTime() - info.notBefore.getTime()) / 86_400_000;
  assert.equal(days, SELF_SIGNED_DAYS);
  assert.equal(SELF_SIGNED_DAYS, 397);
});

Deno.test("each certificate has a key of its own", () => {
  assert.ok(keyMatches(PAIR.certificate, PAIR.key));
  assert.ok(keyMatches(OTHER.certificate, OTHER.key));
  assert.ok(!keyMatches(PAIR.certificate, OTHER.key));
  assert.notEqual(
    readCertificate(PAIR.certificate)?.fingerprint,
    readCertificate(OTHER.certificate)?.fingerprint,
  );
});

Deno.test("what is no certificate or no key is told as such, not thrown", () => {
  for (
    const text of [
      "",
      "nonsense",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      PAIR.key,
    ]
  ) {
    assert.equal(readCertificate(text), undefined);
    assert.equal(keyMatches(text, PAIR.key), false);
    if (text !== PAIR.key) assert.equal(keyMatches(PAIR.certificate, text), false);
  }
});

Deno.test("of a chain the first certificate is read", () => {
  assert.equal(
    readCertificate(PAIR.certificate + OTHER.certificate)?.fingerprint,
    readCertificate(PAIR.certificate)?.fingerprint,
  );
});

Deno.test("every reason why a pair cannot go on serving", () => {
  const fit = { certificate: PAIR.certificate, key: PAIR.key, names: NAMES, now: NOW };
  const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
  for (
    const [changes, reason] of [
      [{}, undefined],
      [{ certificate: undefined }, "there is none"],
      [{ key: undefined }, "there is none"],
      [{ certificate: "x" }, "it is not a certificate"],
      [{ key: "x" }, "the key is another one's"],
      [{ key: OTHER.key }, "the key is another one's"],
      [{ now: later(396) }, undefined],
      [{ now: later(397) }, "it has expired"],
      [{ names: [...NAMES, "new.example.com"] }, "it does not name new.example.com"],
      [{ names: ["RXDX.example.COM"] }, undefined],
      [{ names: ["2001:0db8:0:0::1"] }, undefined],
      [{ names: ["192.0.2.11"] }, "it does not name 192.0.2.11"],
    ] as const
  ) {
    assert.equal(unfit({ ...fit, ...changes }), reason, JSON.stringify(changes));
  }
});

Deno.test("days are counted in whole days, and go on below zero", () => {
  const end = new Date("2026-04-01T12:00:00Z");
  assert.equal(daysLeft(end, new Date("2026-03-31T12:00:00Z")), 1);
  assert.equal(daysLeft(end, new Date("2026-03-31T12:00:01Z")), 0);
  assert.equal(daysLeft(end, new Date("2026-04-01T12:00:01Z")), -1);
});

Deno.test("IPv6 addresses have one spelling", () => {
  assert.equal(canonicalName("2001:0DB8:0000::0001"), "2001:db8::1");
  assert.equal(canonicalName("0:0:0:0:0:0:0:1"), "::1");
  assert.equal(canonicalName("RxDx.Example.COM"), "rxdx.example.com");
  assert.equal(canonicalName("not:an:address"), "not:an:address");
});

Deno.test("a name longer than a common name may be is still in the certificate, whole", async () => {
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.example.com`;
  const info = readCertificate((await make([long])).certificate);
  assert.ok(info?.names.includes(long));
});

Deno.test("the serial number is positive, whatever the random bytes", async () => {
  for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
    const { certificate } = await selfSigned({
      names: ["x.org"],
      now: NOW,
      serial: new Uint8Array(16).fill(byte),
    });
    assert.ok(readCertificate(certificate) !== undefined);
    assert.equal(certificate.startsWith("-----BEGIN CERTIFICATE-----\n"), true);
  }
});

const { process } = theHost();
const hasOpenSsl = (await process.run(["openssl", "version"])).code === 0;

Deno.test({
  name: "OpenSSL accepts it: chain, host names, addresses, purpose, curve, signature",
  ignore: !hasOpenSsl,
  fn: async () => {
    const dir = await Deno.makeTempDir({ prefix: "rxdx-cert-" });
    try {
      await Deno.writeTextFile(`${dir}/cert.pem`, PAIR.certificate);
      await Deno.writeTextFile(`${dir}/key.pem`, PAIR.key);
      const verify = (...options: readonly string[]) =>
        process.run([
          "openssl",
          "verify",
          "-attime",
          String(NOW.getTime() / 1000 + 3600),
          "-x509_strict",
          "-purpose",
          "sslserver",
          ...options,
          "-CAfile",
          `${dir}/cert.pem`,
          `${dir}/cert.pem`,
        ]);
      const accepted = await verify();
      assert.equal(accepted.code, 0, accepted.stderr);
      for (const name of ["rxdx.example.com", "www.example.com", "localhost"]) {
        assert.equal((await verify("-verify_hostname", name)).code, 0, name);
      }
      for (const address of ["192.0.2.10", "2001:db8::1"]) {
        assert.equal((await verify("-verify_ip", address)).code, 0, address);
      }
      assert.notEqual((await verify("-verify_hostname", "evil.example.com")).code, 0);
      assert.notEqual((await verify("-verify_ip", "192.0.2.11")).code, 0);

      const text = (await process.run([
        "openssl",
        "x509",
        "-noout",
        "-text",
        "-in",
        `${dir}/cert.pem`,
      ])).stdout;
      assert.match(text, /Version: 3/);
      assert.match(text, /Signature Algorithm: ecdsa-with-SHA256/);
      assert.match(text, /NIST CURVE: P-256/);
      assert.match(text, /CA:FALSE/);
      assert.match(text, /TLS Web Server Authentication/);
      assert.match(text, /Digital Signature/);
      const key = await process.run([
        "openssl",
        "pkey",
        "-noout",
        "-check",
        "-in",
        `${dir}/key.pem`,
      ]);
      assert.equal(key.code, 0, key.stderr);
      const print = await process.run([
        "openssl",
        "x509",
        "-noout",
        "-fingerprint",
        "-sha256",
        "-in",
        `${dir}/cert.pem`,
      ]);
      assert.equal(
        print.stdout.trim().split("=")[1],
        readCertificate(PAIR.certificate)?.fingerprint,
      );
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
