/** The making of a bundle on a machine in memory: refusal, limits, and what is missing. */
import assert from "node:assert/strict";
import type { Engine } from "../../engine/client.ts";
import { EXIT, SetupError } from "../../errors.ts";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { redactor } from "../../support/redact.ts";
import { gunzip, readTar } from "../../support/tar.ts";
import { type Bundle, type BundleHooks, makeBundle, needClean } from "./bundle.ts";
import type { SupportScene } from "./part.ts";

const SECRET = "c4n4ry/$ecret+of+the+database";
const silent = {
  ping: () => Promise.resolve(false),
  containers: () => Promise.reject(new Error("nobody answers")),
} as unknown as Engine;

/** One container that prints what it is given. */
function talking(lines: readonly string[]): Engine {
  return {
    ping: () => Promise.resolve(true),
    containers: () =>
      Promise.resolve([{
        Id: "c1",
        Names: ["/x-backend-1"],
        Status: "Up",
        Labels: {},
        ImageID: "i1",
      }]),
    container: () => Promise.resolve({ Config: { Tty: false } }),
    async *logs() {
      yield await Promise.resolve(lines.map((text) => ({ stream: "stdout", text })));
    },
  } as unknown as Engine;
}

async function machine(): Promise<FakeHost> {
  const host = new FakeHost();
  host.process.allow([REST], { code: 127, stderr: "not here" });
  await host.files.mkdir("/opt/x", 0o700);
  await host.files.writeAtomic(
    "/opt/x/.env",
    `POSTGRES_PASSWORD="${SECRET.replace("$", "\\$")}"\n`,
    {
      mode: 0o600,
    },
  );
  return host;
}

function scene(
  host: FakeHost,
  engine: Engine,
  options: Partial<SupportScene["options"]> = {},
): SupportScene {
  return {
    host,
    engine,
    dir: "/opt/x",
    project: "x",
    install: undefined,
    collectStatus: () => Promise.resolve({ message: `login with ${SECRET}` }),
    collectDoctor: () =>
      Promise.reject(new SetupError({ code: "x", message: "no", exit: EXIT.apply })),
    options: {
      since: new Date(0),
      lines: 100_000,
      maxBytes: 2 ** 20,
      logs: true,
      keepAddresses: false,
      ...options,
    },
  };
}

const HOOKS: BundleHooks = { signal: new AbortController().signal };

async function contents({ archive, root }: Bundle): Promise<Map<string, string>> {
  return new Map(
    readTar(await gunzip(archive)).map(({ path, bytes }) => [
      path.replace(`${root}/`, ""),
      new TextDecoder().decode(bytes),
    ]),
  );
}

Deno.test("secrets go as they are collected; what is missing is told with its reason", async () => {
  const bundle = await makeBundle(scene(await machine(), silent), HOOKS);
  needClean(bundle);
  const files = await contents(bundle);
  assert.equal(
    files.get("status.json"),
    '{\n  "message": "login with [redacted:POSTGRES_PASSWORD]"\n}\n',
  );
  assert.equal(
    files.get("configuration/env.txt"),
    "POSTGRES_PASSWORD=[redacted:POSTGRES_PASSWORD]\n",
  );
  const why = new Map(bundle.manifest.not_collected.map((each) => [each.path, each.why]));
  assert.equal(why.get("doctor.json"), "no");
  assert.equal(why.get("logs/"), "Docker does not answer");
  assert.match(why.get("host/disks.txt") ?? "", /not here/);
  assert.ok(![...files.values()].join("").includes("c4n4ry"));
});

Deno.test("a leak that the redaction did not see is refused, by name and never by value", async () => {
  for (
    const hidden of [
      SECRET,
      encodeURIComponent(SECRET),
      btoa(`u:${SECRET}`),
      JSON.stringify([SECRET]),
    ]
  ) {
    const bundle = await makeBundle(scene(await machine(), talking([`<${hidden}>`])), {
      ...HOOKS,
      // The redaction does its work everywhere but in the log.
      redactor: (...known) => {
        const real = redactor(...known);
        return {
          ...real,
          text: (text) => text.startsWith("<") ? { text, count: 0 } : real.text(text),
        };
      },
    });
    assert.throws(() => needClean(bundle), (error) => {
      assert.ok(error instanceof SetupError);
      assert.equal(error.exit, EXIT.apply);
      assert.match(error.message, /^logs\/x-backend-1\.log still holds POSTGRES_PASSWORD/);
      assert.match(error.hint ?? "", /--no-logs/);
      assert.ok(!`${error.message}${error.hint}`.includes("c4n4ry"));
      return true;
    });
  }
});

Deno.test("the newest lines stay when a log is too long for the limit", async () => {
  const host = await machine();
  const lines = Array.from({ length: 50_000 }, (_, at) => `${at} ${host.random.bytes(16).toHex()}`);
  const maxBytes = 128 * 1024;
  const bundle = await makeBundle(scene(host, talking(lines), { maxBytes }), HOOKS);
  assert.ok(bundle.archive.length <= maxBytes);
  const log = (await contents(bundle)).get("logs/x-backend-1.log") ?? "";
  assert.ok(log.endsWith(`${lines.at(-1)}\n`));
  const kept = log.split("\n").length - 1;
  const told = bundle.manifest.files.find(({ path }) => path.startsWith("logs/"))?.cut ?? "";
  assert.match(told, new RegExp(`^the newest ${kept} of 50000 lines`));
});

Deno.test("what does not fit even without logs is an error, and a cancelled run ends", async () => {
  const host = await machine();
  await host.files.writeAtomic("/opt/x/rxdx.yml", host.random.bytes(200_000).toHex(), {
    mode: 0o600,
  });
  await assert.rejects(
    makeBundle(scene(host, silent, { maxBytes: 65_536 }), HOOKS),
    { code: "bundle_too_large" },
  );
  const cancelled = AbortSignal.abort(new Error("cancelled"));
  await assert.rejects(makeBundle(scene(host, silent), { signal: cancelled }), /cancelled/);
});

Deno.test("addresses of people in logs are replaced unless they are to be kept", async () => {
  const line = "203.0.113.7 jo@example.org";
  for (
    const [keepAddresses, expected] of [[false, "[ip4-1] [email-1]\n"], [
      true,
      `${line}\n`,
    ]] as const
  ) {
    const bundle = await makeBundle(
      scene(await machine(), talking([line]), { keepAddresses }),
      HOOKS,
    );
    assert.equal((await contents(bundle)).get("logs/x-backend-1.log"), expected);
  }
});
