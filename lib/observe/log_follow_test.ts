import assert from "node:assert/strict";
import type { ApiContainer, ApiContainerSummary, ApiEvent, ApiStats } from "../engine/api.ts";
import type { LogOptions } from "../engine/client.ts";
import type { OutputLine } from "../engine/frames.ts";
import { followLogs } from "./log_follow.ts";
import type { WatchedEngine } from "./watch_container.ts";

const BEGIN = "2026-01-31T08:00:00.000000000Z";

function stamped(second: number, text: string): OutputLine {
  const stamp = `2026-01-31T08:00:${String(second).padStart(2, "0")}.000000000Z`;
  return { stream: "stdout", text: `${stamp} ${text}` };
}

/** Resolves when the signal aborts, as a socket that is closed. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new Error("aborted"));
    if (signal?.aborted === true) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}

/** A daemon whose containers have written what a test says, and that can go away once. */
class ScriptedEngine implements WatchedEngine {
  readonly asked: { id: string; options: LogOptions }[] = [];
  readonly written: Record<string, OutputLine[]>;
  #link = new AbortController();
  #down = false;

  constructor(written: Record<string, OutputLine[]>) {
    this.written = written;
  }

  /** The sockets drop, and the next attempt fails. */
  drop(): void {
    this.#down = true;
    this.#link.abort();
    this.#link = new AbortController();
  }

  ping(): Promise<boolean> {
    return Promise.resolve(true);
  }

  containers(): Promise<ApiContainerSummary[]> {
    if (this.#down) {
      this.#down = false;
      return Promise.reject(new Error("ECONNREFUSED \x1b[2J"));
    }
    return Promise.resolve(
      Object.keys(this.written).map((Id) => ({
        Id,
        Names: [`/rxdx-${Id}-1`],
        Image: "i",
        ImageID: "i",
        Created: 0,
        State: "running",
        Status: "Up",
        Labels: { "com.docker.compose.service": Id },
        Ports: [],
      })),
    );
  }

  container(id: string): Promise<ApiContainer | undefined> {
    return Promise.resolve({
      Id: id,
      Name: `/rxdx-${id}-1`,
      Image: "i",
      RestartCount: 0,
      State: {
        Status: "running",
        Running: true,
        OOMKilled: false,
        ExitCode: 0,
        Error: "",
        StartedAt: "",
        FinishedAt: "",
      },
      Config: { Image: "i", Tty: false, Labels: { "com.docker.compose.service": id } },
      HostConfig: { Memory: 0, NanoCpus: 0 },
    });
  }

  // deno-lint-ignore require-yield
  async *stats(): AsyncGenerator<ApiStats> {
    await Promise.reject(new Error("nobody wants them"));
  }

  // deno-lint-ignore require-yield
  async *events(_: string, signal: AbortSignal): AsyncGenerator<ApiEvent> {
    await aborted(AbortSignal.any([signal, this.#link.signal]));
  }

  async *logs(id: string, options: LogOptions = {}): AsyncGenerator<OutputLine[]> {
    this.asked.push({ id, options });
    const link = this.#link.signal;
    // In one piece, as the daemon gives what is there already.
    yield [...(this.written[id] ?? [])];
    await aborted(options.signal === undefined ? link : AbortSignal.any([options.signal, link]));
  }
}

/** Real time, a hundred times as fast. */
const CLOCK = {
  now: () => new Date(),
  monotonic: () => performance.now() * 100,
  sleep: (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, milliseconds / 100);
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

interface Followed {
  readonly engine: ScriptedEngine;
  readonly texts: string[];
  readonly told: string[];
  readonly known: Map<string, string>;
  until(count: number): Promise<void>;
}

async function following(
  written: Record<string, OutputLine[]>,
  known: Map<string, string>,
  use: (followed: Followed) => Promise<void>,
): Promise<void> {
  const engine = new ScriptedEngine(written);
  const controller = new AbortController();
  const texts: string[] = [];
  const told: string[] = [];
  const done = followLogs({
    engine,
    clock: CLOCK,
    project: "rxdx",
    wants: (service) => service !== "unwanted",
    known,
    begin: BEGIN,
    signal: controller.signal,
    onLines: (lines) =>
      texts.push(...lines.map(({ source, line }) => `${source.name} ${line.text.slice(31)}`)),
    onLost: (reason) => told.push(`lost ${reason}`),
    onBack: () => told.push("back"),
    onRefused: (name) => told.push(`refused ${name}`),
  });
  const until = async (count: number) => {
    for (let tries = 0; texts.length < count; tries++) {
      assert.ok(tries < 500, `waited in vain for ${count} lines: ${texts}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  try {
    await use({ engine, texts, told, known, until });
  } finally {
    controller.abort();
    await done;
  }
}

Deno.test("follow: batches of several containers come out in time order, with their names", async () => {
  await following(
    {
      a: [stamped(1, "a1"), stamped(3, "a3"), stamped(5, "a5")],
      b: [stamped(2, "b2"), stamped(4, "b4")],
      unwanted: [stamped(1, "no")],
    },
    new Map(),
    async ({ engine, texts, told, until }) => {
      await until(5);
      assert.deepEqual(texts, [
        "rxdx-a-1 a1",
        "rxdx-b-1 b2",
        "rxdx-a-1 a3",
        "rxdx-b-1 b4",
        "rxdx-a-1 a5",
      ]);
      assert.deepEqual(told, []);
      assert.ok(
        !engine.asked.some(({ id }) => id === "unwanted"),
        "nobody reads what nobody wants",
      );
    },
  );
});

Deno.test("follow: goes on after the last known line of each container, however many there are", async () => {
  await following(
    { a: [stamped(1, "old"), stamped(2, "known"), stamped(3, "new")], b: [stamped(1, "b1")] },
    new Map([["a", "2026-01-31T08:00:02.000000000Z"]]),
    async ({ engine, texts, known, until }) => {
      await until(2);
      assert.deepEqual(texts, ["rxdx-b-1 b1", "rxdx-a-1 new"]);
      assert.equal(known.get("a"), "2026-01-31T08:00:03.000000000Z");
      assert.ok(engine.asked.every(({ options }) => options.tail === undefined));
    },
  );
});

Deno.test("follow: a daemon that goes away is told once, and no line is lost or shown twice", async () => {
  await following({ a: [stamped(1, "a1")] }, new Map(), async ({ engine, texts, told, until }) => {
    await until(1);
    engine.written["a"]?.push(stamped(2, "a2"), stamped(3, "a3"));
    engine.drop();
    await until(3);
    assert.deepEqual(texts, ["rxdx-a-1 a1", "rxdx-a-1 a2", "rxdx-a-1 a3"]);
    assert.equal(told.length, 2, told.join());
    assert.match(told[0] ?? "", /^lost /);
    assert.doesNotMatch(told[0] ?? "", /\x1b/);
    assert.equal(told[1], "back");
  });
});
