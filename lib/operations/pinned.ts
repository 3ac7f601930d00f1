/**
 * What an install may never change by an edit: which Compose project it is and which database
 * names its data were made with. The present `.env` says both, because Compose reads it. Another
 * name would start an empty database beside the old one and leave that to nobody.
 */
import type { Answers } from "../answers/schema.ts";
import type { Engine } from "../engine/client.ts";
import { EXIT, type Problem, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { resolvedPath } from "../observe/installs.ts";
import { readEnv } from "../render/env_codec.ts";
import { quoted } from "../steps/command_line.ts";
import { sha256 } from "../steps/receipt.ts";
import { type Install, needInstall } from "./install.ts";

const PINNED = [
  ["name", "COMPOSE_PROJECT_NAME", (answers: Answers) => answers.name],
  ["database.user", "POSTGRES_USER", (answers: Answers) => answers.database.user],
  ["database.name", "POSTGRES_DB", (answers: Answers) => answers.database.name],
  ["database.graph", "AGE_GRAPH_NAME", (answers: Answers) => answers.database.graph],
] as const;

/** Every pinned value that `rxdx.yml` has changed. */
export async function pinnedProblems(
  host: Host,
  dir: string,
  answers: Answers,
): Promise<Problem[]> {
  const env = readEnv(await host.files.readText(`${dir}/.env`) ?? "");
  return [
    ...volumeProblems(env, answers),
    ...PINNED.flatMap(([key, variable, valueOf]) => {
      const installed = env.get(variable);
      const wanted = valueOf(answers);
      if (installed === undefined || installed === "" || installed === wanted) return [];
      return [{
        key,
        value: wanted,
        rule: `must stay ${installed}: the data of this stack were made under that name`,
        example: installed,
      }];
    }),
  ];
}

const TAKEN_OVER = [
  ["volumes.database", "POSTGRES_VOLUME", (answers: Answers) => answers.volumes.database],
  ["volumes.uploads", "UPLOADS_VOLUME", (answers: Answers) => answers.volumes.uploads],
] as const;

/** Data that were taken over stay where they are: another volume would be another, perhaps empty, one. */
function volumeProblems(env: ReadonlyMap<string, string>, answers: Answers): Problem[] {
  return TAKEN_OVER.flatMap(([key, variable, valueOf]) => {
    const installed = env.get(variable);
    const wanted = valueOf(answers);
    if (env.get(`${variable}_EXTERNAL`) !== "true" || installed === wanted) return [];
    return [{
      key,
      value: wanted,
      rule: `must stay ${installed}: the data of this stack are in it`,
      example: installed ?? "",
    }];
  });
}

/**
 * The install, when its configuration still speaks of the stack that runs from this directory.
 *
 * @throws SetupError `not_installed`, `name_changed`, `name_in_use`
 */
export async function needOwnStack(host: Host, engine: Engine, dir: string): Promise<Install> {
  const install = await needNamedStack(host, dir);
  await checkName(host, engine, { name: install.answers.name, dir });
  return install;
}

/**
 * The same by the files alone, without asking the daemon: for what must be on the screen at once.
 *
 * @throws SetupError `not_installed`, `name_changed`
 */
export async function needNamedStack(host: Host, dir: string): Promise<Install> {
  const install = await needInstall(host, dir);
  const [problem] = (await pinnedProblems(host, dir, install.answers))
    .filter((each) => each.key === "name");
  if (problem !== undefined) {
    throw new SetupError({
      code: "name_changed",
      message: `${dir}/rxdx.yml names the stack ${problem.value}, but ${problem.example} is what ` +
        "was installed from here. Nothing was touched.",
      hint: `rxdx-setup config set name=${problem.example} --dir ${quoted([dir])}`,
      exit: EXIT.answers,
    });
  }
  return install;
}

/**
 * Two directories with one project name would take each other's containers away. A directory that
 * was moved is no second one.
 *
 * @throws SetupError `name_in_use` (exit 4)
 */
export async function checkName(
  host: Host,
  engine: Engine,
  of: { readonly name: string; readonly dir: string },
): Promise<void> {
  if (!await engine.ping()) return;
  const containers = await engine.containers(of.name);
  const directories = new Set(
    containers.map((each) => each.Labels["com.docker.compose.project.working_dir"])
      .filter((dir) => dir !== undefined),
  );
  for (const other of directories) {
    if (await resolvedPath(host, other) === await resolvedPath(host, of.dir)) continue;
    if (await host.files.stat(`${other}/rxdx.yml`) === undefined) continue;
    throw new SetupError({
      code: "name_in_use",
      message: `The name ${of.name} is in use by containers of ${other}.`,
      hint: `Work on that one: --dir ${
        quoted([other])
      }; or choose another name: --set name=${of.name}2`,
      exit: EXIT.prerequisite,
    });
  }
}

/** Identifies what a plan was made from. */
export async function inputsOf(host: Host, dir: string): Promise<string> {
  const texts = await Promise.all(
    ["rxdx.yml", ".env", ".rxdx/receipt.json"].map((path) => host.files.readText(`${dir}/${path}`)),
  );
  return sha256(JSON.stringify(texts));
}

/**
 * What was reviewed must be what is done: between the review and the lock another run, or an
 * editor, may have been here.
 *
 * @throws SetupError `changed_meanwhile` (exit 5); nothing was changed by this run
 */
export async function checkUnchanged(host: Host, dir: string, reviewed: string): Promise<void> {
  if (await inputsOf(host, dir) === reviewed) return;
  throw new SetupError({
    code: "changed_meanwhile",
    message: `${dir} was changed by somebody else after this plan was made. Nothing was done.`,
    hint: "Run the same command again to see the new plan.",
    exit: EXIT.apply,
  });
}
