/**
 * What the qualification record says, gathered from the install, the machine, Docker, `doctor` and the
 * record of changes. What cannot be seen is said to be so; secrets are taken out by value at the end,
 * wherever they may have got in.
 */
import { FIELDS } from "../../answers/fields.ts";
import { SOURCE_TEXT } from "../../answers/layers.ts";
import { show } from "../../answers/parse.ts";
import { type Tree, valueAt } from "../../answers/tree.ts";
import { masker } from "../../audit/redact.ts";
import { runsOf, whoText } from "../../audit/runs.ts";
import { readAudit } from "../../audit/store.ts";
import type { Verified } from "../../audit/verify.ts";
import { whoIs } from "../../audit/who.ts";
import type { DoctorResult } from "../../doctor/check.ts";
import { Engine } from "../../engine/client.ts";
import { SERVICES } from "../../engine/compose.ts";
import type { Host } from "../../host/types.ts";
import { readLock } from "../../images/lock.ts";
import { partsOfAddress, redactor } from "../../notify/redact.ts";
import { measure } from "../../observe/facts.ts";
import type { StatusDocument } from "../../observe/status.ts";
import { MASK } from "../../plan/secret.ts";
import { urlOf } from "../../plan/plan.ts";
import { publishedPorts } from "../../plan/ports.ts";
import { deviationsOf, type Report, sealed } from "../../report/report.ts";
import { sha256 } from "../../steps/receipt.ts";
import { nameText, readCertificate, splitChain } from "../../tls/certificate.ts";
import { certificatePath } from "../../tls/store.ts";
import { unfinishedText } from "../../upgrade/record.ts";
import { VERSION } from "../../version.ts";
import { readBackupState } from "../doctor/backup_state.ts";
import type { Install } from "../install.ts";
import { readUnfinished, readUpgrade } from "../upgrade/records.ts";
import { lockedVersion } from "../upgrade/version_name.ts";
import { knownSecrets } from "../support/secrets.ts";
import { reportFiles, reportSecrets } from "./install_facts.ts";

/** Newest runs that are listed; the record itself has all. */
const RUNS = 20;

export interface ReportSources {
  readonly host: Host;
  readonly install: Install;
  readonly collectStatus: () => Promise<StatusDocument>;
  readonly collectDoctor: () => Promise<DoctorResult>;
}

type Unseen = { readonly subject: string; readonly why: string };

export async function gatherReport(sources: ReportSources): Promise<Report> {
  const { host, install } = sources;
  const { dir, answers, receipt } = install;
  const at = host.clock.now();
  const unseen: Unseen[] = [];
  const engine = new Engine(host);
  const running = await engine.ping();
  if (!running) {
    unseen.push({
      subject: "Docker",
      why:
        "does not answer: containers, running images, published ports, and the certificate as it " +
        "is served were not seen",
    });
  }
  const [unfinished, previous] = [
    await orUnseen(unseen, "Upgrade", () => readUnfinished(host, dir)),
    await orUnseen(unseen, "Version before", () => readUpgrade(host, dir, "previous")),
  ];
  const [facts, status, doctor, audit, lock, backup, program, kernel, who] = await Promise.all([
    measure(host, { dir, ports: publishedPorts(answers).map(([, port]) => port) }),
    running ? orUnseen(unseen, "Status", sources.collectStatus) : undefined,
    orUnseen(unseen, "Checks", sources.collectDoctor),
    readAudit(host, dir),
    readLock(host, dir),
    readBackupState(host, install),
    orUnseen(unseen, "Executable", () => hashOfProgram(host)),
    host.process.run(["uname", "-r"]),
    whoIs(host),
  ]);
  const certificate = await lookAtCertificate(host, install, status, unseen);
  const parts = {
    stack: {
      name: answers.name,
      dir,
      environment: answers.environment,
      url: urlOf(answers),
      state: status?.stack.state ?? null,
      installed_at: receipt?.createdAt ?? null,
      changed_at: receipt?.updatedAt ?? null,
      version: lockedVersion(answers, lock),
      previous_version: previous?.from.version ?? null,
      unfinished: unfinished === undefined ? null : unfinishedText(unfinished),
      bundle: lock?.origin?.kind === "archive" ? lock.origin.bundle?.digest ?? null : null,
    },
    program: {
      version: VERSION,
      path: host.system.program ?? null,
      sha256: program ?? null,
      installed_by: receipt?.version ?? null,
    },
    machine: {
      hostname: facts.hostname,
      os: facts.os.name,
      kernel: kernel.code === 0 ? kernel.stdout.trim() : null,
      arch: facts.arch,
      cpus: facts.cpus,
      memory_bytes: facts.memoryBytes,
      disk_total_bytes: facts.disk.totalBytes,
      disk_free_bytes: facts.disk.freeBytes,
      addresses: facts.addresses,
      engine_state: facts.engine.state,
      engine: facts.engine.version ?? null,
      compose: facts.engine.compose ?? null,
    },
    images: SERVICES.flatMap((service) => {
      const locked = lock?.services[service];
      const runs = (status?.services ?? []).filter((each) => each.service === service);
      const image = locked?.image ?? runs[0]?.image;
      return image === undefined ? [] : [{
        service,
        image,
        installed: locked?.id ?? null,
        digests: [...locked?.digests ?? []].sort(),
        running: [...new Set(runs.map((each) => each.digest).filter((id) => id !== ""))].sort(),
      }];
    }),
    files: await reportFiles(host, install),
    configuration: configurationOf(install),
    secrets: reportSecrets(install, audit.entries),
    certificate,
    ports: publishedPorts(answers).map(([key, port]) => ({
      key,
      port,
      published: [
        ...new Set((status?.services ?? []).flatMap((each) => each.ports)),
      ].filter((each) => new RegExp(`(^|:)${port}->`).test(each)).sort(),
    })),
    checks: (doctor?.checks ?? []).map(({ id, title, state, detail }) => (
      { id, title, state, detail }
    )),
    audit: auditOf(audit),
    backups: {
      wanted: answers.backups.enabled,
      last_at: backup.lastAt?.toISOString() ?? null,
      proven_at: backup.provenAt?.toISOString() ?? null,
      proof_seconds: backup.provenSeconds ?? null,
      proof_rpo_seconds: backup.provenRpoSeconds ?? null,
      proof_application: backup.provenApplication ?? null,
      restored_at: backup.restoredAt?.toISOString() ?? null,
      restored_seconds: backup.restoredSeconds ?? null,
      copies: (backup.copies ?? []).map(({ target, lastAt, failure }) => ({
        target,
        last_at: lastAt?.toISOString() ?? null,
        failure: failure?.reason ?? null,
      })),
    },
  };
  const number = `IQ-${answers.name}-${at.toISOString().replace(/[-:]|\.\d+/g, "")}`;
  const clean = await cleaner(host, engine, install);
  return sealed(clean({
    schema: 1,
    document: {
      number,
      title: "Installation qualification record",
      at: at.toISOString(),
      made_by: whoText(who),
    },
    deviations: deviationsOf(parts, unseen),
    ...parts,
  }));
}

async function orUnseen<T>(
  unseen: Unseen[],
  subject: string,
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    unseen.push({ subject, why: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

async function hashOfProgram(host: Host): Promise<string | undefined> {
  const { program } = host.system;
  const bytes = program === undefined ? undefined : await host.files.readBytes(program);
  return bytes === undefined ? undefined : sha256(bytes);
}

async function lookAtCertificate(
  host: Host,
  { dir, answers }: Install,
  status: StatusDocument | undefined,
  unseen: Unseen[],
): Promise<Report["certificate"]> {
  const text = await host.files.readText(certificatePath(dir)).catch(() => undefined);
  if (text === undefined) return null;
  const leaf = await orUnseen(
    unseen,
    "Certificate",
    () => Promise.resolve(splitChain(text).map(readCertificate)[0]),
  );
  if (leaf === undefined) return null;
  return {
    mode: answers.tls.mode,
    names: leaf.names,
    issuer: nameText(leaf.issuer),
    not_after: leaf.notAfter.toISOString(),
    fingerprint_sha256: leaf.fingerprint,
    served: status?.tls.served ?? "not seen",
  };
}

/** Of an address that is as good as a password, its host is enough. */
function configurationOf({ answers, provenance }: Install): Report["configuration"] {
  const mask = masker([]);
  return FIELDS.flatMap(({ path }) => {
    const value = valueAt(answers as unknown as Tree, path);
    if (value === undefined) return [];
    const text = Array.isArray(value) ? value.join(", ") : show(value);
    return [{
      key: path,
      value: path === "alerts.webhook" ? hostOf(text) : mask(text),
      source: SOURCE_TEXT[provenance.get(path) ?? "default"],
    }];
  });
}

function hostOf(address: string): string {
  return URL.canParse(address) ? `${new URL(address).origin}/${MASK}` : address === "" ? "" : MASK;
}

function auditOf(audit: Verified): Report["audit"] {
  const { entries, head, findings, notes, ok } = audit;
  return {
    ok,
    entries: entries.length,
    first_at: entries[0]?.at ?? null,
    last_at: entries.at(-1)?.at ?? null,
    head: head === undefined ? null : `${head.n}:${head.hash}`,
    findings,
    notes,
    runs: runsOf(entries).filter((each) => each.result !== "note").slice(-RUNS).map((each) => ({
      at: each.at,
      who: whoText(each.who),
      command: each.command,
      result: each.result,
      changed: each.changed,
    })),
  };
}

/** Takes known secrets out of every text of a value, in each of their spellings. */
async function cleaner(
  host: Host,
  engine: Engine,
  install: Install,
): Promise<<T>(value: T) => T> {
  const known = await knownSecrets(host, engine, {
    dir: install.dir,
    project: install.answers.name,
    install,
  });
  const { webhook } = install.answers.alerts;
  // The host of the webhook may be seen; what follows it may not.
  const parts = partsOfAddress(webhook).filter((each) => each.length > 8);
  const clean = redactor([
    ...known.secrets.map((each) => each.value).filter((each) => !known.names.has(each)),
    ...parts,
  ]);
  const deep = (value: unknown): unknown => {
    if (typeof value === "string") return clean(value);
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, deep(each)]));
  };
  return <T>(value: T) => deep(value) as T;
}
