/** Data worth a backup, and backups opened, changed and restored without the program under test. */
import assert from "node:assert/strict";
import { decrypted, encrypted, type Key } from "../../lib/backup/age.ts";
import { must, sh, type TestStack } from "./stack.ts";

export interface RecoveryKey {
  readonly identity: string;
  readonly recipient: string;
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob(await Array.fromAsync(chunks) as BlobPart[]).arrayBuffer());
}

/** Runs SQL in a container as the owner of the database; returns what it prints. */
export async function sqlIn(
  container: string,
  sql: string,
  database = "rxdx",
): Promise<{ code: number; text: string }> {
  const ran = await sh(
    [
      ...["docker", "exec", "-i", container, "psql", "--no-psqlrc", "-qAt"],
      ...["-v", "ON_ERROR_STOP=1", "-U", "rxdx", "-d", database],
    ],
    { stdin: `SET search_path = ag_catalog, "$user", public;\n${sql}` },
  );
  return { code: ran.code, text: ran.text.trim() };
}

/** A statement of Cypher as SQL. */
export const cypher = (graph: string, text: string): string =>
  `SELECT * FROM ag_catalog.cypher('${graph}', $$ ${text} $$) AS (v ag_catalog.agtype);\n`;

/**
 * Three graphs of different shape, each with object ids that no fresh server gives: schemas and graphs
 * are made and dropped between them, and one is made twice.
 */
export async function fillGraphs(stack: TestStack): Promise<void> {
  const make = (graph: string) => `SELECT ag_catalog.create_graph('${graph}');\n`;
  const shift = (count: number) =>
    `DO $$ BEGIN FOR i IN 1..${count} LOOP CREATE TABLE public.pad(i int); DROP TABLE public.pad; ` +
    "END LOOP; END $$;\n";
  const { code, text } = await sqlIn(
    `${stack.name}-postgres-1`,
    "SET client_min_messages = error;\n" + shift(40) + make("risks") + shift(7) + make("trials") +
      "SELECT ag_catalog.drop_graph('risks', true);\n" + shift(3) + make("risks") +
      cypher(
        "risks",
        "UNWIND range(1,50) AS i CREATE (:Risk {n: i})-[:MITIGATED_BY {w: i}]->(:Control {n: i})",
      ) +
      cypher("trials", "UNWIND range(1,7) AS i CREATE (:Trial {n: i})") +
      cypher("rxdx_graph", "CREATE (:Item {text: 'a \"quoted\" text, with \\\\ and ü'})") +
      `CREATE TABLE public."Odd name" (t text, "two words" int, at timestamptz, raw bytea);
INSERT INTO public."Odd name" SELECT 'row ' || g, g, now(), decode(md5(g::text), 'hex')
  FROM generate_series(1, 300) g;
`,
  );
  assert.equal(code, 0, text);
}

/** A label that is new, a vertex of it, and its removal. */
export function writesTo(graph: string): string {
  return cypher(graph, "CREATE (n:Written {n: 1}) RETURN n") +
    cypher(graph, "MATCH (n:Written) DELETE n");
}

/** Gives each graph the id of the next: as on a server where old and new are the same numbers. */
export const SWAP_IDS = `BEGIN;
ALTER TABLE ag_label DROP CONSTRAINT fk_graph_oid;
CREATE TEMP TABLE swap AS SELECT graphid AS old,
  lead(namespace::oid, 1, (SELECT min(namespace::oid) FROM ag_graph))
    OVER (ORDER BY namespace::oid) AS new,
  (4100000000 + row_number() OVER ())::oid AS mid FROM ag_graph;
UPDATE ag_label l SET graph = mid FROM swap WHERE l.graph = old;
UPDATE ag_graph g SET graphid = mid FROM swap WHERE g.graphid = old;
UPDATE ag_label l SET graph = new FROM swap WHERE l.graph = mid;
UPDATE ag_graph g SET graphid = new FROM swap WHERE g.graphid = mid;
ALTER TABLE ag_label ADD CONSTRAINT fk_graph_oid FOREIGN KEY (graph) REFERENCES ag_graph(graphid);
COMMIT;
`;

export function counts(graph: string): string {
  return cypher(graph, "MATCH (n) RETURN count(n)") +
    cypher(graph, "MATCH ()-[e]->() RETURN count(e)");
}

export async function openBackup(path: string, key: Key): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(path);
  return await bytesOf(await decrypted(key, ReadableStream.from([bytes])));
}

/** The same backup with another text of the same length in it, encrypted as the real ones are. */
export async function forgeBackup(
  path: string,
  key: RecoveryKey & { readonly also: readonly string[] },
  from: string,
  to: string,
): Promise<void> {
  assert.equal(from.length, to.length);
  const archive = await openBackup(path, { kind: "identities", identities: [key.identity] });
  const at = Buffer.from(archive.buffer).indexOf(from);
  assert.ok(at > 0, `${from} is in it`);
  archive.set(new TextEncoder().encode(to), at);
  const lock = { kind: "recipients", recipients: [key.recipient, ...key.also] } as const;
  await Deno.writeFile(path, await bytesOf(await encrypted(lock, ReadableStream.from([archive]))));
}

/** A bare database of the stack's image, for a restore by hand. */
export async function bareDatabase(
  name: string,
  image: string,
): Promise<{ readonly name: string; [Symbol.asyncDispose](): Promise<void> }> {
  await must([
    ...["docker", "run", "-d", "--name", name, "-e", "POSTGRES_USER=rxdx", "-e"],
    ...["POSTGRES_PASSWORD=scratch", "-e", "POSTGRES_DB=bare", image],
    ...["postgres", "-c", "shared_preload_libraries=age", "-c", "fsync=off"],
  ]);
  for (let tries = 0;; tries++) {
    const ready = await sh(["docker", "exec", name, "pg_isready", "-q", "-h", "127.0.0.1"]);
    if (ready.code === 0) break;
    assert.ok(tries < 200, "the bare database comes up");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    name,
    async [Symbol.asyncDispose]() {
      await sh(["docker", "rm", "-f", "-v", name]);
    },
  };
}
