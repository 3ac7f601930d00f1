/**
 * A stack that somebody set up by hand, as it was found: files, containers, what its database says.
 * Plain data; gathered by `operations/import/look.ts`, judged here. Pure.
 */

export interface Mount {
  /** `volume`, `bind`, `tmpfs`. */
  readonly type: string;
  /** Of a volume. */
  readonly name?: string;
  /** On the host. */
  readonly source: string;
  readonly target: string;
}

export interface Published {
  /** Port in the container. */
  readonly target: number;
  readonly published: number;
  /** Address it is published on; empty for all. */
  readonly ip: string;
}

/** One service, as its container runs. */
export interface FoundService {
  readonly service: string;
  readonly container: string;
  readonly containerName: string;
  readonly image: string;
  readonly running: boolean;
  readonly env: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly ports: readonly Published[];
  /** Directory that its image is built from, by the Compose files. */
  readonly build?: string;
  /** False when the Compose files now describe another container. */
  readonly asDescribed: boolean;
}

/** What the running database says of itself. */
export interface FoundDatabase {
  /** `17.5` */
  readonly version: string;
  readonly major: number;
  /** Version of Apache AGE; `undefined` where the database does not have it. */
  readonly age: string | undefined;
  readonly graphs: readonly string[];
  readonly checksums: boolean;
  readonly bytes: number;
  /** Owner of the data directory. */
  readonly uid: number;
  readonly superuser: boolean;
  /** Logins of the application; `undefined` where it has no table of them. */
  readonly emails: readonly string[] | undefined;
  /** Which of the passwords that were tried, in their order, opens it; `undefined` for none. */
  readonly password: string | undefined;
}

export interface FoundCertificate {
  readonly cert: string;
  readonly key: string;
  readonly names: readonly string[];
  readonly selfSigned: boolean;
  /** ISO 8601 */
  readonly until: string;
}

export interface HandMade {
  /** Resolved path of the directory. */
  readonly dir: string;
  /** Compose project. */
  readonly project: string;
  /** Compose files, absolute, in the order in which they are merged. */
  readonly composeFiles: readonly string[];
  /** `.env` of the directory. */
  readonly env: ReadonlyMap<string, string>;
  readonly services: readonly FoundService[];
  /** Configuration of its nginx; empty where none could be read. */
  readonly nginx: string;
  /** Why nginx does not read its own configuration any more. */
  readonly nginxRefuses?: string;
  readonly certificate?: FoundCertificate;
  readonly database?: FoundDatabase;
  /** Owner of the uploads in the backend's container; absent where there are none. */
  readonly uploadsUid?: number;
}

/** What each service of ours is called there. */
export interface Roles {
  readonly postgres: FoundService;
  readonly backend: FoundService;
  readonly frontend?: FoundService;
  readonly nginx?: FoundService;
}
