/** Whether people were let into a newer version: what is kept and what may go depends on it. */
import assert from "node:assert/strict";
import type { Engine } from "../../engine/client.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { writeMaintenance } from "../maintenance.ts";
import { isClosed, wasOpened } from "./closing.ts";

const { dir, answers } = samplePlan();
const SINCE = "2026-03-14T10:15:00.000Z";
const LATER = "2026-03-14T10:16:00.000Z";
const BEFORE = "2026-03-14T09:00:00.000Z";

interface Situation {
  /** `since` of the page that is there. */
  readonly page?: string;
  /** When nginx was started; `undefined` where it does not run. */
  readonly nginx?: string;
  readonly backend?: boolean;
}

async function scene({ page, nginx, backend }: Situation) {
  const host = new FakeHost();
  if (page !== undefined) {
    await writeMaintenance(host, dir, { since: page, by: "upgrade", message: "" });
  }
  const services = [
    ...(nginx === undefined ? [] : ["nginx"]),
    ...(backend === true ? ["backend"] : []),
  ];
  const engine = {
    containers: () =>
      Promise.resolve(services.map((service) => ({
        Id: service,
        Names: [`/${service}`],
        State: "running",
        Status: "Up",
        Labels: { "com.docker.compose.service": service },
      }))),
    container: () => Promise.resolve({ State: { Running: true, StartedAt: nginx ?? "" } }),
  } as unknown as Engine;
  return { host, engine, install: { dir, answers } };
}

const record = (more: Partial<UpgradeRecord>): UpgradeRecord =>
  ({ started_at: BEFORE, stopped_at: SINCE, ...more }) as UpgradeRecord;

for (
  const [what, situation, more, opened] of [
    ["the page of that time is shown", { page: SINCE, nginx: LATER }, { page: SINCE }, false],
    ["it was noted that people come in", { page: SINCE, nginx: BEFORE }, {
      page: SINCE,
      opened: true,
    }, true],
    ["somebody has taken the page away", { nginx: BEFORE }, { page: SINCE }, true],
    ["it is another page", { page: LATER, nginx: BEFORE }, { page: SINCE }, true],
    ["nginx was stopped, and started since", { nginx: LATER }, {}, true],
    ["nginx has not been started since", { nginx: BEFORE }, {}, false],
    ["nginx is gone", {}, {}, true],
  ] as const
) {
  Deno.test(`let in: ${opened ? "yes" : "no"}, where ${what}`, async () => {
    assert.equal(await wasOpened(await scene(situation), record(more)), opened);
  });
}

for (
  const [what, situation, more, closed] of [
    [
      "its page is shown and no backend runs",
      { page: SINCE, nginx: BEFORE },
      { page: SINCE },
      true,
    ],
    ["a backend still runs", { page: SINCE, nginx: BEFORE, backend: true }, { page: SINCE }, false],
    ["nginx runs and shows nothing", { nginx: BEFORE }, { page: SINCE }, false],
    ["an old page is shown by nobody's note", { page: SINCE, nginx: BEFORE }, {}, false],
    ["neither runs", {}, {}, true],
  ] as const
) {
  Deno.test(`closed: ${closed ? "yes" : "no"}, where ${what}`, async () => {
    assert.equal(await isClosed(await scene(situation), record(more)), closed);
  });
}
