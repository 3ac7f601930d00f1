/**
 * The next model for a message, and what is to be done to the outside. Pure but for reading the live
 * logs, which change by themselves. Called by `run.ts` for everything that happens.
 */
import { LEVELS } from "../../observe/log_line_level.ts";
import { reduce } from "../../observe/reduce.ts";
import type { Key } from "../keys.ts";
import { edited } from "../widgets/line_input.ts";
import { type Action, actionOf } from "./keymap.ts";
import type { DashboardModel, Effect, Message } from "./model.ts";
import { overlayHeight, overlayLength } from "./view_overlay.ts";
import { clamped, following, page, paused, scrolled, TO_THE_OLDEST } from "./scrolling.ts";
import { serviceNames } from "./services.ts";

/** A model and perhaps something to do. */
export type Updated = readonly [model: DashboardModel, effect?: Effect];

/** Columns that ← and → move by. */
const SIDEWAYS = 16;

/** The dashboard after a message. */
export function update(model: DashboardModel, message: Message): Updated {
  switch (message.type) {
    case "key":
      return onAnyKey(model, message.key);
    case "watched":
      return [{ ...model, stack: reduce(model.stack, message.event) }];
    case "resized":
      return [clamped({ ...model, size: message.size })];
    case "status":
      return [{ ...model, status: message.status, statusError: undefined }];
    case "status_failed":
      return [{ ...model, statusError: message.reason }];
    case "tick": {
      const received = model.logs.received();
      return [{
        ...model,
        now: message.now,
        logRate: received - model.receivedAtTick,
        receivedAtTick: received,
      }];
    }
  }
}

function onAnyKey(model: DashboardModel, key: Key): Updated {
  if (key.name.startsWith("alt+")) {
    // Nothing is bound to Alt: it is Esc and a key that arrived together, as over a slow line.
    const [without] = onAnyKey(model, { name: "esc" });
    const name = key.name.slice("alt+".length);
    return onAnyKey(without, { name, ...(key.text === undefined ? {} : { text: key.text }) });
  }
  return model.find === undefined ? onKey(model, key) : onFindKey(model, key);
}

function onKey(model: DashboardModel, key: Key): Updated {
  // Ctrl-C leaves from wherever it is pressed.
  if (key.name === "ctrl+c") return [model, "quit"];
  const action = actionOf(key.name);
  if (action === undefined) return [model];
  if (model.overlay !== undefined) return onOverlay(model, action);
  switch (action) {
    case "quit":
    case "suspend":
    case "redraw":
      return [model, action];
    case "help":
    case "problems":
      return [{ ...model, overlay: action, overlayOffset: 0 }];
    case "service":
      return [withService(model, serviceNames(model)[Number(key.name) - 1])];
    case "all_services":
      return [filtered(model, { service: undefined })];
    case "next_service":
      return [withNeighbour(model, 1)];
    case "previous_service":
      return [withNeighbour(model, -1)];
    case "find":
      return [{ ...model, find: { before: model.text } }];
    case "level":
      return [withNextLevel(model)];
    case "reset":
      return [reset(model)];
    case "pause":
      return [model.frozen === undefined ? paused(model) : following(model)];
    case "wrap":
      return [{ ...model, wrap: !model.wrap, column: 0 }];
    case "times":
      return [{ ...model, times: !model.times }];
    case "left":
      return [{ ...model, column: Math.max(0, model.column - SIDEWAYS) }];
    case "right":
      return [{ ...model, wrap: false, column: model.column + SIDEWAYS }];
    case "up":
      return [scrolled(model, 1)];
    case "down":
      return [scrolled(model, -1)];
    case "page_up":
      return [scrolled(model, page(model))];
    case "page_down":
      return [scrolled(model, -page(model))];
    case "oldest":
      return [scrolled(model, TO_THE_OLDEST)];
    case "newest":
      return [following(model)];
  }
}

function onOverlay(model: DashboardModel, action: Action): Updated {
  const height = overlayHeight(model);
  const to = (offset: number): Updated => {
    const last = Math.max(0, overlayLength(model) - height);
    return [{ ...model, overlayOffset: Math.min(last, Math.max(0, offset)) }];
  };
  switch (action) {
    case "suspend":
    case "redraw":
      return [model, action];
    case "up":
      return to(model.overlayOffset - 1);
    case "down":
      return to(model.overlayOffset + 1);
    case "page_up":
      return to(model.overlayOffset - height);
    case "page_down":
    case "pause":
      return to(model.overlayOffset + height);
    case "oldest":
      return to(0);
    case "newest":
      return to(TO_THE_OLDEST);
    case "help":
    case "problems":
      return [{
        ...model,
        overlay: model.overlay === action ? undefined : action,
        overlayOffset: 0,
      }];
    default:
      // q and esc close what is open; the second one leaves.
      return [{ ...model, overlay: undefined }];
  }
}

function onFindKey(model: DashboardModel, key: Key): Updated {
  const open = model.find;
  switch (key.name) {
    case "enter":
      return [{ ...model, find: undefined }];
    case "esc":
      return [filtered({ ...model, find: undefined }, { text: open?.before ?? "" })];
    case "ctrl+c":
      return [model, "quit"];
    case "ctrl+z":
      return [model, "suspend"];
  }
  return [filtered(model, { text: edited(model.text, key) })];
}

/** Another filter; what is read stays frozen, but from its end. */
function filtered(
  model: DashboardModel,
  change: Partial<Pick<DashboardModel, "service" | "level" | "text">>,
): DashboardModel {
  return { ...model, ...change, offset: 0 };
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
  if (model.text !== "") return filtered(model, { text: "" });
  if (model.level !== undefined || model.service !== undefined) {
    return filtered(model, { level: undefined, service: undefined });
  }
  return following(model);
}
