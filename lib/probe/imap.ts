/**
 * Logs in to a mailbox and looks at it without changing anything (EXAMINE), with the command that the
 * application uses too (LOGIN). Called by the wizard, if the operator wants it, and by `check imap`.
 */
import type { ByteConnection, Host } from "../host/types.ts";
import type { Secret } from "../plan/secret.ts";
import { decodeMailbox, encodeMailbox, ImapWire } from "./imap_wire.ts";
import { answered, failed, networkRemedies, type ProbeResult, quotedWords } from "./result.ts";

export interface ImapSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  /** TLS from the first byte; on port 143 STARTTLS. */
  readonly tls: boolean;
  readonly mailbox: string;
}

/** Milliseconds for each answer; servers delay the one to a wrong password by a few seconds. */
const ANSWER_MS = 15_000;

/** The port on which IMAP begins in clear (RFC 8314, 3.2). */
const CLEAR_PORT = 143;

/** What a server said, without its `[CODE]` and on one line. */
function words(text: string): string {
  const line = quotedWords(text.replace(/^\[[^\]]*\]\s*/, "")).replace(/\.$/, "");
  return line === "" ? "" : ` (${line})`;
}

/** Capabilities in untagged responses, codes and greetings, in capitals. */
function capabilities(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.flatMap((text) =>
      /\bCAPABILITY ([^\]]*)/i.exec(text)?.[1]?.toUpperCase().split(/\s+/) ?? []
    ),
  );
}

/** The last word of a LIST response: the name, quoted or as an atom. */
function listedName(response: string): string[] {
  const match = /^LIST \([^)]*\) (?:"(?:\\.|[^"\\])*"|NIL) (?:"((?:\\.|[^"\\])*)"|(\S+))$/i
    .exec(response);
  const name = match?.[1]?.replace(/\\(.)/g, "$1") ?? match?.[2];
  return name === undefined ? [] : [quotedWords(decodeMailbox(name), 60)];
}

async function missing(wire: ImapWire, mailbox: string, said: string): Promise<ProbeResult> {
  const { untagged } = await wire.command('LIST "" "%"');
  const names = untagged.flatMap(listedName);
  const shown = names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
  return failed(
    `The login works, but there is no mailbox ${mailbox}${words(said)}.`,
    names.length === 0
      ? "Check imap.mailbox; INBOX is always there"
      : `imap.mailbox is one of: ${shown}`,
  );
}

async function conversation(
  connection: ByteConnection,
  settings: ImapSettings,
): Promise<ProbeResult> {
  const { host, port, user, password, tls, mailbox } = settings;
  const where = `${host}:${port}`;
  const wire = new ImapWire(connection);
  const greeting = await wire.response();
  if (!/^\* (OK|PREAUTH)\b/i.test(greeting)) {
    return /^\* BYE\b/i.test(greeting)
      ? failed(`${where} turns this machine away${words(greeting.slice(6))}.`)
      : failed(`${where} does not speak IMAP.`, "Check imap.host and imap.port (993, or 143)");
  }
  if (tls && port === CLEAR_PORT) {
    const started = await wire.command("STARTTLS");
    if (started.status !== "OK") {
      return failed(
        `${where} offers no encryption (STARTTLS)${words(started.text)}.`,
        "Try port 993; imap.tls=false would send the password in clear",
      );
    }
    await wire.startTls();
  }
  const able = capabilities((await wire.command("CAPABILITY")).untagged);
  if (able.has("LOGINDISABLED")) {
    return failed(
      `${where} takes no password on this connection.`,
      tls ? "The server wants another kind of login than a password" : "Set imap.tls=true",
    );
  }
  const login = await wire.command("LOGIN", [user, password.reveal()]);
  if (/^\[UNAVAILABLE\]/i.test(login.text)) {
    return failed(
      `${where} cannot check logins at the moment${words(login.text)}.`,
      "The trouble is the server's own; try again later",
    );
  }
  if (login.status !== "OK") {
    return failed(
      `${where} refuses the login of ${user}${words(login.text)}.`,
      "Check imap.user and its password; some providers want an app password, or IMAP switched on",
    );
  }
  const examined = await wire.command("EXAMINE", [encodeMailbox(mailbox)]);
  const result = examined.status === "OK"
    ? opened(examined.untagged, settings)
    : await missing(wire, mailbox, examined.text);
  // A courtesy: what was found out stands, however the server takes the goodbye.
  await wire.command("LOGOUT").catch(() => undefined);
  return result;
}

function opened(
  untagged: readonly string[],
  { host, port, tls, mailbox }: ImapSettings,
): ProbeResult {
  const count =
    untagged.map((each) => /^(\d+) EXISTS$/i.exec(each)?.[1]).find((each) => each !== undefined) ??
      "0";
  const messages = count === "1" ? "1 message" : `${count} messages`;
  const clear = tls ? "" : " Without encryption: the password can be read on the way.";
  return { ok: true, detail: `${host}:${port}: ${mailbox} has ${messages}.${clear}` };
}

export async function testImap(host: Host, settings: ImapSettings): Promise<ProbeResult> {
  const { host: server, port, tls } = settings;
  if (server === "") {
    return failed("No mail server is set.", "Set imap.host, e.g. imap.example.com");
  }
  return await answered(async () => {
    const connection = await host.net.connect({
      host: server,
      port,
      tls: tls && port !== CLEAR_PORT,
      timeoutMs: ANSWER_MS,
    });
    try {
      return await conversation(connection, settings);
    } finally {
      connection.close();
    }
  }, {
    ...networkRemedies(server, port, "imap.host and imap.port"),
    not_imap: "Check imap.port: 993 with TLS, 143 with STARTTLS",
    connection_closed: "Check imap.port and imap.tls: 993 wants TLS at once",
    connection_timed_out:
      `A firewall may drop it, or port ${port} waits for TLS: check imap.port and imap.tls`,
    tls_failed: "Check imap.port and imap.tls: 993 speaks TLS at once, 143 STARTTLS",
  });
}
