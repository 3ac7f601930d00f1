/**
 * Keys that do something to the stack or take something out of it: what is missing is said, what
 * changes the machine is asked about first. Pure but for reading the logs; part of `update.ts`.
 */
import { actionTitle, type StackAction } from "./actions.ts";
import { bindingFor } from "./keymap.ts";
import type { DashboardModel, Outcome } from "./model.ts";
import { lineAt, matchingText, paused } from "./reading.ts";
import { containersOf, SCALABLE } from "./services.ts";
import type { Updated } from "./update.ts";
import { opened } from "./update_fields.ts";

export type Act =
  | "details"
  | "restart"
  | "stop"
  | "start"
  | "scale"
  | "shell"
  | "doctor"
  | "copy"
  | "save";

/** Milliseconds for which an outcome is shown: long enough to read its hint, too. */
const SHOWN_MS = 8_000;
const SHOWN_LONGER_MS = 30_000;

export function said(
  model: DashboardModel,
  ok: boolean,
  text: string,
  hint = "",
): DashboardModel {
  const until = model.now + (hint === "" ? SHOWN_MS : SHOWN_LONGER_MS);
  return { ...model, outcome: { ok, text, hint, until } };
}

/** A clock that was set back must not keep it for as long. */
export function isOver({ until }: Outcome, now: number): boolean {
  // Twice the time: a clock that is corrected by a moment must not take away what was just said.
  return until <= now || until - now > 2 * SHOWN_LONGER_MS;
}

export function onAct(model: DashboardModel, act: Act): Updated {
  if (model.readOnly && bindingFor(act)?.changes === true) {
    return [said(model, false, "Nothing can be changed from here: --read-only")];
  }
  const { service } = model;
  switch (act) {
    case "copy": {
      const line = model.overlay?.kind === "line" ? model.overlay.line : lineAt(model);
      if (line === undefined) return [said(model, false, "There is no line to copy.")];
      return [said(model, true, "Copied, where the terminal lets a program do that."), {
        do: "copy",
        text: line.text,
      }];
    }
    case "save":
      return [opened(model, "save", saveName(model))];
    case "doctor":
      return [
        { ...model, overlay: { kind: "doctor", service, lines: undefined }, overlayOffset: 0 },
        { do: "doctor", service },
      ];
    case "details":
      return service === undefined
        ? [said(model, false, "Choose a service first: 1–9 or tab")]
        : [{ ...model, overlay: { kind: "service", service }, overlayOffset: 0 }];
    case "shell":
      return onShell(model);
    case "scale":
      // The prompt says whose replicas they are: there is only one service that can have them.
      return [
        opened(
          { ...model, service: SCALABLE },
          "scale",
          String(Math.max(1, containersOf(model, SCALABLE).length)),
        ),
      ];
    case "restart":
    case "stop":
    case "start":
      return asked(model, { kind: act, service });
  }
}

/** Asks before an action; what it would do is looked up meanwhile. */
export function asked(model: DashboardModel, action: StackAction): Updated {
  if (model.doing !== undefined) {
    return [said(model, false, `Still at it: ${model.doing.title}`)];
  }
  return [
    {
      ...model,
      overlay: { kind: "confirm", action, lines: undefined, refused: false },
      overlayOffset: 0,
    },
    { do: "preview", action },
  ];
}

export function onConfirmed(model: DashboardModel, action: StackAction): Updated {
  return [
    {
      ...model,
      overlay: undefined,
      outcome: undefined,
      doing: { title: actionTitle(action), detail: "", since: model.now },
    },
    { do: "perform", action },
  ];
}

/**
 * Leaving in the middle of an action would leave it half done: it is said, and only asked for again
 * is the action cancelled. Stopped, it would hold the lock for as long as nobody types fg.
 */
export function onLeave(model: DashboardModel, how: "quit" | "suspend"): Updated {
  const { doing } = model;
  if (doing === undefined || (how === "quit" && doing.leaving)) return [model, { do: how }];
  const busy = said(
    model,
    false,
    `Still at it: ${doing.title}`,
    how === "quit" ? "q again cancels it and leaves" : "Ctrl-Z only when it is done",
  );
  return [how === "quit" ? { ...busy, doing: { ...doing, leaving: true } } : busy];
}

function onShell(model: DashboardModel): Updated {
  const { service } = model;
  if (service === undefined) return [said(model, false, "Choose a service first: 1–9 or tab")];
  if (model.stack.connection.state === "lost") {
    return [said(model, false, "No shell while Docker is out of reach.")];
  }
  const running = containersOf(model, service).find((each) => each.state === "running");
  if (running === undefined) return [said(model, false, `No container of ${service} runs.`)];
  return [model, { do: "shell", service, container: running.name }];
}

/** A name that says what is in the file and does not repeat. */
function saveName({ project, service, now }: DashboardModel): string {
  const at = new Date(now).toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "");
  return `${project}-${service ?? "all"}-${at}.log`;
}

/** The lines are those of the moment when the name was confirmed. */
export function saved(model: DashboardModel, path: string): Updated {
  const text = matchingText(paused(model));
  if (text === "") return [said(model, false, "Not saved: no line matches.")];
  return [model, { do: "save", path, text }];
}
