/** A restored database held against the manifest: every count and digest, and whether graphs can be written to. */
import { differences, type Manifest } from "../../backup/manifest.ts";
import { SESSION_SETTINGS, writeProof, WRONG_IDS } from "../../backup/sql.ts";
import type { Host } from "../../host/types.ts";
import type { StepReport } from "../../steps/step.ts";
import { type Database, Session } from "./session.ts";
import { sumDatabase } from "./sums.ts";

export interface CompareOptions {
  readonly host: Host;
  readonly database: Database;
  readonly manifest: Manifest;
  /** The error for what differs, a line each. */
  readonly failed: (why: string) => Error;
  readonly report: StepReport;
  readonly signal: AbortSignal;
}

async function sums({ host, database, report, signal }: CompareOptions) {
  const session = new Session(host, database, signal);
  await session.run(SESSION_SETTINGS);
  const found = await sumDatabase(session, (table) => report.detail(table));
  await session.close();
  return found;
}

/** @throws what `failed` makes of every difference */
export async function compareDatabase(options: CompareOptions): Promise<void> {
  const wrong = differences(options.manifest, await sums(options));
  if (wrong.length > 0) throw options.failed(wrong.slice(0, 20).join("\n"));
}

/**
 * Makes a vertex and an edge in every graph and takes them away again.
 *
 * @param rolledBack true where nothing may stay of it; a scratch database proves the commit as well, and
 *   that `MATCH` finds afterwards what it found before
 */
export async function writeToGraphs(options: CompareOptions, rolledBack: boolean): Promise<void> {
  const { host, database, manifest, failed, report, signal } = options;
  if (manifest.graphs.length === 0) return;
  const session = new Session(host, database, signal);
  await session.run(SESSION_SETTINGS);
  const [ids] = await session.rows<{ count: number }>(WRONG_IDS);
  if (ids?.count !== 0) throw failed(`${ids?.count} graphs have a wrong object id`);
  for (const { graph } of manifest.graphs) {
    report.detail(`writing to graph ${graph}`);
    await session.run(
      rolledBack ? `BEGIN;\n${writeProof(graph)}ROLLBACK;\n` : writeProof(graph),
    );
  }
  await session.close();
  if (rolledBack) return;
  const graphsOnly = { tables: [], sequences: [] };
  const after = differences(
    { ...manifest, ...graphsOnly },
    { ...await sums(options), ...graphsOnly },
  );
  if (after.length > 0) throw failed(after.join("\n"));
}
