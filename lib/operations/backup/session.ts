/**
 * One session of psql in a container, asked one question after the other: a snapshot lasts as long as the
 * transaction that exported it. Answers come as JSON, so that no name or value can break out of a row.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";

export interface Database {
  /** Id or name of the container. */
  readonly container: string;
  readonly user: string;
  readonly name: string;
}

/** A program in a container, its input and output ours. */
export function inContainer(container: string, command: readonly string[]): string[] {
  return ["docker", "exec", "--interactive", container, ...command];
}

const PSQL = [
  "psql",
  "--no-psqlrc",
  "--quiet",
  "--no-align",
  "--tuples-only",
  "--set=ON_ERROR_STOP=1",
];

export function psql({ user, name }: Pick<Database, "user" | "name">): string[] {
  return [...PSQL, `--username=${user}`, `--dbname=${name}`];
}

const MARK = "--rxdx-end--";

export class Session {
  readonly #process: ReturnType<Host["process"]["pipe"]>;
  readonly #lines: AsyncGenerator<string>;

  /** Opens it; the first question tells whether that worked. */
  constructor(host: Host, database: Database, signal: AbortSignal) {
    this.#process = host.process.pipe(inContainer(database.container, psql(database)), { signal });
    this.#lines = lines(this.#process.output);
  }

  /** Runs statements; returns their output. @throws SetupError `database_query_failed` */
  async run(sql: string): Promise<string[]> {
    await this.#process.write(`${sql}\n\\echo ${MARK}\n`);
    const found: string[] = [];
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) break;
      if (value === MARK) return found;
      found.push(value);
    }
    const { stderr } = await this.#process.ended();
    throw new SetupError({
      code: "database_query_failed",
      message: `The database refused a question of the backup: ${
        stderr.trim().split("\n").slice(-4).join("\n") || "the connection was closed"
      }`,
      hint: "rxdx-setup logs --tail 50 postgres; then run the same command again",
      exit: EXIT.unhealthy,
    });
  }

  /** @param query one SELECT without a semicolon; the caller knows what its columns are */
  async rows<T>(query: string): Promise<T[]> {
    const [line = "[]"] = await this.run(
      `SELECT coalesce(jsonb_agg(to_jsonb(rxdx_rows_)), '[]') FROM (${query}) AS rxdx_rows_;`,
    );
    return JSON.parse(line) as T[];
  }

  /** Ends it in order; the transaction is rolled back. */
  async close(): Promise<void> {
    await this.#process.end();
    for await (const _ of this.#lines) { /* the rest of its output */ }
    await this.#process.ended();
  }

  kill(): void {
    this.#process.kill();
  }
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
