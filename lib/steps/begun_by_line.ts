/**
 * Programs of which `docker run` shall bring back every word. It tells its caller that it is attached before it is,
 * and starts the container then: what a quick program says until the daemon comes to it is lost, all of it or the
 * beginning, with exit code 0 (Docker 26.1.5: one of 240 on a busy machine). What such a program reads comes the
 * same way as what it says, so it waits for a line: when it has that, somebody hears it.
 *
 * `docker exec` attaches first, and needs none of this.
 */

/** What the program is told on its standard input, before whatever else it is to read. */
export const BEGIN = "\n";

/**
 * Behind the image, with `--interactive` and `--entrypoint=sh`: this program, once there was {@link BEGIN}; without
 * it the end is 125, which is Docker's own for a container that could not be run.
 */
export function begunByLine(argv: readonly string[]): string[] {
  return ["-c", 'read -r begin || exit 125; exec "$@"', "sh", ...argv];
}
