/**
 * What would be lost if the database went back to a backup: counts and digests then against now. Rows that
 * were changed in place cannot be counted from sums, so the tables in which something was are named. Pure.
 */

/** Of a table, quoted where it has to be: rows, and the sum of their hashes. */
export interface TableCount {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

export interface GraphCount {
  readonly graph: string;
  readonly vertices: number;
  readonly edges: number;
}

export interface Counts {
  readonly tables: readonly TableCount[];
  readonly graphs: readonly GraphCount[];
}

export interface TableLoss {
  readonly table: string;
  /** Rows now minus rows then. */
  readonly rows: number;
}

export interface Loss {
  /** Tables whose number of rows is another, or that there was not then. */
  readonly tables: readonly TableLoss[];
  /**
   * Tables with as many rows and other content. Of a graph whose counts are the same, each label that has
   * other vertices or edges than then.
   */
  readonly changed: readonly string[];
  readonly graphs: readonly (GraphCount)[];
  /** Rows that are there now and were not then, graphs left out: their labels are tables too. */
  readonly rows: number;
  readonly vertices: number;
  readonly edges: number;
}

/** The catalogue of labels, which is counted among the tables; what else is in that schema is somebody's. */
const CATALOGUE = "ag_catalog.ag_label";

/** The graph in whose schema a table of vertices or edges lies. */
function graphOf(table: string, graphs: readonly string[]): string | undefined {
  return graphs.find((graph) => table.startsWith(`${graph}.`) || table.startsWith(`"${graph}".`));
}

export function lossOf(then: Counts, now: Counts): Loss {
  const graphs = [...new Set([...then.graphs, ...now.graphs].map(({ graph }) => graph))];
  const of = (list: readonly GraphCount[]) => new Map(list.map((each) => [each.graph, each]));
  const [had, has] = [of(then.graphs), of(now.graphs)];
  const graphLoss = graphs.flatMap((graph) => {
    const vertices = (has.get(graph)?.vertices ?? 0) - (had.get(graph)?.vertices ?? 0);
    const edges = (has.get(graph)?.edges ?? 0) - (had.get(graph)?.edges ?? 0);
    return vertices === 0 && edges === 0 ? [] : [{ graph, vertices, edges }];
  });
  const before = new Map(then.tables.map((each) => [each.table, each]));
  const after = new Map(now.tables.map((each) => [each.table, each]));
  const tables: TableLoss[] = [];
  const changed: string[] = [];
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    if (table === CATALOGUE) continue;
    const [was, is] = [before.get(table), after.get(table)];
    const rows = (is?.rows ?? 0) - (was?.rows ?? 0);
    const graph = graphOf(table, graphs);
    if (graph !== undefined) {
      // What came and went is in the counts of the graph; what was edited, or took another's place, is not.
      const counted = rows !== 0 && graphLoss.some((each) => each.graph === graph);
      const other = was === undefined || is === undefined ? rows !== 0 : was.digest !== is.digest;
      if (other && !counted) changed.push(table);
    } else if (rows !== 0 || was === undefined || is === undefined) tables.push({ table, rows });
    else if (was.digest !== is.digest) changed.push(table);
  }
  const more = (values: readonly number[]) =>
    values.filter((each) => each > 0).reduce((sum, each) => sum + each, 0);
  return {
    tables,
    changed,
    graphs: graphLoss,
    rows: more(tables.map((each) => each.rows)),
    vertices: more(graphLoss.map((each) => each.vertices)),
    edges: more(graphLoss.map((each) => each.edges)),
  };
}

export function isNothing(loss: Loss): boolean {
  return loss.tables.length + loss.changed.length + loss.graphs.length === 0;
}

const signed = (count: number) => count > 0 ? `+${count}` : String(count);

/** One line each, for people. */
export function lossLines(loss: Loss): string[] {
  if (isNothing(loss)) return ["nothing: the database is as it was then"];
  return [
    ...loss.tables.map(({ table, rows }) =>
      rows === 0 ? `${table}: an empty table of the new version` : `${table}: ${signed(rows)} rows`
    ),
    ...loss.graphs.map(({ graph, vertices, edges }) =>
      `graph ${graph}: ${signed(vertices)} vertices, ${signed(edges)} edges`
    ),
    ...loss.changed.map((table) => `${table}: rows were changed`),
  ];
}
