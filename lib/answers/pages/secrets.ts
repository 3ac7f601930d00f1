/** What the data are made with, and the secrets. Pure. */
import type { Step } from "../question.ts";
import { field, onNew, optional } from "./asking.ts";

export const SECRETS: Step = {
  id: "secrets",
  title: "Database and secrets",
  intro: "Secrets are kept in .env alone, readable by its owner only, and never shown.",
  questions: [
    field("database.name", "Database", "Name of the database. It cannot be changed later.", onNew),
    field("database.user", "Role", "The application's database role.", onNew),
    field("database.graph", "Graph", "Name of the Apache AGE graph.", onNew),
    {
      kind: "secret",
      secret: "POSTGRES_PASSWORD",
      generated: true,
      title: "Database password",
      ask: "Password of the database role. It belongs to the data from then on.",
      asked: onNew,
    },
    {
      kind: "secret",
      secret: "SECRET_KEY",
      generated: true,
      title: "Signing key",
      ask: "Signs the logins. A new one ends every session.",
      asked: onNew,
    },
    optional(
      "admin.email",
      "Administrator",
      "E-mail address of the first administrator. Empty: admin@ the domain.",
      "admin@ the domain",
      onNew,
    ),
    {
      kind: "secret",
      secret: "ADMIN_PASSWORD",
      generated: true,
      title: "Admin password",
      ask: "The administrator's first password; change it in RxDx after the first login.",
      asked: onNew,
    },
  ],
};
