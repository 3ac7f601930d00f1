/**
 * Typing in the footer: search, filters, number of replicas, a file's name, the command palette. What
 * is typed takes effect at once where it can be taken back. Pure but for reading the logs; part of
 * `update.ts`.
 */
import type { Key } from "../keys.ts";
import { textField, typed } from "../widgets/text_field.ts";
import { matchingCommands } from "./commands.ts";
import type { Action } from "./keymap.ts";
import type { DashboardModel, Effect, Field } from "./model.ts";
import { patternOf } from "./patterns.ts";
import { following, toMatch } from "./reading.ts";
import { SCALABLE } from "./services.ts";
import { asked, said, saved } from "./update_actions.ts";

/** The next model, and what the palette's choice does or the field asks for. */
type Typed = readonly [model: DashboardModel, next?: Effect | { readonly action: Action }];

/** Replicas that can be asked for; the plan has its own, stricter rules. */
const MOST_REPLICAS = 32;

export function opened(model: DashboardModel, kind: Field["kind"], text: string): DashboardModel {
  return { ...model, field: { kind, ...textField(text), before: text, offered: true, at: 0 } };
}

export function onFieldKey(model: DashboardModel, key: Key): Typed {
  const { field } = model;
  if (field === undefined) return [model];
  switch (key.name) {
    case "enter":
      return onEnter(model, field);
    case "esc":
      return [{ ...applied(model, field, field.before), field: undefined }];
    case "up":
    case "down":
    case "tab":
    case "shift+tab": {
      if (field.kind !== "command") return [model];
      const count = matchingCommands(model, field.text).length;
      const step = key.name === "down" || key.name === "tab" ? 1 : -1;
      const at = count === 0 ? 0 : (field.at + step + count) % count;
      return [{ ...model, field: { ...field, at } }];
    }
  }
  const replaced = field.kind === "scale" && field.offered && key.text !== undefined;
  const line = typed(replaced ? textField("") : field, key);
  if (line === field) return [model];
  const { text, cursor } = line;
  const edited = { ...model, field: { ...field, text, cursor, offered: false } };
  if (text === field.text) return [edited];
  return [applied({ ...edited, field: { ...edited.field, at: 0 } }, field, text)];
}

/** What is searched or filtered for changes with every key. */
function applied(model: DashboardModel, field: Field, text: string): DashboardModel {
  switch (field.kind) {
    case "search":
      return { ...model, search: patternOf(text) };
    case "include":
    case "exclude":
      return { ...model, [field.kind]: patternOf(text), offset: 0, cursor: 0 };
    default:
      return model;
  }
}

function onEnter(model: DashboardModel, field: Field): Typed {
  const closed = { ...model, field: undefined };
  switch (field.kind) {
    case "search": {
      const { problem, text } = model.search;
      if (problem !== undefined) return [said(model, false, `What was typed ${problem}`)];
      if (text === "") return [closed];
      const found = toMatch(closed, "older", { inclusive: true }) ??
        toMatch(closed, "newer") ?? undefined;
      return [found ?? said(following(closed), false, `No line matches ${text}`)];
    }
    case "include":
    case "exclude": {
      const { problem } = model[field.kind];
      return problem === undefined ? [closed] : [said(model, false, `What was typed ${problem}`)];
    }
    case "scale": {
      const digits = field.text.trim();
      const replicas = Number(digits);
      if (!/^\d+$/.test(digits) || replicas < 1 || replicas > MOST_REPLICAS) {
        return [said(model, false, `A number from 1 to ${MOST_REPLICAS}`)];
      }
      return asked(closed, { kind: "scale", service: SCALABLE, replicas });
    }
    case "save":
      return field.text.trim() === "" ? [closed] : saved(closed, field.text.trim());
    case "command":
      return onCommand(closed, field);
  }
}

function onCommand(model: DashboardModel, field: Field): Typed {
  const chosen = matchingCommands(model, field.text)[field.at];
  if (chosen === undefined) return [said(model, false, `There is no command ${field.text}`)];
  if (chosen.replicas !== undefined) {
    const { service = "", replicas } = chosen;
    return service === SCALABLE
      ? asked(model, { kind: "scale", service, replicas })
      : [said(model, false, `Only ${SCALABLE} can have replicas.`)];
  }
  if (chosen.action === "level") {
    const level = chosen.level as DashboardModel["level"];
    return [{ ...model, level, offset: 0, cursor: 0 }];
  }
  const service = chosen.service ??
    (chosen.title.endsWith("everything") ? undefined : model.service);
  const about = chosen.service === undefined && service === model.service
    ? model
    : { ...model, service, offset: 0, cursor: 0 };
  return chosen.action === "service" ? [about] : [about, { action: chosen.action }];
}
