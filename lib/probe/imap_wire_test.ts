/** Strings of any content on the wire, answers cut anywhere, servers that are none. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ByteConnection } from "../host/types.ts";
import { decodeMailbox, encodeMailbox, ImapWire, quotable, quoted } from "./imap_wire.ts";

/** A connection to a script: what is said, piece by piece, and what was sent. */
function scripted(...pieces: string[]): { wire: ImapWire; sent: () => string } {
  const waiting = pieces.map((each) => new TextEncoder().encode(each));
  let sent = "";
  const decoder = new TextDecoder();
  const connection: ByteConnection = {
    read: () => Promise.resolve(waiting.shift()),
    write: (bytes) => {
      sent += decoder.decode(bytes, { stream: true });
      return Promise.resolve();
    },
    startTls: () => Promise.resolve(),
    close: () => undefined,
  };
  return { wire: new ImapWire(connection), sent: () => sent };
}

Deno.test("printable ASCII goes in quotes, the rest as literals that the server asked for", async () => {
  const { wire, sent } = scripted("+ go", " on\r\n", "+ ok\r\n* CAPABILITY X\r\na1 OK done\r\n");
  const ended = await wire.command("LOGIN", ["üser", 'pä"ss']);
  assert.deepEqual(ended, { status: "OK", text: "done", untagged: ["CAPABILITY X"] });
  assert.equal(sent(), 'a1 LOGIN {5}\r\nüser {6}\r\npä"ss\r\n');
  const plain = scripted("a1 NO [AUTHENTICATIONFAILED] no\r\n");
  const refused = await plain.wire.command("LOGIN", ["user", 'a"b\\c {3}']);
  assert.deepEqual([refused.status, refused.text], ["NO", "[AUTHENTICATIONFAILED] no"]);
  assert.equal(plain.sent(), 'a1 LOGIN "user" "a\\"b\\\\c {3}"\r\n');
});

Deno.test("a literal that is refused is not sent", async () => {
  const { wire, sent } = scripted("a1 BAD no literals\r\n");
  assert.equal((await wire.command("LOGIN", ["user", "pässword"])).status, "BAD");
  assert.doesNotMatch(sent(), /pässword/);
});

Deno.test("answers may be cut anywhere and carry literals", async () => {
  const text = '* LIST () "/" {5}\r\nIN\r\nX\r\n* 3 EXISTS\r\na1 OK [READ-ONLY] done\r\n';
  for (let cut = 1; cut < text.length; cut++) {
    const { wire } = scripted(text.slice(0, cut), text.slice(cut));
    const { untagged, status } = await wire.command("X");
    assert.equal(status, "OK");
    assert.deepEqual(untagged, ['LIST () "/" "IN\r\nX"', "3 EXISTS"]);
  }
});

Deno.test("what does not speak IMAP is told, not waited for", async () => {
  const rejects = async (...pieces: string[]) =>
    await assert.rejects(
      scripted(...pieces).wire.command("X"),
      (error: { code?: string }) => ["not_imap", "connection_closed"].includes(error.code ?? ""),
    );
  await rejects("HTTP/1.1 400 Bad Request\r\n");
  await rejects("a2 OK another's answer\r\n");
  await rejects("* LIST {999999999}\r\n");
  await rejects("x".repeat(70_000), "y");
  await rejects("* OK");
  await rejects();
});

Deno.test("nothing that came before TLS is believed after it", async () => {
  const { wire } = scripted("a1 OK begin\r\n* OK slipped in\r\n");
  await wire.command("STARTTLS");
  await assert.rejects(wire.startTls(), /does not speak IMAP/);
});

Deno.test("mailbox names travel in IMAP's own UTF-7 and come back", () => {
  // RFC 3501, 5.1.3
  assert.equal(encodeMailbox("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
  assert.equal(encodeMailbox("R&D"), "R&-D");
  assert.equal(decodeMailbox("Entw&APw-rfe & &-"), "Entwürfe & &");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => {
    const coded = encodeMailbox(name);
    assert.match(coded, /^[\x20-\x7e]*$/);
    assert.equal(decodeMailbox(coded), name);
  }));
});

Deno.test("quotes are closed where they should be, whatever is between them", () => {
  fc.assert(fc.property(fc.string().filter(quotable), (text) => {
    const match = /^"((?:\\["\\]|[^"\\])*)"$/.exec(quoted(text));
    assert.equal(match?.[1]?.replace(/\\(.)/g, "$1"), text);
  }));
});
