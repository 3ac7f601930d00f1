/**
 * Installing and starting the engine, as steps: the vendor's repository where it can be reached and has
 * this release, the distribution's packages otherwise; systemd where it is, a daemon of our own otherwise.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Facts } from "../plan/facts.ts";
import { mustRun, tail } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import { addDebianSuite, addVendorSource, removeOwnSources } from "./apt_sources.ts";
import { Engine } from "./client.ts";
import { daemonProxySteps } from "./daemon_proxy.ts";
import {
  DEBIAN_SUITE,
  distributionPackages,
  engineNeed,
  type InstallRoute,
  VENDOR_PACKAGES,
  vendorRepository,
} from "./requirements.ts";

const APT_ENV = { DEBIAN_FRONTEND: "noninteractive" };
const DAEMON_LOG = "/var/log/rxdx-setup-dockerd.log";

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
      const update = async () => {
        try {
          await apt(["apt-get", "update"]);
        } catch (error) {
          // It would fail for every other program of this machine, too.
          await removeOwnSources(host);
          throw error;
        }
      };
      const install = (names: readonly string[]) =>
        apt(["apt-get", "install", "--yes", "--no-install-recommends", ...names]);
      await removeOwnSources(host);
      let missing = await addVendorSource(host, facts, route, report.detail, signal);
      if (missing === undefined) {
        await update();
        if (await vendorCandidate(host)) {
          await install(VENDOR_PACKAGES);
          return;
        }
        // Nothing for this architecture, or a source that was there and does not answer: apt only warns.
        await removeOwnSources(host);
        missing = { reason: `apt finds no ${VENDOR_PACKAGES[0]} at the vendor's` };
      }
      report.detail(`${missing.reason}; using the distribution's packages`);
      const newer = needsNewerSuite(facts, route, missing.reason);
      if (newer) await addDebianSuite(host);
      await update();
      await install(distributionPackages(route, newer ? DEBIAN_SUITE : undefined));
    },
  };
}

/** Whether apt could install the vendor's engine now. */
async function vendorCandidate(host: Host): Promise<boolean> {
  const { stdout } = await host.process.run(["apt-cache", "policy", VENDOR_PACKAGES[0]], {
    env: { LC_ALL: "C" },
  });
  return /Candidate: (?!\(none\))\S/.test(stdout);
}

/**
 * Whether Debian's newer suite has to be added. Its engine needs libc 2.34, which Debian has had since
 * 12; on an older release, or on a relative of Debian, its packages would replace the C library of the
 * whole machine.
 *
 * @throws SetupError where the release has no packages of its own that are recent enough
 */
function needsNewerSuite({ os }: Facts, route: InstallRoute, reason: string): boolean {
  if (route === "ubuntu" || os.codename === DEBIAN_SUITE) return false;
  // Debian's testing and unstable have no VERSION_ID.
  if (os.id === "debian" && (os.version === "" || Number(os.version) > 12)) return false;
  if (os.id === "debian" && Number(os.version) === 12) return true;
  throw new SetupError({
    code: "engine_install_failed",
    message: `${reason}, and ${os.name} has no packages of its own that are recent enough.`,
    hint: "Install Docker yourself: https://docs.docker.com/engine/install/",
    exit: EXIT.prerequisite,
  });
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
