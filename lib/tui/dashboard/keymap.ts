/**
 * Which key does what, as data: `update.ts` looks keys up here, the help overlay and the hints in the
 * footer are generated from it, so none of them can disagree.
 */

/** Everything a key can ask for. */
export type Action =
  | "quit"
  | "suspend"
  | "help"
  | "problems"
  | "redraw"
  | "service"
  | "all_services"
  | "next_service"
  | "previous_service"
  | "find"
  | "level"
  | "reset"
  | "pause"
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
  readonly group: "Logs" | "Scrolling" | "General";
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
    keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shown: "1–9",
    action: "service",
    help: "only this service's log; again for all",
    hint: "service",
    group: "Logs",
  },
  { keys: ["0"], shown: "0", action: "all_services", help: "all services", group: "Logs" },
  {
    keys: ["tab"],
    shown: "tab",
    action: "next_service",
    help: "next service",
    group: "Logs",
  },
  {
    keys: ["shift+tab"],
    shown: "shift-tab",
    action: "previous_service",
    help: "previous service",
    group: "Logs",
  },
  {
    keys: ["/"],
    shown: "/",
    action: "find",
    help: "only lines that contain a text",
    hint: "find",
    group: "Logs",
  },
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
  { keys: ["esc"], shown: "esc", action: "reset", help: "back; then all lines", group: "Logs" },
  { keys: ["w"], shown: "w", action: "wrap", help: "wrap long lines, or cut them", group: "Logs" },
  { keys: ["t"], shown: "t", action: "times", help: "times on or off", group: "Logs" },
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
    keys: ["left"],
    shown: "←",
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

const BY_KEY: ReadonlyMap<string, Action> = new Map(
  KEYMAP.flatMap((binding) => binding.keys.map((key) => [key, binding.action] as const)),
);

/** What a key asks for; `undefined` when it is not bound. */
export function actionOf(key: string): Action | undefined {
  return BY_KEY.get(key);
}
