/**
 * Which key does what, as data: `update.ts` looks keys up here; the help overlay, the command palette,
 * the hints in the footer and the guide are generated from it, so none of them can disagree.
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

/** The key table. */
export const KEYMAP: readonly Binding[] = [
  {
    keys: ["?"],
    shown: "?",
    action: "help",
    help: "this help",
    hint: "help",
    group: "General",
  },
  {
    keys: [":"],
    shown: ":",
    action: "palette",
    help: "every command by its name",
    hint: "commands",
    group: "General",
  },
  {
    keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shown: "1–9",
    action: "service",
    help: "this service: its log alone, and what is done next; again for all",
    hint: "service",
    group: "Services",
  },
  { keys: ["0"], shown: "0", action: "all_services", help: "all services", group: "Services" },
  { keys: ["tab"], shown: "tab", action: "next_service", help: "next service", group: "Services" },
  {
    keys: ["shift+tab"],
    shown: "shift-tab",
    action: "previous_service",
    help: "previous service",
    group: "Services",
  },
  {
    keys: ["d"],
    shown: "d",
    action: "details",
    help: "the service in full: last check, limits, image, network",
    group: "Services",
  },
  {
    keys: ["o"],
    shown: "o",
    action: "expand",
    help: "open replicas, a row each, or one row for all",
    group: "Services",
  },
  {
    keys: ["r"],
    shown: "r",
    action: "restart",
    help: "restart it; asks first",
    group: "Services",
    changes: true,
  },
  {
    keys: ["s"],
    shown: "s",
    action: "stop",
    help: "stop it; asks first",
    group: "Services",
    changes: true,
  },
  {
    keys: ["a"],
    shown: "a",
    action: "start",
    help: "start it; asks first",
    group: "Services",
    changes: true,
  },
  {
    keys: ["c"],
    shown: "c",
    action: "scale",
    help: "change the number of its replicas; asks first",
    group: "Services",
    changes: true,
  },
  {
    keys: ["e"],
    shown: "e",
    action: "shell",
    help: "a shell in its container; exit comes back",
    group: "Services",
    changes: true,
  },
  {
    keys: ["D"],
    shown: "D",
    action: "doctor",
    help: "doctor, about this service or everything",
    group: "Services",
  },
  {
    keys: ["/"],
    shown: "/",
    action: "search",
    help: "search: a regular expression; capitals count when it has any",
    hint: "search",
    group: "Logs",
  },
  { keys: ["n"], shown: "n", action: "older_match", help: "next match, upwards", group: "Logs" },
  {
    keys: ["N"],
    shown: "N",
    action: "newer_match",
    help: "match before, downwards",
    group: "Logs",
  },
  {
    keys: ["i"],
    shown: "i",
    action: "include",
    help: "only lines that match",
    hint: "filter",
    group: "Logs",
  },
  { keys: ["x"], shown: "x", action: "exclude", help: "no line that matches", group: "Logs" },
  {
    keys: ["l"],
    shown: "l",
    action: "level",
    help: "least level: all, info, warning, error",
    hint: "level",
    group: "Logs",
  },
  {
    keys: ["space"],
    shown: "space",
    action: "pause",
    help: "pause, or follow again",
    hint: "pause",
    group: "Logs",
  },
  {
    keys: ["enter"],
    shown: "enter",
    action: "line",
    help: "the line under the bar in full; JSON laid out",
    group: "Logs",
  },
  {
    keys: ["y"],
    shown: "y",
    action: "copy",
    help: "copy the line to the terminal's clipboard",
    group: "Logs",
  },
  {
    keys: ["S"],
    shown: "S",
    action: "save",
    help: "save the lines that match to a file",
    group: "Logs",
    changes: true,
  },
  { keys: ["m"], shown: "m", action: "mark", help: "mark the line, or unmark it", group: "Logs" },
  { keys: ["'"], shown: "'", action: "next_mark", help: "next mark, upwards", group: "Logs" },
  {
    keys: ["esc"],
    shown: "esc",
    action: "reset",
    help: "take back: the search, filters, the pause",
    group: "Logs",
  },
  { keys: ["w"], shown: "w", action: "wrap", help: "wrap long lines, or cut them", group: "Logs" },
  {
    keys: ["t"],
    shown: "t",
    action: "times",
    help: "times of day, how long ago, none",
    group: "Logs",
  },
  { keys: ["up", "k"], shown: "↑ k", action: "up", help: "one line up", group: "Scrolling" },
  { keys: ["down", "j"], shown: "↓ j", action: "down", help: "one line down", group: "Scrolling" },
  {
    keys: ["pageup", "ctrl+b", "ctrl+u"],
    shown: "PgUp ^b",
    action: "page_up",
    help: "one page up",
    group: "Scrolling",
  },
  {
    keys: ["pagedown", "ctrl+f", "ctrl+d"],
    shown: "PgDn ^f",
    action: "page_down",
    help: "one page down",
    group: "Scrolling",
  },
  { keys: ["home", "g"], shown: "Home g", action: "oldest", help: "oldest", group: "Scrolling" },
  {
    keys: ["end", "G"],
    shown: "End G",
    action: "newest",
    help: "newest, and follow",
    group: "Scrolling",
  },
  {
    keys: ["left", "h"],
    shown: "← h",
    action: "left",
    help: "towards the start of long lines",
    group: "Scrolling",
  },
  {
    keys: ["right"],
    shown: "→",
    action: "right",
    help: "towards the end of long lines",
    group: "Scrolling",
  },
  {
    keys: ["p"],
    shown: "p",
    action: "problems",
    help: "problems and what to do about them",
    hint: "problems",
    group: "General",
  },
  {
    keys: ["M"],
    shown: "M",
    action: "mouse",
    help: "mouse on or off: wheel, click on a service",
    group: "General",
  },
  {
    keys: ["f", "ctrl+l"],
    shown: "f ^l",
    action: "redraw",
    help: "draw the screen again",
    group: "General",
  },
  {
    keys: ["ctrl+z"],
    shown: "^z",
    action: "suspend",
    help: "to the shell; fg comes back",
    group: "General",
  },
  {
    keys: ["q", "ctrl+c"],
    shown: "q ^c",
    action: "quit",
    help: "leave; the stack goes on",
    hint: "quit",
    group: "General",
  },
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
