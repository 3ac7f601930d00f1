/**
 * Gives one message to an SMTP server, through nodemailer: the `Host.mail` of the real machine, loaded
 * when the first message is sent. Encryption is that of the application's SMTP_TLS: STARTTLS demanded,
 * on port 465 TLS from the first byte, or none at all; never "if the server happens to offer it".
 */
import { createTransport } from "nodemailer";
import { EXIT, SetupError } from "../errors.ts";
import { certificateFault, failureOf, netError } from "./net_failure.ts";
import type { MailFailure, MailMessage, MailServer } from "./net_types.ts";
import { trustedAuthorities } from "./trust.ts";

/** TLS from the first byte (RFC 8314, 7.3). */
const SUBMISSIONS_PORT = 465;

/** SMTP replies to AUTH of a server that knows no such command, or not here. */
const NO_LOGIN_REPLIES = [500, 502, 503, 504];

/** What nodemailer puts on its errors. */
interface MailError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

function kindOf(error: MailError): MailFailure {
  const { code, command = "", responseCode = 0 } = error;
  const below = failureOf(error);
  if (below === "certificate_untrusted") return below;
  if (code === "ETLS") {
    return /upgrading connection with STARTTLS/.test(error.message) ? "starttls_missing" : below;
  }
  if (code === "EAUTH" || code === "ENOAUTH") {
    return NO_LOGIN_REPLIES.includes(responseCode) ? "login_missing" : "login_refused";
  }
  if (command === "MAIL FROM") return "sender_refused";
  if (command === "RCPT TO") return "recipient_refused";
  if (code === "EMESSAGE" || command === "DATA") return "message_refused";
  // HELO alone knows no STARTTLS.
  if (/does not support required STARTTLS/.test(error.message)) return "starttls_missing";
  return below;
}

const MEANING: Readonly<Partial<Record<MailFailure, string>>> = {
  starttls_missing: "the server offers no encryption (STARTTLS)",
  login_missing: "the server offers no login",
  login_refused: "the login was refused",
  sender_refused: "the sender was refused",
  recipient_refused: "the recipient was refused",
  message_refused: "the message was refused",
};

/** The server's own words on one line, without the password in any form it was sent in. */
function wordsOf(response: string | undefined, { user, password }: MailServer): string {
  if (response === undefined || response === "") return "";
  const secret = password.reveal();
  const forms = secret === "" ? [] : [
    secret,
    base64(secret),
    base64(`\0${user}\0${secret}`),
  ];
  const line = response.replace(/\s+/g, " ").trim();
  const safe = forms.reduce((text, form) => text.replaceAll(form, String(password)), line);
  return safe.length > 200 ? `${safe.slice(0, 199)}…` : safe;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function mailError(cause: MailError, message: MailServer): SetupError {
  const where = `${message.host}:${message.port}`;
  const code = kindOf(cause);
  const meaning = MEANING[code];
  if (meaning === undefined) {
    // The library says the same of a certificate in several wrappings.
    const plain = code === "certificate_untrusted"
      ? new Error(`invalid peer certificate ${certificateFault(cause) ?? ""} ${cause.message}`)
      : cause;
    return netError(where, plain);
  }
  const words = wordsOf(cause.response, message);
  return new SetupError({
    code,
    message: `${where}: ${meaning}${words === "" ? "" : ` (${words})`}.`,
    exit: EXIT.prerequisite,
  });
}

async function transportTo({ host, port, user, password, tls, timeoutMs }: MailServer) {
  const implicit = tls && port === SUBMISSIONS_PORT;
  return createTransport({
    host,
    port,
    secure: implicit,
    requireTLS: tls && !implicit,
    ignoreTLS: !tls,
    tls: { ca: await trustedAuthorities() },
    // Without it a server that offers no login would be sent the message unauthenticated.
    ...(user === "" ? {} : { auth: { user, pass: password.reveal() }, forceAuth: true }),
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** The real `Host.mail.login`. */
export async function loginToMail(server: MailServer): Promise<void> {
  const transport = await transportTo(server);
  try {
    await transport.verify();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw mailError(cause, server);
  } finally {
    transport.close();
  }
}

/** The real `Host.mail.send`. */
export async function sendMail(message: MailMessage): Promise<string> {
  const transport = await transportTo(message);
  const { messageId, references = [] } = message;
  const latest = references.at(-1);
  try {
    const sent = await transport.sendMail({
      from: message.from,
      to: [...message.to],
      ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
      subject: message.subject,
      ...(messageId === undefined ? {} : { messageId }),
      ...(latest === undefined ? {} : { references: [...references], inReplyTo: latest }),
      text: message.text,
      xMailer: "rxdx-setup",
      headers: { "Auto-Submitted": "auto-generated" },
    });
    return wordsOf(sent.response, message);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw mailError(cause, message);
  } finally {
    transport.close();
  }
}
