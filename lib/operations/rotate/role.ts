/**
 * The password of the database's role: what the database knows, setting another, proving it. All over the
 * container's own socket but for the proof, which comes over the network as the backend does.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { isVerifierOf, SALT_BYTES, scramVerifier } from "../../secrets/scram.ts";
import type { Step } from "../../steps/step.ts";
import { besidePostgres, query, type QueryTarget } from "../query.ts";

/** What the database keeps of the password; empty when it has none. */
async function storedVerifier(host: Host, target: QueryTarget): Promise<string> {
  return await query(
    host,
    target,
    "SELECT coalesce(rolpassword, '') FROM pg_authid WHERE rolname = :'role';\n",
    { role: target.answers.database.user },
  );
}

/** Does the database take this password? Computed where it can be, else by a login. */
export async function knowsPassword(
  host: Host,
  target: QueryTarget,
  password: string,
): Promise<boolean> {
  if (password === "") return false;
  const known = isVerifierOf(await storedVerifier(host, target), password);
  return known ?? (await login(host, target, password)).ok;
}

/** Characters of a verifier; a text of anything else never gets into a statement. */
const HARMLESS = /^[A-Za-z0-9+/=$:-]*$/;

/** The password itself is not in it; the verifier is kept out of the log all the same. */
async function setVerifier(host: Host, target: QueryTarget, verifier: string): Promise<void> {
  if (!HARMLESS.test(verifier)) throw new TypeError("not a verifier");
  await query(
    host,
    target,
    [
      "SET log_statement = 'none';",
      "SET log_min_duration_statement = -1;",
      "SET log_min_error_statement = 'panic';",
      // What the next lines rely on has to be on disk when it returns.
      "SET synchronous_commit = on;",
      `ALTER ROLE :"role" PASSWORD ${verifier === "" ? "NULL" : `'${verifier}'`};`,
      "",
    ].join("\n"),
    { role: target.answers.database.user },
  );
}

/**
 * Sets the password; one that the database has already is not set again.
 *
 * @param begins called right before the database is told
 */
export function roleStep(
  host: Host,
  target: QueryTarget,
  password: string,
  begins: () => void = () => undefined,
): Step {
  let former: string | undefined;
  return {
    id: "rotation-role",
    title: "Give the database the new password, as a SCRAM verifier",
    isDone: async () => isVerifierOf(await storedVerifier(host, target), password) === true,
    run: async () => {
      former = await storedVerifier(host, target);
      begins();
      await setVerifier(host, target, scramVerifier(password, host.random.bytes(SALT_BYTES)));
      host.failpoint("during:rotation-role");
    },
    undo: async () => {
      if (former !== undefined) await setVerifier(host, target, former);
    },
  };
}

/** Asks the container's own address, which needs a password as every address does. */
const LOGIN = [
  "sh",
  "-c",
  'IFS= read -r PGPASSWORD; export PGPASSWORD; host="$(hostname -i | cut -d" " -f1)"; ' +
  "export PGCONNECT_TIMEOUT=5; exec psql --no-psqlrc --no-password --tuples-only --no-align " +
  '--host="${host:-127.0.0.1}" --username="$1" --dbname="$2" --command="SELECT 1" </dev/null',
  "sh",
] as const;

async function login(
  host: Host,
  target: QueryTarget,
  password: string,
  signal?: AbortSignal,
): Promise<{ ok: boolean; said: string }> {
  const { user, name } = target.answers.database;
  const ran = await host.process.run(await besidePostgres(host, target, [...LOGIN, user, name]), {
    cwd: target.dir,
    stdin: `${password}\n`,
    ...(signal === undefined ? {} : { signal }),
  });
  signal?.throwIfAborted();
  return { ok: ran.code === 0, said: ran.stderr.trim().split("\n").at(-1) ?? "" };
}

/** Before anything relies on the new password. */
export function loginStep(host: Host, target: QueryTarget, password: string): Step {
  return {
    id: "rotation-login",
    title: "Log in to the database over the network with it",
    check: true,
    isDone: async () => (await login(host, target, password)).ok,
    run: async (_report, signal) => {
      const { ok, said } = await login(host, target, password, signal);
      if (ok) return;
      throw new SetupError({
        code: "login_not_proven",
        message: "The database does not let its own role in with the new password: " +
          (said.replaceAll(password, "********") || "no answer"),
        hint:
          "rxdx-setup logs --tail 50 postgres; pg_hba.conf must admit the role with scram-sha-256",
        exit: EXIT.apply,
      });
    },
  };
}
