/** Keys on a page that takes the place of tables and logs; pure, part of `update.ts`. */
import type { Action } from "./keymap.ts";
import type { DashboardModel } from "./model.ts";
import { TO_THE_OLDEST } from "./reading.ts";
import type { Updated } from "./update.ts";
import { onAct } from "./update_actions.ts";
import { overlayHeight, overlayLength } from "./view_overlay.ts";

/** No page beyond its end: the text is shorter in a wider terminal, or when it is another one. */
export function overlayClamped(model: DashboardModel): DashboardModel {
  const last = Math.max(0, overlayLength(model) - overlayHeight(model));
  return model.overlayOffset <= last ? model : { ...model, overlayOffset: last };
}

export function onOverlay(model: DashboardModel, action: Action): Updated {
  const { overlay } = model;
  const height = overlayHeight(model);
  const to = (offset: number): Updated => [
    overlayClamped({ ...model, overlayOffset: Math.max(0, offset) }),
  ];
  const closed: Updated = [{ ...model, overlay: undefined, overlayOffset: 0 }];
  switch (action) {
    case "redraw":
      return [model, { do: action }];
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
      return overlay?.kind === action
        ? closed
        : [{ ...model, overlay: { kind: action }, overlayOffset: 0 }];
    case "copy":
      return overlay?.kind === "line" ? onAct(model, "copy") : [model];
    case "restart":
    case "stop":
    case "start":
    case "scale":
    case "shell":
    case "doctor":
      // From the page of a service, what is done is about that service.
      return overlay?.kind === "service"
        ? onAct({ ...model, overlay: undefined, service: overlay.service }, action)
        : closed;
    default:
      // q and esc close what is open; the second one leaves.
      return closed;
  }
}
