/**
 * Authorities in all moods, against one running stack: each cell ends with a certificate that is served
 * and verified, or with the old one still served and an error that says what to do (criterion T7).
 */
import assert from "node:assert/strict";
import { readCertificate } from "../../lib/tls/certificate.ts";
import { havePebble, Pebble, type PebbleOptions, serverCertificate } from "../support/pebble.ts";
import { holdImages, must, type Ran, TestStack } from "../support/stack.ts";

const missing = !await havePebble();
if (missing) console.log("SKIPPED: moods of an authority: pebble is not installed");

const DOMAIN = "rxdx.example.org";
/** Orders that the authority took, not requests: a refused nonce means another request. */
const ORDERS = /Added order/;
const EAB_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

interface Cell {
  readonly title: string;
  readonly pebble?: Partial<PebbleOptions>;
  /** What happens to the authority before it is asked. */
  readonly before?: (pebble: Pebble, stack: TestStack) => Promise<void>;
  /** Another file than its roots. */
  readonly bundle?: string;
  /** Another path than its directory. */
  readonly directory?: string;
  /** The account's binding is left out. */
  readonly unbound?: true;
  /** Error expected on standard error; absent: a certificate. */
  readonly refused?: RegExp;
  /** Certificates in the chain that is served, beside the leaf. */
  readonly intermediates?: number;
  /** Orders that reach the authority; 1 unless told. */
  readonly orders?: number;
}

const CELLS: readonly Cell[] = [
  { title: "no nonce refused", pebble: { env: { PEBBLE_WFE_NONCEREJECT: "0" } } },
  { title: "every second nonce refused", pebble: { env: { PEBBLE_WFE_NONCEREJECT: "50" } } },
  { title: "proofs never reused", pebble: { env: { PEBBLE_AUTHZREUSE: "0" } } },
  { title: "proofs always reused", pebble: { env: { PEBBLE_AUTHZREUSE: "100" } } },
  {
    title: "a proof takes its time",
    pebble: { env: { PEBBLE_VA_NOSLEEP: "0", PEBBLE_VA_SLEEPTIME: "2" } },
  },
  { title: "strict", pebble: { strict: true } },
  {
    title: "a long chain and alternate roots",
    pebble: { env: { PEBBLE_CHAIN_LENGTH: "3", PEBBLE_ALTERNATE_ROOTS: "2" } },
    intermediates: 3,
  },
  {
    title: "an account that must be bound, with its key",
    pebble: { eab: { "kid-1": EAB_KEY } },
  },
  {
    title: "an account that must be bound, without one",
    pebble: { eab: { "kid-1": EAB_KEY } },
    unbound: true,
    refused: /bound to one of its customers[\s\S]*tls\.eab_kid/,
    orders: 0,
  },
  {
    title: "an account that must be bound, with another key",
    pebble: { eab: { "kid-1": EAB_KEY.toLowerCase() } },
    refused: /refuses the account[\s\S]*tls\.eab_kid/,
    orders: 0,
  },
  {
    title: "a name that it does not certify",
    pebble: { blocked: [DOMAIN] },
    refused: /does not issue for this name[\s\S]*→/,
    orders: 0,
  },
  {
    title: "a name that leads elsewhere",
    before: async (pebble, stack) => {
      // The frontend's container: nothing listens there on the port that is asked.
      const address = await must(["docker", "inspect", "--format"].concat([
        "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
        `${stack.name}-frontend-1`,
      ]));
      await pebble.name(DOMAIN, address.split(" ").slice(0, 1));
    },
    refused: /could not reach this server on port 80[\s\S]*Open port 80/,
  },
  {
    title: "an authority that is down",
    before: (pebble) => pebble.down(),
    refused: /cannot be reached[\s\S]*tries again by itself/,
    orders: 0,
  },
  {
    title: "an authority that this machine does not trust",
    bundle: "OTHER",
    refused: /certificate is not trusted[\s\S]*tls\.ca_bundle/,
    orders: 0,
  },
  {
    title: "an address that is no authority",
    directory: "/nothing",
    refused: /is not the directory of an ACME server/,
    orders: 0,
  },
];

async function servedBy(stack: TestStack): Promise<string> {
  const port = stack.ports.https;
  const text = await must(["sh", "-c"].concat([
    `openssl s_client -connect 127.0.0.1:${port} -servername ${DOMAIN} -showcerts </dev/null 2>&1`,
  ]));
  return text;
}

function leafOf(text: string): string {
  return readCertificate(text.slice(text.indexOf("-----BEGIN")))?.fingerprint ?? "";
}

Deno.test({
  name: "an authority in all moods",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("moods");
    await using _held = await holdImages();
    const place = stack.place;
    const ran = await stack.init(["--set", `domain=${DOMAIN}`]);
    assert.equal(ran.code, 0, ran.text);
    const other = `${place}/other/ca.pem`;
    await Deno.mkdir(`${place}/other`);
    await serverCertificate(`${place}/other`);
    let issued = 0;
    let refused = 0;

    for (const cell of CELLS) {
      await t.step(cell.title, async () => {
        await using pebble = await Pebble.start({ httpPort: stack.ports.http, ...cell.pebble });
        const before = leafOf(await servedBy(stack));
        await unbind(stack);
        const bound = cell.pebble?.eab !== undefined && cell.unbound !== true;
        if (bound) await bind(stack);
        const configuration = await Deno.readTextFile(`${stack.dir}/rxdx.yml`);
        await cell.before?.(pebble, stack);
        const done = await issue(stack, {
          directory: pebble.directory.replace("/dir", cell.directory ?? "/dir"),
          bundle: cell.bundle === undefined ? pebble.bundle : other,
        });
        const text = await servedBy(stack);
        if (cell.refused === undefined) {
          assert.equal(done.code, 0, done.text);
          assert.notEqual(leafOf(text), before, "another one is served");
          const root = `${place}/root.pem`;
          await Deno.writeTextFile(root, await pebble.root());
          const port = stack.ports.https;
          // Over HTTP/1.1: curl does not ask again where a reload takes leave of HTTP/2.
          const answer = await must([
            ...["curl", "-s", "--http1.1", "--cacert", root],
            ...["--resolve", `${DOMAIN}:${port}:127.0.0.1`, `https://${DOMAIN}:${port}/health`],
          ]);
          assert.match(answer, /healthy/);
          const sent = text.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
          assert.equal(sent - 1, cell.intermediates ?? 1, "chain without its root");
          issued++;
        } else {
          assert.notEqual(done.code, 0, done.text);
          assert.match(done.stderr, cell.refused);
          assert.doesNotMatch(done.stderr, /at file:|\.js:\d+/);
          assert.equal(leafOf(text), before, "the old one is still served");
          assert.equal(await Deno.readTextFile(`${stack.dir}/rxdx.yml`), configuration);
          refused++;
        }
        assert.equal(await pebble.count(ORDERS), cell.orders ?? 1, "orders");
      });
    }

    await t.step(
      "an authority that has forgotten the account gets the same key again",
      async () => {
        await using pebble = await Pebble.start({ httpPort: stack.ports.http });
        assert.equal((await issue(stack, pebble)).code, 0);
        await pebble.down();
        await pebble.up();
        const again = await stack.run(["tls", "renew", "--force", "--yes"]);
        assert.equal(again.code, 0, again.text);
      },
    );

    await t.step("an authority that goes down in the middle: the order is continued", async () => {
      await using pebble = await Pebble.start({ httpPort: stack.ports.http });
      const killed = await issue(stack, pebble, {
        RXDX_FAILPOINT: "after:acme-order=kill",
      });
      assert.equal(killed.code, 137);
      const before = leafOf(await servedBy(stack));
      await Deno.stat(`${stack.dir}/.rxdx/tls`);
      const again = await issue(stack, pebble);
      assert.equal(again.code, 0, again.text);
      assert.notEqual(leafOf(await servedBy(stack)), before);
      assert.equal(await pebble.count(ORDERS), 1, "one order in all");
    });

    await t.step("rehearsed at another authority first, once", async () => {
      await using staging = await Pebble.start({ httpPort: stack.ports.http });
      await using pebble = await Pebble.start({ httpPort: stack.ports.http });
      const bundle = `${place}/both.pem`;
      const roots = [pebble.bundle, staging.bundle].map((path) => Deno.readTextFileSync(path));
      await Deno.writeTextFile(bundle, roots.join(""));
      await stack.ok(["config", "set", `tls.staging_directory=${staging.directory}`]);
      const done = await issue(stack, { directory: pebble.directory, bundle });
      assert.equal(done.code, 0, done.text);
      assert.match(done.stderr, /Rehearse at/);
      await stack.ok(["tls", "renew", "--force", "--yes"]);
      assert.deepEqual([await staging.count(ORDERS), await pebble.count(ORDERS)], [1, 2]);
    });
    console.log(
      `    ${issued} moods with a certificate, ${refused} refusals with the old one served`,
    );
  },
});

function issue(
  stack: TestStack,
  ca: { readonly directory: string; readonly bundle: string },
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return stack.run(
    [
      ...["tls", "issue", "--yes", "--accept-terms"],
      ...["--directory", ca.directory, "--ca-bundle", ca.bundle],
    ],
    { env },
  );
}

async function bind(stack: TestStack): Promise<void> {
  await stack.ok(["config", "set", "tls.eab_kid=kid-1"]);
  const path = `${stack.dir}/.env`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(/^ACME_EAB_KEY=.*$/m, `ACME_EAB_KEY=${EAB_KEY}`));
}

async function unbind(stack: TestStack): Promise<void> {
  await stack.ok(["config", "set", "tls.eab_kid="]);
}
