/**
 * The wizard as lines: exactly as many as the terminal has rows, none wider than it. Header and
 * progress, the page (or what lies over it), what the question means, the keys. Pure. Called by
 * `run.ts` for every frame.
 */
import { cutLine, fit, lineWidth } from "../ansi.ts";
import type { Palette } from "../widgets/palette.ts";
import { bar } from "../widgets/meters.ts";
import { label, row } from "../widgets/row.ts";
import { focused, PAGES, REVIEW_PAGE, type WizardModel } from "./model.ts";
import type { WizardSession } from "./session.ts";
import { viewFooter } from "./view_footer.ts";
import { viewForm } from "./view_form.ts";
import { viewExplanation, viewHelp } from "./view_overlay.ts";
import { viewReview } from "./view_review.ts";
import { viewWelcome } from "./view_welcome.ts";
import { wrapWords } from "../widgets/wrap_words.ts";

/** Below this nothing sensible can be asked. */
const SMALLEST = { columns: 32, rows: 10 } as const;

/** From here on the pages are listed at the left. */
const WIDE = 104;
const SIDEBAR = 28;

/** A page's lines, and which of them must be seen. */
export interface Body {
  readonly lines: readonly string[];
  /** First and last line that must be on the screen; absent: it scrolls by the model's offset. */
  readonly keep?: readonly [first: number, last: number];
}

export function view(model: WizardModel, session: WizardSession, colors: Palette): string[] {
  const { columns, rows } = model.size;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) {
    const lines = ["too small: at least", `${SMALLEST.columns}×${SMALLEST.rows}, ^c leaves`];
    return filled(lines.map((line) => cutLine(line, columns)), rows);
  }
  const wide = columns >= WIDE;
  const width = wide ? columns - SIDEBAR - 3 : columns - 2;
  const about = viewAbout(model, session, width, colors, rows);
  const header = viewHeader(model, session, columns - 2, wide, colors);
  const room = rows - header.length - about.length - 1;
  const body = shown(bodyOf(model, session, width, colors), room, model.offset, colors, width);
  const side = wide ? viewSidebar(model, session, colors) : [];
  const main = filled([...body, ...about], rows - header.length - 1).map((line, index) =>
    wide ? `${side[index] ?? " ".repeat(SIDEBAR)} ${line}` : line
  );
  const frame = [...header, ...main, viewFooter(model, session, columns - 2, colors)];
  return frame.map((line) => line === "" ? "" : ` ${line}`);
}

function filled(lines: readonly string[], rows: number): string[] {
  const frame = lines.slice(0, rows);
  while (frame.length < rows) frame.push("");
  return frame;
}

function viewHeader(
  model: WizardModel,
  session: WizardSession,
  width: number,
  wide: boolean,
  colors: Palette,
): string[] {
  const what = session.exists ? "change the stack in" : "new stack in";
  const title = row(
    [label("rxdx-setup", colors.strong, 1), label(`${what} ${session.dir}`, colors.muted)],
    [label(`${model.page + 1} of ${PAGES.length}`, colors.muted)],
    width,
  );
  if (wide) return [title, ""];
  const { taken, free } = bar(model.page / REVIEW_PAGE, width);
  const line = colors.key(taken) + colors.muted(free);
  return model.size.rows >= 20 ? [title, line, ""] : [title, line];
}

function viewSidebar(model: WizardModel, session: WizardSession, colors: Palette): string[] {
  return PAGES.map(({ title }, index) => {
    const name = index === REVIEW_PAGE && session.exists ? "Review the change" : title;
    const text = fit(name, SIDEBAR - 3);
    if (index === model.page) return `${colors.key("❯")} ${colors.strong(text)} `;
    return index < model.page
      ? `${colors.ok("✓")} ${colors.plain(text)} `
      : `  ${colors.muted(text)} `;
  });
}

function bodyOf(
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
): Body {
  if (model.overlay === "help") return { lines: viewHelp(width, colors) };
  if (model.overlay === "explain") return { lines: viewExplanation(model, session, width, colors) };
  if (model.page === 0) return { lines: viewWelcome(model, session, width, colors) };
  if (model.page === REVIEW_PAGE) return { lines: viewReview(model, width, colors) };
  return viewForm(model, session, width, colors);
}

/** The part of a body that fits; a last line tells of what is below. */
function shown(
  body: Body,
  room: number,
  offset: number,
  colors: Palette,
  width: number,
): string[] {
  const { lines, keep } = body;
  if (lines.length <= room) return filled(lines, room);
  const most = lines.length - room;
  let from = Math.min(offset, most);
  if (keep !== undefined) {
    const [first, last] = keep;
    from = last < room - 1 ? 0 : Math.max(0, Math.min(most, first - 1, last - room + 2));
  }
  const part = lines.slice(from, from + room);
  const below = lines.length - from - room;
  if (below > 0 && keep === undefined) {
    const text = `↓ ${below + 1} more lines`;
    part[room - 1] = colors.muted(fit(text, width));
  }
  return part;
}

/** What the question under the cursor means, in up to two lines, below a rule. */
function viewAbout(
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
  rows: number,
): string[] {
  const question = model.overlay === undefined ? focused(model, session) : undefined;
  const { notice, saving } = model;
  if (saving !== undefined) {
    return [
      colors.muted("─".repeat(width)),
      colors.plain("Answers file to write; enter writes it, esc does not:"),
      colors.key("❯ ") + cutLine(saving.text, width - 4) + colors.key("▏"),
    ];
  }
  if (notice !== undefined) {
    const style = notice.bad ? colors.bad : colors.ok;
    const lines = wrapWords(`${notice.bad ? "✗" : "✓"} ${notice.text}`, width);
    return [colors.muted("─".repeat(width)), ...lines.slice(0, 2).map(style)];
  }
  if (question === undefined) return [];
  const lines = wrapWords(question.ask, width).slice(0, 2);
  if (rows < 20) return lines.slice(0, 1).map((line) => colors.muted(line));
  while (lines.length < 2) lines.push("");
  return [colors.muted("─".repeat(width)), ...lines.map((line) => colors.muted(line))];
}

/** True when a styled line fits; the views promise it, and a test asks. */
export function fits(line: string, columns: number): boolean {
  return lineWidth(line) <= columns;
}
