/**
 * Installing and starting the engine, as steps: the vendor's repository where it can be reached,
 * the distribution's packages otherwise; systemd where it is, a daemon of our own otherwise.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Facts } from "../plan/facts.ts";
import { mustRun, tail } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import { Engine } from "./client.ts";
import { daemonProxySteps } from "./daemon_proxy.ts";
import { debianMirror } from "./mirror.ts";
import {
  DEBIAN_SUITE,
  distributionPackages,
  engineNeed,
  type InstallRoute,
  pinFile,
  sourceFile,
  VENDOR_PACKAGES,
  vendorRepository,
} from "./requirements.ts";

const APT_ENV = { DEBIAN_FRONTEND: "noninteractive" };
const VENDOR_KEY = "/etc/apt/keyrings/docker.asc";
const VENDOR_SOURCE = "/etc/apt/sources.list.d/docker.sources";
const SUITE_SOURCE = "/etc/apt/sources.list.d/rxdx-setup-docker.sources";
const SUITE_PIN = "/etc/apt/preferences.d/rxdx-setup-docker";
const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const DAEMON_LOG = "/var/log/rxdx-setup-dockerd.log";

/** Seconds a reachable vendor repository takes at most to begin an answer. */
const CONNECT_SECONDS = "5";
/** Milliseconds a daemon may take until it answers; a first start builds its storage. */
const START_MS = 60_000;

/** What will be done to the machine, in words, before it is done. */
export function describeNeed(facts: Facts): string {
  const need = engineNeed(facts);
  switch (need.kind) {
    case "ready":
      return `Docker Engine ${facts.engine.version} with Compose ${facts.engine.compose}`;
    case "start":
      return "Start the Docker daemon";
    case "install":
      return `Install Docker Engine and Compose (from ${
        new URL(vendorRepository(need.route)).host
      } where it can be reached, otherwise from the distribution), and start it`;
    case "refuse":
      return need.reason;
  }
}

/**
 * Steps that bring the engine up; empty when it is.
 *
 * @throws SetupError (exit 4) with the command to run, where this program may not or cannot
 */
export function engineSteps(host: Host, facts: Facts): Step[] {
  const need = engineNeed(facts);
  switch (need.kind) {
    case "ready":
      return [];
    case "refuse":
      throw new SetupError({
        code: "engine_missing",
        message: need.reason,
        hint: need.hint,
        exit: EXIT.prerequisite,
      });
    case "start":
      return [startStep(host, facts)];
    case "install":
      return [
        installStep(host, facts, need.route),
        ...daemonProxySteps(host, facts.systemd),
        startStep(host, facts),
      ];
  }
}

function installStep(host: Host, facts: Facts, route: InstallRoute): Step {
  return {
    id: "engine-packages",
    title: "Install Docker Engine and Compose",
    isDone: async () => {
      const found = await Promise.all([
        host.process.run(["dockerd", "--version"]),
        host.process.run(["docker", "compose", "version"]),
      ]);
      return found.every((result) => result.code === 0);
    },
    run: async (report, signal) => {
      const apt = (argv: readonly string[]) =>
        mustRun(host, argv, {
          env: APT_ENV,
          signal,
          exit: EXIT.prerequisite,
          code: "engine_install_failed",
          hint:
            "The package mirror must be reachable: apt-get update. Or install Docker yourself: " +
            "https://docs.docker.com/engine/install/",
          onLine: (line) => report.detail(line),
        });
      if (await addVendorRepository(host, facts, route, report.detail, signal)) {
        await apt(["apt-get", "update"]);
        await apt(["apt-get", "install", "--yes", "--no-install-recommends", ...VENDOR_PACKAGES]);
        return;
      }
      report.detail("the vendor's repository does not answer; using the distribution's packages");
      if (route === "debian" && facts.os.codename !== DEBIAN_SUITE) {
        checkSuiteFits(facts);
        await addDebianSuite(host);
      }
      await apt(["apt-get", "update"]);
      await apt([
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        ...distributionPackages(route, facts.os.codename),
      ]);
    },
  };
}

/** True when the vendor's key could be fetched and its source is written. */
async function addVendorRepository(
  host: Host,
  facts: Facts,
  route: InstallRoute,
  detail: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const repository = vendorRepository(route);
  detail(`asking ${repository}`);
  const key = await host.process.run([
    "curl",
    "--proto",
    "=https",
    "--tlsv1.2",
    "--fail",
    "--silent",
    "--show-error",
    "--location",
    "--connect-timeout",
    CONNECT_SECONDS,
    `${repository}/gpg`,
  ], { signal, timeoutMs: 30_000 });
  signal.throwIfAborted();
  if (key.code !== 0 || !key.stdout.includes("BEGIN PGP PUBLIC KEY BLOCK")) return false;
  await host.files.mkdir("/etc/apt/keyrings", 0o755);
  await host.files.writeAtomic(VENDOR_KEY, key.stdout, { mode: 0o644 });
  const source = sourceFile({
    uri: repository,
    suite: facts.os.codename,
    components: "stable",
    signedBy: VENDOR_KEY,
  });
  await host.files.writeAtomic(VENDOR_SOURCE, source, { mode: 0o644 });
  return true;
}

/**
 * The newer suite's engine needs libc 2.34, which Debian has had since 12; on an older release, or
 * on a relative of Debian, its packages would replace the C library of the whole machine.
 */
function checkSuiteFits({ os }: Facts): void {
  // Debian's testing and unstable have no VERSION_ID.
  if (os.id === "debian" && (os.version === "" || Number(os.version) >= 12)) return;
  throw new SetupError({
    code: "engine_install_failed",
    message: `The vendor's repository does not answer, and ${os.name} has no packages of its own ` +
      "that are recent enough.",
    hint: "Install Docker yourself: https://docs.docker.com/engine/install/",
    exit: EXIT.prerequisite,
  });
}

async function addDebianSuite(host: Host): Promise<void> {
  const uri = await debianMirror(host);
  if (uri === undefined) {
    throw new SetupError({
      code: "no_apt_mirror",
      message:
        "No Debian mirror is named in /etc/apt/sources.list or sources.list.d/debian.sources.",
      hint: "Name one there, run apt-get update, then run the same command again.",
      exit: EXIT.prerequisite,
    });
  }
  const source = sourceFile({
    uri,
    suite: DEBIAN_SUITE,
    components: "main",
    signedBy: DEBIAN_KEYRING,
  });
  // The pin first: a source without its pin would offer the newer suite to the whole machine.
  await host.files.writeAtomic(SUITE_PIN, pinFile(), { mode: 0o644 });
  await host.files.writeAtomic(SUITE_SOURCE, source, { mode: 0o644 });
}

function startStep(host: Host, facts: Facts): Step {
  const engine = new Engine(host);
  return {
    id: "engine-start",
    title: "Start the Docker daemon",
    isDone: () => engine.ping(),
    run: async (report, signal) => {
      if (facts.systemd) {
        await mustRun(host, ["systemctl", "enable", "--now", "docker"], {
          signal,
          code: "engine_start_failed",
          exit: EXIT.prerequisite,
          hint: "journalctl -u docker --no-pager -n 50",
        });
      } else {
        const pid = await host.process.daemon(["dockerd"], { logFile: DAEMON_LOG });
        report.detail(`dockerd runs as pid ${pid}, log ${DAEMON_LOG}`);
      }
      const until = host.clock.monotonic() + START_MS;
      while (!await engine.ping()) {
        if (host.clock.monotonic() > until) {
          const log = await host.files.readText(DAEMON_LOG);
          throw new SetupError({
            code: "engine_start_failed",
            message: `Docker does not answer after ${START_MS / 1000} seconds.` +
              (log === undefined ? "" : `\n${tail(log)}`),
            hint: facts.systemd ? "journalctl -u docker -n 50" : `less ${DAEMON_LOG}`,
            exit: EXIT.prerequisite,
          });
        }
        await host.clock.sleep(200, signal);
      }
    },
  };
}
