/** Pausing, following and scrolling of the log. Pure but for reading the live logs; part of `update.ts`. */
import { layout } from "./layout.ts";
import { type DashboardModel, filterOf } from "./model.ts";

/** More than any log has: scrolling there is clamped to the oldest line. */
export const TO_THE_OLDEST = Number.MAX_SAFE_INTEGER;

/** Stops following: what is read stays as it is now. */
export function paused(model: DashboardModel): DashboardModel {
  return model.frozen === undefined ? { ...model, frozen: model.logs.freeze() } : model;
}

/** Back to the newest line, and on with it. */
export function following(model: DashboardModel): DashboardModel {
  return { ...model, frozen: undefined, offset: 0, column: 0 };
}

/** Lines that a page key moves by; one is kept to go on from. */
export function page(model: DashboardModel): number {
  return Math.max(1, layout(model).logs - 1);
}

/** Scrolling up pauses; scrolling down past the end follows again. */
export function scrolled(model: DashboardModel, lines: number): DashboardModel {
  if (lines < 0) {
    const offset = model.offset + lines;
    return offset > 0 ? { ...model, offset } : following(model);
  }
  const still = paused(model);
  return clamped({ ...still, offset: Math.min(TO_THE_OLDEST, still.offset + lines) });
}

/** Not further up than the page that begins with the oldest line. */
export function clamped(model: DashboardModel): DashboardModel {
  if (model.frozen === undefined || model.offset === 0) return model;
  const height = layout(model).logs;
  const { lines, skipped } = model.frozen.page(filterOf(model), height, model.offset);
  const missing = height - lines.length;
  if (missing <= 0) return model;
  return { ...model, offset: Math.max(0, skipped + lines.length - height) };
}
