/** Where releases come from, and that nothing of them is believed before it was verified. */
import assert from "node:assert/strict";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { SetupError } from "../../errors.ts";
import { archiveName, fileUrl, renderSums, trustedComment } from "../../release/files.ts";
import { makeSecretKey, parseSecretKey, publicKeyOf, sign } from "../../release/signing.ts";
import { originOf } from "./installed.ts";
import { changesOf, offered } from "./offer.ts";

const BASE = "https://releases.example/r";
const { signal } = new AbortController();
const encoder = new TextEncoder();
const SECRET = parseSecretKey(await makeSecretKey(Uint8Array.from({ length: 40 }, (_, at) => at)));
const KEY = publicKeyOf(SECRET);
const CHANGES = "## [2.0.0]\n\n- Two.\n";

function failing(code: string, exit: number, says: RegExp = /./) {
  return (error: unknown) =>
    error instanceof SetupError && error.code === code && error.exit === exit &&
    says.test(error.message);
}

/** A host that reaches release 2.0.0, as the newest and by its number. */
async function reaching(comment = trustedComment("2.0.0"), arch = "x86_64"): Promise<FakeHost> {
  const host = new FakeHost({ arch });
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(CHANGES));
  const sums = renderSums(
    new Map([
      [archiveName("2.0.0", "x86_64-unknown-linux-gnu"), "a".repeat(64)],
      ["CHANGELOG.md", new Uint8Array(digest).toHex()],
    ]),
  );
  const signature = await sign(SECRET, encoder.encode(sums), comment);
  for (const version of [undefined, "2.0.0"]) {
    host.net.web(fileUrl(BASE, version, "SHA256SUMS"), { text: sums })
      .web(fileUrl(BASE, version, "SHA256SUMS.minisig"), { text: signature })
      .web(fileUrl(BASE, version, "CHANGELOG.md"), { text: CHANGES });
  }
  return host;
}

Deno.test("the newest, and a version by its number", async () => {
  for (const wanted of [undefined, "2.0.0"]) {
    const offer = await offered(await reaching(), { base: BASE, keys: [KEY] }, wanted, signal);
    assert.equal(offer.version, "2.0.0");
    assert.equal(
      offer.url,
      `${BASE}/download/v2.0.0/rxdx-setup-2.0.0-x86_64-unknown-linux-gnu.tar.gz`,
    );
    assert.deepEqual(changesOf(offer, "1.0.0"), [{ version: "2.0.0", text: "- Two." }]);
  }
});

Deno.test("signed, but another version, another program, or nothing for this machine", async () => {
  const origin = { base: BASE, keys: [KEY] };
  const cases: readonly (readonly [Promise<FakeHost>, string | undefined, string, number])[] = [
    [reaching(trustedComment("1.0.0")), "2.0.0", "release_malformed", 5],
    [reaching("something else"), undefined, "release_malformed", 5],
    [reaching(undefined, "aarch64"), undefined, "no_build", 4],
  ];
  for (const [host, wanted, code, exit] of cases) {
    await assert.rejects(offered(await host, origin, wanted, signal), failing(code, exit));
  }
  await assert.rejects(
    offered(await reaching(), { base: BASE, keys: [] }, undefined, signal),
    failing("signature_invalid", 5),
  );
});

Deno.test("redirects are followed, but not out of https and not for ever", async () => {
  const url = fileUrl(BASE, "2.0.0", "SHA256SUMS");
  const elsewhere = "https://objects.example/SHA256SUMS?token=x";
  const good = await reaching();
  const found = await offered(await reaching(), { base: BASE, keys: [KEY] }, "2.0.0", signal);
  const sums = await good.net.fetch({ url, timeoutMs: 0 });
  good.net.web(url, { status: 302, headers: { location: elsewhere } }).web(elsewhere, {
    text: sums.text,
  });
  assert.deepEqual(await offered(good, { base: BASE, keys: [KEY] }, "2.0.0", signal), found);

  const clear = await reaching();
  clear.net.web(url, { status: 302, headers: { location: "http://objects.example/x" } });
  await assert.rejects(
    offered(clear, { base: BASE, keys: [KEY] }, "2.0.0", signal),
    failing("download_failed", 5, /not an https address/),
  );
  const circle = await reaching();
  circle.net.web(url, { status: 302, headers: { location: url } });
  await assert.rejects(
    offered(circle, { base: BASE, keys: [KEY] }, "2.0.0", signal),
    failing("download_failed", 5, /without an end/),
  );
});

Deno.test("the environment's mirror wins over the receipt's; without either nobody is trusted", async () => {
  const receipt = { keys: [KEY], source: "https://kept.example", files: [], rest: [] };
  assert.deepEqual(await originOf(new FakeHost(), receipt), {
    base: "https://kept.example",
    keys: [KEY],
  });
  const other = publicKeyOf(parseSecretKey(await makeSecretKey(new Uint8Array(40).fill(7))));
  const host = new FakeHost({ env: { RXDX_BASE_URL: BASE, RXDX_RELEASE_KEY: "/etc/mirror.pub" } });
  host.files.put("/etc/mirror.pub", `untrusted comment: mirror\n${other}\n`);
  assert.deepEqual(await originOf(host, receipt), { base: BASE, keys: [other] });
  const nothing = { keys: [], files: [], rest: [] };
  await assert.rejects(
    originOf(new FakeHost(), nothing),
    failing("no_release_source", 4, /No place/),
  );
  await assert.rejects(
    originOf(new FakeHost({ env: { RXDX_BASE_URL: BASE } }), nothing),
    failing("no_release_source", 4, /no public key/),
  );
});
