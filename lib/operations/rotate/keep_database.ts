/** The step that lets the database's container stay, see `same_database.ts`. */
import type { Engine } from "../../engine/client.ts";
import { stackContainers } from "../../engine/state.ts";
import type { Host } from "../../host/types.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Step } from "../../steps/step.ts";
import { definedHashes } from "../hashes.ts";
import { readSameDatabase, writeSameDatabase } from "../same_database.ts";

/** Compose's hash of the definition that the database's container was made from. */
export async function databaseHash(engine: Engine, project: string): Promise<string | undefined> {
  return stackContainers(await engine.containers(project))
    .find((each) => each.service === "postgres")?.configHash;
}

/** @param container its hash when it was decided that the password is all that differs */
export function keepDatabaseStep(host: Host, engine: Engine, plan: Plan, container: string): Step {
  const defined = async () => (await definedHashes(host, plan.dir)).get("postgres") ?? "";
  return {
    id: "rotation-keep-database",
    title: "Let the database's container stay: it reads its variable only when it is empty",
    isDone: async () => {
      if (await databaseHash(engine, plan.answers.name) !== container) return true;
      const same = await readSameDatabase(host, plan.dir);
      return same?.container === container && same.defined === await defined();
    },
    run: async () => {
      await writeSameDatabase(host, plan.dir, { container, defined: await defined() });
    },
  };
}
