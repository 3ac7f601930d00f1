import assert from "node:assert/strict";
import { Cancelled } from "../../errors.ts";
import { UnderWay } from "./under_way.ts";

function terminal() {
  const told: string[] = [];
  return { told, err: (text: string) => void told.push(text) };
}

Deno.test("under way: nothing to end, nothing is said", async () => {
  const to = terminal();
  const work = new UnderWay();
  await work.run("restart nginx", () => Promise.resolve());
  await work.end(to);
  assert.deepEqual(to.told, []);
});

Deno.test("under way: the end waits for what is cancelled, and says what came of it", async () => {
  const to = terminal();
  const work = new UnderWay();
  let undone = false;
  const running = work.run("scale backend to 3", async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    await Promise.resolve();
    undone = true;
    throw new Cancelled();
  });
  const failed = assert.rejects(running, Cancelled);
  await work.end(to);
  assert.ok(undone, "it came to its end first");
  assert.match(to.told.join(""), /^Cancelling: scale backend to 3 …\n▲ scale .*: cancelled/);
  await failed;
});

Deno.test("under way: what fails while it is cancelled is said; a dead terminal is no matter", async () => {
  for (
    const [error, said] of [[new Error("no\nmore"), /✗ stop nginx: no\n/], [undefined, /done by/]]
  ) {
    const to = terminal();
    const work = new UnderWay();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const running = work.run("stop nginx", () => promise).catch(() => undefined);
    const ended = work.end({
      err(text) {
        to.err(text);
        throw new Error("EIO");
      },
    });
    if (error instanceof Error) reject(error);
    else resolve();
    await ended;
    assert.match(to.told.join(""), said as RegExp);
    await running;
  }
});
