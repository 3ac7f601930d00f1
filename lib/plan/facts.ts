/** What was measured of the machine before planning. Plain data, so that a plan can be replayed. */

/** A program or container that listens on a TCP port. */
export interface Listener {
  readonly port: number;
  /** Local address as the kernel shows it: `0.0.0.0`, `127.0.0.1`, `::`. */
  readonly address: string;
  readonly pid?: number;
  /** Program name, for example `nginx`. */
  readonly process?: string;
  /** The container that publishes the port, when it is Docker that listens. */
  readonly container?: string;
  /** Compose project of that container. */
  readonly project?: string;
}

/** Another RxDx stack on this machine, running or not. */
export interface OtherInstall {
  readonly dir: string;
  /** Compose project; empty when its rxdx.yml cannot be read. */
  readonly name: string;
  /** What it publishes when it runs. */
  readonly ports: readonly (readonly [key: string, port: number])[];
}

/** Proxies in use, without their login; empty texts where there is none. */
export interface Proxies {
  readonly http: string;
  readonly https: string;
  /** Names and networks that are reached without: a list with commas. */
  readonly no: string;
}

/** A Compose project on this machine. */
export interface ProjectFacts {
  readonly name: string;
  /** Where its Compose files are, as Compose noted it; empty when unknown. */
  readonly dir: string;
  /** Containers, stopped ones too. */
  readonly containers: number;
  /** True when it has the four services of an RxDx stack. */
  readonly rxdx: boolean;
}

export interface EngineFacts {
  /** `absent`: no docker program; `stopped`: no answer on the socket; `running`. */
  readonly state: "absent" | "stopped" | "denied" | "running";
  /** Server version, for example `26.1.5+dfsg1`. */
  readonly version?: string;
  /** Compose plugin version, for example `2.26.1`. */
  readonly compose?: string;
  /** Where the engine keeps images and volumes. */
  readonly rootDir?: string;
  /** True when the daemon runs without root. */
  readonly rootless?: boolean;
  /** The daemon's own: what it pulls images through. */
  readonly proxies?: Proxies;
}

export interface Facts {
  readonly os: {
    /** `ID` of os-release: debian, ubuntu, rhel, alpine… */
    readonly id: string;
    /** `ID_LIKE`, split. */
    readonly like: readonly string[];
    /** `VERSION_ID`. */
    readonly version: string;
    /**
     * Code name of the release whose packages fit: of a relative of Ubuntu or Debian the one that it is
     * made from. Empty where there is none.
     */
    readonly codename: string;
    /** For people. */
    readonly name: string;
  };
  readonly arch: string;
  readonly uid: number;
  readonly gid: number;
  /** Absolute path of this program, for hints that are typed behind `sudo`; none from sources. */
  readonly program?: string;
  /** True when PID 1 is systemd. */
  readonly systemd: boolean;
  readonly hostname: string;
  /** Non-loopback addresses, IPv4 first. */
  readonly addresses: readonly string[];
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly disk: { readonly totalBytes: number; readonly freeBytes: number };
  readonly listeners: readonly Listener[];
  readonly engine: EngineFacts;
  /** Other RxDx stacks; none while the engine does not answer. */
  readonly installs: readonly OtherInstall[];
  /** Names of all Docker volumes; empty while the engine does not answer. */
  readonly volumes: readonly string[];
  /** Compose projects, by name; empty while the engine does not answer. */
  readonly projects: readonly ProjectFacts[];
  /** Proxy variables of this process's environment, in either case. */
  readonly proxies: Proxies;
  /** An `rxdx.yml` in the install directory. */
  readonly installed: boolean;
  /** An operator's `docker-compose.override.yml` in the install directory. */
  readonly overrideFile: boolean;
}
