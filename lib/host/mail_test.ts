/** Messages really arrive at a real SMTP server, and every refusal of one is told apart. */
import assert from "node:assert/strict";
import {
  LoopbackCertificate,
  MailServer,
  type MailServerOptions,
} from "../../tests/support/loopback_mail.ts";
import { SetupError } from "../errors.ts";
import { Secret } from "../plan/secret.ts";
import type { MailMessage } from "./types.ts";
import { loginToMail, sendMail } from "./mail.ts";

const PASSWORD = `p"a\\ss wörd 😀 $x`;
const LOGIN = { user: "rxdx", password: PASSWORD };

function message(port: number, changes: Partial<MailMessage> = {}): MailMessage {
  return {
    host: "127.0.0.1",
    port,
    user: "",
    password: new Secret(""),
    tls: false,
    from: "rxdx@example.com",
    to: ["qa@example.com"],
    subject: "Prüfung ✓",
    text: "Hello, ✓\n.dot\n",
    timeoutMs: 5_000,
    ...changes,
  };
}

// The library's sockets end a moment after the test.
const options = { sanitizeOps: false, sanitizeResources: false };

function test(title: string, body: () => Promise<void>): void {
  Deno.test({ name: `mail: ${title}`, fn: body, ...options });
}

/** The failure of one message to a server of one's own. */
async function failure(
  server: MailServerOptions,
  changes: Partial<MailMessage> = {},
): Promise<SetupError> {
  await using running = await MailServer.start(server);
  const error = await sendMail(message(running.port, changes)).then(
    () => assert.fail("the message was taken"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof SetupError, String(error));
  assert.equal(running.received.length, 0);
  assert.doesNotMatch(`${error.message}${error.stack}${error.hint}`, /wörd/);
  return error;
}

test("a message arrives whole, with date, identity and a subject beyond ASCII", async () => {
  await using server = await MailServer.start({ disabledCommands: ["STARTTLS"] });
  const said = await sendMail(message(server.port, { replyTo: "ops@example.com" }));
  assert.match(said, /^250 .*queued as 1/);
  const [got] = server.received;
  assert.ok(got !== undefined);
  assert.deepEqual([got.from, got.to, got.secure, got.user], [
    "rxdx@example.com",
    ["qa@example.com"],
    false,
    "",
  ]);
  assert.match(got.text, /^Message-ID: <[^@\s]+@example\.com>\r$/m);
  const date = /^Date: (.*)\r$/m.exec(got.text)?.[1] ?? "";
  assert.ok(Math.abs(Date.parse(date) - Date.now()) < 60_000, date);
  assert.match(got.text, /^Subject: =\?UTF-8\?[QB]\?\S+\?=\r$/m);
  assert.match(got.text, /^Reply-To: ops@example\.com\r$/m);
  assert.match(got.text, /^Auto-Submitted: auto-generated\r$/m);
  assert.match(got.text, /^Content-Type: text\/plain; charset=utf-8\r$/m);
  assert.match(got.text, /Hello, =E2=9C=93|Hello, ✓|SGVsbG8s/);
});

test("STARTTLS and a login with any password", async () => {
  using certificate = await LoopbackCertificate.make();
  const { certificate: cert, key } = certificate;
  await using server = await MailServer.start({ login: LOGIN, cert, key });
  await certificate.trusted(() =>
    sendMail(message(server.port, { user: "rxdx", password: new Secret(PASSWORD), tls: true }))
  );
  assert.deepEqual(server.received.map(({ user, secure }) => [user, secure]), [["rxdx", true]]);
});

test("a certificate that nobody vouches for, whatever it says", async () => {
  using certificate = await LoopbackCertificate.make();
  const { certificate: cert, key } = certificate;
  const error = await failure({ cert, key }, { tls: true });
  assert.equal(error.code, "certificate_untrusted");
  assert.match(error.message, /this machine does not know its issuer/);
});

test("a certificate for another name", async () => {
  using certificate = await LoopbackCertificate.make(["mail.example.com"]);
  const { certificate: cert, key } = certificate;
  const error = await certificate.trusted(() => failure({ cert, key }, { tls: true }));
  assert.equal(error.code, "certificate_untrusted");
  assert.match(error.message, /it is for another name/);
});

test("no STARTTLS although encryption is demanded: the password is not sent", async () => {
  const error = await failure(
    { login: LOGIN, disabledCommands: ["STARTTLS"] },
    { tls: true, user: "rxdx", password: new Secret(PASSWORD) },
  );
  assert.equal(error.code, "starttls_missing");
});

test("a wrong password, which the server repeats", async () => {
  const error = await failure(
    { login: { user: "rxdx", password: "another" }, allowInsecureAuth: true },
    { user: "rxdx", password: new Secret(PASSWORD) },
  );
  assert.equal(error.code, "login_refused");
  assert.match(error.message, /5\.7\.8 not your password: \*{8}/);
});

test("a server without login", async () => {
  const error = await failure(
    { disabledCommands: ["AUTH", "STARTTLS"] },
    { user: "rxdx", password: new Secret(PASSWORD) },
  );
  assert.equal(error.code, "login_missing");
});

test("sender and recipient refused", async () => {
  const sender = await failure({ refuseFrom: "rxdx@example.com" });
  assert.equal(sender.code, "sender_refused");
  assert.match(sender.message, /550 5\.7\.1 not your address/);
  const recipient = await failure({ refuseTo: "qa@example.com" });
  assert.equal(recipient.code, "recipient_refused");
  assert.match(recipient.message, /nobody of that name/);
});

test("nothing listens, no such name, no answer", async () => {
  const code = async (changes: Partial<MailMessage>) =>
    await sendMail(message(1, changes)).then(() => "", (error: SetupError) => error.code);
  assert.equal(await code({}), "connection_refused");
  // A resolver may ask several servers before it says so.
  const nameless = { host: "no-such-name.invalid", timeoutMs: 30_000 };
  assert.equal(await code(nameless), "name_not_found");
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = silent.accept();
  assert.equal(await code({ port: silent.addr.port, timeoutMs: 300 }), "connection_timed_out");
  (await accepted).close();
  silent.close();
});

test("TLS from the first byte on a port that begins in clear", async () => {
  // Only port 465 means it; the kind is told apart all the same.
  await using server = await MailServer.start({ secure: false });
  const { netError } = await import("./net_failure.ts");
  const failed = await Deno.connectTls({ hostname: "127.0.0.1", port: server.port })
    .then((connection) => connection.handshake()).catch((error: unknown) => error);
  assert.equal(netError("here", failed).code, "tls_failed");
});

test("a login is tried without a message, and a refusal never quotes the password", async () => {
  await using server = await MailServer.start({ login: LOGIN, disabledCommands: ["STARTTLS"] });
  const to = (password: string) => ({
    host: "127.0.0.1",
    port: server.port,
    user: LOGIN.user,
    password: new Secret(password),
    tls: false,
    timeoutMs: 5_000,
  });
  await loginToMail(to(PASSWORD));
  await assert.rejects(loginToMail(to("wörd, but another")), (error: unknown) => {
    assert.ok(error instanceof SetupError);
    assert.equal(error.code, "login_refused");
    assert.doesNotMatch(error.message, /wörd/);
    return true;
  });
  assert.equal(server.received.length, 0);
});

test("a server that offers no login is none for a password", async () => {
  await using server = await MailServer.start({ disabledCommands: ["STARTTLS", "AUTH"] });
  const login = { ...message(server.port), user: "rxdx", password: new Secret(PASSWORD) };
  await assert.rejects(loginToMail(login), /offers no login|refused/);
});
