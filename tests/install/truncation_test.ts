/**
 * install.sh through a pipe that breaks: whatever part of it arrives, nothing happens. Cut at every
 * line and at 500 places chosen by a seeded generator; every program that it could call is replaced
 * by one that leaves a mark.
 */
import assert from "node:assert/strict";
import { host, inScratch, must, ROOT, run, tree } from "./support.ts";

/** Deterministic numbers below `bound` (mulberry32), so that a failure can be repeated. */
function* numbers(seed: number, bound: number): Generator<number> {
  for (let state = seed;;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }
}

/**
 * Feeds every cut to a shell of its own, which sees nothing but the marking programs. One driver for
 * all of them: two programs a cut instead of eight. Prints the first cut that did something.
 */
const DRIVER = `
scratch=$1 script=$2
while read -r cut; do
  head -c "$cut" "$script" >"$scratch/part"
  (cd "$scratch/home" && exec env -i PATH="$scratch/bin" HOME="$scratch/home" TMPDIR="$scratch/home" \\
    /bin/sh -s -- --demo --yes --prefix "$scratch/home/prefix") <"$scratch/part" >/dev/null 2>&1
  for each in "$scratch/calls" "$scratch/home"/* "$scratch/home"/.[!.]*; do
    [ ! -e "$each" ] || { echo "cut at byte $cut: $each"; exit 1; }
  done
done
`;

Deno.test("install.sh cut off anywhere does nothing", async () => {
  const bytes = await host.files.readBytes(`${ROOT}/install.sh`);
  assert.ok(bytes !== undefined);
  const text = new TextDecoder().decode(bytes);
  // In the locale of a fresh system, C, some shells read nothing else.
  assert.doesNotMatch(text, /[^\n -~]/);
  assert.match(text, /\n\{\n[^]*\n {2}main "\$@"\n\}\n$/);
  const cuts = new Set<number>();
  bytes.forEach((byte, at) => byte === 10 && cuts.add(at + 1));
  const lines = cuts.size;
  const seeded = numbers(20_260_101, bytes.length);
  while (cuts.size < lines + 500) cuts.add(seeded.next().value ?? 0);
  // Every byte of the last line, where a cut would be worst.
  for (let at = bytes.length - 20; at < bytes.length; at++) cuts.add(at);
  // Without its last newline it is whole.
  cuts.delete(bytes.length);
  cuts.delete(bytes.length - 1);

  await inScratch(async (scratch) => {
    const programs = new Set(
      "apt-get basename busybox cat chmod cp curl cut dd deno dirname find flock grep gzip head id ln ls minisign mkdir mktemp mv npm openssl rm rmdir sed sha256sum sort sudo sync tail tar touch tr uname unzip wc wget xargs"
        .split(" "),
    );
    const worlds = ["one", "two"].map((name) => `${scratch}/${name}`);
    for (const world of worlds) {
      await must("mkdir", "-p", `${world}/bin`, `${world}/home`);
      for (const name of programs) {
        const mark = `#!/bin/sh\necho "${name} $*" >>"${world}/calls"\nexit 1\n`;
        await host.files.writeAtomic(`${world}/bin/${name}`, mark, { mode: 0o755 });
      }
    }
    const feed = (world: string, some: readonly number[]) =>
      run(["sh", "-c", DRIVER, "-", world, `${ROOT}/install.sh`], {
        stdin: some.map((cut) => `${cut}\n`).join(""),
      });
    const all = [...cuts].sort((a, b) => a - b);
    const found = await Promise.all(
      worlds.map((world, index) => feed(world, all.filter((_, at) => at % 2 === index))),
    );
    for (const each of found) assert.deepEqual([each.stdout, each.code], ["", 0], each.stderr);
    for (const world of worlds) assert.deepEqual(await tree(`${world}/home`), []);
    host.terminal.err(`\n${all.length} cuts, 0 side effects\n`);
    // And the marks do mark: the whole script is caught by them.
    const [world = ""] = worlds;
    const whole = await feed(world, [bytes.length]);
    assert.match(whole.stdout, /^cut at byte \d+: .*calls/);
    assert.match(await host.files.readText(`${world}/calls`) ?? "", /^uname /m);
  });
});
