/** Mail and the language model. Pure. */
import type { Step } from "../question.ts";
import { valueAt } from "../tree.ts";
import { both, field, given, optional, when } from "./asking.ts";

const sendsMail = given("email.host");
const readsMail = given("imap.host");
const usesModel = when("llm.enabled", true);

export const MAIL: Step = {
  id: "mail",
  title: "E-mail and language model",
  intro: "Both are optional: leave the servers empty and go on.",
  questions: [
    optional(
      "email.host",
      "SMTP server",
      "Server for outgoing mail. Empty: none is sent.",
      "no mail is sent",
    ),
    field("email.port", "SMTP port", "587 begins plain and turns to TLS, 465 is TLS.", sendsMail),
    field("email.tls", "TLS", "Is the connection encrypted?", sendsMail),
    optional(
      "email.user",
      "Login",
      "Login name at the mail server. Empty: none.",
      "no login",
      sendsMail,
    ),
    {
      kind: "secret",
      secret: "SMTP_PASSWORD",
      generated: false,
      title: "Password",
      ask: "Password at the mail server.",
      asked: both(sendsMail, given("email.user")),
    },
    field("email.from", "Sender", "Address that messages come from.", sendsMail),
    optional(
      "email.reply_to",
      "Replies to",
      "Address for replies. Empty: the sender.",
      "the sender",
      sendsMail,
    ),
    {
      kind: "local",
      id: "mail_to",
      title: "Test message to",
      ask: "Where a test message would go.",
      initial: (answers) =>
        String(valueAt(answers, "admin.email") || valueAt(answers, "email.from") || ""),
      asked: sendsMail,
    },
    {
      kind: "probe",
      probe: "mail",
      title: "Try it",
      ask: "Sends a real test message.",
      asked: sendsMail,
    },
    optional(
      "imap.host",
      "IMAP server",
      "Server for incoming mail. Empty: none is read.",
      "no mail is read",
    ),
    field("imap.port", "IMAP port", "993 is TLS.", readsMail),
    field("imap.tls", "TLS", "Is the connection encrypted?", readsMail),
    field("imap.user", "Login", "Login name at the mail server.", readsMail),
    {
      kind: "secret",
      secret: "IMAP_PASSWORD",
      generated: false,
      title: "Password",
      ask: "Password at the mail server.",
      asked: both(readsMail, given("imap.user")),
    },
    field("imap.mailbox", "Mailbox", "Which mailbox is read.", readsMail),
    {
      kind: "probe",
      probe: "imap",
      title: "Try it",
      ask: "Logs in and looks into the mailbox; nothing is changed.",
      asked: readsMail,
    },
    field("llm.enabled", "Language model", "Is a local language model used?"),
    field(
      "llm.url",
      "Model address",
      "OpenAI-compatible address, such as http://host.docker.internal:1234/v1.",
      usesModel,
    ),
    optional(
      "llm.model",
      "Model",
      "Name of the model. Empty: the server's own choice.",
      "the server decides",
      usesModel,
    ),
    {
      kind: "probe",
      probe: "model",
      title: "Try it",
      ask: "Asks the model for one short answer.",
      asked: both(usesModel, given("llm.url")),
    },
  ],
};
