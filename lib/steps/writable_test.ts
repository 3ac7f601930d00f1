/** What cannot be written is told before anything is done, all of it at once. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { EXIT, SetupError } from "../errors.ts";
import { writableStep } from "./writable.ts";

const REPORT = { detail: () => undefined, services: () => undefined };
const never = new AbortController().signal;

async function told(uid: number, refused: readonly string[]): Promise<SetupError | undefined> {
  let found: SetupError | undefined;
  await withFakeHost({ uid }, async (host) => {
    for (const path of [".env", "nginx/nginx.conf", ".rxdx/receipt.json"]) {
      host.files.put(`/opt/rxdx/${path}`, "");
    }
    for (const path of refused) host.files.refuseWrites(path);
    const paths = [".env", "nginx/nginx.conf", "nginx/new/x.conf"];
    const step = writableStep(host, "/opt/rxdx", () => Promise.resolve(paths));
    if (await step.isDone()) return;
    await step.run(REPORT, never).catch((error) => found = error as SetupError);
    assert.equal(host.files.mutations.length, 0, "it only looks");
  });
  return found;
}

Deno.test("an install that can be written passes", async () => {
  assert.equal(await told(0, []), undefined);
  assert.equal(await told(1000, []), undefined);
  assert.equal(await told(0, ["/opt", "/opt/rxdx/backups"]), undefined, "nothing is written there");
});

Deno.test("a directory that will be made is made in one that must not refuse", async () => {
  await withFakeHost({ uid: 1000 }, async (host) => {
    host.files.put("/opt/rxdx/.rxdx/receipt.json", "");
    host.files.refuseWrites("/opt/rxdx");
    host.files.put("/opt/rxdx/postgres/init/10.sh", "");
    const cases = [
      [["nginx/nginx.conf"], true],
      [[".env"], true],
      [["postgres/init/10.sh", "postgres/more/20.sh"], false],
      [[], false],
    ] as const;
    for (const [paths, refused] of cases) {
      const step = writableStep(host, "/opt/rxdx", () => Promise.resolve(paths));
      assert.equal(await step.isDone(), !refused);
    }
  });
});

Deno.test("every directory that refuses is named", async () => {
  const error = await told(1000, ["/opt/rxdx", "/opt/rxdx/nginx", "/opt/rxdx/.rxdx"]);
  assert.ok(error instanceof SetupError);
  assert.deepEqual([error.code, error.exit], ["permission_denied", EXIT.prerequisite]);
  for (const path of ["/opt/rxdx", "/opt/rxdx/nginx", "/opt/rxdx/.rxdx"]) {
    assert.match(error.message, new RegExp(`^Cannot write ${path}: permission denied`, "m"));
  }
  assert.match(error.message, /This run has stopped nothing and changed no file/);
  assert.match(error.hint ?? "", /sudo/);
});

Deno.test("an immutable file stops whoever would replace it", async () => {
  for (const uid of [0, 1000]) {
    assert.match(
      (await told(uid, ["/opt/rxdx/.env"]))?.message ?? "",
      /Cannot write \/opt\/rxdx\/\.env/,
    );
  }
});
