/** What a support bundle says of itself: `manifest.json`, its first file. Pure. */
import { createHash } from "node:crypto";

/** One thing that was collected: text or JSON, redacted already. */
export interface CollectedFile {
  /** Inside the bundle, relative. */
  readonly path: string;
  /** For people, one phrase. */
  readonly what: string;
  readonly text: string;
  readonly redactions: number;
  /** What is missing from it, and why. */
  readonly cut?: string;
}

/** What could not be collected. */
export interface Missing {
  readonly path: string;
  readonly what: string;
  readonly why: string;
}

export interface ManifestFacts {
  readonly version: string;
  /** Compose project. */
  readonly stack: string;
  readonly at: Date;
  readonly options: {
    /** ISO 8601; log lines before it were left out. */
    readonly since: string;
    /** Log lines of each container. */
    readonly lines: number;
    /** Bytes. */
    readonly max_size: number;
    readonly logs: boolean;
    readonly addresses: "kept" | "replaced";
  };
  /** Names of the secrets that were searched for, never a value. */
  readonly searched: readonly string[];
  readonly notSearched: readonly string[];
  /** Different addresses of people that were replaced. */
  readonly pseudonyms: number;
}

export interface ManifestFile {
  readonly path: string;
  readonly what: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  readonly redactions: number;
  readonly cut?: string;
}

export interface Manifest {
  readonly schema: 1;
  readonly made_by: string;
  readonly made_at: string;
  readonly stack: string;
  readonly options: ManifestFacts["options"];
  readonly redaction: {
    readonly total: number;
    readonly searched: readonly string[];
    /** Too short or too common to be told from ordinary text; taken out by name alone. */
    readonly by_name_only: readonly string[];
    readonly pseudonyms: number;
  };
  readonly files: readonly ManifestFile[];
  readonly not_collected: readonly Missing[];
}

const encoder = new TextEncoder();

export function manifestOf(
  facts: ManifestFacts,
  files: readonly CollectedFile[],
  missing: readonly Missing[],
): Manifest {
  return {
    schema: 1,
    made_by: `rxdx-setup ${facts.version}`,
    made_at: facts.at.toISOString(),
    stack: facts.stack,
    options: facts.options,
    redaction: {
      total: files.reduce((sum, each) => sum + each.redactions, 0),
      searched: facts.searched,
      by_name_only: facts.notSearched,
      pseudonyms: facts.pseudonyms,
    },
    files: files.map(({ path, what, text, redactions, cut }) => {
      const bytes = encoder.encode(text);
      return {
        path,
        what,
        size: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        redactions,
        ...(cut === undefined ? {} : { cut }),
      };
    }),
    not_collected: missing,
  };
}
