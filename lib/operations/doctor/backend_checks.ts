/** The checks of `doctor` that ask in the backend's own container: readiness, and the names it can find. */
import { type DoctorCheck, type Found, found } from "../../doctor/check.ts";
import { judgeContainerNames, judgeReadiness } from "../../doctor/edge.ts";
import { needsNoLookUp } from "../../plan/name_check.ts";
import { type DoctorScene, type Looked, running } from "./scene.ts";

/** Milliseconds for one question to a program in a container. */
const EXEC_MS = 4_000;

/** Asks every backend in its own container, past nginx and its limits; tells the worst answer. */
async function readiness(scene: DoctorScene): Promise<Found> {
  const backends = await running(scene, "backend");
  const answers = await Promise.all(backends.map((each) => readinessOf(scene, each)));
  const worst = answers.find((each) => each.state === "fail") ?? answers[0];
  return worst ?? found("readiness", "Readiness", "unknown", "no backend runs that could be asked");
}

async function readinessOf(scene: DoctorScene, { summary }: Looked): Promise<Found> {
  const asked = await scene.engine.exec(summary.Id, [
    "curl",
    "--noproxy",
    "*",
    "-s",
    "-m",
    "3",
    "-w",
    "\\n%{http_code}",
    "http://127.0.0.1:8000/api/v1/health/ready",
  ], { timeoutMs: EXEC_MS }).catch(() => undefined);
  if (asked === undefined || asked.code === 126 || asked.code === 127) {
    return found("readiness", "Readiness", "unknown", "could not be asked in the container");
  }
  const lines = asked.stdout.trimEnd().split("\n");
  return judgeReadiness({ status: Number(lines.pop() ?? 0), body: lines.join("\n") });
}

/** Names of other machines that the backend is configured with. */
function outerNames({ install: { answers } }: DoctorScene): string[] {
  const model = URL.canParse(answers.llm.url) ? new URL(answers.llm.url).hostname : "";
  return [...new Set([answers.email.host, answers.imap.host, answers.llm.enabled ? model : ""])]
    .filter((name) => name !== "" && !needsNoLookUp(name));
}

async function containerNames(scene: DoctorScene): Promise<Found> {
  const [backend] = await running(scene, "backend");
  const inner = "postgres";
  if (backend === undefined) return judgeContainerNames({ resolved: undefined, inner });
  const asked = await Promise.all([inner, ...outerNames(scene)].map(async (name) => {
    const { code } = await scene.engine.exec(
      backend.summary.Id,
      ["getent", "hosts", name],
      { timeoutMs: EXEC_MS },
      // No answer in time is what a dead name server looks like.
    ).catch(() => ({ code: 2 }));
    return [name, code] as const;
  }));
  return judgeContainerNames({
    resolved: asked.some(([, code]) => code === 126 || code === 127)
      ? undefined
      : new Map(asked.map(([name, code]) => [name, code === 0])),
    inner,
  });
}

export const BACKEND_CHECKS: readonly DoctorCheck<DoctorScene>[] = [
  {
    id: "readiness",
    title: "Readiness",
    looksAt: "What the backend says of database and graph, asked past nginx",
    services: ["backend", "nginx"],
    engine: true,
    remedy: "rxdx-setup logs --tail 100 backend",
    run: readiness,
  },
  {
    id: "dns-container",
    title: "Names inside",
    looksAt: "Does the backend find the database and the configured servers by name",
    services: ["backend"],
    engine: true,
    remedy: "docker compose exec backend cat /etc/resolv.conf",
    run: containerNames,
  },
];
