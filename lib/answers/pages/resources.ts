/** How much of the machine the stack may use. Pure. */
import type { Step } from "../question.ts";
import { always, both, optional, when } from "./asking.ts";

const custom = when("resources.preset", "custom");

export const RESOURCES: Step = {
  id: "resources",
  title: "Resources",
  intro: "How much of this machine the stack may use.",
  questions: [
    {
      kind: "field",
      path: "resources.preset",
      title: "Size",
      ask: "How much of this machine may it use?",
      choices: () => [
        { value: "auto", label: "auto", hint: "all of it but 512 MiB" },
        { value: "small", label: "small", hint: "as on 2 CPUs, 4 GiB" },
        { value: "medium", label: "medium", hint: "as on 4 CPUs, 8 GiB" },
        { value: "large", label: "large", hint: "as on 8 CPUs, 16 GiB" },
        { value: "custom", label: "custom", hint: "figures of your own" },
      ],
      asked: always,
    },
    optional("resources.cpus", "CPUs", "CPUs the stack may use in all. Empty: all.", "all", custom),
    optional(
      "resources.memory",
      "Memory",
      "Memory of the stack in all. Empty: all but 512M.",
      "all but 512M",
      custom,
    ),
    optional(
      "resources.backend.replicas",
      "Replicas",
      "Backend containers. Empty: computed.",
      "computed",
      both(custom, when("environment", "production", "staging")),
    ),
    optional(
      "resources.backend.workers",
      "Workers",
      "Workers in each of them. Empty: computed.",
      "computed",
      both(custom, when("environment", "production", "staging")),
    ),
    optional(
      "resources.backend.memory",
      "Backend memory",
      "Of one container. Empty: computed.",
      "computed",
      custom,
    ),
    optional(
      "resources.postgres.memory",
      "Database memory",
      "Empty: computed.",
      "computed",
      custom,
    ),
    optional(
      "resources.postgres.max_connections",
      "Connections",
      "The most database connections. Empty: what the workers' pools need.",
      "computed",
      custom,
    ),
  ],
};
