/**
 * `.env` and its documented companions: `.env.example` and the defaults of each environment. Only
 * `.env` is read by Compose, and only it holds secrets.
 */
import { parseAnswers } from "../answers/parse.ts";
import { type Environment, ENVIRONMENTS } from "../answers/schema.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import { Secret } from "../plan/secret.ts";
import { SECRET_NAMES, type Secrets } from "../secrets/secrets.ts";
import { writeAssignment } from "./env_codec.ts";
import type { RenderedFile } from "./file.ts";
import { SECRET_VARIABLES, spelled, VARIABLES } from "./variables.ts";

const WIDTH = 96;

function rule(title: string): string {
  return `# ── ${title} ${"─".repeat(Math.max(3, WIDTH - title.length - 6))}`;
}

function body(plan: Plan, assignment: (name: string, value: string) => string): string {
  const lines: string[] = [];
  let section = "";
  for (const variable of VARIABLES) {
    if (variable.section !== section) {
      section = variable.section;
      lines.push("", rule(section));
    }
    lines.push(
      `# ${variable.doc}`,
      assignment(variable.name, spelled(variable.value(plan))),
    );
  }
  return lines.join("\n") + "\n";
}

/** The file that Compose reads. */
export function envFile(plan: Plan): RenderedFile {
  const header = [
    "# Written by rxdx-setup from rxdx.yml; it holds the secrets of this stack (mode 0600).",
    "# Change rxdx.yml and run `rxdx-setup apply`. Variables of the process environment win over",
    "# this file, and this file over the defaults in docker-compose.yml.",
  ];
  return {
    path: ".env",
    mode: 0o600,
    text: header.join("\n") + "\n" + body(plan, writeAssignment),
    secret: true,
  };
}

/** A machine for the documented defaults, so that they are the same on every machine. */
const REFERENCE_MACHINE = { cpus: 2, memoryBytes: 4 * 2 ** 30 };

const NO_SECRETS = Object.fromEntries(
  SECRET_NAMES.map((name) => [name, new Secret("")]),
) as Record<keyof Secrets, Secret>;

/** The plan that a default configuration of this environment gives on the reference machine. */
function referencePlan(plan: Plan, environment: Environment): Plan {
  const { domain } = { domain: "rxdx.example.com" };
  const parsed = parseAnswers({
    environment,
    domain,
    ...(environment === "development" ? { application: { log_level: "DEBUG" } } : {}),
  });
  if (!parsed.ok) throw new TypeError(`the defaults of ${environment} are not valid`);
  // Development mounts sources, which a registry or an archive does not have.
  const mounted = environment !== "development" ||
    ["demo", "build"].includes(plan.answers.images.source);
  const images = mounted ? plan.answers.images : parsed.answers.images;
  const planned = makePlan({
    ...plan,
    answers: { ...parsed.answers, images },
    facts: { ...plan.facts, ...REFERENCE_MACHINE, overrideFile: false, uid: 0, gid: 0 },
    secrets: NO_SECRETS,
  });
  if (!planned.ok) throw new TypeError(`the defaults of ${environment} cannot be planned`);
  return planned.plan;
}

const withoutSecret = (name: string, value: string) =>
  SECRET_VARIABLES.has(name) ? `${name}=` : writeAssignment(name, value);

function reference(path: string, title: string, plan: Plan): RenderedFile {
  const header = [
    `# ${title}`,
    "# Documentation: nothing reads this file. Secrets are empty here; rxdx-setup generates them",
    "# into .env. Sizes are those of a machine with 2 CPUs and 4 GiB.",
  ];
  return {
    path,
    mode: 0o600,
    text: header.join("\n") + "\n" + body(plan, withoutSecret),
    secret: false,
  };
}

/** `.env.example` and one file for each environment. */
export function referenceFiles(plan: Plan): RenderedFile[] {
  const titles: Record<Environment, string> = {
    development: "Defaults of a development stack.",
    staging: "Defaults of a staging stack.",
    production: "Defaults of a production stack.",
  };
  return [
    reference(
      ".env.example",
      "Every variable of .env with its meaning and default.",
      referencePlan(plan, "production"),
    ),
    ...ENVIRONMENTS.map((environment) =>
      reference(`.env.${environment}`, titles[environment], referencePlan(plan, environment))
    ),
  ];
}
