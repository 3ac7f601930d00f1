/**
 * Sends one real message the way the application will send its own. Called by the wizard after its
 * questions about e-mail, and by `check mail`.
 */
import type { Host, MailMessage } from "../host/types.ts";
import { answered, failed, networkRemedies, type ProbeResult, type Remedies } from "./result.ts";

export interface MailSettings
  extends Omit<MailMessage, "to" | "subject" | "text" | "messageId" | "references" | "timeoutMs"> {
  readonly to: string;
}

/** Milliseconds for each step; greylisting servers make one wait for their greeting. */
const STEP_MS = 15_000;

function body(host: Host, settings: MailSettings): string {
  return [
    "This is a test message of rxdx-setup.",
    "",
    "If you can read it, the RxDx stack can send e-mail with these settings:",
    "",
    `  server      ${settings.host}:${settings.port}`,
    `  encryption  ${settings.tls ? (settings.port === 465 ? "TLS" : "STARTTLS") : "none"}`,
    `  login       ${settings.user === "" ? "none" : settings.user}`,
    `  sender      ${settings.from}`,
    `  sent from   ${host.system.hostname()}, ${host.clock.now().toISOString()}`,
    "",
    "Nothing has to be done. – rxdx-setup",
    "",
  ].join("\n");
}

/** Gives a test message to the server; that it was taken does not prove that it is delivered. */
export async function testMail(host: Host, settings: MailSettings): Promise<ProbeResult> {
  const { host: server, port, tls } = settings;
  if (server === "") {
    return failed("No mail server is set.", "Set email.host, e.g. smtp.example.com");
  }
  if (settings.from === "") {
    return failed("No sender is set.", "Set email.from, e.g. rxdx@example.com");
  }
  const remedies = {
    ...loginRemedies(settings),
    sender_refused: `Check email.from: this login may not send as ${settings.from}`,
    recipient_refused: "Check the recipient's address; a server may refuse to relay without login",
    message_refused: "The server's answer says why",
  };
  return await answered(async () => {
    const said = await host.mail.send({
      ...settings,
      to: [settings.to],
      subject: "RxDx: test message ✓",
      text: body(host, settings),
      timeoutMs: STEP_MS,
    });
    const clear = tls ? "" : " Without encryption: login and messages can be read on the way.";
    return {
      ok: true,
      detail: `${server}:${port} took the message to ${settings.to} (${said}).${clear}`,
      hint: `Look whether it arrives at ${settings.to}, in the spam folder too`,
    };
  }, remedies);
}

/** What helps where no login comes about. */
function loginRemedies({ host: server, port, tls, user }: MailLogin): Remedies {
  return {
    ...networkRemedies(server, port, "email.host and email.port"),
    connection_closed: tls && port !== 465
      ? "A server that waits for TLS at once speaks so on port 465: email.port=465"
      : "The server hung up; its log says why",
    connection_timed_out:
      `Port ${port} may be closed by a firewall or your provider; 587 and 465 are usual`,
    tls_failed: "Port 465 speaks TLS at once, 587 and 25 STARTTLS; check email.port",
    starttls_missing:
      "Ask for its port with encryption (587 or 465); email.tls=false sends in clear",
    login_missing: user === ""
      ? "Check email.port"
      : "Leave email.user empty where none is needed, or use port 587",
    login_refused: "Check email.user and its password; some providers want an app password",
  };
}

export type MailLogin = Pick<MailSettings, "host" | "port" | "user" | "password" | "tls">;

/** Logs in and sends nothing: for a new password, before it is written anywhere. */
export async function testMailLogin(host: Host, settings: MailLogin): Promise<ProbeResult> {
  const { host: server, port, user } = settings;
  return await answered(async () => {
    await host.mail.login({ ...settings, timeoutMs: STEP_MS });
    return { ok: true, detail: `${server}:${port} accepts the login of ${user}.` };
  }, loginRemedies(settings));
}
