/** Talking to an authority that refuses nonces, is busy, is down, or is none. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import type { WebReply } from "../../../tests/support/fake_host_net.ts";
import { newKey, Signer } from "./jws.ts";
import { AcmeError } from "./problem.ts";
import { AcmeTransport, retryAfter } from "./transport.ts";

const CA = "https://ca.example";
const DIRECTORY = {
  newNonce: `${CA}/nonce`,
  newAccount: `${CA}/account`,
  newOrder: `${CA}/order`,
};
const SIGNER = await Signer.of(await newKey());

function transport(host: FakeHost): AcmeTransport {
  host.net.web(`${CA}/dir`, { text: JSON.stringify(DIRECTORY) });
  let nonces = 0;
  host.net.web(DIRECTORY.newNonce, () => ({ headers: { "replay-nonce": `fresh${++nonces}` } }));
  return new AcmeTransport({ host, directoryUrl: `${CA}/dir`, authorities: [] });
}

const post = (to: AcmeTransport) =>
  to.post({ url: DIRECTORY.newOrder, payload: {}, signer: SIGNER, account: `${CA}/1` });

const problem = (
  type: string,
  status = 400,
  more: Readonly<Record<string, string>> = {},
): WebReply => ({
  status,
  headers: { "replay-nonce": "next", ...more },
  text: JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: "words", status }),
});

const answers = (...replies: WebReply[]): WebReply => {
  let index = 0;
  return () => {
    const reply = replies[Math.min(index++, replies.length - 1)] ?? {};
    return typeof reply === "function" ? reply({} as never) : reply;
  };
};

const nonceOf = (body: string | undefined) => {
  const head = JSON.parse(body ?? "{}").protected;
  return JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(head, { alphabet: "base64url" })),
  )
    .nonce;
};

Deno.test("a refused nonce is answered with the one that came along, again and again", () =>
  withFakeHost({}, async (host) => {
    const to = transport(host);
    const bad = problem("badNonce");
    host.net.web(DIRECTORY.newOrder, answers(bad, bad, bad, { status: 201, text: '{"ok":true}' }));
    assert.deepEqual((await post(to)).json, { ok: true });
    const nonces = host.net.fetched.filter((each) => each.url === DIRECTORY.newOrder)
      .map((each) => nonceOf(each.body));
    assert.deepEqual(nonces, ["fresh1", "next", "next", "next"]);
  }));

Deno.test("a nonce is fetched once and then taken from each answer", () =>
  withFakeHost({}, async (host) => {
    const to = transport(host);
    host.net.web(DIRECTORY.newOrder, {
      status: 200,
      headers: { "replay-nonce": "n2" },
      text: "{}",
    });
    await post(to);
    await post(to);
    assert.equal(host.net.fetched.filter((each) => each.url === DIRECTORY.newNonce).length, 1);
  }));

Deno.test("a busy authority is waited for when it asks for seconds, not for hours", () =>
  withFakeHost({}, async (host) => {
    const to = transport(host);
    const busy = (after: string) => problem("rateLimited", 429, { "retry-after": after });
    host.net.web(DIRECTORY.newOrder, answers(busy("2"), { status: 200, text: "{}" }));
    const from = host.clock.monotonic();
    await post(to);
    assert.ok(host.clock.monotonic() - from >= 2_000);
    host.net.web(DIRECTORY.newOrder, busy("7200"));
    await assert.rejects(post(to), (error: unknown) => {
      assert.ok(error instanceof AcmeError);
      assert.equal(error.code, "acme_rate_limited");
      const ahead = (error.retryAt?.getTime() ?? 0) - host.clock.now().getTime();
      assert.equal(ahead, 7_200_000);
      return true;
    });
  }));

Deno.test("a connection that breaks is tried again; one that stays broken is told with what helps", () =>
  withFakeHost({}, async (host) => {
    const to = transport(host);
    host.net.web(DIRECTORY.newOrder, answers("connection_closed", { status: 200, text: "{}" }));
    await post(to);
    host.net.web(DIRECTORY.newOrder, "connection_timed_out");
    await assert.rejects(post(to), { code: "acme_unreachable", hint: /https_proxy/ });
    host.net.web(DIRECTORY.newOrder, "certificate_untrusted");
    await assert.rejects(post(to), { code: "acme_unreachable", hint: /tls\.ca_bundle/ });
  }));

Deno.test("what is no directory is told as such, and a page of HTML is no answer", () =>
  withFakeHost({}, async (host) => {
    for (const text of ["<html>", "[]", '{"newNonce":1}', ""]) {
      host.net.web(`${CA}/dir`, { text });
      const to = new AcmeTransport({ host, directoryUrl: `${CA}/dir`, authorities: [] });
      await assert.rejects(to.directory(), { code: "acme_no_directory", exit: 4 });
    }
  }));

Deno.test("each answer tells how late it is at the authority", () =>
  withFakeHost({ now: "2026-06-15T12:00:00Z" }, async (host) => {
    const to = transport(host);
    assert.equal(to.skewMs, undefined);
    host.net.web(`${CA}/dir`, {
      headers: { date: "Mon, 15 Jun 2026 10:00:00 GMT" },
      text: JSON.stringify(DIRECTORY),
    });
    await to.directory();
    assert.equal(to.skewMs, 7_200_000);
  }));

Deno.test("a refusal carries the authority's words, the parts and what helps, on one line each", () =>
  withFakeHost({}, async (host) => {
    const to = transport(host);
    host.net.web(DIRECTORY.newOrder, {
      status: 403,
      text: JSON.stringify({
        type: "urn:ietf:params:acme:error:rejectedIdentifier",
        detail: "not\nthis\u001b[31m one",
        subproblems: [{
          type: "urn:ietf:params:acme:error:rejectedIdentifier",
          detail: "on a list",
          identifier: { type: "dns", value: "a.org" },
        }],
      }),
    });
    await assert.rejects(post(to), {
      code: "acme_rejected_identifier",
      message:
        "ca.example: the CA does not issue for this name (not this [31m one; a.org: on a list).",
      hint: /tls\.mode=self-signed/,
    });
  }));

Deno.test("Retry-After in seconds, as a date, and nonsense", () => {
  const now = new Date("2026-06-15T12:00:00Z");
  assert.equal(retryAfter("90", now)?.toISOString(), "2026-06-15T12:01:30.000Z");
  assert.equal(
    retryAfter("Mon, 15 Jun 2026 13:00:00 GMT", now)?.toISOString(),
    "2026-06-15T13:00:00.000Z",
  );
  assert.equal(retryAfter("soon", now), undefined);
  assert.equal(retryAfter(undefined, now), undefined);
});
