/** The proof that `.env` holds the new values, before anything that cannot be taken back relies on it. */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { readEnv } from "../../render/env_codec.ts";
import type { Pending } from "../../secrets/rotation.ts";
import type { Step } from "../../steps/step.ts";
import { valuesForEnv } from "./wanted.ts";

type Values = Pick<Pending, "values" | "former">;

async function read(host: Host, dir: string): Promise<Map<string, string>> {
  return readEnv(await host.files.readText(`${dir}/.env`) ?? "");
}

/** Does `.env` hold any of the new values? Then they must not be forgotten. */
export async function standsInEnv(host: Host, dir: string, pending: Values): Promise<boolean> {
  const env = await read(host, dir);
  return Object.entries(valuesForEnv(pending)).some(([name, value]) => env.get(name) === value);
}

/**
 * Behind `write-files`: an edit that stays may have no line that a new value could be put into, and the end
 * of a rotation removes the only other place where it stands.
 */
export function provenEnvStep(host: Host, dir: string, pending: Values): Step {
  const wrong = async () => {
    const env = await read(host, dir);
    return Object.entries(valuesForEnv(pending)).filter(([name, value]) => env.get(name) !== value)
      .map(([name]) => ({ name, missing: !env.has(name) }));
  };
  return {
    id: "rotation-env",
    title: "Check that .env has the new values",
    check: true,
    isDone: async () => (await wrong()).length === 0,
    run: async () => {
      const found = await wrong();
      const named = (missing: boolean) =>
        found.filter((each) => each.missing === missing).map(({ name }) => name).join(", ");
      const says = [
        ...(named(true) === "" ? [] : [`has no line for ${named(true)}`]),
        ...(named(false) === "" ? [] : [`does not have the new value of ${named(false)}`]),
      ];
      throw new SetupError({
        code: "env_not_written",
        message: `${dir}/.env ${says.join(" and ")}: it was edited, and the edit stays.`,
        hint: named(true) === ""
          ? "Have it written as it is rendered: the same command with --hand-edits ours"
          : `Put the line back (${found[0]?.name}=), or give --hand-edits ours`,
        exit: EXIT.apply,
      });
    },
  };
}
