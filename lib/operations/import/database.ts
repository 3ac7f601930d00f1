/** Asks the database of a hand-made stack what it is, and which password opens it. Changes nothing. */
import type { FoundDatabase, Roles } from "../../adopt/hand_made.ts";
import { readDatabaseUrl } from "../../adopt/settings.ts";
import type { Engine } from "../../engine/client.ts";

/** One line of JSON, of catalogues that every PostgreSQL has. */
const QUESTION = `SELECT json_build_object(
  'version', current_setting('server_version'),
  'number', current_setting('server_version_num')::int,
  'age', (SELECT extversion FROM pg_extension WHERE extname = 'age'),
  'checksums', current_setting('data_checksums') = 'on',
  'bytes', pg_database_size(current_database()),
  'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'users', to_regclass('public.users') IS NOT NULL
);`;

interface Answer {
  readonly version: string;
  readonly number: number;
  readonly age: string | null;
  readonly checksums: boolean;
  readonly bytes: number;
  readonly superuser: boolean;
  readonly users: boolean;
}

export interface Known {
  readonly env: ReadonlyMap<string, string>;
  /** A password that the operator gives for this. */
  readonly given: string | undefined;
}

/** @returns `undefined` when it does not run, or does not answer */
export async function askDatabase(
  engine: Engine,
  { postgres, backend }: Partial<Roles>,
  known: Known,
): Promise<FoundDatabase | undefined> {
  if (postgres?.running !== true) return undefined;
  const url = readDatabaseUrl(backend?.env.get("DATABASE_URL"));
  const said = (name: string) => backend?.env.get(name) ?? postgres.env.get(name);
  const user = url?.user ?? said("POSTGRES_USER") ?? "postgres";
  const name = url?.name ?? said("POSTGRES_DB") ?? user;
  const psql = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
  const target = [`--username=${user}`, `--dbname=${name}`];
  const ask = async (sql: string): Promise<string | undefined> => {
    const asked = await engine.exec(postgres.container, [...psql, ...target, `--command=${sql}`])
      .catch(() => undefined);
    return asked?.code === 0 ? asked.stdout.trim() : undefined;
  };
  const text = await ask(QUESTION);
  if (text === undefined) return undefined;
  const answer = JSON.parse(text) as Answer;
  const list = async (sql: string) =>
    (await ask(sql))?.split("\n").filter((line) => line !== "") ?? [];
  const owner = await engine.exec(postgres.container, [
    "stat",
    "-c",
    "%u",
    postgres.env.get("PGDATA") ?? "/var/lib/postgresql/data",
  ]);
  const passwords = [
    known.given,
    url?.password,
    backend?.env.get("POSTGRES_PASSWORD"),
    postgres.env.get("POSTGRES_PASSWORD"),
    known.env.get("POSTGRES_PASSWORD"),
  ].filter((each): each is string => each !== undefined && each !== "");
  return {
    version: answer.version.split(" ")[0] ?? answer.version,
    major: Math.floor(answer.number / 10_000),
    age: answer.age ?? undefined,
    graphs: answer.age === null
      ? []
      : await list("SELECT name FROM ag_catalog.ag_graph ORDER BY 1"),
    checksums: answer.checksums,
    bytes: answer.bytes,
    superuser: answer.superuser,
    uid: Number(owner.stdout.trim()),
    emails: answer.users ? await list("SELECT email FROM public.users") : undefined,
    password: await opening(engine, postgres.container, target, passwords),
  };
}

/**
 * Tries each over the container's own address: the official image trusts whoever comes by the loopback
 * address, and would say yes to any.
 */
async function opening(
  engine: Engine,
  container: string,
  target: readonly string[],
  passwords: readonly string[],
): Promise<string | undefined> {
  const [address] = (await engine.exec(container, ["hostname", "-i"])).stdout.trim().split(/\s+/);
  if (address === undefined || address === "") return undefined;
  for (const password of new Set(passwords)) {
    const tried = await engine.exec(container, [
      "psql",
      "--no-psqlrc",
      "--no-password",
      "--quiet",
      ...target,
      `--host=${address}`,
      "--command=SELECT 1",
    ], { env: { PGPASSWORD: password, PGCONNECT_TIMEOUT: "5" } });
    if (tried.code === 0) return password;
  }
  return undefined;
}
