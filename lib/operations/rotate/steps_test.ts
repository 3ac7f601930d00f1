/** What a rotation leaves behind when it fails: a password that works is known, whatever could be undone. */
import assert from "node:assert/strict";
import { BESIDE_POSTGRES } from "../../../tests/support/fake_database.ts";
import { machineOf } from "../../../tests/support/fake_host_machine.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { run } from "../../cli/app.ts";
import { Engine } from "../../engine/client.ts";
import { SERVICES } from "../../engine/compose.ts";
import { readEnv } from "../../render/env_codec.ts";
import type { Pending } from "../../secrets/rotation.ts";
import { isVerifierOf, scramVerifier } from "../../secrets/scram.ts";
import { runSteps } from "../../steps/runner.ts";
import type { Step } from "../../steps/step.ts";
import { needInstall } from "../install.ts";
import { prepareApply } from "../prepare.ts";
import { pendingPath, readPending } from "./pending.ts";
import { adoptSteps, rotationSteps } from "./steps.ts";
import { newRotation, resumedRotation, valuesForEnv } from "./wanted.ts";

const DIR = "/opt/rxdx";
const salt = (of: number) => new Uint8Array(16).fill(of);

/** An install whose database keeps one verifier, and takes the password that belongs to it. */
async function installed() {
  const { host, engine: fake } = machineOf();
  const database = { verifier: "" };
  host.process.allow([...BESIDE_POSTGRES, "psql", REST], ({ options }) => {
    const told = /ALTER ROLE :"role" PASSWORD '([^']+)'/.exec(String(options.stdin ?? ""));
    if (told === null) return `${database.verifier}\n`;
    database.verifier = told[1] ?? "";
    return "";
  });
  host.process.allow(
    [...BESIDE_POSTGRES, "sh", REST],
    ({ options }) =>
      isVerifierOf(database.verifier, String(options.stdin ?? "").trim()) === true
        ? "1\n"
        : { code: 2, stderr: "authentication failed" },
  );
  host.process.allow(
    ["docker", "compose", REST],
    SERVICES.map((service) => `${service} hash-${service}\n`).join(""),
  );
  assert.equal(await run(["init", "--demo", "--no-start", "--yes"], host), 0);
  fake.containers.push({ service: "postgres" });
  const env = async () => readEnv(await host.files.readText(`${DIR}/.env`) ?? "");
  const former = (await env()).get("POSTGRES_PASSWORD") ?? "";
  const takes = (password: string | undefined) =>
    isVerifierOf(database.verifier, password ?? "") === true;
  database.verifier = scramVerifier(former, salt(7));
  const engine = new Engine(host);
  return {
    host,
    engine,
    former,
    takes,
    env,
    tell: (password: string) => {
      database.verifier = scramVerifier(password, salt(9));
    },
    rotation: async () =>
      await newRotation(host, await needInstall(host, DIR), ["POSTGRES_PASSWORD"], {}),
    keep: (pending: Pending) =>
      host.files.writeAtomic(pendingPath(DIR), JSON.stringify(pending, null, 2) + "\n", {
        mode: 0o600,
      }),
    prepared: async (pending?: Pending) =>
      await prepareApply(
        host,
        await needInstall(host, DIR),
        { secrets: pending === undefined ? {} : valuesForEnv(pending) },
      ),
    /** Runs the steps with one that fails behind `.env`; what could not be undone says why. */
    failing: async (steps: readonly Step[]) => {
      const index = steps.findLastIndex(({ id }) => /^(write-files|rotation-env)$/.test(id)) + 1;
      assert.ok(index > 0, steps.map(({ id }) => id).join(" "));
      const broken: Step = {
        id: "broken",
        title: "Break",
        isDone: () => Promise.resolve(false),
        run: () => Promise.reject(new Error("broken")),
      };
      const told: string[] = [];
      const run = runSteps(steps.toSpliced(index, 0, broken), {
        host,
        dir: DIR,
        command: "secrets rotate",
        argv: [],
        version: "0.0.0",
        emit: (event) => {
          if (event.type === "undo-failed") told.push(event.message);
        },
        signal: new AbortController().signal,
      });
      await assert.rejects(run, /broken/);
      return told;
    },
    /** A password that is known here opens the database. */
    knows: async () => {
      const { values, former } = await readPending(host, DIR) ?? { values: {}, former: {} };
      return [
        (await env()).get("POSTGRES_PASSWORD"),
        ...Object.values(values),
        ...Object.values(former),
      ].some(takes);
    },
  };
}

Deno.test("a rotation that fails before containers are touched is taken back as a whole", async () => {
  const at = await installed();
  const rotation = await at.rotation();
  const { host, engine } = at;
  const prepared = await at.prepared(rotation.pending);
  const steps = await rotationSteps({ host, engine, rotation, prepared, start: true });
  assert.deepEqual(await at.failing(steps), []);
  assert.ok(at.takes(at.former));
  assert.equal((await at.env()).get("POSTGRES_PASSWORD"), at.former);
  assert.equal(await readPending(host, DIR), undefined);
});

Deno.test("nginx is told which backends come and go: its configuration is asked too, and nothing else", async () => {
  for (
    const [start, path, refused] of [
      [true, "nginx", true],
      [true, "nginx/nginx.prod.conf", true],
      [false, "nginx", false],
      [true, "nginx/nginx.conf", false],
      [true, "postgres", false],
    ] as const
  ) {
    const at = await installed();
    const rotation = await at.rotation();
    const { host, engine } = at;
    const prepared = await at.prepared(rotation.pending);
    host.files.refuseWrites(`${DIR}/${path}`);
    const steps = await rotationSteps({ host, engine, rotation, prepared, start });
    const look = steps.find(({ id }) => id === "writable");
    assert.equal(await look?.isDone(), !refused, `${path}, ${start}`);
  }
});

Deno.test("one that is gone on with in another way and fails keeps the new password", async () => {
  const at = await installed();
  const { pending } = await at.rotation();
  await at.keep({ ...pending, database: "hash-postgres" });
  at.tell(pending.values.POSTGRES_PASSWORD ?? "");
  const { host, engine } = at;
  const prepared = await at.prepared(pending);
  const rotation = resumedRotation(pending);
  await at.failing(await rotationSteps({ host, engine, rotation, prepared, start: true }));
  assert.ok(await at.knows());
});

Deno.test("new values that could not be taken out of .env again are not forgotten", async () => {
  const at = await installed();
  const { host, engine } = at;
  // Without it there is nothing that `.env` could be put back from.
  await host.files.remove(`${DIR}/.rxdx/receipt.json`);
  const rotation = await at.rotation();
  const prepared = await at.prepared(rotation.pending);
  const steps = await rotationSteps({ host, engine, rotation, prepared, start: true });
  const [told = ""] = await at.failing(steps);
  assert.match(told, /\.env.*it stays in/);
  assert.deepEqual((await readPending(host, DIR))?.values, rotation.pending.values);
  assert.ok(await at.knows());
});

Deno.test("--adopt that fails keeps what it would have given up", async () => {
  const at = await installed();
  const { pending } = await at.rotation();
  await at.keep(pending);
  at.tell(pending.values.POSTGRES_PASSWORD ?? "");
  const { host, engine } = at;
  const steps = await adoptSteps({ host, engine, prepared: await at.prepared() }, at.former);
  await at.failing(steps);
  assert.ok(await at.knows());
  assert.deepEqual(await readPending(host, DIR), pending);
});

Deno.test("what forgets is the last step, behind which nothing is taken back", async () => {
  const at = await installed();
  const { host, engine } = at;
  const rotation = await at.rotation();
  const prepared = await at.prepared(rotation.pending);
  const last = (steps: readonly Step[]) => [steps.at(-1)?.id, steps.at(-1)?.barrier];
  assert.deepEqual(
    last(await rotationSteps({ host, engine, rotation, prepared, start: false })),
    ["rotation-forget", true],
  );
  assert.deepEqual(last(await adoptSteps({ host, engine, prepared }, at.former)), [
    "rotation-give-up",
    true,
  ]);
});
