/**
 * The machine as commands see it: Compose runs without variables that happen to be set in the
 * operator's shell, and `--verbose` shows every program that is run.
 *
 * Compose lets the process environment win over `.env`. For `docker compose` typed by hand that
 * is as it should be; here a stray DEBUG, LOG_LEVEL or COMPOSE_PROJECT_NAME would make something
 * else of the stack than the plan has shown (docs/adr/0010).
 */
import type { CommandOptions, Host, PipeOptions } from "../host/types.ts";
import { quoted } from "../steps/command_line.ts";
import type { GlobalFlags } from "./output.ts";

/** Variables of Compose itself that choose files and project. */
const COMPOSE_VARIABLES = ["COMPOSE_PROFILES", "COMPOSE_PATH_SEPARATOR", "COMPOSE_ENV_FILES"];

async function stackVariables(): Promise<string[]> {
  const { VARIABLES } = await import("../render/variables.ts");
  return [...VARIABLES.map((variable) => variable.name), ...COMPOSE_VARIABLES];
}

export function machineFor(host: Host, flags: GlobalFlags): Host {
  const say = (argv: readonly string[]) => {
    if (flags.verbose && !flags.json) host.terminal.err(`  $ ${quoted(argv)}\n`);
  };
  // Compose is never piped: what streams is asked of `docker exec`, which reads no variables of ours.
  const pipe = (argv: readonly string[], options: PipeOptions = {}) => {
    say(argv);
    return host.process.pipe(argv, options);
  };
  const run = async (argv: readonly string[], options: CommandOptions = {}) => {
    say(argv);
    const compose = argv[0] === "docker" && argv[1] === "compose";
    return await host.process.run(
      argv,
      compose ? { ...options, unset: await stackVariables() } : options,
    );
  };
  return { ...host, process: { ...host.process, run, pipe } };
}
