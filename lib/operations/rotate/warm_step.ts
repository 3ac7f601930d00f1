/**
 * Connections that the backends will need are opened while they still can be: from the moment in which the
 * role has its new password until their successors serve, present backends can open none, and a request
 * that needs one more fails. A pool keeps what work at the same time has made it open, and a quiet stack
 * has one or two.
 */
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Step } from "../../steps/step.ts";
import { knowsPassword } from "./role.ts";

/**
 * For each worker: what its pool of sessions opens at most (application contract: 10 and 20 more). A worker
 * is quick, so fewer would share few connections; of those that open, it keeps 10, and up to 20 to the graph.
 */
const AT_ONCE_PER_WORKER = 30;
/** A question takes one connection of each of a worker's two pools; a third of all stays for others. */
const CONNECTIONS_PER_QUESTION = 3;
/** Which worker gets a question is the kernel's choice: several rounds reach all of them. */
const ROUNDS = 4;
/** The application gives its own two checks 2 s. */
const ANSWER_SECONDS = 5;
/** For all of them; a machine that is slower than that is left alone. */
const MOST_MS = 20_000;
/** What curl does at once. */
const CURL_MOST = 300;

/** How many questions at once, within what the database has. */
export function questionsAtOnce(
  { replicas, workers, maxConnections }: Pick<
    Plan["sizing"],
    "replicas" | "workers" | "maxConnections"
  >,
): number {
  const most = Math.floor(maxConnections / CONNECTIONS_PER_QUESTION);
  return Math.max(1, Math.min(AT_ONCE_PER_WORKER * replicas * workers, most, CURL_MOST));
}

/**
 * Asks for readiness, which needs the database and the graph, at the server that nginx has for itself: the
 * public place answers from a cache. Whoever gets no answer stops nothing.
 */
export function warmStep(host: Host, engine: Engine, plan: Plan, password: string): Step {
  return {
    id: "rotation-warm",
    title: "Let the backends open connections while they still can",
    // Once the role has its new password there are no more to be had.
    isDone: () => knowsPassword(host, plan, password),
    run: async (report) => {
      const nginx = (await engine.containers(plan.answers.name)).find((each) =>
        each.Labels["com.docker.compose.service"] === "nginx" && each.State === "running"
      );
      if (nginx === undefined) return;
      const atOnce = questionsAtOnce(plan.sizing);
      const count = ROUNDS * atOnce;
      try {
        const { stdout } = await engine.exec(nginx.Id, curl(atOnce, count), { timeoutMs: MOST_MS });
        const answered = stdout.split("\n").filter((each) => each.trim() === "200").length;
        report.detail(`${answered} of ${count} questions, ${atOnce} at once, were answered`);
      } catch (error) {
        // They only were to be busy; a rotation does not depend on it.
        report.detail(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** One program asks all of it; each question is an address of its own (templates/nginx/partials/servers.eta). */
function curl(atOnce: number, count: number): string[] {
  return [
    ...["curl", "--noproxy", "*", "-s", "-o", "/dev/null", "-w", "%{http_code}\\n"],
    ...[
      "-m",
      String(ANSWER_SECONDS),
      "-Z",
      "--parallel-immediate",
      "--parallel-max",
      String(atOnce),
    ],
    `http://127.0.0.1:8080/health?[1-${count}]`,
  ];
}
