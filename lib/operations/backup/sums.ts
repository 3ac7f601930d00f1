/** Counts and digests of a database, asked in one session: for the manifest, and for the comparison. */
import type {
  DatabaseSums,
  GraphSum,
  LabelSum,
  SequenceValue,
  TableSum,
} from "../../backup/manifest.ts";
import {
  GRAPH_CATALOGUE,
  GRAPHS,
  HAS_AGE,
  labelCount,
  LARGE_OBJECTS,
  matchCount,
  SEQUENCES,
  TABLES,
  tableSum,
} from "../../backup/sql.ts";
import type { Session } from "./session.ts";

/**
 * Where the sequences are now, whatever the snapshot of the session. What is read in this way stands in a
 * manifest as the least that the dump has: it has to be read before the dump begins.
 */
export function sequencesNow(session: Session): Promise<SequenceValue[]> {
  return session.rows<SequenceValue>(SEQUENCES);
}

/** @param sequences as they were read before; read first of all when absent */
export async function sumDatabase(
  session: Session,
  onTable?: (table: string) => void,
  sequences?: readonly SequenceValue[],
): Promise<DatabaseSums> {
  const values = sequences ?? await sequencesNow(session);
  const tables: TableSum[] = [];
  for (const { table } of await session.rows<{ table: string }>(TABLES)) {
    onTable?.(table);
    const [sum] = await session.rows<Omit<TableSum, "table">>(tableSum(table));
    if (sum !== undefined) tables.push({ table, ...sum });
  }
  const [age] = await session.rows<{ there: boolean }>(HAS_AGE);
  let graphs: GraphSum[] = [];
  if (age?.there === true) {
    const [catalogue] = await session.rows<Omit<TableSum, "table">>(GRAPH_CATALOGUE);
    if (catalogue !== undefined) tables.push({ table: "ag_catalog.ag_label", ...catalogue });
    graphs = await sumGraphs(session, onTable);
  }
  const [large] = await session.rows<{ count: number }>(LARGE_OBJECTS);
  return { tables, graphs, sequences: values, large_objects: large?.count ?? 0 };
}

interface LabelRow {
  readonly graph: string;
  readonly label: string | null;
  readonly kind: string | null;
  readonly relation: string | null;
}

async function sumGraphs(
  session: Session,
  onTable?: (table: string) => void,
): Promise<GraphSum[]> {
  const rows = await session.rows<LabelRow>(GRAPHS);
  const names = [...new Set(rows.map((each) => each.graph))];
  const graphs: GraphSum[] = [];
  for (const graph of names) {
    onTable?.(`graph ${graph}`);
    const labels: LabelSum[] = [];
    for (const { label, kind, relation } of rows.filter((each) => each.graph === graph)) {
      if (label === null || relation === null) continue;
      const [{ count } = { count: 0 }] = await session.rows<{ count: number }>(
        labelCount(relation),
      );
      labels.push({ label, kind: kind ?? "", rows: count });
    }
    graphs.push({
      graph,
      vertices: await matched(session, graph, "(n)"),
      edges: await matched(session, graph, "()-[e]->()"),
      labels,
    });
  }
  return graphs;
}

async function matched(
  session: Session,
  graph: string,
  pattern: "(n)" | "()-[e]->()",
): Promise<number> {
  const [row] = await session.rows<{ count: string }>(matchCount(graph, pattern));
  return Number(row?.count ?? Number.NaN);
}
