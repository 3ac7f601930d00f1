/** What is written down of an order: in the ledger, so that no limit is reached, and of the clocks. */
import { appendLedger, namesKey, readLedger } from "../../tls/acme/ledger.ts";
import { dropPending } from "../../tls/acme/pending.ts";
import { AcmeError } from "../../tls/acme/problem.ts";
import { readRenewalState, writeRenewalState } from "../../tls/acme/state.ts";
import { type AcmeScene, timeOfCa } from "./acme_scene.ts";

/** How far this machine's clock is off decides when the new certificate is renewed. */
export async function noteSkew(
  { host, plan }: AcmeScene,
  skewMs: number | undefined,
): Promise<void> {
  if (skewMs === undefined) return;
  await writeRenewalState(host, plan.dir, { ...await readRenewalState(host, plan.dir), skewMs });
}

/** One line an order, however often a killed run is continued. */
export async function issued(
  scene: AcmeScene,
  directory: string,
  order: string,
): Promise<void> {
  const { host, plan, settings } = scene;
  const known = (await readLedger(host, plan.dir)).some((each) =>
    each.event === "issued" && each.order === order
  );
  if (known) return;
  await appendLedger(host, plan.dir, {
    at: (await timeOfCa(scene)).toISOString(),
    event: "issued",
    directory,
    names: namesKey(settings.names),
    order,
  });
}

/** Refusals go into the ledger; an order that the CA refused is not continued. */
export async function counted(
  scene: AcmeScene,
  directory: string,
  body: () => Promise<void>,
): Promise<void> {
  const { host, plan, settings } = scene;
  try {
    await body();
  } catch (error) {
    if (error instanceof AcmeError) {
      await appendLedger(host, plan.dir, {
        at: (await timeOfCa(scene)).toISOString(),
        event: "failed",
        directory,
        names: namesKey(settings.names),
        problem: error.code,
      });
      // After a failure of the CA's own the order may still come to its end.
      if (!CONTINUED.has(error.problem.type)) await dropPending(host, plan.dir, directory);
    }
    throw error;
  }
}

/** Refusals that say nothing about the order. */
const CONTINUED: ReadonlySet<string> = new Set(["", "serverInternal", "rateLimited"]);
