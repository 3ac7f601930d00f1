/**
 * The part of the Docker Engine API's answers that this program reads, in the API's own spelling
 * (version 1.44, Docker Engine 25 and later). The daemon is trusted to answer in its documented
 * shape; whatever may be absent there is optional here.
 */

export interface ApiVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly Arch: string;
}

export interface ApiInfo {
  readonly DockerRootDir: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Driver: string;
  readonly SecurityOptions?: readonly string[];
  readonly HttpProxy?: string;
  readonly HttpsProxy?: string;
  readonly NoProxy?: string;
}

/** Where something else lies in a container. */
export interface ApiMount {
  /** `volume`, `bind`, `tmpfs`. */
  readonly Type: string;
  /** Of a volume. */
  readonly Name?: string;
  /** On the host. */
  readonly Source: string;
  readonly Destination: string;
}

/** `GET /containers/json` */
export interface ApiContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  /** Unix seconds. */
  readonly Created: number;
  readonly State: string;
  /** For people: `Up 3 minutes (healthy)`. */
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Ports: readonly {
    readonly IP?: string;
    readonly PrivatePort: number;
    readonly PublicPort?: number;
    readonly Type: string;
  }[];
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
  };
  readonly Mounts?: readonly ApiMount[];
}

/** `GET /containers/{id}/json` */
export interface ApiContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  /** File of the json-file log driver; empty with another driver. */
  readonly LogPath?: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly OOMKilled: boolean;
    readonly ExitCode: number;
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: {
      readonly Status: string;
      readonly FailingStreak: number;
      readonly Log?:
        | readonly {
          readonly Start: string;
          readonly End: string;
          readonly ExitCode: number;
          readonly Output: string;
        }[]
        | null;
    };
  };
  readonly Config: {
    readonly Image: string;
    readonly Tty: boolean;
    readonly Labels: Readonly<Record<string, string>>;
    /** `NAME=value`; secrets are among them. */
    readonly Env?: readonly string[] | null;
  };
  readonly Mounts?: readonly ApiMount[];
  readonly HostConfig: {
    readonly Memory: number;
    readonly NanoCpus: number;
    /** `443/tcp` → where it is published; also while the container does not run. */
    readonly PortBindings?:
      | Readonly<
        Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
      >
      | null;
  };
}

/** `GET /containers/{id}/stats` */
export interface ApiStats {
  readonly read: string;
  readonly cpu_stats: ApiCpuStats;
  readonly precpu_stats: ApiCpuStats;
  readonly memory_stats: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly networks?: Readonly<
    Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>
  >;
  readonly pids_stats?: { readonly current?: number };
}

export interface ApiCpuStats {
  readonly cpu_usage: { readonly total_usage: number };
  /** Nanoseconds over all CPUs; absent in the first sample. */
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

/** `GET /images/{name}/json` */
export interface ApiImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Architecture: string;
  readonly Size: number;
  readonly Created: string;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null };
}

/** `GET /volumes` */
export interface ApiVolume {
  readonly Name: string;
  readonly CreatedAt?: string;
  readonly Mountpoint: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** The part of `GET /system/df` that images and the build cache make. */
export interface ApiDiskUse {
  readonly Images?:
    | readonly {
      readonly Id?: string;
      /** Seconds since 1970. */
      readonly Created?: number;
      readonly Labels?: Readonly<Record<string, string>> | null;
      readonly Containers: number;
      readonly Size: number;
      /** -1 when it was not computed. */
      readonly SharedSize: number;
      readonly RepoTags?: readonly string[] | null;
    }[]
    | null;
  readonly BuildCache?:
    | readonly {
      readonly ID?: string;
      /** Of the records that this one is made on. */
      readonly Parents?: readonly string[] | null;
      readonly InUse: boolean;
      readonly Shared: boolean;
      readonly Size: number;
      /** `regular`, `internal`, `frontend`, `source.local`, `source.git.checkout`, `exec.cachemount`. */
      readonly Type?: string;
    }[]
    | null;
}

/** `GET /networks` */
export interface ApiNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Internal: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** One message of `GET /events`. */
export interface ApiEvent {
  readonly Type: string;
  /** For example `start`, `die`, `health_status: healthy`. */
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly time: number;
  readonly timeNano: number;
}
