/**
 * The menu of an installed stack: what can be done, and how the stack is. `rxdx-setup` alone shows
 * it. The model and its view are pure; `runMenu` puts them on the terminal.
 */
import { Cancelled } from "../../errors.ts";
import type { Host, TerminalSize } from "../../host/types.ts";
import { cutLine, fit } from "../ansi.ts";
import { SOON } from "../frames.ts";
import { FullScreen } from "../full_screen.ts";
import type { Key } from "../keys.ts";
import type { Choice } from "../prompts.ts";
import { type Palette, palette } from "../widgets/palette.ts";
import { fitting, type Label, label, row } from "../widgets/row.ts";

export interface MenuModel {
  /** For example `RxDx in /opt/rxdx`. */
  readonly title: string;
  /** How the stack is; `undefined` while it is being looked at. */
  readonly state: { readonly text: string; readonly good: boolean } | undefined;
  readonly choices: readonly Choice<string>[];
  readonly at: number;
}

/** The menu after a key: another model, a choice, or leaving. */
export function menuKey(model: MenuModel, key: Key): MenuModel | "chosen" | "leave" {
  const last = model.choices.length - 1;
  const to = (at: number): MenuModel => ({ ...model, at: Math.max(0, Math.min(last, at)) });
  switch (key.name) {
    case "ctrl+c":
    case "esc":
    case "q":
      return "leave";
    case "enter":
      return "chosen";
    case "up":
    case "k":
    case "shift+tab":
      return to(model.at - 1);
    case "down":
    case "j":
    case "tab":
      return to(model.at + 1);
    case "home":
    case "g":
      return to(0);
    case "end":
    case "G":
      return to(last);
  }
  return /^[1-9]$/.test(key.name) && Number(key.name) <= last + 1
    ? to(Number(key.name) - 1)
    : model;
}

export function menuView(model: MenuModel, size: TerminalSize, colors: Palette): string[] {
  const width = size.columns - 2;
  const names = Math.max(...model.choices.map((each) => each.label.length));
  const { state } = model;
  const symbol = state === undefined ? "·" : state.good ? "●" : "▲";
  const style = state === undefined ? colors.muted : state.good ? colors.ok : colors.warn;
  const body = [
    row([label("rxdx-setup", colors.strong), label(model.title, colors.muted, 1)], [], width),
    "",
    `${style(symbol)} ${state?.text ?? "looking…"}`,
    "",
    ...model.choices.map((choice, index) => {
      const under = index === model.at;
      const name = (under ? colors.strong : colors.plain)(fit(choice.label, names));
      return `${under ? colors.key("❯") : " "} ${name}   ${colors.muted(choice.hint ?? "")}`;
    }),
  ];
  const lines = body.slice(0, size.rows - 1);
  while (lines.length < size.rows - 1) lines.push("");
  const hints = ([["enter", "choose"], ["↑↓", "move"], ["q", "quit"]] as const).map((
    [key, text],
    index,
  ): Label => ({
    spans: [...label(key, colors.key).spans, ...label(` ${text}`, colors.muted).spans],
    drop: index,
  }));
  lines.push(row(fitting(hints, width, 3), [], width));
  return lines.map((line) => line === "" ? "" : cutLine(` ${line}`, size.columns));
}

export interface MenuOptions {
  readonly host: Host;
  readonly title: string;
  readonly choices: readonly Choice<string>[];
  /** Looks at the stack, in the background. */
  readonly look: () => Promise<NonNullable<MenuModel["state"]>>;
  readonly signal: AbortSignal;
  readonly color: boolean;
}

/**
 * @returns the value of the choice
 * @throws Cancelled when the operator leaves
 */
export async function runMenu(options: MenuOptions): Promise<string> {
  const { host, title, choices } = options;
  const colors = palette(options.color);
  let model: MenuModel = { title, choices, state: undefined, at: 0 };
  let chosen = false;
  const screen: FullScreen = new FullScreen(host, {
    frame: (size) => menuView(model, size, colors),
    onKey: (key) => {
      if (key.name === "ctrl+z") return screen.suspend();
      if (key.name === "ctrl+l") return screen.redraw();
      const next = menuKey(model, key);
      if (next === "leave") screen.finish(new Cancelled("Nothing was changed."));
      else if (next === "chosen") {
        chosen = true;
        screen.finish();
      } else {
        model = next;
        screen.request(SOON.key);
      }
    },
  });
  options.look().then(
    (state) => {
      model = { ...model, state };
      screen.request(SOON.state);
    },
    (error: unknown) => screen.finish(error),
  );
  await screen.run(options.signal);
  const choice = choices[model.at];
  if (!chosen || choice === undefined) throw new Cancelled("Nothing was changed.");
  return choice.value;
}
