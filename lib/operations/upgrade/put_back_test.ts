/** What somebody has written since the upgrade is not lost when the files go back. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { receiptPath, receiptText, sha256 } from "../../steps/receipt.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { filesGoingBack, filesStep } from "./put_back.ts";
import { keepVersion } from "./store.ts";

const DIR = "/opt/rxdx";
const settings = samplePlan().answers.images;
const RECORD: UpgradeRecord = {
  schema: 1,
  started_at: "2026-03-14T10:15:00.000Z",
  phase: "committed",
  from: { version: "1", setup: "0.1.0", images: {}, settings },
  to: { version: "2", setup: "0.1.0", images: {}, settings },
  touches_data: true,
};

Deno.test("hand edits and the configuration are kept aside, what the upgrade wrote is not", () =>
  withFakeHost({}, async (host) => {
    const paths = ["rxdx.yml", "docker-compose.yml", "nginx/nginx.conf"];
    const put = (path: string, text: string) =>
      host.files.put(`${DIR}/${path}`, text, { mode: 0o600 });
    for (const path of paths) put(path, "old\n");
    await keepVersion(host, DIR, RECORD, paths, new Map());
    for (const name of ["files.json", ...paths.map((path) => `files/${path}`)]) {
      const text = await host.files.readText(`${DIR}/.rxdx/upgrade/${name}`) ?? "";
      put(`.rxdx/previous/${name}`, text);
    }
    for (const path of paths) put(path, "new\n");
    host.files.put(
      receiptPath(DIR),
      receiptText({
        ...{ schema: 1, name: "rxdx", version: "0.1.0", createdAt: "", updatedAt: "" },
        files: paths.map((path) => ({ path, sha256: sha256("new\n") })),
        ...{ directories: [], images: [], provenance: {}, machine: [], nginxLoaded: "" },
      }),
      { mode: 0o600 },
    );
    put("nginx/nginx.conf", "new, edited\n");
    assert.deepEqual(await filesGoingBack(host, DIR, "previous"), [
      { path: "rxdx.yml", aside: true },
      { path: "docker-compose.yml", aside: false },
      { path: "nginx/nginx.conf", aside: true },
    ]);
    const step = filesStep({ host, plan: { dir: DIR }, shelf: "previous" });
    await step.run(
      { detail: () => undefined, services: () => undefined },
      new AbortController().signal,
    );
    assert.ok(await step.isDone());
    const [aside] = await host.files.list(`${DIR}/.rxdx/replaced`);
    const kept = (path: string) => host.files.readText(`${DIR}/.rxdx/replaced/${aside}/${path}`);
    assert.deepEqual(await Promise.all(paths.map(kept)), ["new\n", undefined, "new, edited\n"]);
    assert.equal(await host.files.readText(`${DIR}/nginx/nginx.conf`), "old\n");
  }));
