/**
 * The next model for a message, and what is to be done to the outside. Pure but for reading the live
 * logs, which change by themselves. Called by `run.ts` for everything that happens.
 */
import { LEVELS } from "../../observe/log_line_level.ts";
import { reduce } from "../../observe/reduce.ts";
import type { Key } from "../keys.ts";
import { type Action, bindingOf } from "./keymap.ts";
import { type DashboardModel, type Effect, type Message, NO_PATTERN } from "./model.ts";
import { clamped, following, lineAt, markToggled, moved, page, paused } from "./reading.ts";
import { TO_THE_OLDEST, toMark, toMatch, turned } from "./reading.ts";
import { serviceOfRow } from "./layout.ts";
import { serviceNames } from "./services.ts";
import { isOver, onAct, onConfirmed, onLeave, said } from "./update_actions.ts";
import { onFieldKey, opened } from "./update_fields.ts";
import { onOverlay, overlayClamped } from "./update_overlay.ts";

/** A model and perhaps something to do. */
export type Updated = readonly [model: DashboardModel, effect?: Effect];

/** Columns that ← and → move by. */
const SIDEWAYS = 16;

/** Lines that a turn of the wheel moves by. */
const WHEEL = 3;

/** The dashboard after a message. */
export function update(model: DashboardModel, message: Message): Updated {
  switch (message.type) {
    case "key":
      return onAnyKey(model, message.key);
    case "watched":
      return [{ ...model, stack: reduce(model.stack, message.event) }];
    case "resized":
      return [overlayClamped(clamped({ ...model, size: message.size }))];
    case "status":
      return [{ ...model, status: message.status, statusError: undefined }];
    case "status_failed":
      return [{ ...model, statusError: message.reason }];
    case "tick":
      return [ticked(model, message)];
    case "previewed": {
      const { overlay } = model;
      return overlay?.kind === "confirm" && overlay.action === message.action
        ? [overlayClamped({
          ...model,
          overlay: { ...overlay, lines: message.lines, refused: message.refused },
        })]
        : [model];
    }
    case "doing":
      return model.doing === undefined
        ? [model]
        : [{ ...model, doing: { ...model.doing, detail: message.text } }];
    case "outcome":
      return [said({ ...model, doing: undefined }, message.ok, message.text, message.hint)];
    case "diagnosed": {
      const { overlay } = model;
      return overlay?.kind === "doctor" && overlay.service === message.service
        ? [overlayClamped({ ...model, overlay: { ...overlay, lines: message.lines } })]
        : [model];
    }
  }
}

function ticked(
  model: DashboardModel,
  { now, edge }: Extract<Message, { type: "tick" }>,
): DashboardModel {
  const received = model.logs.received();
  return {
    ...model,
    now,
    edge: edge ?? model.edge,
    logRate: received - model.receivedAtTick,
    receivedAtTick: received,
    outcome: model.outcome !== undefined && isOver(model.outcome, now) ? undefined : model.outcome,
  };
}

function onAnyKey(model: DashboardModel, key: Key): Updated {
  if (key.name.startsWith("alt+")) {
    // Nothing is bound to Alt: it is Esc and a key that arrived together, as over a slow line.
    const [without] = onAnyKey(model, { name: "esc" });
    const name = key.name.slice("alt+".length);
    return onAnyKey(without, { name, ...(key.text === undefined ? {} : { text: key.text }) });
  }
  // Ctrl-C leaves from wherever it is pressed.
  if (key.name === "ctrl+c") return onLeave(model, "quit");
  if (key.name === "ctrl+z") return onLeave(model, "suspend");
  if (model.field !== undefined) {
    const [next, chosen] = onFieldKey(model, key);
    if (chosen === undefined) return [next];
    return "do" in chosen ? [next, chosen] : onAction(next, chosen.action, "");
  }
  if (key.name === "wheelup" || key.name === "wheeldown") {
    return onWheel(model, key.name === "wheelup" ? WHEEL : -WHEEL);
  }
  if (key.name === "click") {
    return model.overlay === undefined
      ? [withService(model, serviceOfRow(model, key.row ?? 0))]
      : [model];
  }
  if (model.overlay?.kind === "confirm" && ["enter", "y"].includes(key.name)) {
    const { action, lines, refused } = model.overlay;
    // Nobody confirms what they have not been shown: a key that came too early is no answer.
    if (lines === undefined) return [model];
    return refused ? [{ ...model, overlay: undefined }] : onConfirmed(model, action);
  }
  const binding = bindingOf(key.name);
  if (binding === undefined) return [model];
  if (model.overlay !== undefined) return onOverlay(model, binding.action);
  return onAction(model, binding.action, key.name);
}

function onWheel(model: DashboardModel, lines: number): Updated {
  if (model.overlay === undefined) return [turned(model, lines)];
  const action: Action = lines > 0 ? "up" : "down";
  let next = model;
  for (let turn = 0; turn < Math.abs(lines); turn++) [next] = onOverlay(next, action);
  return [next];
}

function onAction(model: DashboardModel, action: Action, key: string): Updated {
  switch (action) {
    case "quit":
    case "suspend":
      return onLeave(model, action);
    case "redraw":
      return [model, { do: action }];
    case "mouse":
      return [{ ...model, mouse: !model.mouse }, { do: "mouse", on: !model.mouse }];
    case "help":
    case "problems":
      return [{ ...model, overlay: { kind: action }, overlayOffset: 0 }];
    case "palette":
      return [opened(model, "command", "")];
    case "service":
      return [
        key === "" ? model : withService(model, serviceNames(model)[Number(key) - 1]),
      ];
    case "all_services":
      return [filtered(model, { service: undefined })];
    case "next_service":
      return [withNeighbour(model, 1)];
    case "previous_service":
      return [withNeighbour(model, -1)];
    case "expand":
      return [{ ...model, expanded: !model.expanded }];
    case "details":
    case "restart":
    case "stop":
    case "start":
    case "scale":
    case "shell":
    case "doctor":
    case "copy":
    case "save":
      return onAct(model, action);
    case "search":
    case "include":
    case "exclude":
      return [opened(model, action, model[action].text)];
    case "older_match":
    case "newer_match":
      return onSearch(model, action === "older_match" ? "older" : "newer");
    case "level":
      return [withNextLevel(model)];
    case "reset":
      return [reset(model)];
    case "line": {
      const line = lineAt(model);
      if (line === undefined) return [said(model, false, "There is no line.")];
      return [{ ...paused(model), overlay: { kind: "line", line }, overlayOffset: 0 }];
    }
    case "mark":
      return [markToggled(model)];
    case "next_mark":
      return [
        toMark(model) ?? said(model, false, "No line is marked; m marks the one under the bar"),
      ];
    default:
      return [onMove(model, action)];
  }
}

function onMove(model: DashboardModel, action: Action): DashboardModel {
  switch (action) {
    case "pause":
      return model.frozen === undefined ? paused(model) : following(model);
    case "wrap":
      return { ...model, wrap: !model.wrap, column: 0 };
    case "times":
      return {
        ...model,
        times: model.times === "clock" ? "relative" : model.times === "relative" ? "off" : "clock",
      };
    case "left":
      return { ...model, column: Math.max(0, model.column - SIDEWAYS) };
    case "right":
      return { ...model, wrap: false, column: model.column + SIDEWAYS };
    case "up":
      return moved(model, 1);
    case "down":
      return moved(model, -1);
    case "page_up":
      return turned(model, page(model));
    case "page_down":
      return turned(model, -page(model));
    case "oldest":
      return moved(model, TO_THE_OLDEST);
    case "newest":
      return following(model);
    default:
      return model;
  }
}

function onSearch(model: DashboardModel, direction: "older" | "newer"): Updated {
  if (model.search.match === undefined) return [opened(model, "search", model.search.text)];
  const where = direction === "older" ? "further up" : "further down";
  return [toMatch(model, direction) ?? said(model, false, `No match ${where}.`)];
}

/** Another filter; what is read stays frozen, but from its end. */
function filtered(
  model: DashboardModel,
  change: Partial<Pick<DashboardModel, "service" | "level" | "include" | "exclude">>,
): DashboardModel {
  return { ...model, ...change, offset: 0, cursor: 0 };
}

function withService(model: DashboardModel, service: string | undefined): DashboardModel {
  if (service === undefined) return model;
  return filtered(model, { service: model.service === service ? undefined : service });
}

function withNeighbour(model: DashboardModel, step: 1 | -1): DashboardModel {
  const choices = [undefined, ...serviceNames(model)];
  const at = choices.indexOf(model.service) + step;
  return filtered(model, { service: choices[(at + choices.length) % choices.length] });
}

/** All, information and up, warnings and up, errors and up, all. */
function withNextLevel(model: DashboardModel): DashboardModel {
  const choices = [undefined, ...LEVELS.slice(1, 4)];
  const at = choices.indexOf(model.level);
  return filtered(model, { level: choices[(at + 1) % choices.length] });
}

/** Esc takes back one thing at a time, the nearest first. */
function reset(model: DashboardModel): DashboardModel {
  if (model.outcome !== undefined) return { ...model, outcome: undefined };
  if (model.search.text !== "") return { ...model, search: NO_PATTERN };
  if (model.include.text !== "" || model.exclude.text !== "") {
    return filtered(model, { include: NO_PATTERN, exclude: NO_PATTERN });
  }
  if (model.level !== undefined || model.service !== undefined) {
    return filtered(model, { level: undefined, service: undefined });
  }
  return following(model);
}
