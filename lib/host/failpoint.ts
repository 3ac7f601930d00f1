/**
 * Failpoints in before/after pairs around every step, so that the tests can end the process at
 * each of them. `RXDX_FAILPOINT=after:write-env=kill` sends SIGKILL to this very process;
 * `=throw` raises an I/O error instead; `=stop` sends SIGSTOP, so that a test can fill a disk at this very
 * moment and let the process go on with SIGCONT. Unset, as it always is in use, this does nothing.
 */
export function failpointFrom(setting: string | undefined): (name: string) => void {
  if (setting === undefined || setting === "") return () => undefined;
  const cut = setting.lastIndexOf("=");
  const point = cut < 0 ? setting : setting.slice(0, cut);
  const action = cut < 0 ? "kill" : setting.slice(cut + 1);
  let stopped = false;
  return (name) => {
    if (name !== point || stopped) return;
    if (action === "throw") throw new Error(`failpoint ${name}`);
    // Once: the way back may come by the same point, and nobody waits for it there.
    stopped = action === "stop";
    Deno.kill(Deno.pid, stopped ? "SIGSTOP" : "SIGKILL");
  };
}
