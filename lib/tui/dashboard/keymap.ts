/**
 * Which key does what, as data: `update.ts` looks keys up here; the help overlay, the command palette,
 * the hints in the footer and the reference are generated from it, so none of them can disagree. Pure.
 */

/** Everything a key can ask for. */
export type Action =
  | "quit"
  | "suspend"
  | "help"
  | "palette"
  | "problems"
  | "redraw"
  | "mouse"
  | "service"
  | "all_services"
  | "next_service"
  | "previous_service"
  | "details"
  | "expand"
  | "restart"
  | "stop"
  | "start"
  | "scale"
  | "shell"
  | "doctor"
  | "search"
  | "older_match"
  | "newer_match"
  | "include"
  | "exclude"
  | "level"
  | "reset"
  | "pause"
  | "line"
  | "copy"
  | "save"
  | "mark"
  | "next_mark"
  | "up"
  | "down"
  | "page_up"
  | "page_down"
  | "oldest"
  | "newest"
  | "left"
  | "right"
  | "wrap"
  | "times";

export const GROUPS = ["Services", "Logs", "Scrolling", "General"] as const;

/** One line of the table. */
export interface Binding {
  /** Names as `keys.ts` gives them. */
  readonly keys: readonly string[];
  /** As printed for people. */
  readonly shown: string;
  readonly action: Action;
  readonly help: string;
  /** A word for the footer; lines without one are only in the help. */
  readonly hint?: string;
  readonly group: (typeof GROUPS)[number];
  /** Changes something on the machine: not with `--read-only`. */
  readonly changes?: true;
}

function bind(
  group: Binding["group"],
  keys: string,
  shown: string,
  action: Action,
  help: string,
  more: Pick<Binding, "hint" | "changes"> = {},
): Binding {
  return { keys: keys.split(" "), shown, action, help, group, ...more };
}

/** The key table. */
export const KEYMAP: readonly Binding[] = [
  bind("General", "?", "?", "help", "this help", { hint: "help" }),
  bind("General", ":", ":", "palette", "every command by its name", { hint: "commands" }),
  bind(
    "Services",
    "1 2 3 4 5 6 7 8 9",
    "1–9",
    "service",
    "this service: its log alone, and what is done next; again for all",
    { hint: "service" },
  ),
  bind("Services", "0", "0", "all_services", "all services"),
  bind("Services", "tab", "tab", "next_service", "next service"),
  bind("Services", "shift+tab", "shift-tab", "previous_service", "previous service"),
  bind("Services", "d", "d", "details", "the service in full: last check, limits, image, network"),
  bind("Services", "o", "o", "expand", "open replicas, a row each, or one row for all"),
  bind("Services", "r", "r", "restart", "restart it; asks first", { changes: true }),
  bind("Services", "s", "s", "stop", "stop it; asks first", { changes: true }),
  bind("Services", "a", "a", "start", "start it; asks first", { changes: true }),
  bind("Services", "c", "c", "scale", "change the number of its replicas; asks first", {
    changes: true,
  }),
  bind("Services", "e", "e", "shell", "a shell in its container; exit comes back", {
    changes: true,
  }),
  bind("Services", "D", "D", "doctor", "doctor, about this service or everything"),
  bind("Logs", "/", "/", "search", "search: a regular expression; capitals count when it has any", {
    hint: "search",
  }),
  bind("Logs", "n", "n", "older_match", "next match, upwards"),
  bind("Logs", "N", "N", "newer_match", "match before, downwards"),
  bind("Logs", "i", "i", "include", "only lines that match", { hint: "filter" }),
  bind("Logs", "x", "x", "exclude", "no line that matches"),
  bind("Logs", "l", "l", "level", "least level: all, info, warning, error", { hint: "level" }),
  bind("Logs", "space", "space", "pause", "pause, or follow again", { hint: "pause" }),
  bind("Logs", "enter", "enter", "line", "the line under the bar in full; JSON laid out"),
  bind("Logs", "y", "y", "copy", "copy the line to the terminal's clipboard"),
  bind("Logs", "S", "S", "save", "save the lines that match to a file", { changes: true }),
  bind("Logs", "m", "m", "mark", "mark the line, or unmark it"),
  bind("Logs", "'", "'", "next_mark", "next mark, upwards"),
  bind("Logs", "esc", "esc", "reset", "take back: the search, filters, the pause"),
  bind("Logs", "w", "w", "wrap", "wrap long lines, or cut them"),
  bind("Logs", "t", "t", "times", "times of day, how long ago, none"),
  bind("Scrolling", "up k", "↑ k", "up", "one line up"),
  bind("Scrolling", "down j", "↓ j", "down", "one line down"),
  bind("Scrolling", "pageup ctrl+b ctrl+u", "PgUp ^b", "page_up", "one page up"),
  bind("Scrolling", "pagedown ctrl+f ctrl+d", "PgDn ^f", "page_down", "one page down"),
  bind("Scrolling", "home g", "Home g", "oldest", "oldest"),
  bind("Scrolling", "end G", "End G", "newest", "newest, and follow"),
  bind("Scrolling", "left h", "← h", "left", "towards the start of long lines"),
  bind("Scrolling", "right", "→", "right", "towards the end of long lines"),
  bind("General", "p", "p", "problems", "problems and what to do about them", { hint: "problems" }),
  bind("General", "M", "M", "mouse", "mouse on or off: wheel, click on a service"),
  bind("General", "f ctrl+l", "f ^l", "redraw", "draw the screen again"),
  bind("General", "ctrl+z", "^z", "suspend", "to the shell; fg comes back"),
  bind("General", "q ctrl+c", "q ^c", "quit", "leave; the stack goes on", { hint: "quit" }),
];

const BY_KEY: ReadonlyMap<string, Binding> = new Map(
  KEYMAP.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)),
);

/** What a key does; `undefined` when it does nothing. */
export function bindingOf(key: string): Binding | undefined {
  return BY_KEY.get(key);
}

/** The binding that does this. */
export function bindingFor(action: Action): Binding | undefined {
  return KEYMAP.find((each) => each.action === action);
}
