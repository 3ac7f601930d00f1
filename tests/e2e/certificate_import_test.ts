/**
 * Certificates that were made elsewhere, and self-signed ones, on a running stack: every usual form, what
 * is refused, files that are renewed by somebody else, a swap under load, and a kill at every step.
 */
import assert from "node:assert/strict";
import { keyMatches, readCertificate } from "../../lib/tls/certificate.ts";
import { Issuer } from "../support/issuer.ts";
import { Load } from "../support/load.ts";
import { holdImages, must, TestStack } from "../support/stack.ts";

const DOMAIN = "rxdx.example.org";

Deno.test("certificates that were made elsewhere", async (t) => {
  await using stack = new TestStack("import");
  await using _held = await holdImages();
  const place = stack.place;
  const issuer = await Issuer.make(`${place}/ca`);
  const chain = `${issuer.place}/inter.pem`;
  const ran = await stack.init(["--set", `domain=${DOMAIN}`]);
  assert.equal(ran.code, 0, ran.text);

  // Over HTTP/1.1: curl does not ask again where a reload takes leave of HTTP/2 (TestStack.request).
  const verified = () =>
    must([
      ...["curl", "-s", "--http1.1", "--cacert", `${issuer.place}/root.pem`],
      ...["--resolve", `${DOMAIN}:${stack.ports.https}:127.0.0.1`],
      `https://${DOMAIN}:${stack.ports.https}/health`,
    ]);
  const onDisk = async () => {
    const [certificate = "", key = ""] = await Promise.all(
      ["cert.pem", "key.pem"].map((name) => Deno.readTextFile(`${stack.dir}/nginx/ssl/${name}`)),
    );
    return { certificate, key, fingerprint: readCertificate(certificate)?.fingerprint };
  };
  const shown = async () => JSON.parse((await stack.ok(["tls", "show", "--json"])).stdout);
  const fingerprint = async (path: string) =>
    readCertificate(await Deno.readTextFile(path))?.fingerprint;

  await t.step("PEM with its chain beside it, root included, in the wrong order", async () => {
    const { cert, key } = await issuer.issue([DOMAIN]);
    const mixed = `${place}/mixed.pem`;
    const texts = [`${issuer.place}/root.pem`, chain].map((path) => Deno.readTextFileSync(path));
    await Deno.writeTextFile(mixed, texts.join(""));
    const done = await stack.ok(["tls", "import", cert, key, "--chain", mixed, "--yes"]);
    assert.match(done.stderr, /root.*left out/);
    assert.match(await verified(), /healthy/);
    const look = await shown();
    assert.equal(look.certificate.fingerprint_sha256, await fingerprint(cert));
    assert.equal(look.certificate.chain.length, 1, "without the root");
    assert.equal(look.certificate.trust, "some");
    assert.equal(look.hsts, "");
    assert.equal((await stack.run(["plan"])).code, 0);
  });

  await t.step("DER, PKCS #12 and an encrypted key", async () => {
    const { cert, key } = await issuer.issue([DOMAIN, `www.${DOMAIN}`]);
    const pass = `${place}/pass`;
    await Deno.writeTextFile(pass, "correct horse\n", { mode: 0o600 });
    await issuer.convert(`x509 -in ${cert} -outform DER -out @/x.der`);
    await issuer.convert(`pkcs8 -topk8 -nocrypt -in ${key} -outform DER -out @/x.key.der`);
    await issuer.convert(`pkcs8 -topk8 -in ${key} -passout file:${pass} -out @/x.enc.key`);
    await issuer.convert(
      `pkcs12 -export -in ${cert} -inkey ${key} -certfile @/inter.pem -passout file:${pass} ` +
        "-out @/x.p12",
    );
    const at = issuer.place;
    for (
      const args of [
        [`${at}/x.der`, `${at}/x.key.der`, "--chain", chain],
        [`${at}/x.p12`, "--passphrase-file", pass],
        [cert, `${at}/x.enc.key`, "--chain", chain, "--passphrase-file", pass],
      ]
    ) {
      await stack.ok(["tls", "self-signed", "--yes"]);
      const done = await stack.run(["tls", "import", ...args, "--yes"]);
      assert.equal(done.code, 0, `${args.join(" ")}: ${done.text}`);
      assert.equal((await onDisk()).fingerprint, await fingerprint(cert));
      assert.match(await verified(), /healthy/);
      assert.doesNotMatch(done.text, /PRIVATE KEY|correct horse/);
    }
  });

  await t.step(
    "what browsers would refuse is refused, all at once, and nothing changes",
    async () => {
      const before = await onDisk();
      const configuration = await Deno.readTextFile(`${stack.dir}/rxdx.yml`);
      const { cert } = await issuer.issue(["other.example.org"]);
      const { key: foreign } = await issuer.issue([DOMAIN]);
      for (
        const [args, codes] of [
          [[cert, foreign], /key[\s\S]*does not serve rxdx\.example\.org/i],
          [[foreign, cert], /./],
          [[`${stack.dir}/rxdx.yml`, foreign], /./],
          [[`${issuer.place}/x.p12`], /PKCS #12/],
        ] as const
      ) {
        const done = await stack.run(["tls", "import", ...args, "--yes"]);
        assert.equal(done.code, 3, done.text);
        assert.match(done.stderr, codes);
        assert.match(done.stderr, /problems? in the certificate .*; nothing was changed/);
        assert.doesNotMatch(done.stderr, /at file:|\.js:\d+|BEGIN/);
      }
      assert.deepEqual(await onDisk(), before);
      assert.equal(await Deno.readTextFile(`${stack.dir}/rxdx.yml`), configuration);
      assert.match(await verified(), /healthy/);
    },
  );

  await t.step("files that somebody else renews are taken over as they change", async () => {
    const one = await issuer.issue([DOMAIN]);
    const [cert, key] = [`${place}/live.pem`, `${place}/live.key`];
    const publish = async (pair: { cert: string; key: string }) => {
      const texts = [pair.cert, chain].map((path) => Deno.readTextFileSync(path));
      await Deno.writeTextFile(cert, texts.join(""));
      await Deno.copyFile(pair.key, key);
    };
    await publish(one);
    await stack.ok(["config", "set", "tls.mode=files", `tls.cert=${cert}`, `tls.key=${key}`]);
    assert.equal((await stack.run(["plan"])).code, 10);
    await stack.ok(["apply", "--yes"]);
    assert.equal((await onDisk()).fingerprint, await fingerprint(one.cert));
    const two = await issuer.issue([DOMAIN]);
    await publish(two);
    await stack.ok(["tls", "renew"]);
    assert.equal((await onDisk()).fingerprint, await fingerprint(two.cert));
    assert.match(await verified(), /healthy/);
    // Half-written by whoever makes them: the one that is served stays.
    await Deno.copyFile(one.key, key);
    const half = await stack.run(["tls", "renew"]);
    assert.equal(half.code, 3, half.text);
    assert.equal((await onDisk()).fingerprint, await fingerprint(two.cert));
    await publish(two);
  });

  await t.step(
    "SIGKILL before and after every step, under load: nothing lost, all fits",
    async () => {
      const killed = { import: 0, "self-signed": 0 };
      const gently = { newConnections: 2, keptOpen: 2, pauseMs: 20 };
      await using load = await Load.start(stack.ports.https, gently);
      for (const command of ["import", "self-signed"] as const) {
        const first = command === "import" ? "import-certificate" : "make-certificate";
        const steps = [
          ...["configuration", first, "prove-certificate", "switch-certificate"],
          ...["reload-nginx", "served-certificate", "record-certificate"],
        ];
        for (const id of steps) {
          for (const side of ["before", "after"]) {
            const { cert, key } = await issuer.issue([DOMAIN]);
            const args = command === "import"
              ? ["tls", "import", cert, key, "--chain", chain, "--yes"]
              : ["tls", "self-signed", "--yes"];
            const done = await stack.run(args, { env: { RXDX_FAILPOINT: `${side}:${id}=kill` } });
            assert.equal(done.code, 137, `${command} ${side} ${id}: ${done.text}`);
            killed[command]++;
            const { certificate, key: ownKey } = await onDisk();
            assert.ok(
              keyMatches(certificate, ownKey),
              `${command} ${side} ${id}: key and certificate`,
            );
            const look = await shown();
            assert.ok(["same", "other"].includes(look.served.state));
          }
        }
        await stack.ok(
          command === "import" ? ["tls", "renew"] : ["tls", "self-signed", "--yes"],
        );
        assert.equal((await shown()).served.state, "same");
      }
      await load.settle();
      const { sent, failed, errors } = await load.stop();
      console.log(
        `    ${killed.import} kills of import, ${killed["self-signed"]} of self-signed; ` +
          `${sent} requests meanwhile, ${failed} failed`,
      );
      assert.equal(failed, 0, errors.join("\n"));
      assert.equal((await stack.run(["plan"])).code, 0);
    },
  );

  await t.step("uninstall keeps what somebody issued; --purge removes it", async () => {
    const { cert, key } = await issuer.issue([DOMAIN]);
    await stack.ok(["tls", "import", cert, key, "--chain", chain, "--yes"]);
    await stack.ok(["uninstall", "--yes"]);
    assert.equal((await onDisk()).fingerprint, await fingerprint(cert));
    await stack.ok(["uninstall", "--purge", "--confirm", stack.name, "--yes"]);
    await assert.rejects(Deno.stat(stack.dir), Deno.errors.NotFound);
  });
});
