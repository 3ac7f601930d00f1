/**
 * Progress on a terminal: finished steps scroll up as lines, the present one is redrawn below
 * them with a spinner, the time, its latest detail, and the services it waits for.
 */
import stringWidth from "string-width";
import type { Host } from "../host/types.ts";
import type { ServiceProgress } from "../steps/step.ts";
import type { Output } from "./output.ts";
import { clean, duration, interruptedText, type Progress } from "./progress.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[J";

/** Cuts plain text to a number of columns. */
export function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let width = 0;
  let result = "";
  for (const char of text) {
    width += stringWidth(char);
    if (width > columns - 1) break;
    result += char;
  }
  return `${result}…`;
}

interface Present {
  readonly title: string;
  readonly from: number;
  readonly label: string;
  detail: string;
  services: readonly ServiceProgress[];
}

export function terminalProgress(host: Host, out: Output): Progress {
  const c = out.colors;
  const write = (text: string) => host.terminal.err(text);
  let present: Present | undefined;
  let drawn = 0;
  let frame = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  const erase = () => {
    if (drawn > 0) write(`\x1b[${drawn}A\r${CLEAR_BELOW}`);
    drawn = 0;
  };
  const stateColor = (state: string) =>
    state === "healthy"
      ? c.green(state)
      : ["exited", "unhealthy", "dead", "restarting"].includes(state)
      ? c.red(state)
      : c.yellow(state);
  const draw = () => {
    if (present === undefined) return;
    const { columns } = host.terminal.size();
    const spent = duration(host.clock.monotonic() - present.from);
    const head = `${present.title}  ${spent}`;
    const room = columns - stringWidth(head) - stringWidth(present.label) - 7;
    const detail = room > 12 && present.detail !== ""
      ? c.dim(`  ${cut(present.detail, room)}`)
      : "";
    const lines = [
      `${c.cyan(FRAMES[frame % FRAMES.length] ?? "·")} ${c.dim(present.label)} ` +
      `${cut(present.title, columns - 20)}  ${c.dim(spent)}${detail}`,
      ...present.services.map((each) =>
        `    ${each.service.padEnd(9)} ${stateColor(each.state.padEnd(10))} ` +
        c.dim(duration(each.elapsedMs))
      ),
    ];
    // One write a frame: a half-drawn frame would flicker over a slow line.
    const up = drawn > 0 ? `\x1b[${drawn}A\r${CLEAR_BELOW}` : "";
    write(up + lines.join("\n") + "\n");
    drawn = lines.length;
  };
  const line = (text: string) => {
    erase();
    write(text + "\n");
  };
  const begin = () => {
    if (timer !== undefined) return;
    write(HIDE_CURSOR);
    timer = setInterval(() => {
      frame++;
      draw();
    }, FRAME_MS);
  };

  return {
    end: () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      erase();
      write(SHOW_CURSOR);
    },
    emit: (event) => {
      switch (event.type) {
        case "interrupted":
          line(`${c.yellow("!")} ${interruptedText(event)}`);
          break;
        case "run-start":
          begin();
          break;
        case "step-start":
          present = {
            title: event.title,
            from: host.clock.monotonic(),
            label: `${event.index + 1}/${event.total}`,
            detail: "",
            services: [],
          };
          draw();
          break;
        case "step-detail":
          if (present !== undefined) present.detail = clean(event.text);
          break;
        case "step-services":
          if (present !== undefined) present.services = event.services;
          break;
        case "step-done": {
          present = undefined;
          const idle = event.skipped && !event.check;
          const time = idle ? "nothing to do" : duration(event.ms);
          line(`${idle ? c.dim("·") : c.green("✓")} ${event.title}  ${c.dim(time)}`);
          break;
        }
        case "step-failed":
          present = undefined;
          line(`${c.red("✗")} ${event.title}  ${c.dim(duration(event.ms))}`);
          break;
        case "undo-start":
          line(`${c.yellow("↶")} taking back: ${event.title}`);
          break;
        case "undo-failed":
          line(`${c.red("✗")} could not take back: ${event.title}: ${event.message}`);
          break;
      }
    },
  };
}
