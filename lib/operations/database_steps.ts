/** Making the application usable: its schema and graph, and the first administrator. */
import { composeExec } from "../engine/compose.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";

/** Runs SQL from standard input over the container's own socket; returns unaligned rows. */
async function query(
  host: Host,
  plan: Plan,
  sql: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { user, name } = plan.answers.database;
  const result = await mustRun(
    host,
    composeExec("postgres", [
      "psql",
      "--no-psqlrc",
      "--quiet",
      "--tuples-only",
      "--no-align",
      "--set=ON_ERROR_STOP=1",
      ...Object.entries(variables).map(([key, value]) => `--set=${key}=${value}`),
      `--username=${user}`,
      `--dbname=${name}`,
    ]),
    { cwd: plan.dir, stdin: sql, code: "database_query_failed", exit: EXIT.unhealthy },
  );
  return result.stdout.trim();
}

/** The application makes its tables when it starts; this makes sure of them and of the graph. */
export function schemaStep(host: Host, plan: Plan): Step {
  return {
    id: "schema",
    title: "Make the database schema and graph",
    isDone: async () =>
      await query(
        host,
        plan,
        "SELECT to_regclass('public.users') IS NOT NULL AND EXISTS " +
          "(SELECT FROM ag_catalog.ag_graph WHERE name = :'graph');\n",
        { graph: plan.answers.database.graph },
      ) === "t",
    run: async (_report, signal) => {
      // Without --no-seed it would add five users whose password is public.
      await mustRun(
        host,
        composeExec("backend", ["python", "-m", "app.db.init_schema", "--no-seed"]),
        {
          cwd: plan.dir,
          signal,
          code: "schema_failed",
          hint: "rxdx-setup logs backend",
          exit: EXIT.unhealthy,
        },
      );
    },
  };
}

/** Runs inside the backend; address and password come by standard input, never by argv. */
const CREATE_ADMIN = `
import asyncio, json, sys
from app.db.session import AsyncSessionLocal
from app.services.auth_service import AuthService

async def main():
    given = json.load(sys.stdin)
    async with AsyncSessionLocal() as session:
        await AuthService(session).create_user(
            email=given["email"], password=given["password"],
            full_name="Administrator", role="admin")
        await session.commit()

asyncio.run(main())
`;

/** Creates the first administrator, once. An emptied ADMIN_PASSWORD means: not again. */
export function adminStep(host: Host, plan: Plan): Step {
  const password = plan.secrets.ADMIN_PASSWORD;
  // Any administrator will do: one that was renamed or added by hand is not given a rival.
  const exists = async () =>
    await query(
      host,
      plan,
      "SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower(:'email') " +
        "OR role::text ILIKE 'admin');\n",
      { email: plan.adminEmail },
    ) === "t";
  return {
    id: "admin",
    title: `Create the administrator ${plan.adminEmail}`,
    isDone: async () => password.reveal() === "" || await exists(),
    run: async (_report, signal) => {
      const result = await host.process.run(
        composeExec("backend", ["python", "-c", CREATE_ADMIN]),
        {
          cwd: plan.dir,
          signal,
          stdin: JSON.stringify({ email: plan.adminEmail, password: password.reveal() }),
        },
      );
      signal.throwIfAborted();
      if (result.code === 0) return;
      // The last line of a Python trace names the error; the rest could quote values.
      const reason = result.stderr.trim().split("\n").at(-1) ?? "";
      throw new SetupError({
        code: "admin_failed",
        message: `The administrator could not be created: ${
          reason.replaceAll(password.reveal(), "********")
        }`,
        hint: "rxdx-setup logs backend; then run the same command again",
        exit: EXIT.unhealthy,
      });
    },
  };
}
