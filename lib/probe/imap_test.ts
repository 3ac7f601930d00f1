/** Servers that turn one away, each in its own way; a real one answers in tests/e2e/probe_test.ts. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import type { ByteConnection, ConnectOptions } from "../host/types.ts";
import { Secret } from "../plan/secret.ts";
import { type ImapSettings, testImap } from "./imap.ts";
import type { ProbeResult } from "./result.ts";

const SETTINGS: ImapSettings = {
  host: "imap.example.com",
  port: 993,
  user: "rxdx",
  password: new Secret("canary-imap"),
  tls: true,
  mailbox: "INBOX",
};

interface Conversation {
  readonly result: ProbeResult;
  readonly sent: string;
  readonly options: ConnectOptions | undefined;
  readonly closed: boolean;
}

/** A conversation with a server that says these lines, one for each read. */
async function talk(
  lines: readonly string[],
  changes: Partial<ImapSettings> = {},
): Promise<Conversation> {
  const host = new FakeHost();
  const waiting = lines.map((line) => new TextEncoder().encode(`${line}\r\n`));
  let sent = "";
  let closed = false;
  let options: ConnectOptions | undefined;
  const connection: ByteConnection = {
    read: () => Promise.resolve(waiting.shift()),
    write: (bytes) => {
      sent += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
    startTls: () => {
      sent += "<TLS>\r\n";
      return Promise.resolve();
    },
    close: () => {
      closed = true;
    },
  };
  Object.assign(host.net, {
    connect: (wanted: ConnectOptions) => {
      options = wanted;
      return Promise.resolve(connection);
    },
  });
  const result = await testImap(host, { ...SETTINGS, ...changes });
  assert.ok(closed, "the connection was left open");
  assert.doesNotMatch(JSON.stringify(result), /canary/);
  return { result, sent, options, closed };
}

const CAPABLE = "* CAPABILITY IMAP4rev1\r\na1 OK done";

Deno.test("the mailbox is opened for reading only, and one says goodbye", async () => {
  const { result, sent, options } = await talk([
    "* OK ready",
    CAPABLE,
    "a2 OK in",
    "* 1 EXISTS\r\n* 0 RECENT\r\na3 OK [READ-ONLY] done",
    "* BYE\r\na4 OK",
  ]);
  assert.deepEqual(result, { ok: true, detail: "imap.example.com:993: INBOX has 1 message." });
  assert.equal(options?.tls, true);
  assert.equal(
    sent,
    'a1 CAPABILITY\r\na2 LOGIN "rxdx" "canary-imap"\r\na3 EXAMINE "INBOX"\r\na4 LOGOUT\r\n',
  );
});

Deno.test("on port 143 the password follows STARTTLS, or is not sent", async () => {
  const { sent, options } = await talk(
    ["* OK ready", "a1 OK go", "* CAPABILITY X\r\na2 OK", "a3 OK", "* 0 EXISTS\r\na4 OK", "a5 OK"],
    { port: 143 },
  );
  assert.equal(options?.tls, false);
  assert.match(sent, /^a1 STARTTLS\r\n<TLS>\r\na2 CAPABILITY\r\na3 LOGIN /);
  const without = await talk(["* OK ready", "a1 BAD what"], { port: 143 });
  assert.match(without.result.detail, /offers no encryption/);
  assert.doesNotMatch(without.sent, /LOGIN/);
});

Deno.test("a server that turns away, takes no passwords, or is none", async () => {
  assert.match((await talk(["* BYE too many"])).result.detail, /turns this machine away/);
  const disabled = await talk(["* OK", "* CAPABILITY X LOGINDISABLED\r\na1 OK"], { tls: false });
  assert.match(disabled.result.hint ?? "", /imap\.tls=true/);
  assert.doesNotMatch(disabled.sent, /LOGIN/);
  assert.match((await talk(["220 smtp.example.com ESMTP"])).result.detail, /does not speak IMAP/);
  assert.match((await talk([])).result.detail, /closed the connection/);
});

Deno.test("trouble of the server's own is not a wrong password", async () => {
  const { result } = await talk(["* OK", CAPABLE, "a2 NO [UNAVAILABLE] broken"]);
  assert.match(result.detail, /cannot check logins/);
});

Deno.test("nobody there", async () => {
  const result = await testImap(new FakeHost(), SETTINGS);
  assert.equal(result.ok, false);
  assert.match(result.hint ?? "", /imap\.host/);
  assert.equal((await testImap(new FakeHost(), { ...SETTINGS, host: "" })).ok, false);
});
