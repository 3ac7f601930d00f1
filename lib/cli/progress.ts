/** The three renderers of the progress stream: a live terminal, plain lines, NDJSON. */
import type { Host } from "../host/types.ts";
import type { Emit, ProgressEvent } from "../steps/events.ts";
import type { ServiceProgress } from "../steps/step.ts";
import type { Output } from "./output.ts";
import { terminalProgress } from "./progress_terminal.ts";

export interface Progress {
  readonly emit: Emit;
  /** Leaves the terminal as it should be; called once, also after an error. */
  end(): void;
}

/** Chooses the renderer: `--json`, else a terminal that can move its cursor, else plain lines. */
export function progressFor(host: Host, out: Output): Progress {
  if (out.json) return { emit: (event) => out.noteJson({ event }), end: () => undefined };
  const capable = !out.accessible && host.terminal.stderrIsTerminal &&
    host.env["TERM"] !== "dumb" &&
    host.env["CI"] === undefined;
  return capable && !out.verbose ? terminalProgress(host, out) : plainProgress(out);
}

/** `850 ms`, `4.2 s`, `2 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** What an unfinished run left behind, in words. */
export function interruptedText(event: Extract<ProgressEvent, { type: "interrupted" }>): string {
  const { command, startedAt, during, finished, total } = event.previous;
  return `An earlier \`${command}\` (${startedAt}) did not come to its end: ${finished} of ${total} ` +
    `steps were done${during === undefined ? "" : `, it was in "${during}"`}. Going on from there.`;
}

/** One line for each thing that happens: for logs, pipes and screen readers. */
function plainProgress(out: Output): Progress {
  const c = out.colors;
  let shown = new Map<string, string>();
  const services = (states: readonly ServiceProgress[]) => {
    for (const each of states) {
      if (shown.get(each.service) === each.state) continue;
      shown.set(each.service, each.state);
      out.note(`  ${each.service}: ${each.state} (${duration(each.elapsedMs)})`);
    }
  };
  return {
    end: () => undefined,
    emit: (event) => {
      switch (event.type) {
        case "interrupted":
          out.note(`${c.yellow("!")} ${interruptedText(event)}`);
          break;
        case "step-start":
          shown = new Map();
          out.note(`[${event.index + 1}/${event.total}] ${event.title}`);
          break;
        case "step-detail":
          if (out.verbose) out.note(`  ${clean(event.text)}`);
          break;
        case "step-services":
          services(event.services);
          break;
        case "step-done":
          out.note(
            event.skipped
              ? c.dim("  nothing to do")
              : `  ${c.green("done")} in ${duration(event.ms)}`,
          );
          break;
        case "step-failed":
          out.note(`  ${c.red("failed")} after ${duration(event.ms)}`);
          break;
        case "undo-start":
          out.note(`  taking back: ${event.title}`);
          break;
        case "undo-failed":
          out.note(`  ${c.red("could not take back")}: ${event.message}`);
          break;
      }
    },
  };
}

/** Output of other programs may hold anything; only printable text reaches the terminal. */
export function clean(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/[\x00-\x1f\x7f-\x9f]/g, " ").trim();
}
