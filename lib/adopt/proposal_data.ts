/** The data of a stack that is taken over: the database where it is, the uploads where they are. Pure. */
import { setAt, valueAt } from "../answers/tree.ts";
import type { FoundService, HandMade, Roles } from "./hand_made.ts";
import { type Draft, keep } from "./draft.ts";
import { DATA_DIRECTORY } from "./roles.ts";
import { readDatabaseUrl, uploadDirectory } from "./settings.ts";

/** What has to be copied, because it is in no volume that could be taken over. */
export interface Uploads {
  /** Directory on this machine, or path in the container of that id. */
  readonly from: "bind" | "container";
  readonly source: string;
  readonly container: string;
}

/** Version of PostgreSQL that is run here, and owner of its data in the images that are used. */
const MAJOR = 17;
const DATA_UID = 999;

/** The user that the backend runs as. */
const BACKEND_UID = 1000;

/** @returns a directory that holds the database, where it is no volume */
export function databaseOf(
  draft: Draft,
  found: HandMade,
  { postgres, backend }: Pick<Roles, "postgres" | "backend">,
): { readonly path: string; readonly volume: string } | undefined {
  const url = readDatabaseUrl(backend.env.get("DATABASE_URL"));
  const user = url?.user ?? backend.env.get("POSTGRES_USER") ?? postgres.env.get("POSTGRES_USER");
  const name = url?.name ?? backend.env.get("POSTGRES_DB") ?? postgres.env.get("POSTGRES_DB");
  const from = url === undefined ? `${postgres.service}` : `DATABASE_URL of ${backend.service}`;
  keep(draft, "database.user", user ?? "postgres", from);
  keep(draft, "database.name", name ?? user ?? "postgres", from);
  judgeDatabase(draft, found, postgres);
  const mount = postgres.mounts.find(({ target }) => target === DATA_DIRECTORY);
  const directory = postgres.env.get("PGDATA") ?? DATA_DIRECTORY;
  if (mount === undefined || directory !== DATA_DIRECTORY) {
    draft.problems.push({
      key: `data of ${postgres.service}`,
      value: directory,
      rule: `must be what is mounted at ${DATA_DIRECTORY}: a stack of ours would look there, and ` +
        "begin with an empty database",
      example: `PGDATA=${DATA_DIRECTORY}`,
    });
    return undefined;
  }
  const suffix = valueAt(draft.values, "environment") === "development" ? "" : "_prod";
  const own = `${found.project}_postgres_data${suffix}`;
  if (mount.type === "volume" && mount.name !== undefined) {
    if (mount.name === own) {
      draft.recognised.push({ what: "database volume", value: own, from: postgres.service });
    } else keep(draft, "volumes.database", mount.name, `${postgres.service}, as it is mounted`);
    return undefined;
  }
  const volume = `${found.project}_taken_over_data`;
  keep(draft, "volumes.database", volume, `the directory ${mount.source}`);
  draft.differs.push(
    `${mount.source} stays where it is and becomes the Docker volume ${volume}; keep it`,
  );
  return { path: mount.source, volume };
}

function judgeDatabase(draft: Draft, { database }: HandMade, postgres: FoundService): void {
  const problem = (rule: string, example: string, value?: string) =>
    draft.problems.push({
      key: `database in ${postgres.service}`,
      ...(value === undefined ? {} : { value }),
      rule,
      example,
    });
  if (database === undefined) {
    problem(
      "does not answer, so that neither its version nor its data can be looked at",
      `docker start ${postgres.containerName}`,
    );
    return;
  }
  const { major, version, age, graphs, uid, password } = database;
  draft.recognised.push({
    what: "PostgreSQL",
    value: `${version}, Apache AGE ${age ?? "missing"}`,
    from: "asked",
  });
  if (major !== MAJOR) {
    problem(
      `must be PostgreSQL ${MAJOR}: another version does not read these files`,
      "pg_dump there, pg_restore into a stack made with `rxdx-setup init`",
      version,
    );
  }
  if (age === undefined) {
    problem("has no Apache AGE, which RxDx needs", "CREATE EXTENSION age");
  }
  if (uid !== DATA_UID) {
    problem(
      `has files of user ${uid}; the images that are run here read those of ${DATA_UID}, and another ` +
        "distribution sorts text differently, which breaks indexes",
      "pg_dump there, pg_restore into a stack made with `rxdx-setup init`",
    );
  }
  if (password === undefined) {
    problem(
      "opens with none of the passwords that were found",
      "correct POSTGRES_PASSWORD in .env, or give the right one as RXDX_SECRET_POSTGRES_PASSWORD",
    );
  } else {
    draft.secrets.POSTGRES_PASSWORD = password;
    draft.recognised.push({
      what: "POSTGRES_PASSWORD",
      value: "kept, not shown",
      from: "logged in with it",
    });
  }
  graphOf(draft, graphs);
  if (!database.checksums) {
    draft.differs.push(
      "Unlike a new database, this one was made without checksums; they are not switched on",
    );
  }
  if (!database.superuser) {
    draft.differs.push(
      "The role of the application is no superuser; backups then lack the roles of the database",
    );
  }
}

function graphOf(draft: Draft, graphs: readonly string[]): void {
  const said = valueAt(draft.values, "database.graph");
  if (typeof said === "string" && graphs.includes(said)) return;
  const [only] = graphs;
  if (only === undefined) return;
  if (graphs.length === 1) {
    keep(draft, "database.graph", only, "the one graph of the database");
    return;
  }
  draft.problems.push({
    key: "database.graph",
    ...(typeof said === "string" ? { value: said } : {}),
    rule: `must be one of the graphs of the database: ${graphs.join(", ")}`,
    example: `--set database.graph=${only}`,
  });
}

/** Uploads stay in their volume; from anywhere else they are copied, and the original stays. */
export function uploadsOf(
  draft: Draft,
  found: HandMade,
  backend: FoundService,
): Uploads | undefined {
  const directory = uploadDirectory(backend.env);
  const mount = backend.mounts.find(({ target }) => target === directory);
  const own = `${found.project}_backend_uploads`;
  if (mount?.type === "volume" && mount.name !== undefined) {
    if (mount.name === own) {
      draft.recognised.push({ what: "uploads volume", value: own, from: backend.service });
    } else keep(draft, "volumes.uploads", mount.name, `${backend.service}, as it is mounted`);
    if (found.uploadsUid !== undefined && found.uploadsUid !== BACKEND_UID) {
      draft.problems.push({
        key: "uploads",
        value: mount.name,
        rule:
          `belong to user ${found.uploadsUid}; a backend of ours runs as ${BACKEND_UID} and could ` +
          "not write there",
        example:
          `docker exec --user 0 ${backend.containerName} chown -R ${BACKEND_UID}:${BACKEND_UID} ` +
          directory,
      });
    }
    return undefined;
  }
  setAt(draft.values, "volumes.uploads", "");
  const place = mount?.type === "bind" ? mount.source : `${directory} in ${backend.containerName}`;
  draft.recognised.push({ what: "uploads", value: `copied into ${own}`, from: place });
  if (mount === undefined) {
    draft.differs.push(
      "Uploads were in the container alone, lost with it; now they are in a volume",
    );
  }
  return mount?.type === "bind"
    ? { from: "bind", source: mount.source, container: backend.container }
    : { from: "container", source: directory, container: backend.container };
}
