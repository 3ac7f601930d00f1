/**
 * Certificates from a real certificate authority (Pebble) on the real stack: the whole way from `init` to
 * HTTPS with the issued chain, a swap under load, a hundred applies, and a kill at every step.
 */
import assert from "node:assert/strict";
import { keyMatches } from "../../lib/tls/certificate.ts";
import { readCertificate } from "../../lib/tls/certificate.ts";
import { Load } from "../support/load.ts";
import { havePebble, Pebble } from "../support/pebble.ts";
import { holdImages, must, TestStack } from "../support/stack.ts";

const missing = !await havePebble();
if (missing) console.log("SKIPPED: certificates from an authority: pebble is not installed");

const DOMAIN = "rxdx.example.org";

interface Shown {
  readonly certificate: { readonly issuer: string; readonly fingerprint_sha256: string } | null;
  readonly served: { readonly state: string };
  readonly renewal: {
    readonly wanted: string | null;
    readonly failures: number;
    readonly last_attempt: { readonly ok: boolean; readonly code?: string } | null;
  };
}

async function shown(stack: TestStack): Promise<Shown> {
  return JSON.parse((await stack.ok(["tls", "show", "--json"])).stdout) as Shown;
}

interface Entry {
  readonly event: string;
}

async function ledger(stack: TestStack): Promise<string[]> {
  const text = await Deno.readTextFile(`${stack.dir}/.rxdx/tls/orders.jsonl`).catch(() => "");
  return text.split("\n").filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as Entry).event);
}

/** Whatever was interrupted: what lies on disk fits together, and nginx could start with it. */
async function assertPairOnDisk(stack: TestStack, when: string): Promise<string> {
  const [certificate, key] = await Promise.all(
    ["cert.pem", "key.pem"].map((name) => Deno.readTextFile(`${stack.dir}/nginx/ssl/${name}`)),
  );
  assert.ok(keyMatches(certificate ?? "", key ?? ""), `key and certificate fit ${when}`);
  return readCertificate(certificate ?? "")?.fingerprint ?? "";
}

/**
 * Verified by curl against the authority's root, for the name, through the published port. Over HTTP/1.1: curl
 * does not ask again where a reload takes leave of HTTP/2 (TestStack.request).
 */
async function verified(stack: TestStack, root: string): Promise<string> {
  const port = stack.ports.https;
  return await must([
    ...["curl", "-s", "--http1.1", "--cacert", root],
    ...["--resolve", `${DOMAIN}:${port}:127.0.0.1`, `https://${DOMAIN}:${port}/health`],
  ]);
}

Deno.test({
  name: "a certificate authority",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("acme");
    await using pebble = await Pebble.start({ httpPort: stack.ports.http });
    await using _held = await holdImages();
    const root = `${stack.place}/root.pem`;
    await Deno.writeTextFile(root, await pebble.root());

    await t.step("init ends on HTTPS with the issued chain, unattended", async () => {
      const ran = await stack.init(pebble.settings(DOMAIN));
      assert.equal(ran.code, 0, ran.text);
      assert.match(await verified(stack, root), /"status":"healthy"/);
      const status = JSON.parse((await stack.ok(["status", "--json"])).stdout);
      assert.match(status.tls.issuer, /Pebble/);
      assert.equal(status.tls.self_signed, false);
      assert.ok(status.tls.days_left > 30);
      assert.equal(status.tls.served, "same");
      assert.deepEqual(await ledger(stack), ["ordered", "issued"]);
    });

    await t.step("a hundred applies: one account, one order", async () => {
      const accounts = /There are now \d+ accounts/;
      const orders = /Added order/;
      const before = [await pebble.count(accounts), await pebble.count(orders)];
      for (let run = 0; run < 80; run++) {
        const ran = await stack.run(["tls", "renew"]);
        assert.equal(ran.code, 0, ran.text);
      }
      for (let run = 0; run < 20; run++) {
        const { stdout, stderr } = await stack.ok(["apply", "--yes"]);
        assert.match(stdout, /Nothing to do/, stderr);
      }
      assert.deepEqual([await pebble.count(accounts), await pebble.count(orders)], before);
      assert.deepEqual(before, [1, 1]);
      assert.equal((await stack.run(["plan"])).code, 0);
    });

    await t.step("renewed under load: no request is lost", async () => {
      const before = (await shown(stack)).certificate?.fingerprint_sha256;
      await using load = await Load.start(stack.ports.https, { newConnections: 4, keptOpen: 4 });
      await load.settle();
      await stack.ok(["tls", "renew", "--force", "--yes"]);
      await load.settle();
      const { sent, failed, errors } = await load.stop();
      console.log(`    renewed under load: ${sent} requests, ${failed} failed`);
      assert.ok(sent > 200, `${sent} requests`);
      assert.equal(failed, 0, errors.join("\n"));
      const after = await shown(stack);
      assert.notEqual(after.certificate?.fingerprint_sha256, before);
      assert.equal(after.served.state, "same");
    });

    await t.step("SIGKILL before and after every step of a renewal", async () => {
      // The list comes from a run itself: a new step is covered without a change here.
      await stack.run(["tls", "renew", "--force", "--yes"], {
        env: { RXDX_FAILPOINT: "before:acme-order=kill" },
      });
      const journal = `${stack.dir}/.rxdx/journal`;
      const newest = [...Deno.readDirSync(journal)].map((entry) => entry.name).sort().at(-1);
      const [first = "{}"] = Deno.readTextFileSync(`${journal}/${newest}`).split("\n");
      const steps = (JSON.parse(first) as { steps: { id: string }[] }).steps.map(({ id }) => id);
      assert.ok(steps.length >= 9, steps.join(" "));
      const before = (await ledger(stack)).filter((each) => each === "issued").length;
      let kills = 0;
      for (const id of steps) {
        for (const side of ["before", "after"]) {
          const ran = await stack.run(["tls", "renew", "--force", "--yes"], {
            env: { RXDX_FAILPOINT: `${side}:${id}=kill` },
          });
          // The last step ends the order: what follows is another one.
          if (ran.code === 137) kills++;
          else assert.equal(ran.code, 0, `${side} ${id}: ${ran.text}`);
          const disk = await assertPairOnDisk(stack, `${side} ${id}`);
          const { certificate, served } = await shown(stack);
          assert.equal(certificate?.fingerprint_sha256, disk);
          assert.ok(["same", "other"].includes(served.state), served.state);
          assert.match(await verified(stack, root), /healthy/, `served ${side} ${id}`);
        }
      }
      await stack.ok(["tls", "renew", "--force", "--yes"]);
      assert.equal((await shown(stack)).served.state, "same");
      assert.equal((await stack.run(["plan"])).code, 0);
      const issued = (await ledger(stack)).filter((each) => each === "issued").length - before;
      console.log(
        `    ${kills} kills at step boundaries of a renewal, ${issued} certificates issued`,
      );
      assert.ok(issued <= 3, `${issued} certificates`);
    });

    await t.step("undo serves the one before again, and back", async () => {
      const now = (await shown(stack)).certificate?.fingerprint_sha256;
      await stack.ok(["tls", "undo", "--yes"]);
      const back = await shown(stack);
      assert.notEqual(back.certificate?.fingerprint_sha256, now);
      assert.equal(back.served.state, "same");
      await stack.ok(["tls", "undo", "--yes"]);
      assert.equal((await shown(stack)).certificate?.fingerprint_sha256, now);
    });

    await t.step(
      "the limit of five same certificates a week holds, also with --force",
      async () => {
        for (let run = 0; run < 6; run++) {
          const ran = await stack.run(["tls", "renew", "--force", "--yes"]);
          if (ran.code === 0) continue;
          assert.equal(ran.code, 5, ran.text);
          assert.match(ran.stderr, /5 certificates for these names in 7 days/);
          break;
        }
        const events = await ledger(stack);
        assert.equal(events.filter((each) => each === "issued").length, 5);
        assert.match(await verified(stack, root), /healthy/, "the old one is served");
        const status = JSON.parse((await stack.run(["status", "--json"])).stdout);
        const codes = status.problems.map((each: { code: string }) => each.code);
        assert.ok(codes.includes("renewal_failed"), codes.join(" "));
        // The last attempt and its error, wherever somebody looks.
        const failure = /renewal of the certificate failed[\s\S]*5 certificates/;
        for (const command of ["doctor", "healthcheck"]) {
          const said = await stack.run([command]);
          assert.equal(said.code, 0, `a warning: ${said.text}`);
          assert.match(said.stdout.replace(/\s+/g, " "), failure, command);
        }
        assert.match((await stack.run(["tls", "show"])).stdout, /Last order.*failed/);
      },
    );
  },
});
