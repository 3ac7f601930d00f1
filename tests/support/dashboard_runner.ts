/**
 * Shows the dashboard of one Compose project without an installation: what the `status` command does,
 * with a status document from a file. `dashboard_runner.ts PROJECT STATUS.json`; used by the terminal
 * tests and the measurements. Prints how it ended on standard error and exits 0, 130 or 1. A third
 * argument, `throw` or `reject`, makes it fail as a bug would, as soon as there is a file
 * STATUS.json.bug.
 */
import { Engine } from "../../lib/engine/client.ts";
import { Cancelled } from "../../lib/errors.ts";
import { theHost } from "../../lib/host/real.ts";
import type { StatusDocument } from "../../lib/observe/status.ts";
import { actionTitle, type Actor } from "../../lib/tui/dashboard/actions.ts";
import { runDashboard } from "../../lib/tui/dashboard/run.ts";

const [project = "", statusFile = "", bug = ""] = Deno.args;
const host = theHost();
const load = async () => JSON.parse(await Deno.readTextFile(statusFile)) as StatusDocument;

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

if (bug !== "") {
  // Not asynchronous: what is thrown has to be an exception that nobody catches, not a rejection.
  const looking = setInterval(() => {
    if (!isThere(`${statusFile}.bug`)) return;
    clearInterval(looking);
    const error = new Error("ended: by a bug");
    if (bug === "throw") throw error;
    Promise.reject(error);
  }, 50);
}

/** Acts on the project's containers with the engine's own commands; what has no file is not saved. */
const actor: Actor = {
  preview: (action) => Promise.resolve([`This would ${actionTitle(action)}.`]),
  async perform(action, report) {
    if (action.kind === "scale") throw new Error("not here");
    report("asking the engine");
    const name = `${project}-${action.service}`;
    const { code, stderr } = await host.process.run(["docker", action.kind, "--time", "0", name]);
    if (code !== 0) throw new Error(stderr.trim());
  },
  shell: (_service, container) => ["docker", "exec", "-it", container, "sh"],
  doctor: () => Promise.resolve(["✓ Everything  is well", "✗ Nothing     is well"]),
  async save(path, text) {
    await host.files.writeAtomic(path, text, { mode: 0o600 });
    return path;
  },
};

try {
  await runDashboard({
    actor,
    host,
    engine: new Engine(host),
    project,
    load,
    signal: new AbortController().signal,
    color: (host.env["NO_COLOR"] ?? "") === "",
  });
  host.terminal.err("left\n");
  Deno.exit(0);
} catch (error) {
  host.terminal.err(`ended: ${error instanceof Error ? error.message : String(error)}\n`);
  Deno.exit(error instanceof Cancelled ? 130 : 1);
}
