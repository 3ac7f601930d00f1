import assert from "node:assert/strict";
import type { ApiContainer, ApiContainerSummary, ApiEvent, ApiStats } from "../engine/api.ts";
import type { LogOptions } from "../engine/client.ts";
import type { OutputLine } from "../engine/frames.ts";
import type { ClockHost } from "../host/types.ts";
import { LogRingSet } from "./log_ring_set.ts";
import { EMPTY_STACK, reduce, type StackModel } from "./reduce.ts";
import { watch } from "./watch.ts";
import type { WatchedEngine } from "./watch_container.ts";
import type { WatchEvent } from "./watch_event.ts";

/** A stream that a test feeds, and that ends as a socket does. */
class Feed<T> {
  #queue: T[] = [];
  #wake: (() => void) | undefined;
  #end: Error | "end" | undefined;

  push(value: T): void {
    this.#queue.push(value);
    this.#wake?.();
  }

  finish(reason: Error | "end" = "end"): void {
    this.#end ??= reason;
    this.#wake?.();
  }

  async *read(signal?: AbortSignal): AsyncGenerator<T> {
    const abort = () => this.finish(new Error("aborted"));
    signal?.addEventListener("abort", abort, { once: true });
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else if (this.#end === "end") return;
      else if (this.#end !== undefined) throw this.#end;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

interface Scripted {
  state: string;
  running: boolean;
  logs: Feed<OutputLine[]>;
  stats: Feed<ApiStats>;
}

/** A daemon with containers that a test changes. */
class FakeEngine implements WatchedEngine {
  up = true;
  readonly containersById = new Map<string, Scripted>();
  readonly logRequests: LogOptions[] = [];
  logFailure: Error | undefined;
  openStreams = 0;
  pings = 0;
  eventStream = new Feed<ApiEvent>();

  start(id: string): Scripted {
    const scripted: Scripted = {
      state: "running",
      running: true,
      logs: new Feed(),
      stats: new Feed(),
    };
    this.containersById.set(id, scripted);
    return scripted;
  }

  event(id: string, Action: string): void {
    this.eventStream.push({
      Type: "container",
      Action,
      Actor: { ID: id, Attributes: {} },
      time: 0,
      timeNano: 0,
    });
  }

  /** What a restart of the daemon looks like from outside. */
  crash(): void {
    this.up = false;
    this.eventStream.finish(new Error("ECONNRESET"));
    for (const each of this.containersById.values()) {
      each.logs.finish(new Error("ECONNRESET"));
      each.stats.finish(new Error("ECONNRESET"));
      each.logs = new Feed();
      each.stats = new Feed();
    }
    this.eventStream = new Feed();
  }

  ping(): Promise<boolean> {
    this.pings += 1;
    return Promise.resolve(this.up);
  }

  #check(): void {
    if (!this.up) throw new Error("No answer: ECONNREFUSED");
  }

  containers(): Promise<ApiContainerSummary[]> {
    return Promise.resolve().then(() => {
      this.#check();
      return [...this.containersById].map(([Id, each]) => ({
        Id,
        Names: [`/${Id}`],
        Image: "i",
        ImageID: "i",
        Created: 0,
        State: each.state,
        Status: "Up",
        Labels: { "com.docker.compose.service": Id },
        Ports: [],
      }));
    });
  }

  container(id: string): Promise<ApiContainer | undefined> {
    return Promise.resolve().then(() => {
      this.#check();
      const each = this.containersById.get(id);
      return each === undefined ? undefined : {
        Id: id,
        Name: `/${id}`,
        Image: "i",
        RestartCount: 0,
        State: {
          Status: each.state,
          Running: each.running,
          OOMKilled: false,
          ExitCode: 0,
          Error: "",
          StartedAt: "",
          FinishedAt: "",
        },
        Config: { Image: "i", Tty: false, Labels: { "com.docker.compose.service": id } },
        HostConfig: { Memory: 0, NanoCpus: 0 },
      };
    });
  }

  async *#stream<T>(feed: Feed<T> | undefined, signal?: AbortSignal): AsyncGenerator<T> {
    this.#check();
    if (feed === undefined) return;
    this.openStreams += 1;
    try {
      yield* feed.read(signal);
    } finally {
      this.openStreams -= 1;
    }
  }

  stats(id: string, signal: AbortSignal): AsyncGenerator<ApiStats> {
    return this.#stream(this.containersById.get(id)?.stats, signal);
  }

  events(_project: string, signal: AbortSignal): AsyncGenerator<ApiEvent> {
    return this.#stream(this.eventStream, signal);
  }

  async *logs(id: string, options: LogOptions = {}): AsyncGenerator<OutputLine[]> {
    this.logRequests.push(options);
    if (this.logFailure !== undefined) throw this.logFailure;
    yield* this.#stream(this.containersById.get(id)?.logs, options.signal);
  }
}

/** Time that passes so many times as fast. */
function clockOf(factor: number): ClockHost {
  return {
    now: () => new Date(performance.now() * factor),
    monotonic: () => performance.now() * factor,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", abort);
          resolve();
        }, milliseconds / factor);
        const abort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
      }),
  };
}

interface Watched {
  readonly engine: FakeEngine;
  readonly events: WatchEvent[];
  readonly logs: LogRingSet;
  model(): StackModel;
  until(what: string, holds: () => boolean): Promise<void>;
}

/**
 * Watches a fake daemon; afterwards checks that nothing is left open. Its time passes a hundred
 * times as fast, unless something else is said: then a second in which the machine is busy is a
 * long time as well.
 */
async function watching(
  prepare: (engine: FakeEngine) => void,
  use: (watched: Watched) => Promise<void>,
  factor = 100,
): Promise<void> {
  const engine = new FakeEngine();
  prepare(engine);
  const events: WatchEvent[] = [];
  const logs = new LogRingSet();
  const controller = new AbortController();
  let model = EMPTY_STACK;
  const { done } = watch(engine, {
    project: "p",
    clock: clockOf(factor),
    signal: controller.signal,
    stats: true,
    onEvent: (event) => {
      events.push(event);
      model = reduce(model, event);
    },
    onLines: (source, lines) => logs.push(source, lines),
    newestStamp: (source) => logs.newestStamp(source),
  });
  const until = async (what: string, holds: () => boolean) => {
    for (let tries = 0; !holds(); tries++) {
      assert.ok(tries < 400, `waited in vain until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  try {
    await use({ engine, events, logs, model: () => model, until });
  } finally {
    controller.abort();
    await done;
    assert.equal(engine.openStreams, 0, "every stream is closed after the abort");
  }
}

function stamped(second: number, text: string): OutputLine {
  const stamp = new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().replace(
    "Z",
    "000000Z",
  );
  return { stream: "stdout", text: `${stamp} ${text}` };
}

const SAMPLE = {
  read: "",
  precpu_stats: { cpu_usage: { total_usage: 0 } },
  cpu_stats: { cpu_usage: { total_usage: 0 } },
  memory_stats: { usage: 5, limit: 9 },
} satisfies ApiStats;

const texts = (logs: LogRingSet) => logs.page({}, 99).lines.map((each) => each.text);

Deno.test("watch: list, inspection, logs and statistics of what runs", async () => {
  await watching((engine) => engine.start("web"), async ({ engine, model, logs, until }) => {
    await until("live", () => model().connection.state === "live");
    assert.deepEqual(model().containers.map((each) => each.state), ["running"]);
    engine.containersById.get("web")?.logs.push([stamped(1, "hello")]);
    engine.containersById.get("web")?.stats.push(SAMPLE);
    await until("a line", () => logs.received() === 1);
    await until("a sample", () => model().containers[0]?.usage?.memoryBytes === 5);
    assert.equal(engine.logRequests[0]?.tail, 50);
    assert.equal(engine.pings, 0, "a daemon that talks is not asked");
    // Nothing here takes time, and a pause of this process must not be the daemon's silence.
  }, 1);
});

Deno.test("watch: events show a container that dies, appears, goes", async () => {
  await watching((engine) => engine.start("web"), async ({ engine, model, until }) => {
    await until("live", () => model().connection.state === "live");
    const web = engine.containersById.get("web");
    assert.ok(web !== undefined);
    web.state = "exited";
    web.running = false;
    web.logs.finish();
    engine.event("web", "die");
    await until("exited", () => model().containers[0]?.state === "exited");
    await until("no statistics", () => engine.openStreams === 1);
    engine.start("db");
    engine.event("db", "create");
    engine.event("db", "start");
    await until("db", () => model().containers.length === 2);
    engine.containersById.delete("web");
    engine.event("web", "destroy");
    await until("web gone", () => model().containers.map((each) => each.id).join() === "db");
  });
});

Deno.test("watch: a log goes on through a restart of its container, no line twice", async () => {
  await watching((engine) => engine.start("web"), async ({ engine, logs, model, until }) => {
    await until("live", () => model().connection.state === "live");
    const web = engine.containersById.get("web");
    assert.ok(web !== undefined);
    web.logs.push([stamped(1, "a"), stamped(2, "b")]);
    await until("two lines", () => logs.received() === 2);
    const ended = web.logs;
    web.logs = new Feed();
    web.logs.push([stamped(1, "a"), stamped(2, "b"), stamped(3, "c")]);
    ended.finish();
    engine.event("web", "restart");
    await until("the third", () => logs.received() === 3);
    assert.deepEqual(texts(logs), ["a", "b", "c"]);
    assert.equal(engine.logRequests.at(-1)?.since, Date.UTC(2026, 0, 1) / 1000 + 2);
  });
});

Deno.test("watch: a daemon that restarts is reported, retried and resynchronised", async () => {
  await watching(
    (engine) => engine.start("web"),
    async ({ engine, events, logs, model, until }) => {
      await until("live", () => model().connection.state === "live");
      engine.containersById.get("web")?.logs.push([stamped(1, "before")]);
      await until("a line", () => logs.received() === 1);
      engine.crash();
      await until("lost twice", () => events.filter((each) => each.type === "lost").length >= 2);
      assert.equal(model().containers.length, 1, "what was known stays on show");
      engine.start("db");
      engine.up = true;
      await until("live again", () => model().connection.state === "live");
      await until("the new one", () => model().containers.length === 2);
      engine.containersById.get("web")?.logs.push([stamped(1, "before"), stamped(9, "after")]);
      await until("the next line", () => logs.received() === 2);
      assert.deepEqual(texts(logs), ["before", "after"]);
      const attempts = events.flatMap((each) => each.type === "lost" ? [each.attempt] : []);
      assert.deepEqual(attempts.slice(0, 2), [1, 2]);
    },
    // A connection that lived for five seconds starts the count anew: it must not seem to have.
    5,
  );
});

Deno.test("watch: no daemon at the start is a state as well", async () => {
  await watching((engine) => {
    engine.up = false;
  }, async ({ engine, model, until }) => {
    await until("lost", () => model().connection.state === "lost");
    engine.start("web");
    engine.up = true;
    await until("live", () => model().connection.state === "live");
    assert.equal(model().containers.length, 1);
  });
});

Deno.test("watch: a daemon that only hangs is noticed by its silence", async () => {
  await watching((engine) => engine.start("web"), async ({ engine, model, events, until }) => {
    await until("live", () => model().connection.state === "live");
    await until(
      "a second look",
      () => events.filter((each) => each.type === "listed").length === 2,
    );
    engine.up = false;
    await until("asked", () => engine.pings > 0);
    await until("lost", () => events.some((each) => each.type === "lost"));
    const lost = events.find((each) => each.type === "lost");
    assert.match(lost?.type === "lost" ? lost.reason : "", /does not answer/);
  });
});

Deno.test("watch: a log that the driver does not keep is told once, and not asked for again", async () => {
  await watching((engine) => {
    engine.start("web");
    engine.logFailure = new Error("configured logging driver does not support reading");
  }, async ({ engine, model, until }) => {
    await until("told", () => model().containers[0]?.logsRefused !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(engine.logRequests.length, 1);
  });
});
