/**
 * The plan that the reference takes its values from: an ordinary server, no secrets, all defaults.
 * Constant, so that the pages are the same wherever they are generated. Pure.
 */
import { parseAnswers } from "../answers/parse.ts";
import type { Tree } from "../answers/tree.ts";
import { imageNames } from "../images/names.ts";
import type { Facts } from "../plan/facts.ts";
import { makePlan, type Plan } from "../plan/plan.ts";
import { Secret } from "../plan/secret.ts";
import { SECRET_NAMES, type Secrets } from "../secrets/secrets.ts";

/** 2 CPUs and 4 GiB: the machine of the documented defaults in `.env.example`. */
export const REFERENCE_FACTS: Facts = {
  os: { id: "debian", like: [], version: "12", codename: "bookworm", name: "Debian 12" },
  arch: "x86_64",
  uid: 0,
  gid: 0,
  systemd: true,
  hostname: "rxdx.example.com",
  addresses: ["192.0.2.10"],
  cpus: 2,
  memoryBytes: 4 * 2 ** 30,
  disk: { totalBytes: 100 * 2 ** 30, freeBytes: 60 * 2 ** 30 },
  listeners: [],
  engine: {
    state: "running",
    version: "28.5.1",
    compose: "2.40.0",
    rootDir: "/var/lib/docker",
  },
  installs: [],
  volumes: [],
  projects: [],
  proxies: { http: "", https: "", no: "" },
  installed: false,
  overrideFile: false,
};

const NO_SECRETS = Object.fromEntries(
  SECRET_NAMES.map((name) => [name, new Secret("")]),
) as Record<keyof Secrets, Secret>;

/** @throws Error when the values are not valid */
export function referencePlan(values: Tree = {}): Plan {
  const parsed = parseAnswers({ domain: "rxdx.example.com", ...values });
  if (!parsed.ok) throw new Error(`not valid: ${JSON.stringify(parsed.problems)}`);
  const planned = makePlan({
    answers: parsed.answers,
    provenance: new Map(),
    facts: REFERENCE_FACTS,
    secrets: NO_SECRETS,
    dir: "/opt/rxdx",
    images: imageNames(parsed.answers),
  });
  if (!planned.ok) throw new Error(`no plan: ${JSON.stringify(planned.problems)}`);
  return planned.plan;
}
