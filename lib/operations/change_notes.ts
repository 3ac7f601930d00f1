/** What has to be known of a plan besides its changes: the override file, another database volume. */
import { isMap, parseDocument } from "yaml";
import { ENVIRONMENTS } from "../answers/schema.ts";
import type { Host } from "../host/types.ts";
import { dataVolumeOf, type Plan } from "../plan/plan.ts";
import { readLock } from "../images/lock.ts";
import { readEnv } from "../render/env_codec.ts";

/** The operator's own Compose file, read last. `undefined` when there is none. */
export async function overrideNote(host: Host, plan: Plan): Promise<string | undefined> {
  if (!plan.facts.overrideFile) return undefined;
  const text = await host.files.readText(`${plan.dir}/docker-compose.override.yml`);
  if (text === undefined) return undefined;
  const named = servicesOf(text);
  const what = named === undefined
    ? "cannot be read as YAML; Compose will say why"
    : named.length === 0
    ? "names no service"
    : `touches ${named.join(", ")}`;
  return `docker-compose.override.yml is yours and read last; it ${what}.`;
}

/** `undefined` for what is not YAML. */
function servicesOf(text: string): string[] | undefined {
  const document = parseDocument(text, { logLevel: "error" });
  if (document.errors.length > 0) return undefined;
  const services = document.get("services");
  return isMap(services) ? services.items.map((item) => String(item.key)) : [];
}

/**
 * Development has a database volume of its own. Going from one to the other leaves data behind, which
 * nobody should find out afterwards. `undefined` when the volume stays the same.
 */
export async function dataNote(host: Host, plan: Plan): Promise<string | undefined> {
  const present = readEnv(await host.files.readText(`${plan.dir}/.env`) ?? "").get("ENVIRONMENT");
  const before = ENVIRONMENTS.find((each) => each === present);
  if (before === undefined) return undefined;
  const former = dataVolumeOf({ ...plan.answers, environment: before });
  if (former === plan.dataVolume) return undefined;
  const { volumes } = plan.facts;
  return `From ${before} to ${plan.answers.environment}: the database in ${former} stays as it is ` +
    `and is not used any more. The stack starts with ${
      volumes.includes(plan.dataVolume)
        ? `what is in ${plan.dataVolume}`
        : `an empty database in ${plan.dataVolume}`
    }.`;
}

/**
 * An apply may bring another backend, or another PostgreSQL, to the data; without the backup and the way
 * back that `upgrade` makes. `undefined` where both stay.
 */
export async function versionNote(host: Host, plan: Plan): Promise<string | undefined> {
  const lock = await readLock(host, plan.dir);
  const other = (["backend", "postgres"] as const).filter((service) => {
    const locked = lock?.services[service];
    return locked !== undefined && locked.image !== plan.images[service];
  });
  if (other.length === 0 || plan.answers.environment === "development") return undefined;
  return `Another version of ${
    other.join(" and ")
  } meets the data. \`rxdx-setup upgrade\` does the ` +
    "same with a backup before it, and comes back by itself when the new version is not healthy.";
}
