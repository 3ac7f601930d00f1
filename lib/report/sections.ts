/** The report as tables under titles, in the order in which it is read; Markdown and HTML spell it. Pure. */
import type { Report } from "./report.ts";

export interface Section {
  readonly title: string;
  /** A sentence above the table. */
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What stands there when there are no rows. */
  readonly none: string;
}

const RESULT: Readonly<Record<string, string>> = {
  ok: "pass",
  warn: "pass with warning",
  fail: "FAIL",
  unknown: "not checked",
};

/** Stands where nothing is known. */
const NOTHING = "–";

const text = (value: string | null) => value === null || value === "" ? NOTHING : value;
const list = (values: readonly string[]) => values.length === 0 ? NOTHING : values.join(", ");

function size(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function facts(title: string, rows: readonly (readonly [string, string])[]): Section {
  return { title, head: ["Item", "Value"], rows, none: "Nothing." };
}

export function sections(report: Report): Section[] {
  const { stack, program, machine, certificate, audit, backups } = report;
  return [
    {
      title: "Deviations",
      note: "Everything that is not as it should be, the worst first.",
      head: ["Severity", "Subject", "What was found"],
      rows: report.deviations.map((each) => [each.severity, each.subject, each.detail]),
      none: "None: every check passed, every file is as it was installed.",
    },
    facts("Stack", [
      ["Name", stack.name],
      ["Directory", stack.dir],
      ["Environment", stack.environment],
      ["Address", stack.url],
      ["State", stack.state ?? "could not be seen"],
      ["Version", stack.version],
      ["Version before it", text(stack.previous_version)],
      ["Bundle (SHA-256 of its SHA256SUMS)", text(stack.bundle)],
      ["Installed", text(stack.installed_at)],
      ["Last changed", text(stack.changed_at)],
    ]),
    facts("Program", [
      ["rxdx-setup", program.version],
      ["Files written by", text(program.installed_by)],
      ["Executable", text(program.path)],
      ["SHA-256 of the executable", text(program.sha256)],
    ]),
    facts("Machine", [
      ["Host name", machine.hostname],
      ["Operating system", machine.os],
      ["Kernel", text(machine.kernel)],
      ["Architecture", machine.arch],
      ["Processors", String(machine.cpus)],
      ["Memory", size(machine.memory_bytes)],
      ["Disk", `${size(machine.disk_free_bytes)} free of ${size(machine.disk_total_bytes)}`],
      ["Addresses", list(machine.addresses)],
      ["Docker Engine", `${text(machine.engine)} (${machine.engine_state})`],
      ["Docker Compose", text(machine.compose)],
    ]),
    {
      title: "Images",
      head: ["Service", "Image", "Installed", "Running", "Registry digests"],
      rows: report.images.map((each) => [
        each.service,
        each.image,
        text(each.installed),
        list(each.running),
        list(each.digests),
      ]),
      none: "No image is written down.",
    },
    {
      title: "Files",
      note:
        "Compared with what was installed. Files with secrets are compared too; their hash is " +
        "not shown.",
      head: ["File", "State", "Mode", "SHA-256"],
      rows: report.files.map((each) => [
        each.path,
        each.state,
        text(each.mode),
        each.sha256 ?? (each.state === "missing" ? NOTHING : "not shown"),
      ]),
      none: "No file is written down.",
    },
    {
      title: "Configuration",
      head: ["Key", "Value", "Source"],
      rows: report.configuration.map((each) => [each.key, text(each.value), each.source]),
      none: "Nothing.",
    },
    {
      title: "Secrets",
      note: "Names only. Values are in no form of this document.",
      head: ["Name", "Set", "Strength", "Since", "Meaning"],
      rows: report.secrets.map((each) => [
        each.name,
        each.set ? "yes" : "no",
        text(each.strength),
        text(each.since),
        each.meaning,
      ]),
      none: "None.",
    },
    facts(
      "Certificate",
      certificate === null ? [["Certificate", "none"]] : [
        ["Mode", certificate.mode],
        ["Names", list(certificate.names)],
        ["Issuer", text(certificate.issuer)],
        ["Valid until", text(certificate.not_after)],
        ["SHA-256 fingerprint", text(certificate.fingerprint_sha256)],
        ["Served at the published port", certificate.served],
      ],
    ),
    {
      title: "Network ports",
      head: ["Key", "Port", "Published as"],
      rows: report.ports.map((each) => [each.key, String(each.port), list(each.published)]),
      none: "None.",
    },
    {
      title: "Checks",
      note: "As `rxdx-setup doctor` makes them.",
      head: ["Result", "Check", "What was found"],
      rows: report.checks.map((
        each,
      ) => [RESULT[each.state] ?? each.state, each.title, each.detail]),
      none: "No check could be made.",
    },
    facts("Record of changes", [
      ["Verification", audit.ok ? "pass: whole and unchanged" : "FAIL: see the deviations"],
      ["Entries", String(audit.entries)],
      ["First", text(audit.first_at)],
      ["Last", text(audit.last_at)],
      ["Head", text(audit.head)],
    ]),
    {
      title: "Latest changes",
      head: ["When", "Who", "Command", "Result", "Steps that changed something"],
      rows: audit.runs.map((each) => [
        each.at,
        each.who,
        each.command,
        each.result,
        list(each.changed),
      ]),
      none: "None is recorded.",
    },
    facts("Backups", [
      ["Switched on", backups.wanted ? "yes" : "no"],
      ["Last made", backups.last_at ?? "never"],
      ["Last proven by a restore", dated(backups.proven_at, backups.proof_seconds)],
      [
        "From the backup before to that one",
        backups.proof_rpo_seconds === null ? "not written down" : `${backups.proof_rpo_seconds} s`,
      ],
      ["Application on the proven one", backups.proof_application ?? "not written down"],
      ["Last restored into this stack", dated(backups.restored_at, backups.restored_seconds)],
      ...backups.copies.map(({ target, last_at, failure }): readonly [string, string] => [
        `Copy at ${target}`,
        `${last_at ?? "none"}${failure === null ? "" : `; failed: ${failure}`}`,
      ]),
    ]),
  ];
}

function dated(at: string | null, seconds: number | null): string {
  return at === null ? "never" : `${at}${seconds === null ? "" : `, in ${seconds} s`}`;
}

/** Who signs; the lines are left blank. */
export const SIGNATURES = ["Performed by", "Reviewed by", "Approved by"] as const;
export const SIGNATURE_HEAD = ["Role", "Name", "Signature", "Date"] as const;

/** The lines below the title. */
export function heading({ document }: Report): (readonly [string, string])[] {
  return [
    ["Document", document.number],
    ["Made at", document.at],
    ["Made by", document.made_by],
    ["SHA-256 of the content", document.sha256],
  ];
}

/** How somebody makes sure of the hash. */
export const HASH_NOTE =
  "The hash is over the JSON form of this document without the field itself, written as one line: " +
  "jq -cj 'del(.document.sha256)' FILE | sha256sum. All forms made at once carry the same.";
