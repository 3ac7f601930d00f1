/**
 * The TLS of a running stack as an auditor's tool sees it: Debian's testssl.sh. Nothing of MEDIUM or worse
 * but what is said here with its reason (criterion T8).
 */
import assert from "node:assert/strict";
import { havePebble, Pebble } from "../support/pebble.ts";
import { NAME } from "../support/raw_http.ts";
import { holdImages, sh, TestStack } from "../support/stack.ts";

const missing = (await sh(["sh", "-c", "command -v testssl"])).code !== 0 || !await havePebble();
if (missing) console.log("SKIPPED: testssl.sh or pebble is not installed");

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

const BAD = new Set(["MEDIUM", "HIGH", "CRITICAL"]);

/** In every run. */
const ALWAYS: Readonly<Record<string, string>> = {
  // Mozilla's intermediate profile (criterion T1) lets the client choose among six suites, all of them
  // strong: a phone without AES in hardware is faster with ChaCha20. Later versions of testssl.sh agree.
  cipher_order: "the client's order is meant",
};

/** What nobody vouches for cannot be trusted, and nobody can revoke it. */
const SELF_SIGNED: Readonly<Record<string, string>> = {
  ...ALWAYS,
  cert_chain_of_trust: "self-signed",
  cert_revocation: "self-signed",
  cert_trust: "self-signed",
  cert_crlDistributionPoints: "self-signed",
};

Deno.test({
  name: "TLS as an auditor's tool sees it",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("audit");
    await using _held = await holdImages();
    const place = stack.place;
    const ran = await stack.init(["--set", `domain=${NAME}`, "--set", "aliases="]);
    assert.equal(ran.code, 0, ran.text);

    const grade = async (title: string, options: readonly string[]): Promise<Finding[]> => {
      const file = `${place}/${title}.json`;
      const from = performance.now();
      const done = await sh([
        ...["testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"],
        ...["--ip", "127.0.0.1", "--jsonfile", file, ...options],
        `https://${NAME}:${stack.ports.https}`,
      ], { cwd: place });
      const findings = JSON.parse(await Deno.readTextFile(file)) as Finding[];
      assert.ok(findings.length > 30, `${findings.length} findings:\n${done.text.slice(-2000)}`);
      const count = (severity: string) =>
        findings.filter((each) => each.severity === severity).length;
      console.log(
        `    ${title}: ${findings.length} findings, ${count("OK")} OK, ${count("LOW")} LOW, ` +
          `${findings.filter((each) => BAD.has(each.severity)).length} MEDIUM or worse, ` +
          `${Math.round((performance.now() - from) / 1000)} s`,
      );
      return findings;
    };
    const judge = (findings: readonly Finding[], excepted: Readonly<Record<string, string>>) =>
      assert.deepEqual(
        findings.filter((each) => BAD.has(each.severity))
          .filter((each) => excepted[each.id.replace(/ .*/, "")] === undefined),
        [],
      );

    await t.step("self-signed: nothing but the trust itself", async () => {
      const findings = await grade("self-signed", ["-p", "-s", "-f", "-S", "-h"]);
      judge(findings, SELF_SIGNED);
      assert.ok(
        findings.some((each) =>
          each.id.startsWith("cert_chain_of_trust") && BAD.has(each.severity)
        ),
        "the tool has looked at the trust",
      );
    });

    await t.step("with a certificate from an authority: nothing at all", async () => {
      await using pebble = await Pebble.start({
        httpPort: stack.ports.http,
        lifetimeSeconds: 90 * 86_400,
      });
      const root = `${place}/root.pem`;
      await Deno.writeTextFile(root, await pebble.root());
      await stack.ok(["config", "set", "tls.hsts=year"]);
      await stack.ok([
        ...["tls", "issue", "--yes", "--accept-terms", "--directory", pebble.directory],
        ...["--ca-bundle", pebble.bundle],
      ]);
      // All that it judges; what clients of the last twenty years would agree on it only tells.
      const all = ["-p", "-s", "-f", "-P", "-S", "-h", "-U"];
      const findings = await grade("trusted", ["--add-ca", root, ...all]);
      judge(findings, ALWAYS);
      const of = (id: string) => findings.find((each) => each.id.startsWith(id));
      assert.equal(
        of("cert_chain_of_trust")?.severity,
        "OK",
        JSON.stringify(of("cert_chain_of_trust")),
      );
      assert.equal(of("HSTS_time")?.severity, "OK", JSON.stringify(of("HSTS_time")));
    });
  },
});
