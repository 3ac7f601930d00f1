/** What a stack holds, as its operator would compare it: rows, graphs, files; asked without the program under test. */
import assert from "node:assert/strict";
import { counts, sqlIn } from "./backups.ts";
import { must, type TestStack } from "./stack.ts";

/** Rows and a digest of every table that is not the graph extension's own. */
const TABLES = `SELECT format('%I.%I', table_schema, table_name) || ' ' ||
  (xpath('/row/sum/text()', query_to_xml(format(
    'SELECT count(*) || '' '' || coalesce(md5(string_agg(md5(t::text), '''' ORDER BY md5(t::text))), ''-'') AS sum FROM ONLY %I.%I t',
    table_schema, table_name), false, true, '')))[1]::text
FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema', 'ag_catalog')
ORDER BY 1;
`;

export interface Content {
  readonly database: string;
  readonly uploads: string;
}

async function databaseOf(stack: TestStack, graphs: readonly string[]): Promise<string> {
  const container = `${stack.name}-postgres-1`;
  const { code, text } = await sqlIn(container, TABLES + graphs.map(counts).join(""));
  assert.equal(code, 0, text);
  return text;
}

/** Names, owners, modes and digests of all uploads, those of the directory itself too. */
export async function uploadsOf(stack: TestStack): Promise<string> {
  return await must([
    ...["docker", "exec", `${stack.name}-backend-1`, "sh", "-c"],
    "cd /app/uploads && stat -c '%n %U %a' . && find . -mindepth 1 -printf '%p %u %m\\n' | sort && " +
    "find . -type f -exec sha256sum {} + | sort",
  ]);
}

/** Names and digests of what a restore may not mix, of a backend that may be stopped: nothing is started for it. */
export function uploadsAtRest(stack: TestStack): Promise<string> {
  const list = "find . -mindepth 1 | sort && find . -type f -exec sha256sum {} + | sort";
  return must([
    ...["sh", "-c"],
    'at=$(mktemp -d) && docker cp --quiet "$0:/app/uploads/." - | tar -x -C "$at" && cd "$at" && ' +
    `rm -rf .rxdx-restore-* && ${list} && rm -rf "$at"`,
    `${stack.name}-backend-1`,
  ]);
}

export async function contentOf(stack: TestStack, graphs: readonly string[]): Promise<Content> {
  const [database, uploads] = await Promise.all([databaseOf(stack, graphs), uploadsOf(stack)]);
  return { database, uploads };
}

/** Databases, entries and a page that only a restore has; none once all is done. */
export async function leftOf(stack: TestStack): Promise<string[]> {
  const databases = "SELECT datname FROM pg_database WHERE datname LIKE 'rxdx\\_%';";
  const [{ text }, uploads, scratch] = await Promise.all([
    sqlIn(`${stack.name}-postgres-1`, databases, "postgres"),
    must(["docker", "exec", `${stack.name}-backend-1`, "ls", "-A", "/app/uploads"]),
    must(["docker", "ps", "-aq", "--filter", `label=rxdx-setup.scratch=${stack.name}`]),
  ]);
  const page = [...Deno.readDirSync(`${stack.dir}/nginx/maintenance`)]
    .map(({ name }) => `maintenance/${name}`);
  return [
    ...page,
    ...text.split("\n"),
    ...uploads.split("\n").filter((each) => each.startsWith(".rxdx")),
    ...scratch.split("\n"),
  ].filter((each) => each !== "");
}

export interface Person {
  readonly email: string;
  readonly password: string;
}

/** Status of a login. */
export async function loginOf(stack: TestStack, body: Person): Promise<number> {
  return (await stack.request("/api/v1/auth/login", { body })).status;
}
