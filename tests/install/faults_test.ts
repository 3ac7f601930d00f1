/**
 * A slow connection, a disk that is full at any moment, a kill while bytes come: for install.sh and for
 * `self-update` alike. Other faults stand with the doors that meet them.
 */
import assert from "node:assert/strict";
import { archiveName } from "../../lib/release/files.ts";
import { type Place, SLOW_MS, SLOW_PIECES, TARGET, withPlace } from "./releases.ts";
import {
  built,
  host,
  IS_ROOT,
  must,
  PATH,
  ROOT,
  run,
  tree,
  whileRunning,
  without,
} from "./support.ts";
import config from "../../deno.json" with { type: "json" };

const OLD = config.version;
const NEW = "9.0.0";

/** A program of a size that matters: 400 kB that cannot be compressed. */
async function large(file: string, version: string): Promise<string> {
  const text = `#!/bin/sh\ncase $1 in --version) echo rxdx-setup ${version} ;; esac\nexit\n`;
  const script = '{ printf %s "$1"; head -c 400000 /dev/urandom; } >"$2"; chmod 755 "$2"';
  await must("sh", "-c", script, "-", text, file);
  return file;
}

async function publish(place: Place): Promise<void> {
  const file = await large(`${place.scratch}/large`, NEW);
  await place.publish(NEW, { file });
  await must("rm", file);
}

interface Old {
  readonly prefix: string;
  install(env?: Record<string, string>): ReturnType<typeof run>;
  update(env?: Record<string, string>): ReturnType<typeof run>;
  version(): Promise<string>;
}

/** The program as it is installed, and the two ways to the version that the place has. */
async function oldIn(place: Place, prefix: string, file?: string): Promise<Old> {
  const cache = `${place.scratch}/cache`;
  await must("mkdir", "-p", `${prefix}/bin`, `${prefix}/share/rxdx-setup`, cache);
  const program = `${prefix}/bin/rxdx-setup`;
  await must("cp", "--reflink=auto", file ?? await built(), program);
  const [sum] = (await must("sha256sum", program)).split(" ");
  await host.files.writeAtomic(
    `${prefix}/share/rxdx-setup/receipt`,
    `version ${OLD}\ndoor download\nsource ${place.base}\nkey ${place.key}\nfile ${sum} ${program}\n`,
    { mode: 0o644 },
  );
  const few = `${place.scratch}/without-minisign`;
  if (await host.files.stat(few) === undefined) await without(place.scratch, "minisign");
  const base = { PATH, HOME: place.scratch, XDG_CACHE_HOME: cache, NO_COLOR: "1" };
  const mirror = { RXDX_BASE_URL: place.base, RXDX_RELEASE_KEY: place.key };
  return {
    prefix,
    install: async (env = {}) =>
      await run(["sh", "-s", "--", "--no-init", "--prefix", prefix], {
        stdin: await host.files.readText(`${ROOT}/install.sh`) ?? "",
        // openssl writes files to verify, minisign none.
        env: { ...base, ...mirror, PATH: few, ...env },
      }),
    update: (env = {}) =>
      run([program, "self-update", "--yes"], { env: { ...base, ...mirror, ...env } }),
    version: async () => {
      const said = await run([program, "--version"], { env: base });
      assert.equal(said.code, 0, said.stderr);
      return said.stdout.trim().replace("rxdx-setup ", "");
    },
  };
}

Deno.test("slow is not stalled: what keeps coming may take longer than the time for silence", async () => {
  await withPlace({}, async (place) => {
    await publish(place);
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => oldIn(place, `${place.scratch}/${name}`)),
    );
    assert.ok(one !== undefined && two !== undefined);
    place.faults.set(archiveName(NEW, TARGET), "slow");
    const silence = 3;
    assert.ok(SLOW_PIECES * SLOW_MS > silence * 1000, "it is longer");
    const env = { RXDX_STALL_SECONDS: String(silence) };
    const both = await Promise.all([one.install(env), two.update(env)]);
    for (const each of both) assert.equal(each.code, 0, each.stderr);
    assert.deepEqual([await one.version(), await two.version()], [NEW, NEW]);
  });
});

Deno.test({
  name: "a disk that is full at any moment: said, and the old version or the new one works",
  ignore: !IS_ROOT,
  async fn(test) {
    await withPlace({}, async (place) => {
      await publish(place);
      const prefix = `${place.scratch}/prefix`;
      await must("mkdir", prefix);
      await must("mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", prefix);
      try {
        const size = Math.floor(((await host.files.stat(await built()))?.size ?? 0) / 1024);
        const small = await large(`${place.scratch}/small`, OLD);
        // KiB beside what is there: nothing; a part of the archive; that, but not what is in it; both, but
        // no copy of the old program; all but the last files; enough.
        const ways: Record<"install" | "update", [string, number[]]> = {
          install: [small, [0, 4, 8, 12, 16, 20, 32, 100, 450, 780, 784, 788, 792, 796, 4000]],
          update: [await built(), [0, 450, 2000, size + 410, size + 600, size + 4000]],
        };
        for (const way of ["install", "update"] as const) {
          const [program, kilobytes] = ways[way];
          let failed = 0;
          await test.step(way, async () => {
            for (const free of kilobytes) {
              await must("sh", "-c", 'rm -rf "$1"/*', "-", prefix);
              const old = await oldIn(place, prefix, program);
              await must(
                "sh",
                "-c",
                'at=$(df -k --output=avail "$1" | tail -n 1); head -c "$(((at - $2) * 1024))" /dev/zero >"$1/filler"',
                "-",
                prefix,
                String(free),
              );
              const said = await old[way]();
              const now = await old.version();
              if (said.code === 0) assert.equal(now, NEW, `${free} KiB`);
              else {
                failed++;
                assert.equal(said.code, 5, `${free} KiB: ${said.stderr}`);
                assert.match(said.stderr, /disk full|No space left/, `${free} KiB`);
                assert.doesNotMatch(said.stderr, /^ {4}at |Error:/m);
                assert.ok(now === OLD || now === NEW);
                const stages = (await tree(`${prefix}/bin`)).filter((path) =>
                  path.startsWith(".rxdx-setup-")
                );
                assert.deepEqual(stages, [], `${free} KiB`);
              }
              await must("rm", `${prefix}/filler`);
              const again = await old.install();
              assert.equal(again.code, 0, `${free} KiB: ${again.stderr}`);
              assert.equal(await old.version(), NEW, `${free} KiB`);
            }
          });
          assert.ok(failed >= 4, `${way}: ${failed} failed`);
        }
      } finally {
        await must("umount", prefix);
      }
    });
  },
});

Deno.test("an update killed while bytes come, and run again", async () => {
  await withPlace({}, async (place) => {
    await publish(place);
    const old = await oldIn(place, `${place.scratch}/prefix`);
    const archive = archiveName(NEW, TARGET);
    place.faults.set(archive, "stall");
    const pid = `${place.scratch}/pid`;
    const killed = run(
      [
        "sh",
        "-c",
        'echo $$ >"$0"; exec "$1" self-update --yes',
        pid,
        `${old.prefix}/bin/rxdx-setup`,
      ],
      {
        env: {
          PATH,
          HOME: place.scratch,
          XDG_CACHE_HOME: `${place.scratch}/cache`,
        },
      },
    );
    await whileRunning(
      killed,
      "it asked for the archive",
      () => place.asked.some((path) => path.endsWith(archive)),
    );
    await must("sh", "-c", 'kill -KILL "-$(cat "$1")"', "-", pid);
    assert.notEqual((await killed).code, 0);
    assert.equal(await old.version(), OLD);
    place.faults.clear();
    const again = await old.update();
    assert.equal(again.code, 0, again.stderr);
    assert.equal(await old.version(), NEW);
    assert.deepEqual(await host.files.list(`${old.prefix}/bin`), ["rxdx-setup"]);
  });
});
