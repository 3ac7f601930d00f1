/** The worker of `load.ts`. */
import { Agent, request } from "node:https";

interface Job {
  readonly port: number;
  readonly newConnections: number;
  readonly keptOpen: number;
  readonly path?: string;
  readonly pauseMs?: number;
  readonly name?: string;
  readonly token?: string;
  readonly body?: string;
}

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Job | "stop">) => void) | null;
  postMessage(value: unknown): void;
};

let stopping = false;
let sent = 0;
let failed = 0;
const errors = new Set<string>();
const times: number[] = [];
/** When an answer was good last, and the longest time from one to the next. */
let answered = performance.now();
let unansweredMs = 0;

function once(job: Job, agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    const from = performance.now();
    const name = job.name ?? "rxdx.example.org";
    const done = (error?: string) => {
      sent++;
      if (error === undefined) {
        const now = performance.now();
        unansweredMs = Math.max(unansweredMs, now - answered);
        answered = now;
      } else {
        failed++;
        errors.add(error);
      }
      times.push(performance.now() - from);
      resolve();
    };
    const asked = request({
      host: "127.0.0.1",
      port: job.port,
      path: job.path ?? "/health",
      ...(/^[\d.]+$/.test(name) ? {} : { servername: name }),
      method: job.body === undefined ? "GET" : "POST",
      headers: {
        host: name,
        ...(job.token === undefined ? {} : { authorization: `Bearer ${job.token}` }),
        ...(job.body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": job.body.length }),
      },
      rejectUnauthorized: false,
      agent,
      timeout: 10_000,
    }, (answer) => {
      answer.resume();
      answer.once(
        "end",
        () =>
          done([200, 201].includes(answer.statusCode ?? 0) ? undefined : `${answer.statusCode}`),
      );
      answer.once("error", (error: Error) => done(error.message));
    });
    asked.once("timeout", () => asked.destroy(new Error("timed out")));
    asked.once(
      "error",
      (error: Error & { code?: string }) => done(`${error.code} ${error.message}`),
    );
    asked.end(job.body);
  });
}

async function client(job: Job, keepAlive: boolean): Promise<void> {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  while (!stopping) {
    await once(job, agent);
    await new Promise((resolve) => setTimeout(resolve, job.pauseMs ?? 5));
  }
  agent.destroy();
}

let clients: Promise<void>[] = [];

scope.onmessage = async ({ data }) => {
  if (data !== "stop") {
    clients = [
      ...Array.from({ length: data.newConnections }, () => client(data, false)),
      ...Array.from({ length: data.keptOpen }, () => client(data, true)),
    ];
    scope.postMessage("started");
    return;
  }
  stopping = true;
  await Promise.all(clients);
  times.sort((a, b) => a - b);
  unansweredMs = Math.max(unansweredMs, performance.now() - answered);
  scope.postMessage({ sent, failed, errors: [...errors], times, unansweredMs });
};
