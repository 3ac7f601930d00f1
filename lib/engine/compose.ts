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

/** The merged files as JSON; holds secrets, so the output is never shown. */
export function composeConfig(): readonly string[] {
  return compose("config", "--format", "json");
}

/** Creates and starts what differs from the files, and removes services that are gone from them. */
export function composeUp(services: readonly string[] = []): readonly string[] {
  return compose("--progress", "plain", "up", "--detach", "--remove-orphans", ...services);
}

/** What `up` would do. Compose prints its dry run as lines on stderr. */
export function composeUpDryRun(): readonly string[] {
  return compose("--dry-run", "--progress", "plain", "up", "--detach", "--remove-orphans");
}

export function composeStart(services: readonly string[]): readonly string[] {
  return composeUp(services);
}

/** Stops in reverse order of dependency, within each service's own grace period. */
export function composeStop(services: readonly string[]): readonly string[] {
  return compose("--progress", "plain", "stop", ...services);
}

export function composeRestart(services: readonly string[]): readonly string[] {
  return compose("--progress", "plain", "restart", ...services);
}

/** Removes containers and networks; with `volumes` the data too. */
export function composeDown(options: { volumes: boolean }): readonly string[] {
  return compose(
    "--progress",
    "plain",
    "down",
    "--remove-orphans",
    ...(options.volumes ? ["--volumes"] : []),
  );
}

/** Fetches the images that the files name. */
export function composePull(): readonly string[] {
  return compose("--progress", "plain", "pull", "--policy", "missing");
}

/** Runs a program in a running service; its input comes from stdin. */
export function composeExec(service: Service, command: readonly string[]): readonly string[] {
  return compose("exec", "-T", service, ...command);
}
