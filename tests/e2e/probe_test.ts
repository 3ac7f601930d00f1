/**
 * `check` of the built executable against real services on loopback: what the probes need of the
 * runtime (names, TLS, nodemailer, proxies) must work with the permissions and the bundle of the
 * packaged program. IMAP is Debian's Dovecot.
 */
import assert from "node:assert/strict";
import { theHost } from "../../lib/host/real.ts";
import type { Check } from "../../lib/plan/check.ts";
import { Secret } from "../../lib/plan/secret.ts";
import { type ImapSettings, testImap } from "../../lib/probe/imap.ts";
import { writeAssignment } from "../../lib/render/env_codec.ts";
import { bestOfThree } from "../support/best_of_three.ts";
import { Dovecot, dovecotMissing, STARTTLS_ADDRESS, starttlsPossible } from "../support/dovecot.ts";
import { LoopbackCertificate, MailServer } from "../support/loopback_mail.ts";
import { json, serveWeb } from "../support/loopback_web.ts";
import { PROGRAM, type Ran, sh } from "../support/stack.ts";

const PASSWORD = `p"a\\ss wörd 😀 {3} $x`;

/** A directory with a configuration and secrets, as an installed stack has it. */
class Configured implements Disposable {
  readonly dir: string = Deno.makeTempDirSync({ prefix: "rxdxtest-check-" });

  constructor(answers: Readonly<Record<string, unknown>>, secrets: Record<string, string> = {}) {
    Deno.writeTextFileSync(
      `${this.dir}/rxdx.yml`,
      JSON.stringify({ schema: 1, name: "rxdxtest-check", domain: "localhost", ...answers }),
    );
    const env = Object.entries(secrets).map(([name, value]) => writeAssignment(name, value)).join(
      "\n",
    );
    Deno.writeTextFileSync(`${this.dir}/.env`, env, { mode: 0o600 });
  }

  check(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return sh([PROGRAM, "check", ...words, "--dir", this.dir], { env });
  }

  async checks(
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number; result: string; checks: Check[]; text: string }> {
    const ran = await this.check([...words, "--json"], env);
    assert.doesNotMatch(ran.text, /wörd/);
    return { code: ran.code, text: ran.text, ...JSON.parse(ran.stdout) };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.dir, { recursive: true });
  }
}

Deno.test("machine and names, before an install and without a network", async () => {
  // The network has three seconds; without one it is all that a screen has to wait for.
  const ran = await bestOfThree(
    "check",
    6_000,
    () => sh([PROGRAM, "check", "--json", "--dir", "/nonexistent-rxdxtest"]),
  );
  const { schema, checks } = JSON.parse(ran.stdout) as { schema: number; checks: Check[] };
  assert.equal(schema, 1);
  assert.equal(ran.code, checks.some((each) => each.state === "fail") ? 6 : 0, ran.text);
  assert.equal(checks[0]?.id, "os");
  assert.ok(checks.some((each) => each.id === "clock"));
  assert.ok(checks.at(-1)?.id.startsWith("name-"));
});

Deno.test("services need a configuration, subjects must exist, mail needs somebody", async () => {
  const nothing = await sh([PROGRAM, "check", "imap", "--dir", "/nonexistent-rxdxtest"]);
  assert.equal(nothing.code, 4, nothing.text);
  using configured = new Configured({});
  const unknown = await configured.check(["imab"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Did you mean imap\?/);
  assert.equal((await configured.check(["mail"])).code, 2);
  assert.equal((await configured.check(["mail", "--to", "a@b\nBcc: c@d"])).code, 2);
  const unset = await configured.checks(["imap", "registry", "webhook", "model"]);
  assert.equal(unset.code, 6);
  assert.deepEqual(unset.checks.map(({ id, state }) => `${id} ${state}`), [
    "imap fail",
    "model fail",
    "registry fail",
    "webhook fail",
  ]);
});

// The mail server's sockets end a moment after the test.
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "mail: STARTTLS, login and delivery by the packaged program",
  ...loose,
  fn: async () => {
    using certificate = await LoopbackCertificate.make();
    const { certificate: cert, key, file } = certificate;
    await using server = await MailServer.start({
      login: { user: "rxdx", password: PASSWORD },
      cert,
      key,
    });
    const email = { host: "localhost", port: server.port, user: "rxdx", from: "rxdx@example.com" };
    using configured = new Configured({ email });
    const secret = { RXDX_SECRET_SMTP_PASSWORD: PASSWORD };
    const words = ["mail", "--to", "qa@example.com"];
    const untrusted = await configured.checks(words, secret);
    assert.equal(untrusted.code, 6);
    assert.match(untrusted.checks[0]?.detail ?? "", /certificate is not trusted/);
    for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
      const sent = await configured.checks(words, { ...secret, [name]: file });
      assert.equal(sent.code, 0, sent.text);
    }
    const wrong = await configured.checks(words, { SSL_CERT_FILE: file });
    assert.match(wrong.checks[0]?.detail ?? "", /login was refused/);
    assert.equal(server.received.length, 2);
    const [message] = server.received;
    assert.deepEqual([message?.user, message?.secure, message?.to], ["rxdx", true, [
      "qa@example.com",
    ]]);
    assert.match(message?.text ?? "", /^Subject: =\?UTF-8\?/m);
  },
});

Deno.test("webhook, model and registry by the packaged program", async () => {
  await using server = serveWeb(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/models") return json({ data: [{ id: "small" }] });
    if (pathname === "/v1/chat/completions") {
      return json({ choices: [{}], asked: await request.text() });
    }
    if (pathname === "/v2/") {
      return json({}, { headers: { "docker-distribution-api-version": "x" } });
    }
    return new Response(null, { status: pathname === "/hooks/1" ? 204 : 404 });
  }, { hostname: "0.0.0.0" });
  using configured = new Configured({
    llm: { enabled: true, url: `http://host.docker.internal:${server.port}/v1`, model: "small" },
    images: { source: "registry", registry: `127.0.0.1:${server.port}/rxdx`, tag: "1" },
    alerts: { webhook: `http://127.0.0.1:${server.port}/hooks/1` },
  });
  // Requests to this machine pass by a proxy that is not even there.
  const dead = "http://127.0.0.1:9";
  const { code, checks, text } = await configured.checks(["model", "registry", "webhook"], {
    http_proxy: dead,
    https_proxy: dead,
    no_proxy: "",
  });
  assert.equal(code, 0, text);
  assert.match(checks[0]?.detail ?? "", /answered with small in/);
  const shown = await configured.check(["webhook"]);
  assert.match(
    shown.stdout,
    /^✓ Webhook {11,}127\.0\.0\.1:\d+ took the test alert \(HTTP 204\)\.$/m,
  );
});

Deno.test("the proxy of the environment is used, and spared by no_proxy", async () => {
  const asked: string[] = [];
  await using proxy = serveWeb((request) => {
    asked.push(request.url);
    return new Response(null, { status: 204 });
  });
  using configured = new Configured({ alerts: { webhook: "http://hooks.example.invalid/canary" } });
  const through = await configured.checks(["webhook"], { http_proxy: proxy.base });
  assert.equal(through.code, 0, through.text);
  assert.deepEqual(asked, ["http://hooks.example.invalid/canary"]);
  const spared = await configured.checks(["webhook"], {
    http_proxy: proxy.base,
    no_proxy: ".example.invalid",
  });
  assert.match(
    spared.checks[0]?.detail ?? "",
    /No connection to hooks\.example\.invalid/,
  );
  assert.equal(asked.length, 1);
});

const missing = dovecotMissing();

Deno.test({
  name: `imap against Dovecot${missing === undefined ? "" : ` (${missing})`}`,
  ignore: missing !== undefined,
  fn: async () => {
    using certificate = await LoopbackCertificate.make([
      "localhost",
      "127.0.0.1",
      STARTTLS_ADDRESS,
    ]);
    const { certificate: cert, key, file } = certificate;
    await using server = await Dovecot.start({
      user: "rxdx",
      password: PASSWORD,
      certificate: cert,
      key,
      mailboxes: ["Entw&APw-rfe", "Sent"],
      messages: 3,
    });
    const settings: ImapSettings = {
      host: "127.0.0.1",
      port: server.imaps,
      user: "rxdx",
      password: new Secret(PASSWORD),
      tls: true,
      mailbox: "INBOX",
    };
    const ask = async (changes: Partial<ImapSettings> = {}) => {
      const result = await testImap(theHost(), { ...settings, ...changes });
      assert.doesNotMatch(JSON.stringify(result), /wörd/);
      return result;
    };
    assert.match((await ask()).detail, /certificate is not trusted; this machine does not know/);
    await certificate.trusted(async () => {
      assert.match((await ask()).detail, /INBOX has 3 messages\.$/);
      // EXAMINE has not made anything seen or recent: the same again.
      assert.match((await ask()).detail, /INBOX has 3 messages\.$/);
      assert.match((await ask({ mailbox: "Entwürfe" })).detail, /Entwürfe has 0 messages/);
      const wrong = await ask({ password: new Secret('another"\\') });
      assert.match(wrong.detail, /refuses the login of rxdx \(Authentication failed\)/);
      const nowhere = await ask({ mailbox: "Nowhere" });
      assert.match(nowhere.detail, /no mailbox Nowhere/);
      assert.equal(nowhere.hint, "imap.mailbox is one of: Entwürfe, Sent, INBOX");
      assert.match((await ask({ port: server.imap })).hint ?? "", /993 speaks TLS at once/);
      if (starttlsBefore) {
        const upgraded = await ask({ host: STARTTLS_ADDRESS, port: 143 });
        assert.match(upgraded.detail, /INBOX has 3 messages\.$/);
      }
    });
    const imap = { host: "127.0.0.1", port: server.imaps, user: "rxdx" };
    using configured = new Configured({ imap }, { IMAP_PASSWORD: PASSWORD });
    const checked = await configured.checks(["imap"], { SSL_CERT_FILE: file });
    assert.equal(checked.code, 0, checked.text);
    assert.match(checked.checks[0]?.detail ?? "", /INBOX has 3 messages/);
  },
});

/** Asked before Dovecot takes the port. */
const starttlsBefore = starttlsPossible();
