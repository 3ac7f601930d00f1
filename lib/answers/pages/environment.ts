/** What the stack is for, and its name. Pure. */
import type { Step } from "../question.ts";
import { always, field, onNew } from "./asking.ts";

export const ENVIRONMENT: Step = {
  id: "environment",
  title: "Environment",
  intro: "What this stack is for decides how it is hardened and which defaults it takes.",
  questions: [
    {
      kind: "field",
      path: "environment",
      title: "Environment",
      ask: "Which environment is this?",
      choices: () => [
        {
          value: "production",
          label: "production",
          hint: "hardened, only the web ports published",
        },
        { value: "staging", label: "staging", hint: "like production, with data of its own" },
        { value: "development", label: "development", hint: "hot reload, every port on loopback" },
      ],
      asked: always,
    },
    field(
      "name",
      "Stack name",
      "Prefix of containers, volumes and networks. It cannot be changed later.",
      onNew,
    ),
  ],
};
