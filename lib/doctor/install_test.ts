/** What is said of images, drift, modes, sizes, secrets and accounts. */
import assert from "node:assert/strict";
import {
  judgeAccounts,
  judgeDebug,
  judgeDrift,
  judgeImages,
  judgeLogSizes,
  judgeModes,
  judgeReclaimable,
  judgeRotation,
  judgeSecrets,
} from "./install.ts";

const image = {
  service: "backend",
  image: "rxdx/backend:1",
  presentId: "sha256:a",
  lockedId: "sha256:a",
  runningIds: ["sha256:a"],
};

Deno.test("images: missing, another one, none recorded", () => {
  assert.equal(judgeImages([image]).state, "ok");
  assert.equal(judgeImages([{ ...image, lockedId: undefined }]).state, "ok");
  const runs = judgeImages([{ ...image, presentId: undefined }]);
  assert.deepEqual([runs.state, runs.fix], ["warn", "apply"]);
  const gone = judgeImages([{ ...image, presentId: undefined, runningIds: [] }]);
  assert.deepEqual([gone.state, gone.detail], [
    "fail",
    "Not on this machine: rxdx/backend:1 (backend)",
  ]);
  const retagged = judgeImages([{ ...image, presentId: "sha256:b" }]);
  assert.deepEqual([retagged.state, retagged.fix], ["warn", null]);
  assert.match(judgeImages([{ ...image, runningIds: ["sha256:b"] }]).detail, /runs another image/);
});

Deno.test("drift: files and containers are two lines; only containers are made anew", () => {
  const states = (handEdited: string[], services: string[]) =>
    judgeDrift({ handEdited, services }).map((each) => `${each.state} ${each.fix ?? "-"}`);
  assert.deepEqual(states([], []), ["ok -", "ok -"]);
  assert.deepEqual(states([".env"], ["nginx"]), ["warn -", "warn apply"]);
});

Deno.test("modes: narrower is well, one bit more is told", () => {
  const of = (mode: number) => judgeModes([{ path: ".env", mode, wanted: 0o600 }]);
  assert.equal(of(0o600).state, "ok");
  assert.equal(of(0o400).state, "ok");
  assert.equal(of(0o640).detail, "Too open: .env is 0640, not 0600");
  assert.deepEqual([of(0o644).state, of(0o644).fix], ["fail", "modes"]);
});

Deno.test("sizes of logs, and what could be given back", () => {
  const gib = 2 ** 30;
  assert.equal(judgeLogSizes({ containers: undefined, application: undefined }).state, "unknown");
  assert.equal(judgeLogSizes({ containers: 5, application: gib }).state, "ok");
  assert.equal(judgeLogSizes({ containers: 2 * gib, application: 0 }).state, "warn");
  assert.equal(judgeLogSizes({ containers: 0, application: 3 * gib }).state, "warn");
  assert.equal(judgeReclaimable(undefined, true).state, "unknown");
  const much = { images: 3 * gib, buildCache: gib };
  assert.equal(judgeReclaimable(much, false).state, "ok");
  assert.deepEqual([judgeReclaimable(much, true).state, judgeReclaimable(much, true).fix], [
    "warn",
    "prune",
  ]);
  assert.equal(judgeReclaimable({ images: 1, buildCache: 1 }, true).state, "ok");
});

Deno.test("debug, secrets and accounts weigh less in development", () => {
  assert.equal(judgeDebug({ debug: false, environment: "production" }).state, "ok");
  assert.equal(judgeDebug({ debug: true, environment: "production" }).state, "fail");
  assert.equal(judgeDebug({ debug: true, environment: "staging" }).state, "fail");
  assert.equal(judgeDebug({ debug: true, environment: "development" }).state, "ok");
  const weak = [{ name: "SECRET_KEY", verdict: "weak" as const }];
  assert.equal(judgeSecrets(weak, "production").state, "fail");
  assert.equal(judgeSecrets(weak, "development").state, "warn");
  assert.equal(judgeSecrets([{ name: "SECRET_KEY", verdict: "fair" }], "production").state, "ok");
  const open = [{ email: "admin@example.com", state: "open" as const }];
  assert.equal(judgeAccounts(open, "production").state, "fail");
  assert.equal(judgeAccounts(open, "development").state, "warn");
  assert.equal(judgeAccounts([], "production").detail, "none exists");
  assert.equal(judgeAccounts(undefined, "production").state, "unknown");
  assert.match(
    judgeAccounts([{ email: "pm@example.com", state: "skipped" }], "production").detail,
    /^pm@example.com: not tried/,
  );
});

Deno.test("a rotation without an end is a fault, age is a note", () => {
  const ages = [{ name: "SECRET_KEY", days: 400 }, { name: "POSTGRES_PASSWORD", days: 1 }];
  const open = judgeRotation({ unfinished: ["POSTGRES_PASSWORD"], ages });
  assert.equal(open.state, "fail");
  assert.equal(open.hint, "rxdx-setup secrets rotate");
  const old = judgeRotation({ unfinished: [], ages });
  assert.equal(old.state, "ok");
  assert.match(old.detail, /older than a year: SECRET_KEY;/);
  assert.match(judgeRotation({ unfinished: [], ages: ages.slice(1) }).detail, /is 1 day old$/);
});
