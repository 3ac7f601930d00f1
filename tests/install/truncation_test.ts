/**
 * install.sh through a pipe that breaks: whatever part of it arrives, nothing happens. Cut at every
 * line and at 200 places chosen by a seeded generator; every program that it could call is replaced
 * by one that leaves a mark.
 */
import assert from "node:assert/strict";
import { host, inScratch, ROOT, run, tree } from "./support.ts";

/** Deterministic numbers below `bound` (mulberry32), so that a failure can be repeated. */
function* numbers(seed: number, bound: number): Generator<number> {
  for (let state = seed;;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }
}

Deno.test("install.sh cut off anywhere does nothing", async () => {
  const bytes = await host.files.readBytes(`${ROOT}/install.sh`);
  assert.ok(bytes !== undefined);
  const text = new TextDecoder().decode(bytes);
  assert.match(text, /\n\{ main "\$@"; \}\n$/);
  const cuts = new Set<number>();
  bytes.forEach((byte, at) => byte === 10 && cuts.add(at + 1));
  const seeded = numbers(20_260_101, bytes.length);
  while (cuts.size < text.split("\n").length - 1 + 200) cuts.add(seeded.next().value ?? 0);
  // Every byte of the last line, where a cut would be worst.
  for (let at = bytes.length - 20; at < bytes.length; at++) cuts.add(at);
  // Without its last newline it is whole.
  cuts.delete(bytes.length);
  cuts.delete(bytes.length - 1);

  await inScratch(async (scratch) => {
    const programs = new Set(
      "apt-get basename busybox cat chmod cp curl cut deno dirname find grep head id ln ls mkdir mktemp mv npm openssl rm rmdir sed sha256sum sort tail touch tr uname unzip wget xargs"
        .split(" "),
    );
    await host.files.mkdir(`${scratch}/bin`, 0o755);
    for (const name of programs) {
      const mark = `#!/bin/sh\necho "${name} $*" >>"${scratch}/calls"\nexit 1\n`;
      await host.files.writeAtomic(`${scratch}/bin/${name}`, mark, { mode: 0o755 });
    }
    await host.files.mkdir(`${scratch}/home`, 0o700);
    const env = { PATH: `${scratch}/bin`, HOME: `${scratch}/home`, TMPDIR: `${scratch}/home` };
    const feed = (cut: number) =>
      run(["/bin/sh", "-s", "--", "--demo", "--yes", "--prefix", `${scratch}/home/prefix`], {
        cwd: `${scratch}/home`,
        env,
        stdin: new TextDecoder().decode(bytes.subarray(0, cut)),
      });
    const waiting = [...cuts].sort((a, b) => a - b);
    const total = waiting.length;
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let cut = waiting.pop(); cut !== undefined; cut = waiting.pop()) {
        await feed(cut);
        const calls = await host.files.readText(`${scratch}/calls`);
        assert.equal(calls, undefined, `cut at byte ${cut}: ${calls}`);
        assert.deepEqual(await tree(`${scratch}/home`), [], `cut at byte ${cut}`);
      }
    }));
    host.terminal.err(`\n${total} cuts, 0 side effects\n`);
    // And the marks do mark: the whole script is caught by them.
    await feed(bytes.length);
    assert.match(await host.files.readText(`${scratch}/calls`) ?? "", /^uname /m);
  });
});
