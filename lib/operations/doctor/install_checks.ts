/** The checks of `doctor` that are about the install: certificate, ports, requests, secrets, upkeep. */
import { type DoctorCheck, type Found, found } from "../../doctor/check.ts";
import { countRequests, judgePorts, judgeRequests, type Published } from "../../doctor/edge.ts";
import { judgeDebug, judgeModes, judgeRotation, judgeSecrets } from "../../doctor/install.ts";
import { judgeAlertTest, judgeBackups, testedAt } from "../../doctor/upkeep.ts";
import { schedulerOf } from "../../schedule/steps.ts";
import { pendingNames } from "../../secrets/rotation.ts";
import { strengthOf } from "../../secrets/strength.ts";
import { copyChecks } from "../backup/copies/look.ts";
import { backupScene } from "../backup/scene.ts";
import { readMaintenance } from "../maintenance.ts";
import { knownNames } from "../prepare.ts";
import { secretInventory } from "../rotate/inventory.ts";
import { readPending } from "../rotate/pending.ts";
import { certificateChecks } from "../tls/checks.ts";
import { readBackupState } from "./backup_state.ts";
import { modesOf } from "./modes.ts";
import { type DoctorScene, lastLines, running } from "./scene.ts";

type InstallCheck = DoctorCheck<DoctorScene>;

async function certificate(scene: DoctorScene): Promise<readonly Found[]> {
  const { host } = scene;
  const { plan, look } = await scene.certificate();
  const lines = certificateChecks(plan, look, host.clock.now());
  const { systemd } = await scene.facts();
  const unscheduled = look.wantsSchedule && look.scheduledBy === undefined &&
    await schedulerOf(host, { systemd }) !== "none";
  const own = plan.answers.tls.mode === "self-signed";
  const asked = await scene.engine.ping();
  return lines.map((line): Found => {
    // Whether nginx runs is Docker's to say; without it the answer is not "no".
    if (line.id === "certificate-served" && !asked) {
      return { ...line, state: "unknown", detail: "not looked at: Docker does not answer" };
    }
    if (line.id === "certificate-timer") {
      return !unscheduled ? line : {
        ...line,
        state: "warn",
        detail: "Nothing renews the certificate by itself, although this machine could",
        hint: "rxdx-setup doctor --fix",
        fix: "timer",
      };
    }
    // Only what this program made itself can it make again without asking anybody.
    return own && (line.id === "certificate-dates" || line.id === "certificate-key")
      ? { ...line, fix: "certificate" }
      : line;
  });
}

async function ports(scene: DoctorScene): Promise<Found> {
  const { environment } = scene.install.answers;
  const published = (await scene.containers()).flatMap(({ facts, detail }) =>
    Object.entries(detail.HostConfig.PortBindings ?? {}).flatMap(([inside, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }): Published => ({
        service: facts.service,
        address: HostIp,
        hostPort: Number(HostPort),
        containerPort: Number.parseInt(inside, 10),
      }))
    )
  );
  const ufw = await scene.host.files.readText("/etc/ufw/ufw.conf").catch(() => undefined) ?? "";
  return judgePorts({
    published: published.filter((each) => scene.services.includes(each.service)),
    open: ["nginx"],
    loopback: environment === "development" ? ["backend", "frontend", "postgres"] : [],
    ufw: /^ENABLED=yes$/m.test(ufw),
  });
}

/** Lines of nginx's log that are counted. */
const LOG_LINES = 500;

async function requests(scene: DoctorScene): Promise<readonly Found[]> {
  const [nginx] = await running(scene, "nginx");
  if (nginx === undefined) return [];
  const lines = await lastLines(scene.engine, nginx.detail, LOG_LINES);
  return [judgeRequests(countRequests(lines))];
}

async function debug(scene: DoctorScene): Promise<Found> {
  const [env, containers] = await Promise.all([
    scene.env(),
    scene.engine.ping().then((up) => up ? scene.containers() : []),
  ]);
  const on = (value: string | undefined) => /^(true|1|yes|on)$/i.test(value ?? "");
  const inside = containers.filter(({ facts }) => facts.service === "backend")
    .flatMap(({ detail }) => detail.Config.Env ?? []);
  return judgeDebug({
    debug: on(env.get("DEBUG")) ||
      inside.some((each) => each.startsWith("DEBUG=") && on(each.slice("DEBUG=".length))),
    environment: scene.install.answers.environment,
  });
}

/** Made of nothing that stands in an example, a tutorial or this stack's own names. */
async function secrets(scene: DoctorScene): Promise<Found> {
  const { answers } = scene.install;
  const env = await scene.env();
  const names = knownNames(answers);
  const facts = ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"].flatMap((name) => {
    const value = env.get(name) ?? "";
    return value === "" ? [] : [{ name, verdict: strengthOf(value, names).verdict }];
  });
  return judgeSecrets(facts, answers.environment);
}

async function rotation({ host, install }: DoctorScene): Promise<Found> {
  const [secrets, pending] = await Promise.all([
    secretInventory(host, install),
    readPending(host, install.dir).catch(() => undefined),
  ]);
  return judgeRotation({
    unfinished: pending === undefined ? [] : pendingNames(pending),
    // What nginx serves has a check of its own.
    ages: secrets.filter((each) => each.name !== "TLS_KEY")
      .flatMap(({ name, age_days: days }) => days === null ? [] : [{ name, days }]),
  });
}

async function modes({ host, install: { dir, answers } }: DoctorScene): Promise<Found> {
  return judgeModes(await modesOf(host, dir, answers.backups.directory));
}

async function backups({ host, install }: DoctorScene): Promise<Found> {
  const { answers } = install;
  return judgeBackups(await readBackupState(host, install), {
    hours: answers.alerts.backup_hours,
    keys: answers.backups.recipients.length,
    enabled: answers.backups.enabled,
    now: host.clock.now(),
  });
}

/** The places are asked: a copy that nobody can reach is none. */
async function copies({ host, install }: DoctorScene): Promise<readonly Found[]> {
  return await copyChecks(await backupScene(host, install));
}

/** Nobody turns a page away that a killed run has left. */
async function maintenance({ host, install: { dir } }: DoctorScene): Promise<readonly Found[]> {
  const page = await readMaintenance(host, dir);
  return page === undefined ? [] : [
    found(
      "maintenance",
      "Maintenance page",
      "warn",
      `shown to everybody${page.since === "" ? "" : ` since ${page.since}`}` +
        (page.by === "" ? "" : ` (${page.by})`),
    ),
  ];
}

async function alerts({ host, install: { dir, answers } }: DoctorScene): Promise<readonly Found[]> {
  if (answers.alerts.email.length === 0 && answers.alerts.webhook === "") return [];
  const text = await host.files.readText(`${dir}/.rxdx/alerts.json`).catch(() => undefined);
  return [judgeAlertTest(testedAt(text), host.clock.now())];
}

export const INSTALL_CHECKS: readonly InstallCheck[] = [
  {
    id: "certificate",
    title: "Certificate",
    looksAt: "Dates, key, what is served, the last order, the renewal timer",
    services: ["nginx"],
    remedy: "rxdx-setup tls show",
    run: certificate,
  },
  {
    id: "ports-published",
    title: "Published ports",
    looksAt: "Ports that are published beyond what is planned, past any firewall",
    services: ["nginx", "backend", "frontend", "postgres"],
    engine: true,
    remedy: "docker compose ps",
    run: ports,
  },
  {
    id: "requests",
    title: "Requests",
    looksAt: "Slow and failed ones among the last 500 lines of nginx",
    services: ["nginx"],
    engine: true,
    severity: "warning",
    remedy: "rxdx-setup logs --tail 200 nginx",
    run: requests,
  },
  {
    id: "debug",
    title: "Debug",
    looksAt: "DEBUG outside development",
    services: ["backend"],
    remedy: "rxdx-setup plan",
    run: debug,
  },
  {
    id: "secrets",
    title: "Secrets",
    looksAt: "Secrets that are easy to guess",
    remedy: "rxdx-setup plan",
    run: secrets,
  },
  {
    id: "secrets-rotation",
    title: "Rotation",
    looksAt: "A rotation of secrets that was interrupted; secrets older than a year, as a note",
    remedy: "rxdx-setup secrets list",
    run: rotation,
  },
  {
    id: "file-modes",
    title: "File modes",
    looksAt: "Secrets and keys that others can read",
    remedy: "rxdx-setup doctor --fix",
    fix: "modes",
    run: modes,
  },
  {
    id: "backups",
    title: "Backups",
    looksAt: "Age of the last backup and of its last test",
    remedy: "rxdx-setup backup create; rxdx-setup backup verify",
    run: backups,
  },
  {
    id: "backup-copies",
    title: "Copies",
    looksAt: "Do the places of backups.copy_to answer, and do the copies lie there",
    severity: "warning",
    remedy: "rxdx-setup backup copy",
    run: copies,
  },
  {
    id: "maintenance",
    title: "Maintenance page",
    looksAt: "Is the maintenance page shown, and since when",
    severity: "warning",
    services: ["nginx"],
    remedy: "rxdx-setup start",
    fix: "start",
    run: maintenance,
  },
  {
    id: "alert-test",
    title: "Alerts",
    looksAt: "When a test message went out last; only where alerts are set up",
    remedy: "rxdx-setup check webhook",
    run: alerts,
  },
];
