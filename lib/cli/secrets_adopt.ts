/**
 * `secrets rotate --adopt`: the database follows the password in `.env`, over its own socket, which needs
 * none. For an `.env` that was edited or put back, and for a rotation that shall not be gone on with.
 */
import { Engine } from "../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../errors.ts";
import { findChanges } from "../operations/changes.ts";
import { checkUnchanged, inputsOf, needOwnStack } from "../operations/pinned.ts";
import { prepareApply } from "../operations/prepare.ts";
import { readPending, unfinished } from "../operations/rotate/pending.ts";
import { knowsPassword } from "../operations/rotate/role.ts";
import { adoptSteps } from "../operations/rotate/steps.ts";
import { shownOnce, withSecretsInKeptEnv } from "../operations/rotate/wanted.ts";
import { isPlain } from "../secrets/scram.ts";
import { quoted } from "../steps/command_line.ts";
import { preflight } from "./bring_up.ts";
import { confirm } from "./confirm.ts";
import type { CommandContext } from "./context.ts";
import { execute, locked } from "./execute.ts";
import { decideHandEdits, handEditChoice, withDecisions } from "./hand_edits.ts";
import { changesText } from "./review.ts";
import { needEngine, runningServices } from "./stack_look.ts";

export async function adopt(context: CommandContext, handEdits?: string): Promise<ExitCode> {
  const { host, out, dir } = context;
  const choice = handEditChoice(handEdits);
  const engine = new Engine(host);
  const install = await needOwnStack(host, engine, dir);
  const reviewed = await inputsOf(host, dir);
  const pending = await readPending(host, dir);
  const password = install.secrets.POSTGRES_PASSWORD ?? "";
  const began = pending !== undefined &&
    (Object.entries(pending.values).some(([name, value]) =>
      (install.secrets as Readonly<Record<string, string>>)[name] === value
    ) || shownOnce(pending) !== undefined);
  // There is no way back once the new values stand in .env: containers may have them. A password that
  // stands in no .env may be the administrator's already, and then nobody else knows it.
  if (pending !== undefined && began) throw unfinished(pending);
  if (!isPlain(password)) {
    throw new SetupError({
      code: "password_not_plain",
      message: password === ""
        ? "POSTGRES_PASSWORD is empty in .env."
        : "POSTGRES_PASSWORD in .env has other characters than printable ASCII.",
      hint: "Have a new one made: rxdx-setup secrets rotate POSTGRES_PASSWORD",
      exit: EXIT.prerequisite,
    });
  }
  await needEngine(engine);
  if (!(await runningServices(engine, install.answers.name)).includes("postgres")) {
    throw new SetupError({
      code: "not_running",
      message: "The database must run for this.",
      hint: `cd ${quoted([dir])} && docker compose up --detach postgres`,
      exit: EXIT.unhealthy,
    });
  }
  const known = await knowsPassword(host, install, password);
  const env = await host.files.readText(`${dir}/.env`);
  // Given, though none: a rotation that did not come to its end is what this run ends.
  const planned = await prepareApply(host, install, { secrets: {} });
  const kept = planned.handEdits.some((each) => each.path === ".env" && each.kept);
  let prepared = withSecretsInKeptEnv(planned, env, kept);
  await preflight(context, prepared);
  const changes = { ...await findChanges(host, prepared, undefined, true), order: undefined };
  if (known && pending === undefined) {
    if (out.json) out.resultJson({ schema: 1, adopted: false });
    else out.result("Nothing to do: the database takes the password that stands in .env.");
    return EXIT.ok;
  }
  const c = out.colors;
  if (!out.json) {
    out.note(
      [
        `${c.bold("Database")}\n  ` +
        (known
          ? "takes the password in .env; the unfinished rotation is given up"
          : "does not take the password in .env; it is given that one, as a SCRAM verifier"),
        changesText(prepared, changes, c),
      ].join("\n\n") + "\n",
    );
  }
  prepared = withDecisions(prepared, await decideHandEdits(context, prepared, choice));
  await confirm(
    context,
    "Make the database follow .env?",
    "What would change stands above; if that is meant, give --yes",
  );
  prepared = withSecretsInKeptEnv(prepared, env, false);
  return await locked(context, "secrets rotate", async () => {
    await checkUnchanged(host, dir, reviewed);
    const now = await readPending(host, dir);
    if (now !== undefined && now.at !== pending?.at) throw unfinished(now);
    await execute(
      context,
      "secrets rotate",
      await adoptSteps({ host, engine, prepared }, password),
    );
    if (out.json) out.resultJson({ schema: 1, adopted: true });
    else out.result("The database takes the password in .env; everything is healthy.");
    return EXIT.ok;
  });
}
