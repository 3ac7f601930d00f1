/** Making the application usable: its schema and graph, and the first administrator. */
import { composeExec } from "../engine/compose.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import type { Secret } from "../plan/secret.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import { query, type QueryTarget } from "./query.ts";

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
const CREATE_ACCOUNT = `
import asyncio, json, sys
from app.db.session import AsyncSessionLocal
from app.services.auth_service import AuthService

async def main():
    given = json.load(sys.stdin)
    async with AsyncSessionLocal() as session:
        await AuthService(session).create_user(
            email=given["email"], password=given["password"],
            full_name=given["name"], role=given["role"])
        await session.commit()

asyncio.run(main())
`;

/** What is run in the backend with a secret on its standard input. */
export interface BackendRun {
  readonly command: readonly string[];
  readonly given: Readonly<Record<string, unknown>>;
  /** Masked in whatever is quoted. */
  readonly secret: Secret;
  /** Begins the message when it fails. */
  readonly failure: string;
  readonly signal: AbortSignal;
}

/** @throws SetupError `admin_failed` (exit 6) */
export async function runInBackend(host: Host, target: QueryTarget, of: BackendRun): Promise<void> {
  const result = await host.process.run(of.command, {
    cwd: target.dir,
    signal: of.signal,
    stdin: JSON.stringify(of.given),
  });
  of.signal.throwIfAborted();
  if (result.code === 0) return;
  // The last line of a Python trace names the error; the rest could quote values.
  const reason = result.stderr.trim().split("\n").at(-1) ?? "";
  throw new SetupError({
    code: "admin_failed",
    message: `${of.failure}: ${reason.replaceAll(of.secret.reveal(), "********")}`,
    hint: "rxdx-setup logs backend; then run the same command again",
    exit: EXIT.unhealthy,
  });
}

/** Creates an account by the application's own service. */
export async function createAccount(
  host: Host,
  target: QueryTarget,
  account: {
    readonly email: string;
    readonly name: string;
    readonly role: string;
    readonly password: Secret;
  },
  signal: AbortSignal,
): Promise<void> {
  const { email, name, role, password } = account;
  await runInBackend(host, target, {
    command: composeExec("backend", ["python", "-c", CREATE_ACCOUNT]),
    given: { email, name, role, password: password.reveal() },
    secret: password,
    failure: role === "admin"
      ? "The administrator could not be created"
      : `The account ${email} could not be created`,
    signal,
  });
}

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
    run: (_report, signal) =>
      createAccount(host, plan, {
        email: plan.adminEmail,
        name: "Administrator",
        role: "admin",
        password,
      }, signal),
  };
}
