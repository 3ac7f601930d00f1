/**
 * The command palette: every key's meaning and every action on every service by name, found by the
 * words that are typed. Pure; part of `update.ts` and `view_palette.ts`.
 */
import { LEVELS } from "../../observe/log_line_level.ts";
import { type Action, type Binding, KEYMAP } from "./keymap.ts";
import type { DashboardModel } from "./model.ts";
import { serviceNames } from "./services.ts";

/** One entry of the palette. */
export interface Command {
  readonly title: string;
  /** The key that does it directly. */
  readonly key: string;
  /** What it is about, where that is not what is chosen at the moment. */
  readonly service?: string;
  readonly level?: string;
  readonly replicas?: number;
  readonly action: Action;
}

/** Actions that are worth an entry for each service. */
const PER_SERVICE: readonly (readonly [action: Action, words: string])[] = [
  ["restart", "restart"],
  ["stop", "stop"],
  ["start", "start"],
  ["shell", "shell in"],
  ["doctor", "doctor about"],
  ["details", "details of"],
];

/** Actions that can be about the whole stack. */
const STACK_WIDE = ["restart", "stop", "start"] as const;

/** Moving around is done by keys; nobody looks for it here. */
const UNLISTED: ReadonlySet<Action> = new Set<Action>([
  "service",
  "next_service",
  "previous_service",
  "up",
  "down",
  "page_up",
  "page_down",
  "left",
  "right",
  "palette",
  ...PER_SERVICE.map(([action]) => action),
]);

function keyOf(action: Action): string {
  return KEYMAP.find((each) => each.action === action)?.shown.split(" ")[0] ?? "";
}

function titleOf({ help }: Binding): string {
  return help.split(/[;:]/)[0] ?? help;
}

/** All commands, those about services first. */
export function allCommands(model: DashboardModel): Command[] {
  const allowed = (action: Action) =>
    !model.readOnly || KEYMAP.find((each) => each.action === action)?.changes !== true;
  const services = serviceNames(model);
  const about = PER_SERVICE.filter(([action]) => allowed(action)).flatMap(([action, words]) =>
    services.map((service): Command => ({
      title: `${words} ${service}`,
      key: keyOf(action),
      service,
      action,
    }))
  );
  const everything = STACK_WIDE.filter(allowed).map((action): Command => ({
    title: `${action} everything`,
    key: keyOf(action),
    action,
  }));
  const only = services.map((service, index): Command => ({
    title: `log of ${service} alone`,
    key: index < 9 ? String(index + 1) : "",
    service,
    action: "service",
  }));
  const levels = LEVELS.slice(0, 4).map((level): Command => ({
    title: `level ${level} and up`,
    key: keyOf("level"),
    level,
    action: "level",
  }));
  const rest = KEYMAP.filter(({ action }) => !UNLISTED.has(action) && allowed(action))
    .map((each): Command => ({
      title: titleOf(each),
      key: each.shown.split(" ")[0] ?? "",
      action: each.action,
    }));
  return [...about, ...everything, ...only, ...levels, ...rest, {
    title: "doctor about everything",
    key: keyOf("doctor"),
    action: "doctor",
  }];
}

const SCALE = /^scale (\S+)(?: to)? (\d{1,2})$/;

/** The commands that have every word that was typed, the ones that begin with them first. */
export function matchingCommands(model: DashboardModel, text: string): Command[] {
  const typed = text.trim().toLowerCase();
  const words = typed.split(/\s+/).filter((word) => word !== "");
  const found = allCommands(model).filter(({ title }) =>
    words.every((word) => title.toLowerCase().includes(word))
  );
  const begins = ({ title }: Command) => title.toLowerCase().startsWith(typed) ? 0 : 1;
  const scale = model.readOnly ? null : SCALE.exec(typed);
  return [
    ...(scale === null ? [] : [{
      title: `scale ${scale[1]} to ${scale[2]}`,
      key: keyOf("scale"),
      service: scale[1] ?? "",
      replicas: Number(scale[2]),
      action: "scale" as const,
    }]),
    ...found.sort((a, b) => begins(a) - begins(b)),
  ];
}
