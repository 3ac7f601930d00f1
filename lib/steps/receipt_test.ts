/** The receipt survives being read back, and whatever is not one is none. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { readReceipt, type Receipt, receiptPath, sha256, writeReceipt } from "./receipt.ts";

const RECEIPT: Receipt = {
  schema: 1,
  name: "rxdx",
  version: "0.1.0",
  createdAt: "2026-03-14T10:15:00.123Z",
  updatedAt: "2026-03-14T10:15:00.123Z",
  files: [{ path: ".env", sha256: sha256("x") }, { path: "c.pem", sha256: "", made: true }],
  directories: ["nginx"],
  images: ["rxdx-demo/nginx:1"],
  provenance: { domain: 'flag "x.org"' },
  machine: [],
  nginxLoaded: "",
};

Deno.test("a receipt is read back as it was written, with mode 0600", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/opt/rxdx/.rxdx");
    await writeReceipt(host, "/opt/rxdx", RECEIPT);
    assert.deepEqual(await readReceipt(host, "/opt/rxdx"), RECEIPT);
    assert.equal((await host.files.stat(receiptPath("/opt/rxdx")))?.mode, 0o600);
  }));

Deno.test("none, a foreign one and a damaged one are no receipt", async () => {
  for (
    const text of [
      "",
      "{",
      "null",
      "[]",
      "1",
      '{"schema":2}',
      '{"schema":1}',
      '{"schema":1,"files":"x","provenance":{}}',
      JSON.stringify(RECEIPT).slice(0, 200),
    ]
  ) {
    await withFakeHost({}, async (host) => {
      host.files.put(receiptPath("/opt/rxdx"), text);
      assert.equal(await readReceipt(host, "/opt/rxdx"), undefined, text);
    });
  }
  await withFakeHost({}, async (host) => {
    assert.equal(await readReceipt(host, "/opt/rxdx"), undefined);
  });
});

Deno.test("a receipt of an earlier version, without the images, is one all the same", () =>
  withFakeHost({}, async (host) => {
    const { images: _, ...earlier } = RECEIPT;
    host.files.put(receiptPath("/opt/rxdx"), JSON.stringify(earlier));
    assert.equal((await readReceipt(host, "/opt/rxdx"))?.name, "rxdx");
  }));

Deno.test("a hash is SHA-256 in hexadecimal", () => {
  assert.equal(
    sha256("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
