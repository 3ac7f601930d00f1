/** A qualification record with something of everything, hostile values among it, for golden files. */
import { deviationsOf, type Report, sealed } from "../../lib/report/report.ts";

/** What somebody may have written into a reason, a name, a file. */
export const HOSTILE =
  "</td><script>alert(1)</script> | **b** `c` [d](https://example.org) & \"e' \n## f";

export function sampleReport(changes: Partial<Report> = {}): Report {
  const hash = (digit: string) => digit.repeat(64);
  const parts = {
    stack: {
      name: "rxdx",
      dir: "/opt/rxdx",
      environment: "production",
      url: "https://rxdx.example.com",
      state: "degraded",
      installed_at: "2026-03-01T08:00:00.000Z",
      changed_at: "2026-03-14T10:15:00.000Z",
      version: "2.4.0",
      previous_version: "2.3.1",
      unfinished: null,
      bundle: hash("b"),
    },
    program: {
      version: "0.1.0",
      path: "/usr/local/bin/rxdx-setup",
      sha256: hash("1"),
      installed_by: "0.1.0",
    },
    machine: {
      hostname: "server1",
      os: "Debian GNU/Linux 13 (trixie)",
      kernel: "6.12.0-1-amd64",
      arch: "x86_64",
      cpus: 8,
      memory_bytes: 16 * 2 ** 30,
      disk_total_bytes: 200 * 2 ** 30,
      disk_free_bytes: 150.5 * 2 ** 30,
      addresses: ["192.0.2.10", "2001:db8::10"],
      engine_state: "running",
      engine: "28.3.3",
      compose: "2.39.1",
    },
    images: [
      {
        service: "postgres",
        image: "registry.example.com/rxdx/postgres:2.4.0",
        installed: `sha256:${hash("2")}`,
        digests: [`registry.example.com/rxdx/postgres@sha256:${hash("3")}`],
        running: [`sha256:${hash("2")}`],
      },
      {
        service: "backend",
        image: "registry.example.com/rxdx/backend:2.4.0",
        installed: `sha256:${hash("4")}`,
        digests: [],
        running: [`sha256:${hash("4")}`, `sha256:${hash("5")}`],
      },
    ],
    files: [
      { path: ".env", state: "as written" as const, mode: "0600", sha256: null },
      { path: "docker-compose.yml", state: "missing" as const, mode: "", sha256: null },
      { path: "nginx/nginx.prod.conf", state: "kept" as const, mode: "0644", sha256: hash("6") },
      { path: "rxdx.yml", state: "changed" as const, mode: "0600", sha256: hash("7") },
    ],
    configuration: [
      { key: "name", value: "rxdx", source: "flag" },
      { key: "alerts.webhook", value: "https://hooks.example.com/********", source: "rxdx.yml" },
      { key: "images.registry", value: HOSTILE, source: "rxdx.yml" },
    ],
    secrets: [
      {
        name: "POSTGRES_PASSWORD",
        meaning: "Password of the database role.",
        set: true,
        strength: "strong" as const,
        since: "2026-03-01T08:00:00.000Z",
      },
      {
        name: "SMTP_PASSWORD",
        meaning: "Login for outgoing mail.",
        set: true,
        strength: "weak" as const,
        since: "2026-03-01T08:00:00.000Z",
      },
      {
        name: "IMAP_PASSWORD",
        meaning: "Login for incoming mail.",
        set: false,
        strength: null,
        since: null,
      },
    ],
    certificate: {
      mode: "self-signed",
      names: ["rxdx.example.com", "localhost"],
      issuer: "CN=rxdx.example.com",
      not_after: "2027-04-16T07:00:00.000Z",
      fingerprint_sha256: "AA:BB",
      served: "same",
    },
    ports: [
      { key: "ports.http", port: 80, published: ["0.0.0.0:80->80/tcp"] },
      { key: "ports.https", port: 443, published: [] },
    ],
    checks: [
      { id: "memory", title: "Memory", state: "ok" as const, detail: "16 GiB" },
      {
        id: "backups",
        title: "Backups",
        state: "warn" as const,
        detail: "no backup has been made",
      },
      { id: "service-backend", title: "backend", state: "fail" as const, detail: HOSTILE },
      { id: "names", title: "Names", state: "unknown" as const, detail: "no name server answers" },
    ],
    audit: {
      ok: false,
      entries: 7,
      first_at: "2026-03-01T08:00:00.000Z",
      last_at: "2026-03-14T10:15:00.000Z",
      head: `7:${hash("8")}`,
      findings: [{
        line: 4,
        kind: "edited" as const,
        text: "entry 4 (started) is not as it was written",
      }],
      notes: [],
      runs: [{
        at: "2026-03-14T10:14:00.000Z",
        who: "root (ana by sudo) from 198.51.100.7",
        command: "apply",
        result: "ok",
        changed: ["write-files", "start"],
      }],
    },
    backups: {
      wanted: true,
      last_at: "2026-03-14T02:00:00.000Z",
      proven_at: "2026-03-14T02:01:00.000Z",
      proof_seconds: 25.2,
      proof_rpo_seconds: 86_400,
      proof_application: "ready",
      restored_at: null,
      restored_seconds: null,
      copies: [
        { target: "/mnt/copies", last_at: "2026-03-14T02:02:00.000Z", failure: null },
        { target: "backup@nas.example.com:rxdx", last_at: null, failure: "no route to host" },
      ],
    },
  };
  return sealed({
    schema: 1,
    document: {
      number: "IQ-rxdx-20260314T101500Z",
      title: "Installation qualification record",
      at: "2026-03-14T10:15:00.123Z",
      made_by: "root (ana by sudo) from 198.51.100.7",
    },
    deviations: deviationsOf(parts, [{ subject: "Status", why: "took too long" }]),
    ...parts,
    ...changes,
  });
}
