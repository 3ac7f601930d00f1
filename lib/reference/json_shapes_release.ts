/**
 * What the commands about versions, bundles, copies and adoption print with `--json`: held against what
 * they really print by the end-to-end tests of those commands (`comparedBy`).
 */
import type { JsonShape } from "./json_shape.ts";

const LOST = `
      lost: object or null
      lost.rows: number
      lost.vertices: number
      lost.edges: number
      lost.tables: array of objects
      lost.graphs: array of objects
      lost.changed_tables: array of strings
`;

/** Of an outcome of a place for copies, below `path`. */
const outcome = (path: string) => `
      ${path}: array of objects
      ${path}[].target: string
      ${path}[].ok: boolean
      ${path}[].copied: array of strings
      ${path}[].reason?: string
      ${path}[].hint?: string
`;

export const RELEASE_SHAPES: readonly JsonShape[] = [
  {
    command: "upgrade",
    what: "what runs now",
    more:
      "While it works, the document of `upgrade --check` is an event on standard error. When there was nothing to do, `newer_tags` says what the registry has.",
    comparedBy: "tests/e2e/upgrade_test.ts",
    fields: `
      from: string
      to: string
      backup?: string or null
      downtime_seconds?: number
      newer_tags?: array of strings
    `,
  },
  {
    command: "rollback",
    what: "what runs again, and what went with the way back",
    more:
      "`data` says whether the data went back too, `lost` what had been made since. An upgrade that was given up names the database that was put aside, and the backup of what the newer version had written.",
    comparedBy: "tests/e2e/upgrade_test.ts",
    fields: `
      from: string
      to: string
      data: boolean
      ${LOST.trim()}
      backup: string or null
      downtime_seconds: number or null
      kept_database?: string or null
      newer_backup?: string or null
    `,
  },
  {
    command: "self-update",
    what: "which version is installed, and which could be",
    more:
      "`result` is `up_to_date`, `available` (with `--check`, exit 10), `updated` or `rolled_back`. A way back has no offer.",
    comparedBy: "tests/install/self_update_test.ts",
    fields: `
      result: string
      installed: string
      offered?: string
      key?: string
      changes?: array of objects
      changes[].version: string
      changes[].text: string
    `,
  },
  {
    command: "verify",
    what: "who has signed a file",
    fields: `
      file: string
      key: string
      comment: string
    `,
  },
  {
    command: "bundle",
    what: "what is in a bundle, and who has signed it",
    more:
      "The same of `bundle create`, `show` and `verify`. `signed_by` is null where no key was given to verify with; `claimed_by` is what the signature says of itself.",
    comparedBy: "tests/e2e/bundle_test.ts",
    fields: `
      file: string
      bytes: number
      sha256: string
      signed_by: string or null
      claimed_by: string or null
      manifest: object
      manifest.schema: number
      manifest.kind: string
      manifest.created: string
      manifest.setup: string
      manifest.arch: string
      manifest.version: string
      manifest.postgres: string
      manifest.engine: string
      manifest.needs: object
      manifest.needs.engine: string
      manifest.needs.compose: string
      manifest.stops: array of strings
      manifest.requires: array of strings
      manifest.program: object
      manifest.program.bytes: number
      manifest.program.sha256: string
      manifest.images: object
    `,
  },
  {
    command: "import",
    what: "what would be taken over",
    more: "Without `--yes`; nothing is changed.",
    comparedBy: "tests/e2e/import_test.ts",
    fields: `
      from: string
      dir: string
      project: string
      recognised: array of objects
      recognised[].what: string
      recognised[].value: string
      recognised[].from: string
      assumed: array of strings
      differs: array of strings
      left_alone: array of strings
      seeded_accounts: array of strings
    `,
  },
  {
    command: "import --yes",
    what: "what was taken over",
    more: "A directory that was taken over before is told with `at` instead.",
    comparedBy: "tests/e2e/import_test.ts",
    fields: `
      from: string
      dir: string
      imported: boolean
      at?: string
      url?: string
      downtime_seconds?: number or null
      backup?: string or null
      seeded_accounts?: array of strings
    `,
  },
  {
    command: "backup copy",
    what: "what each place for copies has got",
    comparedBy: "tests/e2e/copies_test.ts",
    fields: `
      result: string
      ${outcome("targets").trim()}
    `,
  },
  {
    command: "backup fetch",
    what: "the backup that was fetched",
    more:
      "`compared_with` is `here` when this server knows the sum, `beside` when only the record beside the copy says it.",
    comparedBy: "tests/e2e/copies_test.ts",
    fields: `
      path: string
      bytes: number
      sha256: string
      compared: boolean
      compared_with: string or null
    `,
  },
  {
    command: "backup run",
    what: "the backup that was made, proven and copied",
    comparedBy: "tests/e2e/backup_test.ts",
    fields: `
      file: string
      bytes: number
      proof: object
      proof.at: string
      proof.seconds: number
      proof.rpo_seconds?: number
      proof.ok: boolean
      proof.application?: string
      removed: array of strings
      ${outcome("copies").trim()}
    `,
  },
  {
    command: "backup restore",
    what: "what was restored",
    more:
      "While it works, the document of `backup restore --dry-run` is an event on standard error. Into an empty directory there are `dir`, `url` and `total_seconds` as well.",
    comparedBy: "tests/e2e/restore_test.ts",
    fields: `
      restored: boolean
      path: string
      at: string
      file: string
      backup_at: string
      parts: array of strings
      seconds: number
      downtime_seconds: number
      tables: number
      rows: number
      vertices: number
      edges: number
      uploads: number
      before: string or null
      written_meanwhile: array of strings
      dir?: string
      url?: string
      total_seconds?: number
    `,
  },
  {
    command: "secrets rotate",
    what: "what was rotated",
    more:
      "The last document is the result. What is kept nowhere is shown before it is relied on, in a document of its own that comes first: `recovery`, the new key of the backups, or `admin_password`, beside an empty `rotated`. Without a result it may be in use all the same: keep it until the command, run again, has come to its end. `downtime_seconds` is how long readiness, asked ten times a second, had no answer; null where the stack is stopped.",
    comparedBy: "tests/e2e/rotate_test.ts",
    fields: `
      rotated: array of strings
      resumed?: boolean
      started?: boolean
      ms?: number
      downtime_seconds?: number or null
      admin_password?: string
      recovery?: object
    `,
  },
];
