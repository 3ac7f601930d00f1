/** Compose command lines as values; pure. They run in the install directory, where `.env` names the files. */

/** The services of the stack, in the order in which they start. */
export const SERVICES = ["postgres", "backend", "frontend", "nginx"] as const;

/** A service of the stack. */
export type Service = (typeof SERVICES)[number];

function compose(...args: readonly string[]): readonly string[] {
  return ["docker", "compose", ...args];
}

/** Checks the merged files without printing them. */
export function composeCheck(): readonly string[] {
  return compose("config", "--quiet");
}

/**
 * Prints `service hash` lines. With `files` the definitions are read from there, while relative
 * paths still mean the install directory: what the hashes will be once the files are written.
 */
export function composeHashes(dir: string, files?: readonly string[]): readonly string[] {
  if (files === undefined) return compose("config", "--hash", "*");
  const parent = (files[0] ?? dir).replace(/\/[^/]*$/, "");
  return compose(
    "--project-directory",
    dir,
    "--env-file",
    `${parent}/.env`,
    ...files.flatMap((file) => ["--file", file]),
    "config",
    "--hash",
    "*",
  );
}

/** Creates and starts what differs from the files, and removes services that are gone from them. */
export function composeUp(): readonly string[] {
  return compose("--progress", "plain", "up", "--detach", "--remove-orphans");
}

/**
 * The same for one service and what it depends on, leaving alone what depends on it: Compose
 * (measured: 2.26.1) otherwise makes those anew too, and nginx would drop its connections for a
 * changed log level of the backend. Not `--no-deps`: that changes the hash in the label.
 */
export function composeUpOne(service: string): readonly string[] {
  return compose("--progress", "plain", "up", "--detach", service);
}

/**
 * Starts further containers of a service, so that there are `total`; those that are there stay as they
 * are, also when their definition has changed since.
 */
export function composeAdd(service: Service, total: number): readonly string[] {
  return compose(
    "--progress",
    "plain",
    "up",
    "--detach",
    "--no-recreate",
    "--scale",
    `${service}=${total}`,
    service,
  );
}

export function composeRestart(services: readonly string[]): readonly string[] {
  return compose("--progress", "plain", "restart", ...services);
}

/** Runs a program in a running service; its input comes from stdin. */
export function composeExec(service: Service, command: readonly string[]): readonly string[] {
  return compose("exec", "-T", service, ...command);
}
