/**
 * What the commands about backups, certificates and records print with `--json`: held against what they
 * really print by the test that types every documented command.
 */
import type { JsonShape } from "./json_shape.ts";

export const RECORD_SHAPES: readonly JsonShape[] = [
  {
    command: "backup key",
    what: "a new recovery key",
    more: "`identity` is the secret half. It is shown here and nowhere else.",
    fields: `
      identity: string
      recipient: string
    `,
  },
  {
    command: "backup create",
    what: "the backup that was made",
    fields: `
      path: string
      opens: string
      copies: array of objects
      file: string
      at: string
      bytes: number
      seconds: number
      sha256: string
      version: string
      recipients: array of strings
      tables: number
      rows: number
      graphs: number
      uploads: number
      before_restore: boolean
      proof: object or null
    `,
  },
  {
    command: "backup list",
    what: "backups, their proof and their copies",
    more:
      "`failures`: of `create` and of `verify`, until the next success of the same; the newest " +
      "first, which is `failure`.",
    fields: `
      directory: string
      recipients: array of strings
      backups: array of objects
      backups[].file: string
      backups[].at: string
      backups[].bytes: number
      backups[].seconds: number
      backups[].sha256: string
      backups[].version: string
      backups[].recipients: array of strings
      backups[].tables: number
      backups[].rows: number
      backups[].graphs: number
      backups[].uploads: number
      backups[].before_restore: boolean
      backups[].proof: object or null
      backups[].copies: array of strings
      targets: array of objects
      failure: object or null
      failures: array of objects
      failures[].at: string
      failures[].what: string
      failures[].reason: string
    `,
  },
  {
    command: "backup verify",
    what: "the proof",
    more: "Exit 6 when it is not what it was.",
    fields: `
      file: string
      proof: object
      proof.at: string
      proof.seconds: number
      proof.rpo_seconds?: number
      proof.ok: boolean
      proof.application?: string
    `,
  },
  {
    command: "backup prune",
    what: "what is kept, and why",
    more: "`to_remove` with `--dry-run`, `removed` without.",
    fields: `
      kept: array of objects
      kept[].file: string
      kept[].because: array of strings
      removed?: array of objects
      to_remove?: array of objects
    `,
  },
  {
    command: "backup schedule",
    what: "when it happens by itself",
    fields: `
      enabled: boolean
      schedule: string
      scheduled_by: string or null
      timer: string
      keep: object
      keep.daily: number
      keep.weekly: number
      keep.monthly: number
      copies: array of objects
    `,
  },
  {
    command: "backup restore --dry-run",
    what: "what a restore would do",
    fields: `
      restored: boolean
      plan: object
      plan.file: string
      plan.path: string
      plan.at: string
      plan.bytes: number
      plan.proof: object or null
      plan.proof.at: string
      plan.proof.seconds: number
      plan.proof.rpo_seconds?: number
      plan.proof.ok: boolean
      plan.proof.application?: string
      plan.parts: array of strings
      plan.now: object or null
      plan.now.tables: number
      plan.now.rows: number
      plan.now.vertices: number
      plan.now.edges: number
      plan.now.uploads: number
      plan.unreadable: string or null
      plan.backup: object
      plan.backup.tables: number
      plan.backup.rows: number
      plan.backup.vertices: number
      plan.backup.edges: number
      plan.backup.uploads: number
      plan.lost: array of objects
      plan.backs_up_first: boolean
      plan.needed_bytes: number
      plan.free_bytes: number
      plan.notes: array of strings
    `,
  },
  {
    command: "tls show",
    what: "the certificate, on disk and as served",
    more: "The same of `tls renew`, `issue`, `import`, `self-signed` and `undo`.",
    fields: `
      mode: string
      certificate: object or null
      certificate.names: array of strings
      certificate.subject: string
      certificate.issuer: string
      certificate.self_signed: boolean
      certificate.trust: string
      certificate.source: string
      certificate.not_before: string
      certificate.not_after: string
      certificate.days_left: number
      certificate.key: string
      certificate.fingerprint_sha256: string
      certificate.chain: array of objects
      served: object or null
      served.state: string
      served.fingerprint_sha256: string
      previous: object or null
      hsts: string
      renewal: object
      renewal.at: string or null
      renewal.scheduled_by: string or null
      renewal.wanted: string or null
      renewal.last_attempt: object or null
      renewal.failures: number
      renewal.not_before: string or null
      renewal.window: object or null
    `,
  },
  {
    command: "audit show",
    what: "the record of changes",
    fields: `
      verified: boolean
      findings: array of strings
      notes: array of strings
      runs: array of objects
      runs[].entries: array of numbers
      runs[].at: string
      runs[].who: object or null
      runs[].argv: array of strings
      runs[].version: string
      runs[].changed: array of strings
      runs[].undone: array of strings
      runs[].facts: object
      runs[].message: string or null
      runs[].ms: number or null
      runs[].hash: string
      runs[].command: string
      runs[].result: string
      runs[].who.uid: number
      runs[].who.user: string
      runs[].who.login: string or null
      runs[].who.sudo_user: string or null
      runs[].who.ssh_from: string or null
    `,
  },
  {
    command: "audit verify",
    what: "whether the record is whole",
    more: "Exit 6 when it is not.",
    fields: `
      ok: boolean
      entries: number
      head: string
      findings: array of strings
      notes: array of strings
    `,
  },
  {
    command: "support-bundle",
    what: "the manifest of the archive",
    more: "The same of `--preview`, without the archive.",
    fields: `
      made_by: string
      made_at: string
      stack: string
      options: object
      options.since: string
      options.lines: number
      options.max_size: number
      options.logs: boolean
      options.addresses: string
      redaction: object
      redaction.total: number
      redaction.searched: array of strings
      redaction.by_name_only: array of strings
      redaction.pseudonyms: number
      files: array of objects
      files[].path: string
      files[].what: string
      files[].size: number
      files[].sha256: string
      files[].redactions: number
      not_collected: array of objects
      not_collected[].path: string
      not_collected[].what: string
      not_collected[].why: string
      archive?: string
      archive_size?: number
    `,
  },
  {
    command: "report",
    what: "the files that were written",
    fields: `
      file: string
      files: array of strings
      document: object
      document.number: string
      document.title: string
      document.at: string
      document.made_by: string
      document.sha256: string
      deviations: number
    `,
  },
];
