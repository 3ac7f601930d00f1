/**
 * What the commands about the stack print with `--json`: held against what they really print by the test
 * that types every documented command.
 */
import type { JsonShape } from "./json_shape.ts";

export const STACK_SHAPES: readonly JsonShape[] = [
  {
    command: "init",
    what: "what was set up",
    more: "The same of `apply` and `start`.",
    fields: `
      dir: string
      url: string
      started: boolean
      certificate_sha256: string or null
      admin: object or null
      admin.email: string
      admin.password_file: string
    `,
  },
  {
    command: "plan",
    what: "what `apply` would change",
    more:
      "Exit 10 when `changes` is true. `plan` is the hash by which `apply` knows that it does what was shown. Of secrets, files show that they change.",
    fields: `
      plan: string
      dir: string
      changes: boolean
      engine: string
      files: array of objects
      hand_edits: array of objects
      certificate: string or null
      certificate_order: string or null
      notes: array of strings
      images: array of strings
      containers: array of objects
      timers: array of strings
      nginx_reload: boolean
      memory: object
      memory.committed_bytes: number
      memory.budget_bytes: number
      warnings: array of objects
      warnings[].key: string
      warnings[].value?: string
      warnings[].rule: string
      warnings[].example?: string
      unfinished: object or null
    `,
  },
  {
    command: "config show",
    what: "every value and where it came from",
    more: "`config get KEY` prints one value alone, as JSON.",
    fields: `
      file: string
      values: array of objects
      values[].key: string
      values[].value: any
      values[].source: string
    `,
  },
  {
    command: "config set",
    what: "whether anything was changed",
    fields: `
      changed: boolean
      file: string
    `,
  },
  {
    command: "doctor",
    what: "every check",
    more: "Exit 6 when one has failed. [What each looks at](doctor.md).",
    fields: `
      result: string
      checks: array of objects
      checks[].id: string
      checks[].title: string
      checks[].state: string
      checks[].severity: string
      checks[].detail: string
      checks[].hint: string or null
      checks[].fixable: boolean
    `,
  },
  {
    command: "check",
    what: "what the machine and the network answer",
    more: "Exit 6 when one has failed.",
    fields: `
      result: string
      checks: array of objects
      checks[].id: string
      checks[].title: string
      checks[].state: string
      checks[].detail: string
      checks[].hint?: string or null
    `,
  },
  {
    command: "healthcheck",
    what: "one look, and who was told",
    more:
      "`problems` are those of [status --json](status-json.md#problems). `alerts` is null with `--no-alerts`.",
    fields: `
      ok: boolean
      state: string
      problems: array of objects
      last_order: object or null
      alerts: object or null
    `,
  },
  {
    command: "secrets list",
    what: "names and age of secrets, never a value",
    fields: `
      unfinished: array of strings
      secrets: array of objects
      secrets[].name: string
      secrets[].where: string
      secrets[].used_by: array of strings
      secrets[].set: boolean
      secrets[].since: string or null
      secrets[].since_from: string or null
      secrets[].age_days: number or null
      secrets[].strength: string or null
      secrets[].kind: string
      secrets[].ends: string
      secrets[].rotate: string
    `,
  },
  {
    command: "admin list",
    what: "accounts of the application",
    fields: `
      accounts: array of objects
      accounts[].email: string
      accounts[].name: string
      accounts[].role: string
      accounts[].active: boolean
      accounts[].seeded: boolean
      accounts[].failed_logins: number
      accounts[].locked_until: string or null
      accounts[].last_login: string or null
      accounts[].created_at: string
    `,
  },
  {
    command: "admin create",
    what: "the account that was made",
    more: "`password` only where it was generated: this is where it is shown.",
    fields: `
      email: string
      role: string
      password?: string
    `,
  },
  {
    command: "admin remove",
    what: "what became of the accounts",
    fields: `
      accounts: array of objects
      accounts[].email: string
      accounts[].outcome: string
    `,
  },
  {
    command: "alerts show",
    what: "who is told, and what is open",
    fields: `
      configured: boolean
      open: number
      silenced_until: string or null
      last_sent_at: string or null
      tested_at: string or null
      scheduled_by: string or null
      timer_expected: boolean
      looked_at: string or null
      silence_reason: string
      channels: array of objects
      problems: array of objects
    `,
  },
  {
    command: "alerts silence",
    what: "until when nobody is told",
    fields: `
      silenced_until: string or null
      reason: string
    `,
  },
  {
    command: "engine",
    what: "Docker",
    fields: `
      state: string
      version: string
      compose: string
      root_dir: string or null
      rootless: boolean
      proxies: object
      proxies.http: string
      proxies.https: string
      proxies.no: string
      warning: string or null
    `,
  },
  {
    command: "scale",
    what: "what runs now",
    fields: `
      service: string
      changed: boolean
      replicas: number
      workers: number
      memory_bytes: number
      max_connections: number
      ms: number
    `,
  },
  {
    command: "logs",
    what: "one document a line",
    more: "`fields` are those that the line itself had, when it is JSON.",
    fields: `
      time: string
      service: string
      replica?: number
      container: string
      stream: string
      level: string or null
      message: string
      fields?: object
    `,
  },
  {
    command: "upgrade --check",
    what: "whether there is a newer version",
    more:
      "Exit 10 when there is one. `changes` is the document of `plan`. While an upgrade waits for its end: `available` and `unfinished`.",
    fields: `
      from: object
      from.version: string
      from.setup: string
      to: object
      to.version: string
      to.setup: string
      services: array of objects
      services[].service: string
      services[].from: object or null
      services[].to: string
      services[].replaced: boolean
      services[].newer_content: boolean
      postgres_restarts: boolean
      backup: object or null
      disk: array of objects
      disk[].path: string
      disk[].needed_bytes: number
      disk[].free_bytes: number
      downtime_seconds: number
      unknown: array of strings
      changes: object
      available: boolean
      newer_tags: array of strings
    `,
  },
];
