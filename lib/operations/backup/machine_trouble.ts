/**
 * Why a proof was not finished where that says nothing of the backup: no room, no memory, an engine that went
 * away. A backup that is called bad for it would be copied nowhere any more and stand for no day, so the
 * machine is looked at before a failure is blamed on the backup. Called by the steps of `backup verify`.
 */
import { EXIT, SetupError } from "../../errors.ts";
import { tail } from "../../steps/command.ts";
import { dataDiskFull, roomError } from "../data_room.ts";
import type { BackupScene } from "./scene.ts";

/** A container that takes part in a proof. */
export interface ProofContainer {
  readonly name: string;
  /** For people, at the beginning of a sentence. */
  readonly title: string;
  /** Its limit, as Docker was given it. */
  readonly memory: string;
  /** Its program may end by itself because of what was restored; only an end from outside excuses that. */
  readonly mayFail?: true;
}

/** What a part of the proof failed with. */
export interface Complaint {
  /** All that is known of what was said; no secrets, its end is shown. */
  readonly said: string;
  /** Of the program; absent where there was none. */
  readonly code?: number;
}

/** The state of a container lags behind what its programs say. */
const SETTLE_MS = 2_000;

/**
 * Exit codes that no program of ours gives itself: docker's own, and those of somebody's SIGHUP, SIGINT,
 * SIGKILL and SIGTERM. A crash (SIGSEGV, SIGABRT) is not among them: what is restored may have caused it.
 */
const FROM_OUTSIDE = [125, 126, 127, 129, 130, 137, 143, 255];

/** A server that is told to stop ends well, which one that cannot serve does not. */
const STOPPED = [0, ...FROM_OUTSIDE];

/** The engine speaks, not the program that was to be run. */
const ENGINE =
  /^(?:Error response from daemon|Cannot connect to the Docker daemon|error during connect|OCI runtime|unexpected EOF$)/m;

/** The server is gone, or about to be: what is the matter with it may not be known yet. */
const LOST =
  /server closed the connection|connection to server|no connection to the server|terminating connection|connection was closed|is (?:starting up|shutting down|in recovery mode)/i;

/** What PostgreSQL says of memory, and of the kernel that wanted it back. */
const MEMORY =
  /(?:ERROR|FATAL|PANIC|error): +out of memory|could not fork new process|shared memory segment .*No space|was terminated by signal 9/;

/** Where rows and statements of the backup are quoted, which may hold any words. */
const QUOTED = /^\t|\b(?:CONTEXT|DETAIL|STATEMENT|QUERY): |^Command was: /;

function unquoted(text: string): string {
  return text.split("\n").filter((line) => !QUOTED.test(line)).join("\n");
}

/** Shared memory is a file system too, and its end is no full disk. */
function isFull(text: string): boolean {
  return roomError(text.replaceAll(/^.*shared memory segment.*$/gm, "")) !== undefined;
}

function notPossible(what: string, said: string): SetupError {
  const told = [`${what}.`, tail(said, 6)].filter((text) => text !== "").join("\n");
  return new SetupError({
    code: "proof_not_possible",
    message: `This machine did not finish the proof, which says nothing of the backup: ${told}`,
    hint: "df -h; free -m; docker info; then rxdx-setup backup verify",
    exit: EXIT.apply,
  });
}

/** `undefined` for a container that is well, or whose end is its own. */
async function fateOf(
  { engine }: Pick<BackupScene, "engine">,
  { name, title, memory, mayFail }: ProofContainer,
): Promise<string | undefined> {
  let state;
  try {
    const found = await engine.container(name);
    if (found === undefined) return `${title} was removed while it was needed`;
    state = found.State;
  } catch {
    return "Docker does not answer";
  }
  if (state.OOMKilled) return `${title} had too little memory (its limit is ${memory})`;
  if (state.Running || (mayFail === true && !STOPPED.includes(state.ExitCode))) return undefined;
  return `${title} was ended (exit code ${state.ExitCode})`;
}

async function logOf({ host }: Pick<BackupScene, "host">, name: string): Promise<string> {
  const read = host.process.run(["docker", "logs", "--tail=40", name]);
  return await read.then(({ stdout, stderr }) => stdout + stderr, () => "");
}

/**
 * The error for what happened on this machine; `undefined` where nothing did, so that the backup itself is to
 * blame. Never throws.
 *
 * @param containers of the proof, the scratch database as the last one
 */
export async function machineTrouble(
  scene: Pick<BackupScene, "host" | "engine">,
  containers: readonly ProofContainer[],
  { said: everything, code }: Complaint,
): Promise<SetupError | undefined> {
  const said = unquoted(everything);
  const database = containers.at(-1)?.name ?? "";
  const unsure = said.trim() === "" || LOST.test(said);
  for (let look = 0; look < (unsure ? 2 : 1); look++) {
    if (look > 0) await scene.host.clock.sleep(SETTLE_MS);
    const log = unquoted(await logOf(scene, database));
    // A full disk is told as such, whatever it has ended.
    const full = [said, log].find(isFull);
    if (full !== undefined) {
      return dataDiskFull(`The scratch database found no room on Docker's disk:\n${tail(full, 6)}`);
    }
    for (const each of containers) {
      const fate = await fateOf(scene, each);
      if (fate !== undefined) return notPossible(fate, said);
    }
    if (MEMORY.test(said) || MEMORY.test(log)) {
      return notPossible("there was too little memory for the scratch database", said || log);
    }
  }
  if (code !== undefined && FROM_OUTSIDE.includes(code)) {
    return notPossible(`a program in the scratch database was ended (exit code ${code})`, said);
  }
  return ENGINE.test(said) ? notPossible("Docker ended it", said) : undefined;
}

/**
 * Runs questions to the scratch database; where the machine is why one was not answered, that is the error.
 * One that was refused otherwise is passed on as it is.
 */
export async function blameless<T>(
  scene: Pick<BackupScene, "host" | "engine">,
  containers: readonly ProofContainer[],
  signal: AbortSignal,
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const refused = error instanceof SetupError && error.code === "database_query_failed";
    if (!refused || signal.aborted) throw error;
    throw await machineTrouble(scene, containers, { said: error.message }) ?? error;
  }
}
