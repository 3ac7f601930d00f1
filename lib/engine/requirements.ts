/** Which engines this program works with, and how one is had on this machine. Pure decisions. */
import type { Facts } from "../plan/facts.ts";
import { quoted } from "../steps/command_line.ts";

/** Health checks use `start_interval`, which Docker Engine 25 brought (API 1.44). */
export const ENGINE_FLOOR = [25, 0, 0] as const;
/** Older ones are warned about: CVE-2025-54388, published ports reachable past loopback. */
export const ENGINE_ADVISED = [28, 3, 3] as const;
/** `!override` in Compose files merges right from here on. */
export const COMPOSE_FLOOR = [2, 24, 4] as const;

/** `26.1.5+dfsg1` → [26, 1, 5]. */
export function parseVersion(text: string): readonly number[] {
  return (/\d+(\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number);
}

/** True when `version` is at least `floor`. */
export function atLeast(version: string, floor: readonly number[]): boolean {
  const parts = parseVersion(version);
  for (const [index, wanted] of floor.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

export type EngineNeed =
  | { readonly kind: "ready"; readonly warning?: string }
  | { readonly kind: "start" }
  | { readonly kind: "install"; readonly route: InstallRoute }
  | { readonly kind: "refuse"; readonly reason: string; readonly hint: string };

/** How packages are had. */
export type InstallRoute = "debian" | "ubuntu";

const VENDOR_PAGE = "https://docs.docker.com/engine/install/";

/** What has to happen before the stack can be worked on. */
export function engineNeed(facts: Facts): EngineNeed {
  const { engine } = facts;
  if (engine.state === "denied") {
    return {
      kind: "refuse",
      reason: "Docker is running, but this user may not use it.",
      hint: `sudo usermod -aG docker $USER, and log in again; or run it as root: ${
        asRoot(facts)
      } …`,
    };
  }
  if (engine.version !== undefined && !atLeast(engine.version, ENGINE_FLOOR)) {
    return {
      kind: "refuse",
      reason: `Docker Engine ${engine.version} is too old; ${
        ENGINE_FLOOR.join(".")
      } or newer is needed.`,
      hint: `Upgrade it: ${VENDOR_PAGE}`,
    };
  }
  const composeMissing = engine.compose === undefined || !atLeast(engine.compose, COMPOSE_FLOOR);
  if (engine.state === "running" && !composeMissing) {
    return engine.version !== undefined && !atLeast(engine.version, ENGINE_ADVISED)
      ? {
        kind: "ready",
        warning: `Docker Engine ${engine.version} is older than ${ENGINE_ADVISED.join(".")} ` +
          "(CVE-2025-54388: after a firewall reload, ports published on loopback can be reached " +
          "from the local network).",
      }
      : { kind: "ready" };
  }
  if (engine.state === "running" && engine.compose !== undefined) {
    return {
      kind: "refuse",
      reason: `Docker Compose ${engine.compose} is too old; ${
        COMPOSE_FLOOR.join(".")
      } or newer is needed.`,
      hint: `Upgrade the Compose plugin: ${VENDOR_PAGE}`,
    };
  }
  if (engine.state === "stopped" && !composeMissing) {
    if (facts.uid === 0) return { kind: "start" };
    return {
      kind: "refuse",
      reason: "Docker is installed but not running.",
      hint: facts.systemd ? "sudo systemctl start docker" : "Start the daemon as root: dockerd",
    };
  }
  const route = installRoute(facts);
  if (route === undefined) {
    return {
      kind: "refuse",
      reason: `There is no Docker Engine with Compose, and ${facts.os.name} is not one this ` +
        "program can install it on.",
      hint: installCommand(facts.os) ?? `Install it: ${VENDOR_PAGE}`,
    };
  }
  if (facts.uid !== 0) {
    return {
      kind: "refuse",
      reason: "There is no Docker Engine with Compose, and installing one needs root.",
      hint: asRoot(facts, "engine", "--yes"),
    };
  }
  return { kind: "install", route };
}

/** This program behind `sudo`, whose own path has no `~/.local/bin`: by the place where it lies. */
export function asRoot({ program }: Facts, ...args: readonly string[]): string {
  return quoted(["sudo", program ?? "rxdx-setup", ...args]);
}

/** How this program would install an engine here; `undefined` where it cannot. */
export function installRoute(facts: Facts): InstallRoute | undefined {
  if (facts.os.id === "ubuntu" || facts.os.like.includes("ubuntu")) return "ubuntu";
  if (facts.os.id === "debian" || facts.os.like.includes("debian")) return "debian";
  return undefined;
}

/** The vendor's repository of packages for dnf, by distribution; relatives of RHEL take CentOS's. */
const DNF_REPOSITORIES: Readonly<Record<string, string>> = { fedora: "fedora", rhel: "rhel" };

/** What to paste as root where this program does not install an engine itself. */
export function installCommand(os: Facts["os"]): string | undefined {
  const is = (...names: readonly string[]) =>
    names.some((name) => os.id === name || os.like.includes(name));
  const start = "systemctl enable --now docker";
  if (is("rhel", "fedora", "centos")) {
    const repository = DNF_REPOSITORIES[os.id] ?? "centos";
    // A plain file: `config-manager` is called otherwise in dnf 4 and 5, and is not always there.
    return [
      "curl -fsSL --proto =https -o /etc/yum.repos.d/docker-ce.repo " +
      `https://download.docker.com/linux/${repository}/docker-ce.repo`,
      `dnf install -y ${VENDOR_PACKAGES.join(" ")}`,
      start,
    ].join(" && ");
  }
  if (is("suse", "opensuse", "sles")) {
    return `zypper install -y docker docker-compose docker-buildx && ${start}`;
  }
  if (is("arch")) return `pacman -S --needed docker docker-compose docker-buildx && ${start}`;
  if (is("alpine")) {
    return "apk add docker docker-cli-compose docker-cli-buildx && rc-update add docker && service docker start";
  }
  return undefined;
}

/** The vendor's packages. */
export const VENDOR_PACKAGES = [
  "docker-ce",
  "docker-ce-cli",
  "containerd.io",
  "docker-buildx-plugin",
  "docker-compose-plugin",
] as const;

/** Address of the vendor's repository for a distribution. */
export function vendorRepository(route: InstallRoute): string {
  return `https://download.docker.com/linux/${route}`;
}

/** Debian's own packages in the first release whose Compose is recent enough. */
export const DEBIAN_SUITE = "trixie";

/**
 * The distribution's packages, where the vendor's repository cannot be reached or has none for it.
 *
 * @param suite what to take them from, when that is not the machine's own release
 */
export function distributionPackages(route: InstallRoute, suite?: string): readonly string[] {
  if (route === "ubuntu") {
    return ["docker.io", "docker-compose-v2", "docker-buildx", "iptables"];
  }
  // Naming the suite takes these from it and leaves everything else where it is.
  const from = suite === undefined ? "" : `/${suite}`;
  return [
    ...["docker.io", "docker-cli", "docker-compose", "docker-buildx"].map((name) => name + from),
    "iptables",
  ];
}

/** Keeps the added suite from upgrading anything by itself. */
export function pinFile(): string {
  return `Package: *\nPin: release n=${DEBIAN_SUITE}\nPin-Priority: 50\n`;
}

/** An apt source in deb822 form. */
export function sourceFile(options: {
  readonly uri: string;
  readonly suite: string;
  readonly components: string;
  readonly signedBy: string;
}): string {
  return `Types: deb\nURIs: ${options.uri}\nSuites: ${options.suite}\n` +
    `Components: ${options.components}\nSigned-By: ${options.signedBy}\n`;
}
