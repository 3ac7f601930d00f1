/** One question to the database of a stack, by psql in its container. */
import { Engine } from "../engine/client.ts";
import { stackContainers } from "../engine/state.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun } from "../steps/command.ts";
import { inContainer, psql } from "./backup/session.ts";

/** What has to be known of a stack to ask its database. */
export interface QueryTarget {
  readonly dir: string;
  readonly answers: Pick<Plan["answers"], "name" | "database">;
}

/**
 * How to run a program where PostgreSQL runs, its input and output ours. By the container and not by
 * Compose, which reads and resolves all its files first: twice the time.
 *
 * @throws SetupError `database_query_failed` (exit 6) when PostgreSQL does not run
 */
export async function besidePostgres(
  host: Host,
  { answers: { name } }: QueryTarget,
  command: readonly string[],
): Promise<string[]> {
  const containers = stackContainers(await new Engine(host).containers(name))
    .filter(({ service }) => service === "postgres");
  const running = containers.find(({ state }) => state === "running");
  if (running !== undefined) return inContainer(running.id, command);
  const [other] = containers;
  throw new SetupError({
    code: "database_query_failed",
    message: `PostgreSQL of the stack ${name} ` +
      (other === undefined ? "is not there." : `is not running: its container is ${other.state}.`),
    hint: other?.state === "paused"
      ? `docker unpause ${other.container}`
      : "rxdx-setup start, or: rxdx-setup logs postgres",
    exit: EXIT.unhealthy,
  });
}

/** Runs SQL from standard input over the container's own socket; returns unaligned rows. */
export async function query(
  host: Host,
  target: QueryTarget,
  sql: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const command = await besidePostgres(host, target, [
    ...psql(target.answers.database),
    ...Object.entries(variables).map(([key, value]) => `--set=${key}=${value}`),
  ]);
  const result = await mustRun(host, command, {
    cwd: target.dir,
    stdin: sql,
    code: "database_query_failed",
    exit: EXIT.unhealthy,
  });
  return result.stdout.trim();
}
