/**
 * A proxy for the Docker daemon that this program installs: systemd starts it with an environment of its
 * own, so what the operator's shell knows has to be written down for it. Called by install_steps.ts.
 */
import type { Host } from "../host/types.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";

const UNIT_DIRECTORY = "/etc/systemd/system/docker.service.d";
const UNIT = `${UNIT_DIRECTORY}/rxdx-setup-proxy.conf`;

/**
 * In a file of its own that only root can read: an address may carry a login, and what stands in a unit
 * is shown to every user by `systemctl show`.
 */
const ENVIRONMENT = "/etc/docker/rxdx-setup-proxy.env";

const DAEMON_FILE = "/etc/docker/daemon.json";

const NAMES = ["http_proxy", "https_proxy", "no_proxy"];

/** `NAME="value"` lines for systemd, in capitals and small letters; empty without a proxy. */
export function proxyEnvironment(env: Readonly<Record<string, string>>): string {
  const values = NAMES.flatMap((name): [string, string][] => {
    const value = env[name] || env[name.toUpperCase()] || "";
    return value === "" || /[\n\r]/.test(value) ? [] : [[name, value]];
  });
  // Without a proxy there is nothing to be spared from it.
  if (values.every(([name]) => name === "no_proxy")) return "";
  return values.flatMap(([name, value]) => {
    const quoted = `"${value.replace(/["\\$`]/g, "\\$&")}"`;
    return [`${name.toUpperCase()}=${quoted}\n`, `${name}=${quoted}\n`];
  }).join("");
}

/** One step, or none: without systemd the daemon inherits what this program has. */
export function daemonProxySteps(host: Host, systemd: boolean): Step[] {
  const text = proxyEnvironment(host.env);
  if (!systemd || text === "") return [];
  const unit = `# Written by rxdx-setup.\n[Service]\nEnvironmentFile=-${ENVIRONMENT}\n`;
  return [{
    id: "engine-proxy",
    title: "Tell the Docker daemon about the proxy",
    isDone: async () =>
      // Somebody has told the daemon already; that counts more than its environment.
      (await host.files.readText(DAEMON_FILE) ?? "").includes('"proxies"') ||
      await host.files.readText(ENVIRONMENT) === text && await host.files.readText(UNIT) === unit,
    run: async (_report, signal) => {
      await host.files.mkdir("/etc/docker", 0o755);
      await host.files.writeAtomic(ENVIRONMENT, text, { mode: 0o600 });
      await host.files.mkdir(UNIT_DIRECTORY, 0o755);
      await host.files.writeAtomic(UNIT, unit, { mode: 0o644 });
      await mustRun(host, ["systemctl", "daemon-reload"], { signal });
      // The package may have started it already.
      await mustRun(host, ["systemctl", "try-restart", "docker"], { signal });
    },
  }];
}
