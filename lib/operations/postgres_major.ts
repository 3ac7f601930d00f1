/**
 * Whether the PostgreSQL of an image opens the data of this stack: a data directory belongs to one major
 * version, and a server of another refuses to start on it.
 */
import type { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { readLock } from "../images/lock.ts";
import type { Plan } from "../plan/plan.ts";
import { BEGIN, begunByLine } from "../steps/begun_by_line.ts";
import { quoted } from "../steps/command_line.ts";
import type { Step } from "../steps/step.ts";

/** Version of the image's server, and the major version of the data; empty where there is none. */
export interface PostgresVersions {
  /** `17.6` */
  readonly image: string;
  /** `17` */
  readonly data: string;
}

/** Reads the one file that tells it, without being able to change anything. */
const SCRIPT = "postgres --version; printf 'data '; cat /rxdx-data/PG_VERSION 2>/dev/null || echo";

export async function postgresVersions(
  host: Host,
  engine: Engine,
  image: string,
  volume: string,
): Promise<PostgresVersions> {
  // A volume that is named to `docker run` would be made by it.
  const there = (await engine.volumes()).some((each) => each.Name === volume);
  const { stdout } = await host.process.run([
    ...["docker", "run", "--rm", "--pull=never", "--network=none", "--read-only", "--user=0"],
    ...["--cap-drop=ALL", "--cap-add=DAC_READ_SEARCH", "--security-opt=no-new-privileges"],
    ...(there ? [`--volume=${volume}:/rxdx-data:ro,nocopy`] : []),
    ...["--interactive", "--entrypoint=sh", image, ...begunByLine(["sh", "-c", SCRIPT])],
  ], { stdin: BEGIN });
  return {
    image: /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(stdout)?.[1] ?? "",
    data: /^data (\d+)$/m.exec(stdout)?.[1] ?? "",
  };
}

/** The way across: a backup is logical, and restores into any later major version. */
export function majorRefusal(image: string, found: PostgresVersions, dir: string): SetupError {
  const major = found.image.split(".")[0] ?? "";
  return new SetupError({
    code: "postgres_major",
    message: `${image} is PostgreSQL ${major}; the data of this stack are those of PostgreSQL ` +
      `${found.data}, which no other major version opens. Nothing that runs was touched.`,
    hint: "Across majors the data go by backup and restore, beside the stack that serves: " +
      "rxdx-setup backup create; then rxdx-setup backup restore --from FILE --identity-file KEY " +
      `--dir ${
        quoted([dir])
      }-${major} --name NAME --set images.postgres=${image} --set ports.http=8080 ` +
      "--set ports.https=8443; see docs/guide/upgrade.md",
    exit: EXIT.prerequisite,
  });
}

/** Asked only when another image than the recorded one is about to meet data. */
export function checkPostgresStep(host: Host, engine: Engine, plan: Plan): Step {
  const image = plan.images.postgres;
  const fits = async () => {
    const [present, lock] = await Promise.all([engine.image(image), readLock(host, plan.dir)]);
    if (present?.Id === lock?.services["postgres"]?.id) return undefined;
    const found = await postgresVersions(host, engine, image, plan.dataVolume);
    const unknown = found.image === "" || found.data === "";
    return unknown || found.image.split(".")[0] === found.data ? undefined : found;
  };
  return {
    id: "check-postgres",
    title: "Check that this PostgreSQL opens the data",
    check: true,
    isDone: async () => await fits() === undefined,
    run: async () => {
      const found = await fits();
      if (found !== undefined) throw majorRefusal(image, found, plan.dir);
    },
  };
}
