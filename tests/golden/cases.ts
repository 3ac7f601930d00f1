/**
 * The golden cases: answers and a machine in, the files of an install out, through the same code that
 * `init` runs. `golden_test.ts` compares, `update.ts` writes anew what has changed on purpose.
 */
import { createTwoFilesPatch } from "diff";
import { theHost } from "../../lib/host/real.ts";
import { prepareInit } from "../../lib/operations/prepare.ts";
import type { Facts } from "../../lib/plan/facts.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import type { RenderedFile } from "../../lib/render/file.ts";
import { machineOf } from "../support/fake_host_machine.ts";

const { files } = theHost();

export const GOLDEN = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

/** Where the stack of a case is installed. */
export const DIR = "/opt/rxdx";

export interface GoldenCase {
  readonly name: string;
  readonly plan: Plan;
  /** Every file that `init` would write. */
  readonly files: readonly RenderedFile[];
}

async function need(path: string): Promise<string> {
  const text = await files.readText(path);
  if (text === undefined) throw new Error(`${path} is missing`);
  return text;
}

/** Names of all cases: directories with answers. */
export async function caseNames(): Promise<string[]> {
  const names: string[] = [];
  for (const name of await files.list(GOLDEN)) {
    if ((await files.stat(`${GOLDEN}/${name}`))?.kind !== "directory") continue;
    if ((await files.list(`${GOLDEN}/${name}`)).includes("answers.yml")) names.push(name);
  }
  return names;
}

export async function renderCase(name: string): Promise<GoldenCase> {
  const answers = await need(`${GOLDEN}/${name}/answers.yml`);
  const facts = JSON.parse(await need(`${GOLDEN}/${name}/facts.json`)) as Facts;
  const secrets = await need(`${GOLDEN}/secrets.env`);
  const { host } = machineOf(facts, { dir: DIR });
  host.files.put("/root/secrets.env", secrets, { mode: 0o600 });
  const prepared = await prepareInit(host, {
    dir: DIR,
    answersFile: { path: "answers.yml", text: answers },
    secretsFile: { path: "/root/secrets.env", text: secrets },
    settings: [],
    demo: false,
  });
  host.verify();
  return { name, plan: prepared.plan, files: prepared.files };
}

/** The configuration of nginx that the stack of a case uses. */
export function nginxInUse({ plan }: GoldenCase): string {
  return plan.answers.environment === "development" ? "nginx/nginx.conf" : "nginx/nginx.prod.conf";
}

/**
 * The case with the same answers on another machine whose files are kept in full: two CPUs. Of the
 * others only what differs from it is kept.
 */
export function representative(name: string): string {
  return name.replace(/-(1|8|64)cpu$/, (size) => name.includes("-everything-") ? size : "-2cpu");
}

/** The demo images are named by a hash of their sources, which is tested where it is made. */
function withoutHashes(text: string): string {
  return text.replace(/(rxdx-demo\/\w+):[0-9a-f]{12}/g, "$1:hash");
}

/**
 * What is kept of a case for review, by path. Not: the Compose files and the database script, which
 * are the templates word for word.
 */
export async function expectedOf(golden: GoldenCase): Promise<Map<string, string>> {
  const text = (of: GoldenCase, path: string) =>
    withoutHashes(of.files.find((file) => file.path === path)?.text ?? "");
  const full = representative(golden.name);
  if (full !== golden.name) {
    const other = await renderCase(full);
    const patch = createTwoFilesPatch(
      `${full}/.env`,
      `${golden.name}/.env`,
      text(other, ".env"),
      text(golden, ".env"),
      undefined,
      undefined,
      { context: 0 },
    );
    return new Map([["env.diff", patch.replace(/^={3,}\n/, "")]]);
  }
  const kept = [".env", "rxdx.yml", nginxInUse(golden)];
  if (golden.name === "production-self-signed-2cpu") {
    for (const name of ["example", "development", "staging", "production"]) {
      kept.push(`.env.${name}`);
    }
  }
  return new Map(kept.map((path) => [path, text(golden, path)]));
}
