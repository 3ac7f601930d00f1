/** What giving an upgrade up means for the data, looked at before anybody is asked. Changes nothing. */
import { SESSION_SETTINGS } from "../../backup/sql.ts";
import { SetupError } from "../../errors.ts";
import { COPY } from "../../upgrade/database_sql.ts";
import { type Counts, type Loss, lossOf } from "../../upgrade/loss.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { type BackupScene, needDatabase } from "../backup/scene.ts";
import { type Database, Session } from "../backup/session.ts";
import { sumDatabase } from "../backup/sums.ts";
import { hasCopy, movedSinceCopy } from "./database.ts";
import { wasOpened } from "./closing.ts";

export interface GivenUp {
  /** True when the newer version has changed the schema: then the database goes back. */
  readonly goesBack: boolean;
  /** True when people may have worked in the newer version: then its database is kept. */
  readonly opened: boolean;
  /** What is there now and was not when the old version stopped; `undefined` where nothing goes back. */
  readonly loss: Loss | undefined;
  /** Why it could not be looked at. */
  readonly unknown?: string;
}

const NOTHING: GivenUp = { goesBack: false, opened: false, loss: undefined };

/** Compares the database with the copy that the old version left. */
export async function lookAtGivingUp(
  scene: BackupScene,
  record: UpgradeRecord,
  signal: AbortSignal,
  onTable: (table: string) => void,
): Promise<GivenUp> {
  const { host } = scene;
  if (record.copied !== true) return NOTHING;
  const opened = await wasOpened(scene, record);
  try {
    const database = await needDatabase(scene);
    if (!await hasCopy(host, database) || !await movedSinceCopy(host, database)) {
      return { ...NOTHING, opened };
    }
    const count = async (of: Database): Promise<Counts> => {
      const session = new Session(host, of, signal);
      try {
        await session.run(SESSION_SETTINGS);
        const counts = await sumDatabase(session, onTable);
        await session.close();
        return counts;
      } finally {
        session.kill();
      }
    };
    const then = await count({ ...database, name: COPY });
    return { goesBack: true, opened, loss: lossOf(then, await count(database)) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SetupError)) throw error;
    return { ...NOTHING, opened, unknown: error.message };
  }
}
