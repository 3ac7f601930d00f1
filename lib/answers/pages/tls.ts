/** How HTTPS gets its certificate. Pure. */
import type { Step } from "../question.ts";
import { valueAt } from "../tree.ts";
import { always, both, field, given, optional, when } from "./asking.ts";

const ordered = when("tls.mode", "letsencrypt");
const fromFiles = when("tls.mode", "files");

export const TLS: Step = {
  id: "tls",
  title: "HTTPS",
  intro: "How the stack gets its certificate.",
  questions: [
    {
      kind: "field",
      path: "tls.mode",
      title: "Certificate",
      ask: "How does HTTPS get its certificate?",
      choices: (answers) => [
        { value: "self-signed", label: "self-signed", hint: "made here; browsers ask once" },
        {
          value: "letsencrypt",
          label: "letsencrypt",
          hint: "trusted; a public name and port 80",
        },
        { value: "files", label: "files", hint: "one that you have" },
        { value: "external", label: "external", hint: "a proxy in front ends TLS" },
        ...(valueAt(answers, "environment") === "development"
          ? [{ value: "none", label: "none", hint: "plain HTTP, for development" }]
          : []),
      ],
      asked: always,
    },
    field(
      "tls.accept_terms",
      "Terms",
      "The authority's terms of service are accepted (Let's Encrypt: letsencrypt.org/repository).",
      ordered,
    ),
    optional(
      "tls.email",
      "Contact",
      "Who the authority tells of trouble. Empty: nobody.",
      "nobody",
      ordered,
    ),
    optional(
      "tls.directory",
      "Authority",
      "ACME directory of another authority, for example your company's. Empty: Let's Encrypt.",
      "Let's Encrypt",
      ordered,
    ),
    optional(
      "tls.ca_bundle",
      "Its roots",
      "File with the roots of that authority, where this machine does not trust it yet.",
      "this machine knows them",
      both(ordered, given("tls.directory")),
    ),
    field(
      "tls.cert",
      "File",
      "Path of the certificate; PEM or DER, with its chain or without.",
      fromFiles,
    ),
    field("tls.key", "Key", "Path of its private key, not encrypted.", fromFiles),
    optional(
      "tls.chain",
      "Chain",
      "Path of the intermediate certificates, where they are in a file of their own.",
      "in the certificate's file",
      fromFiles,
    ),
    field(
      "tls.trusted_proxies",
      "Proxies",
      "Addresses or networks of the proxy in front, separated by commas. Only these may say who " +
        "the client is.",
      when("tls.mode", "external"),
    ),
  ],
};
