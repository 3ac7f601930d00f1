/** How the stack is reached. Pure. */
import type { Step } from "../question.ts";
import { field, optional, when } from "./asking.ts";

const development = when("environment", "development");

export const ADDRESS: Step = {
  id: "address",
  title: "Address and ports",
  intro: "How browsers reach the stack, and what is published on this machine.",
  questions: [
    field("domain", "Address", "By which name or address will browsers reach it?"),
    optional(
      "aliases",
      "More names",
      "Further names or addresses it answers to, separated by commas. Empty: none.",
      "none",
    ),
    field("ports.https", "HTTPS port", "The port that browsers use. 443 is the usual one."),
    field("ports.http", "HTTP port", "Only redirects to HTTPS. 80 is the usual one."),
    field("ports.backend", "Backend port", "The API on loopback, for development.", development),
    field(
      "ports.frontend",
      "Frontend port",
      "The development server on loopback.",
      development,
    ),
    field("ports.postgres", "Database port", "PostgreSQL on loopback.", development),
  ],
};
