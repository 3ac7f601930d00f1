/**
 * An order on the wire, against an authority of a few lines: what is asked for, what is on disk before it is
 * asked, and how a killed run is continued. The real authority is in tests/e2e.
 */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { newKey, Signer } from "./jws.ts";
import { readLedger } from "./ledger.ts";
import { Order, type OrderRequest } from "./order.ts";
import { hasPending, readPending } from "./pending.ts";
import { webrootPath } from "./places.ts";
import { AcmeError } from "./problem.ts";
import { AcmeTransport } from "./transport.ts";

const CA = "https://ca.example";
const DIR = "/opt/rxdx";
const TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ";
const SIGNER = await Signer.of(await newKey());
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

interface Asked {
  readonly url: string;
  readonly payload: unknown;
  /** Names in the webroot at that moment. */
  readonly tokens: readonly string[];
}

/** An authority that says yes, and what it was asked. */
function authority(
  host: FakeHost,
  options: { readonly refuse?: (payload: Record<string, unknown>) => string | undefined } = {},
): Asked[] {
  const asked: Asked[] = [];
  let proven = false;
  let signed = false;
  const reply = (url: string, answer: (payload: Record<string, unknown>) => object | string) =>
    host.net.web(`${CA}${url}`, ({ body }) => {
      const { payload } = JSON.parse(body ?? "{}") as { payload: string };
      const text = new TextDecoder().decode(
        Uint8Array.fromBase64(payload, { alphabet: "base64url" }),
      );
      const value = text === "" ? undefined : JSON.parse(text);
      const tokens = Object.keys(host.files.tree(webrootPath(DIR)))
        .map((path) => path.split("/").at(-1) ?? "");
      asked.push({ url, payload: value, tokens });
      const said = answer(value ?? {});
      const headers = { "replay-nonce": "n", location: `${CA}/order/1` };
      if (typeof said === "string") {
        const type = `urn:ietf:params:acme:error:${said}`;
        if (said.startsWith("-----")) return { headers, text: said };
        return { status: 409, headers, text: JSON.stringify({ type, detail: "no" }) };
      }
      return { headers, text: JSON.stringify(said) };
    });
  host.net.web(`${CA}/dir`, {
    text: JSON.stringify({
      newNonce: `${CA}/nonce`,
      newAccount: `${CA}/account`,
      newOrder: `${CA}/new`,
      renewalInfo: `${CA}/ari`,
    }),
  });
  host.net.web(`${CA}/nonce`, { headers: { "replay-nonce": "n" } });
  const order = () => ({
    status: signed ? "valid" : proven ? "ready" : "pending",
    authorizations: [`${CA}/authz`],
    finalize: `${CA}/finalize`,
    ...(signed ? { certificate: `${CA}/cert` } : {}),
  });
  reply("/new", (payload) => options.refuse?.(payload) ?? order());
  reply("/order/1", order);
  reply("/authz", () => ({
    status: proven ? "valid" : "pending",
    identifier: { value: "a.org" },
    challenges: [{ type: "http-01", url: `${CA}/challenge`, token: TOKEN, status: "pending" }],
  }));
  reply("/challenge", () => {
    proven = true;
    return {};
  });
  reply("/finalize", () => {
    signed = true;
    return order();
  });
  reply("/cert", () => `${CERTIFICATE}# the issuer\r\n${CERTIFICATE}`);
  return asked;
}

function request(host: FakeHost, more: Partial<OrderRequest> = {}): OrderRequest {
  return {
    transport: new AcmeTransport({ host, directoryUrl: `${CA}/dir`, authorities: [] }),
    account: { url: `${CA}/account/1`, signer: SIGNER },
    dir: DIR,
    directoryUrl: `${CA}/dir`,
    names: ["a.org", "203.0.113.9"],
    profile: "",
    detail: () => undefined,
    ...more,
  };
}

Deno.test("from the names to the certificate, the token there only while it is asked for", () =>
  withFakeHost({}, async (host) => {
    const asked = authority(host);
    const order = await Order.open(request(host));
    assert.deepEqual(asked[0]?.payload, {
      identifiers: [{ type: "dns", value: "a.org" }, { type: "ip", value: "203.0.113.9" }],
    });
    assert.equal((await readLedger(host, DIR))[0]?.event, "ordered");
    await order.authorize();
    assert.deepEqual(asked.find((each) => each.url === "/challenge")?.tokens, [TOKEN]);
    assert.deepEqual(host.files.tree(webrootPath(DIR)), {}, "and gone afterwards");
    assert.equal(await order.certificate(), CERTIFICATE + CERTIFICATE, "only the certificates");
    const csr = asked.find((each) => each.url === "/finalize")?.payload as { csr: string };
    assert.match(csr.csr, /^[A-Za-z0-9_-]{200,}$/);
  }));

Deno.test("profile and the certificate to be replaced stand in the order", () =>
  withFakeHost({}, async (host) => {
    const asked = authority(host);
    await Order.open(request(host, { profile: "shortlived", replaces: "aki.serial" }));
    const payload = asked[0]?.payload as Record<string, unknown>;
    assert.deepEqual([payload["profile"], payload["replaces"]], ["shortlived", "aki.serial"]);
  }));

Deno.test("a reference that is refused is left out; another refusal is not tried twice", () =>
  withFakeHost({}, async (host) => {
    const asked = authority(host, {
      refuse: (payload) => "replaces" in payload ? "alreadyReplaced" : undefined,
    });
    await Order.open(request(host, { replaces: "aki.serial" }));
    assert.deepEqual(
      asked.map((each) => "replaces" in (each.payload as Record<string, unknown>)),
      [true, false],
    );
    const refused = authority(host, { refuse: () => "rejectedIdentifier" });
    await assert.rejects(
      Order.open(request(host, { names: ["b.org"], replaces: "x.y" })),
      (error: unknown) => error instanceof AcmeError && error.code === "acme_rejected_identifier",
    );
    assert.equal(refused.filter((each) => each.url === "/new").length, 1);
  }));

Deno.test("a CA that stumbles over the reference is asked without it", () =>
  withFakeHost({}, async (host) => {
    const asked = authority(host, {
      refuse: (payload) => "replaces" in payload ? "serverInternal" : undefined,
    });
    await Order.open(request(host, { replaces: "aki.serial" }));
    const last = asked.at(-1)?.payload as Record<string, unknown>;
    assert.ok(!("replaces" in last), JSON.stringify(asked));
  }));

Deno.test("the next run continues with the same key, where it is the same order", () =>
  withFakeHost({}, async (host) => {
    const asked = authority(host);
    const first = await Order.open(request(host));
    assert.equal(await hasPending(host, DIR, `${CA}/dir`), true);
    assert.equal(
      (await host.files.stat(`${DIR}/.rxdx/tls/order-ca.example-dir.json`))?.mode,
      0o600,
    );
    const second = await Order.open(request(host));
    assert.deepEqual([second.url, second.key], [first.url, first.key]);
    assert.equal(asked.filter((each) => each.url === "/new").length, 1);
    const other = await Order.open(request(host, { names: ["b.org"] }));
    assert.notEqual(other.key, first.key);
    assert.equal((await readPending(host, DIR, `${CA}/dir`))?.names, "b.org");
  }));

Deno.test("a token that could be a path is never written", () =>
  withFakeHost({}, async (host) => {
    authority(host);
    host.net.web(`${CA}/authz`, {
      headers: { "replay-nonce": "n" },
      text: JSON.stringify({
        status: "pending",
        identifier: { value: "a.org" },
        challenges: [{
          type: "http-01",
          url: "x",
          token: "../../../etc/passwd",
          status: "pending",
        }],
      }),
    });
    await assert.rejects((await Order.open(request(host))).authorize(), { code: "acme_odd_token" });
    assert.deepEqual(host.files.tree(webrootPath(DIR)), {});
  }));
