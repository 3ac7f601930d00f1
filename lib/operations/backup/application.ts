/**
 * The last proof of a backup: the application itself, in a container of its own beside the scratch
 * database, says that it is ready. It sees no mail server, no model and no way out.
 */
import type { Manifest } from "../../backup/manifest.ts";
import { EXIT, SetupError } from "../../errors.ts";
import { mustRun } from "../../steps/command.ts";
import type { Step } from "../../steps/step.ts";
import { blameless, machineTrouble, type ProofContainer } from "./machine_trouble.ts";
import { type BackupScene, containerOf } from "./scene.ts";
import { scratchContainer } from "./scratch.ts";
import { Session } from "./session.ts";
import { SCRATCH_LABEL } from "./sources.ts";

/** What the application needs to start; nothing that would let it speak to anybody. */
const GIVEN = ["ENVIRONMENT", "DEBUG", "ALGORITHM", "CORS_ORIGINS", "AGE_GRAPH_NAME", "LOG_LEVEL"];

const READY = "http://127.0.0.1:8000/api/v1/health/ready";
const MEMORY = "512m";
const READY_MS = 120_000;
const POLL_MS = 500;

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Done where there is nothing that could be asked: development, or a backend that is not well itself.
 *
 * @param ready told when the application has said so: a proof without it is a lesser one
 */
export function applicationStep(
  scene: BackupScene,
  database: string,
  restored: () => Manifest,
  ready: () => void,
): Step {
  const { host, engine, install } = scene;
  const name = `${database}-backend`;
  const own: ProofContainer = {
    name,
    title: "The application of the proof",
    memory: MEMORY,
    mayFail: true,
  };
  const parts = [own, scratchContainer(database)];
  const backend = async () => {
    if (install.answers.environment === "development") return undefined;
    const found = await containerOf(scene, "backend");
    return found?.State.Health?.Status === "healthy" ? found : undefined;
  };
  return {
    id: "verify-application",
    title: "Ask the application whether it is ready on the restored database",
    isDone: async () => await backend() === undefined,
    run: async (_report, signal) => {
      const running = await backend();
      if (running === undefined) return;
      const { user, name: db } = restored().database;
      const password = hex(host.random.bytes(24));
      await blameless(scene, parts.slice(1), signal, async () => {
        const session = new Session(host, { container: database, user, name: db }, signal);
        await session.run(`ALTER ROLE "${user.replaceAll('"', '""')}" PASSWORD '${password}';`);
        await session.close();
      });
      const present = new Map(
        (running.Config.Env ?? []).map((line): [string, string] => {
          const cut = line.indexOf("=");
          return [line.slice(0, cut), line.slice(cut + 1)];
        }),
      );
      const env: Record<string, string> = {
        SECRET_KEY: hex(host.random.bytes(32)),
        POSTGRES_SERVER: "postgres",
        POSTGRES_PORT: "5432",
        POSTGRES_USER: user,
        POSTGRES_PASSWORD: password,
        POSTGRES_DB: db,
        DATABASE_URL: `postgresql+asyncpg://${encodeURIComponent(user)}:${password}@postgres:5432/${
          encodeURIComponent(db)
        }`,
        UPLOAD_DIR: "/app/uploads",
        LOG_DIR: "/app/logs",
      };
      for (const each of GIVEN) {
        const value = present.get(each);
        if (value !== undefined) env[each] = value;
      }
      await mustRun(host, [
        "docker",
        "run",
        "--detach",
        `--name=${name}`,
        `--label=${SCRATCH_LABEL}=${install.answers.name}`,
        "--pull=never",
        `--network=${database}`,
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--init",
        "--read-only",
        "--user=1000:1000",
        `--memory=${MEMORY}`,
        "--pids-limit=256",
        "--cpu-shares=128",
        "--log-opt=max-size=1m",
        ...["/tmp", "/app/uploads", "/app/logs"].map((path) =>
          `--tmpfs=${path}:rw,noexec,nosuid,nodev,mode=1777,size=32m`
        ),
        // Names only: the values come from our environment, so that none is on a command line.
        ...Object.keys(env).map((each) => `--env=${each}`),
        running.Image,
        "uvicorn",
        "app.main:app",
        "--host=127.0.0.1",
        "--port=8000",
        "--workers=1",
      ], { signal, env });
      const until = host.clock.monotonic() + READY_MS;
      for (;;) {
        const { code } = await engine.exec(name, ["curl", "--noproxy", "*", "-fsS", READY])
          .catch(() => ({ code: 1 }));
        if (code === 0) return ready();
        const runs = await engine.container(name)
          .then((container) => container?.State.Running === true, () => false);
        if (!runs || host.clock.monotonic() > until) {
          const { stdout, stderr } = await host.process.run(["docker", "logs", "--tail=8", name]);
          const said = (stdout + stderr).trim().replaceAll(password, "********");
          throw await machineTrouble(scene, parts, { said }) ?? new SetupError({
            code: "backup_not_proven",
            message: `The application is not ready on the restored database:\n${said}`,
            hint: "rxdx-setup backup create; then rxdx-setup backup verify",
            exit: EXIT.unhealthy,
          });
        }
        await host.clock.sleep(POLL_MS, signal);
      }
    },
  };
}
