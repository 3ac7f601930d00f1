/**
 * The manifest: what a backup holds, by the very snapshot that was dumped, and the comparison of a
 * restored database with it. The last member of the archive, so that it can tell the sums of the others.
 * Pure.
 */

export interface TableSum {
  /** Quoted where it has to be: `public.users`. */
  readonly table: string;
  readonly rows: number;
  /** Sum of the 64-bit hashes of every row's text; the order of rows is nothing to it. */
  readonly digest: string;
}

export interface LabelSum {
  readonly label: string;
  /** `v` vertices, `e` edges. */
  readonly kind: string;
  readonly rows: number;
}

export interface GraphSum {
  readonly graph: string;
  /** What `MATCH (n) RETURN count(n)` and `MATCH ()-[e]->() RETURN count(e)` answer. */
  readonly vertices: number;
  readonly edges: number;
  readonly labels: readonly LabelSum[];
}

/** Regular files of the uploads. */
export interface UploadSums {
  readonly files: number;
  readonly bytes: number;
  /**
   * The seconds in which they were changed, added up: with another one, a file of the same size has been written
   * anew. Absent in backups of earlier versions.
   */
  readonly times?: number;
}

export interface SequenceValue {
  readonly sequence: string;
  readonly value: string;
}

/** Everything of a database that is compared. */
export interface DatabaseSums {
  readonly tables: readonly TableSum[];
  readonly graphs: readonly GraphSum[];
  readonly sequences: readonly SequenceValue[];
  readonly large_objects: number;
}

export interface MemberSum {
  /** `database.dump`, in the archive cut into `database.dump.000000` and so on. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the whole. */
  readonly sha256: string;
}

/** What Docker kept of one container. */
export interface ContainerLog {
  readonly container: string;
  readonly lines: number;
  readonly bytes: number;
  /** Older or newer lines were left out, or the log driver gives none. */
  readonly cut: boolean;
}

/** Logs, where they were asked for; bounded. */
export interface LogSums {
  readonly containers: readonly ContainerLog[];
  /** Of the application's own log files, the newest. */
  readonly files: number;
  readonly bytes: number;
  /** Files that did not fit. */
  readonly left_out: number;
}

export interface Manifest extends DatabaseSums {
  readonly schema: 1;
  readonly kind: "rxdx-backup";
  readonly stack: string;
  readonly environment: string;
  /** Version of rxdx-setup. */
  readonly version: string;
  /** ISO 8601: of the snapshot, and when all was read. */
  readonly at: string;
  readonly finished_at: string;
  readonly database: {
    readonly name: string;
    readonly user: string;
    /** `server_version` */
    readonly version: string;
    readonly age_version: string;
    /** Position in the write-ahead log when the snapshot was taken. */
    readonly wal_lsn: string;
    readonly bytes: number;
  };
  /** Service → image, content address and registry digests. */
  readonly images: Readonly<Record<string, unknown>>;
  readonly uploads: UploadSums;
  /** Who can open it; empty with a passphrase. Absent in backups of earlier versions. */
  readonly recipients?: readonly string[];
  /** The state that a restore has replaced. */
  readonly before_restore?: true;
  /** Absent where nobody asked for logs. */
  readonly logs?: LogSums;
  readonly members: readonly MemberSum[];
}

/** @throws RangeError when it is no manifest, or one of a later version */
export function parseManifest(text: string): Manifest {
  let value: Partial<Manifest> | null;
  try {
    value = JSON.parse(text) as Partial<Manifest> | null;
  } catch {
    throw new RangeError("the manifest is no JSON");
  }
  if (value?.kind !== "rxdx-backup") throw new RangeError("this is no manifest of a backup");
  if (value.schema !== 1) {
    throw new RangeError(
      `the backup is of a later version of rxdx-setup (schema ${String(value.schema)})`,
    );
  }
  for (const list of ["tables", "graphs", "sequences", "members"] as const) {
    if (!Array.isArray(value[list])) throw new RangeError(`the manifest lacks ${list}`);
  }
  return value as Manifest;
}

/** Sentences about everything in which a restored database differs; empty: it is the same. */
export function differences(wanted: DatabaseSums, found: DatabaseSums): string[] {
  return [
    ...tableDifferences(wanted.tables, found.tables),
    ...graphDifferences(wanted.graphs, found.graphs),
    ...sequenceDifferences(wanted.sequences, found.sequences),
    ...(wanted.large_objects === found.large_objects
      ? []
      : [`large objects: ${found.large_objects} instead of ${wanted.large_objects}`]),
  ];
}

function tableDifferences(wanted: readonly TableSum[], found: readonly TableSum[]): string[] {
  const there = new Map(found.map((each) => [each.table, each]));
  const known = new Set(wanted.map((each) => each.table));
  return [
    ...wanted.flatMap((each) => {
      const other = there.get(each.table);
      if (other === undefined) return [`${each.table} is missing`];
      if (other.rows !== each.rows) {
        return [`${each.table} has ${other.rows} rows instead of ${each.rows}`];
      }
      return other.digest === each.digest ? [] : [`${each.table} has other content`];
    }),
    ...found.filter((each) => !known.has(each.table)).map((each) =>
      `${each.table} is in no manifest`
    ),
  ];
}

function graphDifferences(wanted: readonly GraphSum[], found: readonly GraphSum[]): string[] {
  const there = new Map(found.map((each) => [each.graph, each]));
  return [
    ...wanted.flatMap((each) => {
      const other = there.get(each.graph);
      if (other === undefined) return [`graph ${each.graph} is missing`];
      const labels = new Map(other.labels.map((label) => [label.label, label.rows]));
      return [
        ...(["vertices", "edges"] as const).filter((what) => other[what] !== each[what])
          .map((what) =>
            `graph ${each.graph}: MATCH finds ${other[what]} ${what}, not ${each[what]}`
          ),
        ...each.labels.filter(({ label, rows }) => labels.get(label) !== rows)
          .map(({ label, rows }) =>
            `graph ${each.graph}: label ${label} has ${labels.get(label) ?? "no"} rows, not ${rows}`
          ),
      ];
    }),
    ...found.filter((each) => !wanted.some(({ graph }) => graph === each.graph))
      .map((each) => `graph ${each.graph} is in no manifest`),
  ];
}

/**
 * A sequence belongs to no snapshot: between the manifest and the dump it may have gone on, never back.
 * One that counts down, or in circles, has an empty value here and is only asked to be there.
 */
function sequenceDifferences(
  wanted: readonly SequenceValue[],
  found: readonly SequenceValue[],
): string[] {
  const there = new Map(found.map((each) => [each.sequence, each.value]));
  return wanted.flatMap(({ sequence, value }) => {
    const other = there.get(sequence);
    if (other === undefined) return [`sequence ${sequence} is missing`];
    return value !== "" && (other === "" || BigInt(other) < BigInt(value))
      ? [`sequence ${sequence} is at ${other || "its start"}, before ${value}`]
      : [];
  });
}
