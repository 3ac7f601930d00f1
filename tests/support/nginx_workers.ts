/** What a reload of the nginx container `n1` asks of Docker, and what Docker says of its workers. */

export const TOP = ["docker", "top", "n1", "-eo", "pid,args"] as const;
export const HUP = ["docker", "exec", "n1", "sh", "-c", "kill -HUP 1"] as const;

/** As `docker top` prints them. */
export function top(serving: readonly number[], ending: readonly number[] = []): string {
  return [
    "PID COMMAND",
    "100 nginx: master process nginx -e stderr",
    ...serving.map((id) => `${id} nginx: worker process`),
    ...ending.map((id) => `${id} nginx: worker process is shutting down`),
  ].join("\n");
}
