/** The test message and what is said of each refusal; that messages arrive is proven in host/. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import type { MailFailure } from "../host/types.ts";
import { Secret } from "../plan/secret.ts";
import { type MailSettings, testMail, testMailLogin } from "./mail.ts";

const SETTINGS: MailSettings = {
  host: "smtp.example.com",
  port: 587,
  user: "rxdx",
  password: new Secret("canary-smtp"),
  tls: true,
  from: "rxdx@example.com",
  to: "qa@example.com",
};

Deno.test("the message names the settings that it proves, never the password", async () => {
  const host = new FakeHost();
  const result = await testMail(host, SETTINGS);
  assert.equal(result.ok, true);
  assert.match(result.detail, /^smtp\.example\.com:587 took the message to qa@example\.com \(250 /);
  assert.match(result.hint ?? "", /spam/);
  const [message] = host.mail.sent;
  assert.deepEqual(message?.to, ["qa@example.com"]);
  assert.match(message?.text ?? "", /encryption {2}STARTTLS/);
  assert.match(message?.text ?? "", /login {7}rxdx/);
  assert.doesNotMatch(JSON.stringify([message, result]), /canary/);
});

Deno.test("sending in clear is said", async () => {
  const result = await testMail(new FakeHost(), { ...SETTINGS, tls: false });
  assert.match(result.detail, /Without encryption/);
});

const REMEDIES: readonly (readonly [MailFailure, RegExp])[] = [
  ["name_not_found", /email\.host/],
  ["connection_refused", /email\.host/],
  ["connection_timed_out", /Port 587.*firewall/],
  ["connection_closed", /email\.port=465/],
  ["certificate_untrusted", /update-ca-certificates/],
  ["starttls_missing", /email\.tls=false/],
  ["tls_failed", /email\.port/],
  ["login_missing", /email\.user empty/],
  ["login_refused", /app password/],
  ["sender_refused", /may not send as rxdx@example\.com/],
  ["recipient_refused", /relay/],
  ["message_refused", /says why/],
];

for (const [failure, remedy] of REMEDIES) {
  Deno.test(`what helps against ${failure}`, async () => {
    const host = new FakeHost();
    host.mail.failWith(failure);
    const result = await testMail(host, SETTINGS);
    assert.equal(result.ok, false);
    assert.match(result.hint ?? "", remedy);
  });
}

Deno.test("without server or sender nothing is tried", async () => {
  const host = new FakeHost();
  assert.match((await testMail(host, { ...SETTINGS, host: "" })).hint ?? "", /email\.host/);
  assert.match((await testMail(host, { ...SETTINGS, from: "" })).hint ?? "", /email\.from/);
  assert.equal(host.mail.sent.length, 0);
});

Deno.test("a login is tried without a message, and what helps is told", async () => {
  const host = new FakeHost();
  const good = await testMailLogin(host, SETTINGS);
  assert.deepEqual(good, { ok: true, detail: "smtp.example.com:587 accepts the login of rxdx." });
  assert.equal(host.mail.sent.length, 0);
  host.mail.failWith("login_refused");
  const bad = await testMailLogin(host, SETTINGS);
  assert.equal(bad.ok, false);
  assert.match(bad.hint ?? "", /app password/);
  assert.doesNotMatch(JSON.stringify([good, bad]), /canary/);
});
