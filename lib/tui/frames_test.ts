import assert from "node:assert/strict";
import type { ClockHost } from "../host/types.ts";
import { Frames } from "./frames.ts";

/** A clock that stands still until the test moves it. */
class StillClock implements ClockHost {
  #at = 0;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();

  now(): Date {
    return new Date(this.#at);
  }

  monotonic(): number {
    return this.#at;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#at + milliseconds, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Moves on by one millisecond at a time, waking whoever is due. */
  async pass(milliseconds: number): Promise<void> {
    for (let step = 0; step <= milliseconds; step++) {
      for (const sleeper of [...this.#sleepers]) {
        if (sleeper.at > this.#at) continue;
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (step < milliseconds) this.#at += 1;
    }
  }
}

function frames(): { clock: StillClock; frames: Frames; painted: number[] } {
  const clock = new StillClock();
  const painted: number[] = [];
  return { clock, painted, frames: new Frames(clock, () => painted.push(clock.monotonic())) };
}

Deno.test("frames: nothing is painted while nothing changes", async () => {
  const { clock, painted } = frames();
  await clock.pass(50);
  assert.deepEqual(painted, []);
});

Deno.test("frames: many changes share one frame, at the earliest time asked for", async () => {
  const { clock, frames: under, painted } = frames();
  under.request(40);
  under.request(10);
  under.request(30);
  await clock.pass(60);
  assert.deepEqual(painted, [10]);
});

Deno.test("frames: under a flood of requests they keep their distance", async () => {
  const { clock, frames: under, painted } = frames();
  for (let turn = 0; turn < 100; turn++) {
    under.request(0);
    await clock.pass(1);
  }
  assert.ok(painted.length <= 100 / 16 + 2, `${painted.length} frames in 100 ms`);
  for (let index = 1; index < painted.length; index++) {
    assert.ok((painted[index] ?? 0) - (painted[index - 1] ?? 0) >= 16);
  }
});

Deno.test("frames: what was requested is forgotten when stopped", async () => {
  const { clock, frames: under, painted } = frames();
  under.request(5);
  under.stop();
  await clock.pass(20);
  assert.deepEqual(painted, []);
});
