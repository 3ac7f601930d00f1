/** What a rotation would do, found before anything is changed: the plan behind `secrets rotate`. */
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import type { Prepared } from "../prepare.ts";
import { prepareApply } from "../prepare.ts";
import { type Changes, findChanges } from "../changes.ts";
import { downtimeText } from "../downtime.ts";
import type { Install } from "../install.ts";
import { canRoll } from "../scale/roll.ts";
import { databaseHash } from "./keep_database.ts";
import {
  formerForEnv,
  type Rotation,
  valuesForEnv,
  withRecipient,
  withSecretsInKeptEnv,
} from "./wanted.ts";

export interface RotationPlan {
  readonly rotation: Rotation;
  readonly prepared: Prepared;
  readonly changes: Changes;
  /** True when backends come and go one after the other. */
  readonly rolls: boolean;
}

/** Files that Compose reads: while they differ, the database's container may differ with reason. */
const DEFINES = /^(\.env|docker-compose.*\.yml)$/;

/** @param running false where the stack is stopped: nothing is replaced then */
export async function planRotation(
  host: Host,
  engine: Engine,
  install: Install,
  of: { readonly rotation: Rotation; readonly running: boolean },
): Promise<RotationPlan> {
  const { running } = of;
  const { recovery, pending } = of.rotation;
  // As it was planned last, also where an interrupted run has written the new values already.
  const before = await prepareApply(host, install, { secrets: formerForEnv(pending) });
  const changed = recovery === undefined ? install : withRecipient(install, recovery.recipient);
  const prepared = withSecretsInKeptEnv(
    await prepareApply(host, changed, { secrets: valuesForEnv(pending) }),
    await host.files.readText(`${install.dir}/.env`),
    before.handEdits.some((each) => each.path === ".env" && each.kept),
  );
  const rolls = running && await canRoll({ engine, plan: prepared.plan });
  const found = { ...await findChanges(host, prepared, undefined, true), order: undefined };
  const database = rolls && pending.values.POSTGRES_PASSWORD !== undefined
    ? await stayingDatabase(host, engine, { before, found, rotation: of.rotation, install })
    : undefined;
  const { database: _, ...bare } = pending;
  return {
    rotation: {
      ...of.rotation,
      pending: database === undefined ? bare : { ...bare, database },
    },
    prepared,
    rolls,
    changes: !running
      ? { ...found, services: [], reload: false }
      : database === undefined
      ? found
      : { ...found, services: found.services.filter((each) => each.service !== "postgres") },
  };
}

/** Hash of the database's container, when the password is all that its definition will differ by. */
async function stayingDatabase(
  host: Host,
  engine: Engine,
  of: {
    readonly before: Prepared;
    readonly found: Changes;
    readonly rotation: Rotation;
    readonly install: Install;
  },
): Promise<string | undefined> {
  const { before, found, rotation: { pending }, install } = of;
  const written = install.secrets.POSTGRES_PASSWORD === pending.values.POSTGRES_PASSWORD;
  if (written) {
    // An interrupted run has found it out; it holds as long as nothing else was changed since.
    return found.files.some((each) => DEFINES.test(each.path)) ? undefined : pending.database;
  }
  const { services } = await findChanges(host, before, undefined, true);
  if (services.some((each) => each.service === "postgres")) return undefined;
  return await databaseHash(engine, before.plan.answers.name);
}

/** How long anything would be gone, as sentences. */
export function rotationDowntime(
  { changes, rolls, rotation }: RotationPlan,
  running: boolean,
): string[] {
  const text = downtimeText(changes, running, rolls ? ["backend"] : []);
  const gap = rolls && rotation.pending.values.POSTGRES_PASSWORD !== undefined;
  return gap
    ? [
      text,
      "Connections to the database that are open stay. Until its successor serves, some 5 s, a " +
      "backend that needs one more gets none, and that request fails: best at a quiet hour. " +
      "How long nobody got an answer is told at the end.",
    ]
    : [text];
}
