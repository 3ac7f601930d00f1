/**
 * The old stack while it is replaced. Both have one project name, so that Compose, in whichever directory,
 * always sees one stack: two databases can never run on the same files (docs/adr/0031). Whoever stops it
 * here can bring it back as its own Compose files describe it.
 */
import type { ApiContainerSummary } from "../../engine/api.ts";
import { SCRATCH_LABEL } from "../backup/sources.ts";
import type { Engine } from "../../engine/client.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { resolvedPath } from "../../observe/installs.ts";
import { BEGIN, begunByLine } from "../../steps/begun_by_line.ts";
import { mustRun } from "../../steps/command.ts";
import { quoted } from "../../steps/command_line.ts";
import type { Step } from "../../steps/step.ts";
import { containersOf } from "./look.ts";
import { complaints, pump } from "./pump.ts";
import { type ImportState, noteImport, readImport } from "./state.ts";

export interface OldStack {
  readonly host: Host;
  readonly engine: Engine;
  /** The new directory. */
  readonly dir: string;
  readonly state: Omit<ImportState, "at" | "phase">;
}

/** Seconds a database may take to write its checkpoint; the others are quicker. */
const GRACE_SECONDS = "120";

async function running(
  { host, engine, state }: OldStack,
  dir: string,
): Promise<ApiContainerSummary[]> {
  return (await containersOf(host, engine, await resolvedPath(host, dir)))
    .filter(({ Labels, State }) =>
      Labels["com.docker.compose.project"] === state.project &&
      ["running", "restarting", "paused"].includes(State)
    );
}

/** True while the database of the old stack runs. */
export async function serves(old: OldStack): Promise<boolean> {
  return (await running(old, old.state.from))
    .some(({ Labels }) => Labels["com.docker.compose.service"] === old.state.services["postgres"]);
}

/** The database last: the others still want to say goodbye to it. */
async function stop(old: OldStack, dir: string, signal?: AbortSignal): Promise<void> {
  const databases = new Set(["postgres", old.state.services["postgres"]]);
  const isDatabase = ({ Labels }: ApiContainerSummary) =>
    databases.has(Labels["com.docker.compose.service"]);
  const found = await running(old, dir);
  for (const group of [found.filter((each) => !isDatabase(each)), found.filter(isDatabase)]) {
    if (group.length === 0) continue;
    await mustRun(
      old.host,
      ["docker", "stop", "-t", GRACE_SECONDS, ...group.map(({ Id }) => Id)],
      { ...(signal === undefined ? {} : { signal }), code: "stop_failed" },
    );
  }
}

/** The one command that brings it back, for people. */
export function returnCommand({ compose, from }: Pick<ImportState, "compose" | "from">): string {
  return `cd ${quoted([from])} && ${
    quoted(["docker", "compose", ...compose, "up", "--detach", "--remove-orphans"])
  }`;
}

/** How long the backend of the old stack may take until it is ready again, and how often it is asked. */
const READY_MS = 90_000;
const POLL_MS = 500;

/** Asked inside of its container, where whatever stands in front of it says nothing wrong. */
const READINESS = "import urllib.request as r; " +
  "r.urlopen('http://127.0.0.1:8000/api/v1/health/ready', timeout=5)";

async function untilReady({ host, engine, state }: OldStack): Promise<boolean> {
  const from = host.clock.monotonic();
  do {
    const backend = (await containersOf(host, engine, state.from))
      .find(({ Labels }) => Labels["com.docker.compose.service"] === state.services["backend"]);
    if (backend?.State === "running") {
      const asked = await engine.exec(backend.Id, ["python", "-c", READINESS])
        .catch(() => undefined);
      if (asked?.code === 0) return true;
    }
    await host.clock.sleep(POLL_MS);
  } while (host.clock.monotonic() - from < READY_MS);
  return false;
}

/**
 * The old stack again, as its own files describe it, from images that are there.
 *
 * @throws SetupError `old_stack_not_back` (exit 5) with the command to try by hand
 */
export async function bringBack(old: OldStack): Promise<void> {
  const { host, dir, state } = old;
  await stop(old, dir);
  const up = await host.process.run([
    "docker",
    "compose",
    ...state.compose,
    "--progress",
    "plain",
    "up",
    "--detach",
    "--no-build",
    "--pull",
    "never",
    "--remove-orphans",
  ], { cwd: state.from });
  const back = new Set(
    (await running(old, state.from)).map(({ Labels }) => Labels["com.docker.compose.service"]),
  );
  const missing = Object.values(state.services).filter((service) => !back.has(service));
  if (up.code === 0 && missing.length === 0) {
    await uploadsBackInto(old);
    await noteImport(host, dir, { ready: await untilReady(old) });
    return;
  }
  throw new SetupError({
    code: "old_stack_not_back",
    message: `The old stack did not come back: ${
      up.stderr.trim().split("\n").at(-1) ?? missing.join(", ")
    }. Its data are untouched.`,
    hint: returnCommand(state),
    exit: EXIT.apply,
  });
}

type Pipe = readonly [read: readonly string[], write: readonly string[]];

/**
 * Words that read the uploads out of their volume, and words that write them into the backend of the old
 * stack; `undefined` where it has them still. The first begins with {@link BEGIN}.
 *
 * @param image any that has tar
 */
function uploadsPipe(state: OldStack["state"], image: string): Pipe | undefined {
  const { uploads } = state.data;
  if (uploads?.from !== "container") return undefined;
  return [
    [
      ...["docker", "run", "--rm", "--pull=never", "--network=none", "--log-driver=none"],
      ...["--user=0:0", `--label=${SCRATCH_LABEL}=${state.project}`],
      `--mount=type=volume,source=${uploadsVolume(state)},target=/from,readonly`,
      ...["--interactive", "--entrypoint=sh", image],
      ...begunByLine(["tar", "--create", "--file=-", "--directory=/from", "."]),
    ],
    [
      ...["docker", "compose", ...state.compose, "cp", "--archive", "-"],
      `${state.services["backend"]}:${uploads.source}`,
    ],
  ];
}

const uploadsVolume = ({ project }: OldStack["state"]) => `${project}_backend_uploads`;

/** For people: uploads back into an old stack that was brought back by hand, where they were in it alone. */
export function uploadsCommand(state: OldStack["state"], image: string): string | undefined {
  const pipe = uploadsPipe(state, image);
  return pipe === undefined ? undefined : asTyped(pipe);
}

function asTyped(pipe: Pipe): string {
  return [["echo"], ...pipe].map(quoted).join(" | ");
}

/**
 * Uploads that were in the container alone: Compose has made it anew, so they come back out of the volume
 * that they were copied into.
 */
async function uploadsBackInto(old: OldStack): Promise<void> {
  const { host, engine, dir, state } = old;
  if ((await readImport(host, dir))?.uploadsCopied !== true) return;
  const found = await containersOf(host, engine, state.from);
  const of = (role: string) =>
    found.find(({ Labels }) => Labels["com.docker.compose.service"] === state.services[role]);
  const [database, backend] = [of("postgres"), of("backend")];
  if (database === undefined || backend === undefined) return;
  // What was never taken away is still there: the container is the one that they were copied out of.
  if (backend.Id === state.data.uploads?.container) return;
  const pipe = uploadsPipe(state, database.Image);
  if (pipe === undefined) return;
  const pumped = await pump(host, ...pipe, { cwd: state.from, input: BEGIN });
  if (pumped.read.code === 0 && pumped.written.code === 0) return;
  throw new SetupError({
    code: "uploads_not_copied",
    message: `The old stack runs again without its uploads. They are whole in the volume ${
      uploadsVolume(state)
    }, and could not be copied back: ${complaints(pumped)}`,
    hint: asTyped(pipe),
    exit: EXIT.apply,
  });
}

/** @param begun told when the stack stops serving */
export function stopOldStep(old: OldStack, begun: () => void): Step {
  const { state } = old;
  return {
    id: "import-stop",
    title: `Stop the old stack in ${state.from}`,
    // Run also where nothing is left to stop: then it is this run that brings it back, should it have to.
    isDone: () => Promise.resolve(false),
    run: async (_report, signal) => {
      begun();
      await stop(old, state.from, signal);
    },
    undo: () => bringBack(old),
  };
}
