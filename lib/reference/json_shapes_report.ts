/** The installation qualification record, as `report --format json` prints it. */
import type { JsonShape } from "./json_shape.ts";

export const REPORT_SHAPE: JsonShape = {
  command: "report --format json",
  what: "the report itself",
  more: "[What the fields answer](../guide/regulated-use.md). The same of `--output FILE.json`.",
  comparedBy: "tests/e2e/record_test.ts",
  fields: `
    document: object
    document.number: string
    document.title: string
    document.at: string
    document.made_by: string
    document.sha256: string
    deviations: array of objects
    deviations[].severity: string
    deviations[].subject: string
    deviations[].detail: string
    stack: object
    stack.name: string
    stack.dir: string
    stack.environment: string
    stack.url: string
    stack.state: string or null
    stack.installed_at: string or null
    stack.changed_at: string or null
    stack.version: string
    stack.previous_version: string or null
    stack.unfinished: string or null
    stack.bundle: string or null
    program: object
    program.version: string
    program.path: string or null
    program.sha256: string or null
    program.installed_by: string or null
    machine: object
    machine.hostname: string
    machine.os: string
    machine.kernel: string or null
    machine.arch: string
    machine.cpus: number
    machine.memory_bytes: number
    machine.disk_total_bytes: number
    machine.disk_free_bytes: number
    machine.addresses: array of strings
    machine.engine_state: string
    machine.engine: string or null
    machine.compose: string or null
    images: array of objects
    images[].service: string
    images[].image: string
    images[].installed: string or null
    images[].digests: array of strings
    images[].running: array of strings
    files: array of objects
    files[].path: string
    files[].state: string
    files[].mode: string
    files[].sha256: string or null
    configuration: array of objects
    configuration[].key: string
    configuration[].value: string
    configuration[].source: string
    secrets: array of objects
    secrets[].name: string
    secrets[].meaning: string
    secrets[].set: boolean
    secrets[].strength: string or null
    secrets[].since: string or null
    certificate: object or null
    certificate.mode: string
    certificate.names: array of strings
    certificate.issuer: string or null
    certificate.not_after: string or null
    certificate.fingerprint_sha256: string or null
    certificate.served: string
    ports: array of objects
    ports[].key: string
    ports[].port: number
    ports[].published: array of strings
    checks: array of objects
    checks[].id: string
    checks[].title: string
    checks[].state: string
    checks[].detail: string
    audit: object
    audit.ok: boolean
    audit.entries: number
    audit.first_at: string or null
    audit.last_at: string or null
    audit.head: string or null
    audit.findings: array of objects
    audit.notes: array of objects
    audit.runs: array of objects
    audit.runs[].at: string
    audit.runs[].who: string
    audit.runs[].command: string
    audit.runs[].result: string
    audit.runs[].changed: array of strings
    backups: object
    backups.wanted: boolean
    backups.last_at: string or null
    backups.proven_at: string or null
    backups.proof_seconds: number or null
    backups.proof_rpo_seconds: number or null
    backups.proof_application: string or null
    backups.restored_at: string or null
    backups.restored_seconds: number or null
    backups.copies: array of objects
    backups.copies[].target: string
    backups.copies[].last_at: string or null
    backups.copies[].failure: string or null
  `,
};
