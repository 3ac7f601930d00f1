/**
 * The next model for a message, and what is to be done to the outside. Pure. Called by `run.ts` for
 * everything that happens; what keys do on a page of questions stands in `update_form.ts`.
 */
import type { Key } from "../keys.ts";
import { textField, typed } from "../widgets/text_field.ts";
import {
  type Effect,
  type Message,
  namesOfAnswers,
  pageOf,
  PAGES,
  questionId,
  questionsOf,
  REVIEW_PAGE,
  type WizardModel,
} from "./model.ts";
import type { WizardSession } from "./session.ts";
import { onFormKey } from "./update_form.ts";
import { focusOn, withSaid } from "./values.ts";

/** A model and what to do. */
export type Updated = readonly [model: WizardModel, ...effects: Effect[]];

export function update(model: WizardModel, message: Message, session: WizardSession): Updated {
  switch (message.type) {
    case "key":
      return onAnyKey(model, message.key, session);
    case "resized":
      return [{ ...model, size: message.size }];
    case "tick":
      return [{ ...model, tick: model.tick + 1 }];
    case "checks":
      return [{ ...model, checks: message.checks }];
    case "names":
      return message.of === namesOfAnswers(model.answers)
        ? [{ ...model, names: { of: message.of, checks: message.checks } }]
        : [model];
    case "probed":
      return [{ ...model, probes: new Map([...model.probes, [message.probe, message.result]]) }];
    case "reviewed":
      // An answer that was changed meanwhile makes it the review of something else.
      return message.said === model.said ? [{ ...model, review: message.review }] : [model];
    case "saved":
      return [{ ...model, notice: { text: message.text, bad: message.bad } }];
  }
}

function onAnyKey(model: WizardModel, key: Key, session: WizardSession): Updated {
  // Wherever it is pressed.
  if (key.name === "ctrl+c") return [model, { type: "leave" }];
  if (key.name === "ctrl+z") return [model, { type: "suspend" }];
  if (key.name === "ctrl+l") return [model, { type: "redraw" }];
  if (key.name.startsWith("alt+")) {
    // Nothing is bound to Alt: it is Esc and a key that arrived together, as over a slow line.
    const [back, ...effects] = onAnyKey(model, { name: "esc" }, session);
    const name = key.name.slice("alt+".length);
    const [next, ...more] = onAnyKey(
      back,
      { name, ...(key.text === undefined ? {} : { text: key.text }) },
      session,
    );
    return [next, ...effects, ...more];
  }
  const quiet: WizardModel = { ...model, notice: undefined };
  if (quiet.overlay !== undefined) return onOverlayKey(quiet, key);
  if (quiet.saving !== undefined) return onSavingKey(quiet, key);
  if (key.name === "f1") return [{ ...quiet, overlay: "help", offset: 0 }];
  if (quiet.page === 0) return onWelcomeKey(quiet, key, session);
  if (quiet.page === REVIEW_PAGE) return onReviewKey(quiet, key, session);
  return onFormKey(quiet, key, session, { next: nextPage, back: previousPage });
}

/** Lines that a page key moves by, whatever is on the screen. */
const PAGE_LINES = 10;

/** The offset after a scrolling key; `undefined` for any other. What is too far the view corrects. */
function scrolled(offset: number, key: Key): number | undefined {
  const by: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -PAGE_LINES,
    pagedown: PAGE_LINES,
    space: PAGE_LINES,
    home: -1e6,
    end: 1e6,
  };
  const step = by[key.name];
  return step === undefined ? undefined : Math.max(0, Math.min(1e6, offset + step));
}

function onOverlayKey(model: WizardModel, key: Key): Updated {
  const offset = scrolled(model.offset, key);
  if (offset !== undefined) return [{ ...model, offset }];
  return ["esc", "enter", "q", "?", "e", "f1"].includes(key.name)
    ? [{ ...model, overlay: undefined, offset: 0 }]
    : [model];
}

function onWelcomeKey(model: WizardModel, key: Key, session: WizardSession): Updated {
  const { resume } = model;
  if (key.name === "?") return [{ ...model, overlay: "help", offset: 0 }];
  if (resume !== undefined && ["up", "down", "left", "right", "tab", "j", "k"].includes(key.name)) {
    return [{ ...model, resume: { ...resume, goOn: !resume.goOn } }];
  }
  const offset = key.name === "pagedown" ? undefined : scrolled(model.offset, key);
  if (offset !== undefined) return [{ ...model, offset }];
  if (key.name !== "enter" && key.name !== "pagedown") return [model];
  if (resume?.goOn === true && session.draft !== undefined) {
    const said = { ...model.said, you: session.draft.you };
    return enterPage(
      withSaid({ ...model, resume: undefined }, said, session),
      resume.page,
      session,
    );
  }
  return enterPage({ ...model, resume: undefined }, 1, session);
}

function onReviewKey(model: WizardModel, key: Key, session: WizardSession): Updated {
  const offset = scrolled(model.offset, key);
  if (offset !== undefined) return [{ ...model, offset }];
  const { review } = model;
  const ready = typeof review === "object" && !("failed" in review) ? review : undefined;
  const free = ready !== undefined && ready.problems.length === 0 && ready.obstacle === undefined;
  switch (key.name) {
    case "esc":
      return previousPage(model, session);
    case "?":
      return [{ ...model, overlay: "help", offset: 0 }];
    case "r":
      return enterPage(model, REVIEW_PAGE, session);
    case "s":
      return free ? [{ ...model, saving: textField("rxdx-answers.yml") }] : [model];
    case "w":
      return free ? [model, { type: "agree", start: false }] : [model];
    case "enter": {
      if (free) return [model, { type: "agree", start: true }];
      const [problem] = ready?.problems ?? [];
      const place = problem === undefined ? undefined : pageOf(problem, model, session);
      if (problem === undefined || place === undefined) {
        return [
          ready === undefined ? model : {
            ...model,
            notice: { text: "This has to be put right first; then press r.", bad: true },
          },
        ];
      }
      const [there, ...effects] = enterPage(model, place.page, session);
      const questions = questionsOf(there, session);
      const question = questions[place.focus];
      const errors = question === undefined ? [] : [[questionId(question), problem.rule] as const];
      return [{ ...focusOn(there, place.focus, questions), errors: new Map(errors) }, ...effects];
    }
  }
  return [model];
}

function onSavingKey(model: WizardModel, key: Key): Updated {
  const field = model.saving ?? textField("");
  if (key.name === "esc") return [{ ...model, saving: undefined }];
  if (key.name !== "enter") return [{ ...model, saving: typed(field, key) }];
  const path = field.text.trim();
  if (path === "") return [model];
  return [{ ...model, saving: undefined }, { type: "save", path }];
}

/** Shows a page, its first question under the cursor (or the last, when coming back to it). */
export function enterPage(
  model: WizardModel,
  page: number,
  session: WizardSession,
  focus = 0,
): Updated {
  const at: WizardModel = { ...model, page, offset: 0, errors: new Map(), saving: undefined };
  if (page === REVIEW_PAGE) {
    return [{ ...at, field: undefined, review: "running" }, { type: "review" }, { type: "draft" }];
  }
  const shown = focusOn({ ...at, review: "none" }, focus, questionsOf(at, session));
  const effects: Effect[] = page === 0 ? [] : [{ type: "draft" }];
  if (PAGES[page]?.id === "address") effects.push({ type: "names" });
  return [shown, ...effects];
}

function nextPage(model: WizardModel, session: WizardSession): Updated {
  return enterPage(model, neighbour(model, session, 1), session);
}

function previousPage(model: WizardModel, session: WizardSession): Updated {
  return enterPage(model, neighbour(model, session, -1), session);
}

/** The page beside this one; those with nothing to ask are passed over. */
function neighbour(model: WizardModel, session: WizardSession, step: 1 | -1): number {
  let page = model.page + step;
  while (
    page > 0 && page < REVIEW_PAGE && questionsOf({ ...model, page }, session).length === 0
  ) page += step;
  return Math.max(0, Math.min(REVIEW_PAGE, page));
}
