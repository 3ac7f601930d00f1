/**
 * What users notice of a change while they work: the longest time without an answer, and how long the
 * operator waits. A client asks all the time; the peer is the bare command that does the least of it.
 */
import { Load } from "../support/load.ts";
import { must, type TestStack } from "../support/stack.ts";
import { type Figure, figure } from "./report.ts";

type Peer = NonNullable<Figure["peer"]>;

export interface Watched {
  readonly seconds: number;
  readonly unanswered: number;
  readonly failed: number;
}

/** Settings of a stack that {@link watched} can ask: by the name that the load asks for, as often as it does. */
export const ASKED: readonly string[] = [
  "domain=rxdx.example.org",
  "nginx.rate_limits.api=1000r/s",
  "nginx.rate_limits.api_burst=1000",
].flatMap((setting) => ["--set", setting]);

/** Runs it under load. */
export async function watched(stack: TestStack, run: () => Promise<unknown>): Promise<Watched> {
  const load = await Load.start(stack.ports.https, { newConnections: 2, keptOpen: 2, pauseMs: 20 });
  await load.settle();
  const from = performance.now();
  await run();
  const seconds = (performance.now() - from) / 1000;
  await load.settle();
  const { failed, unansweredMs } = await load.stop();
  return { seconds, failed, unanswered: unansweredMs / 1000 };
}

/** Three rows of one operation. */
export function show(
  what: string,
  { seconds, unanswered, failed }: Watched,
  peer: Peer | undefined,
  aim: string,
): void {
  const beside = peer === undefined ? {} : { peer };
  figure({ what: `${what}: time`, ours: seconds, unit: "s", aim: "–" });
  figure({ what: `${what}: without an answer`, ours: unanswered, unit: "s", ...beside, aim });
  figure({ what: `${what}: requests failed`, ours: failed, unit: "requests", aim: "–" });
}

/** The downtime of `docker compose restart backend`, which each of these replaces with something better. */
export async function benchOperations(stack: TestStack): Promise<void> {
  const bare = await watched(stack, async () => {
    await must(["docker", "compose", "up", "--detach", "--force-recreate", "--wait", "backend"], {
      cwd: stack.dir,
    });
  });
  const peer = { name: "compose up --force-recreate backend", value: bare.unanswered };
  const replicas = (count: number) => () => stack.ok(["scale", `backend=${count}`, "--yes"]);
  // Once, so that the figures of the database are those of several backends.
  await replicas(2)();
  show("scale 2 → 4", await watched(stack, replicas(4)), peer, "no longer than one answer");
  show("scale 4 → 2", await watched(stack, replicas(2)), peer, "no longer than one answer");
  const rotate = () => stack.ok(["secrets", "rotate", "POSTGRES_PASSWORD", "--yes"]);
  show("rotate POSTGRES_PASSWORD", await watched(stack, rotate), peer, "below the peer");
  await stack.ok(["backup", "create"]);
  const restore = () => stack.ok(["backup", "restore", "latest", "--yes"]);
  show("restore", await watched(stack, restore), peer, "told beforehand");
}
