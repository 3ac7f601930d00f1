/** How HTTPS gets its certificate. Pure. */
import type { Step } from "../question.ts";
import { valueAt } from "../tree.ts";
import { always, field, when } from "./asking.ts";

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
        { value: "external", label: "external", hint: "a proxy in front ends TLS" },
        ...(valueAt(answers, "environment") === "development"
          ? [{ value: "none", label: "none", hint: "plain HTTP, for development" }]
          : []),
      ],
      asked: always,
    },
    field(
      "tls.trusted_proxies",
      "Proxies",
      "Addresses or networks of the proxy in front, separated by commas. Only these may say who " +
        "the client is.",
      when("tls.mode", "external"),
    ),
  ],
};
