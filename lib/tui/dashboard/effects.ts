/**
 * Carries out what `update.ts` asks for: actions on the stack, a shell, doctor, a file, the clipboard.
 * Whatever fails becomes a line on the screen with its hint, never the end of the dashboard.
 */
import { SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { toClipboard } from "../ansi.ts";
import type { FullScreen } from "../full_screen.ts";
import { actionDone, actionTitle, type Actor, type StackAction } from "./actions.ts";
import type { Effect, Message } from "./model.ts";
import type { UnderWay } from "./under_way.ts";

/** Bytes of one copy: terminals refuse longer ones, and nobody pastes them. */
const MOST_COPIED = 64 * 1024;

/** Milliseconds in which nobody has used a shell. */
const AT_ONCE_MS = 1_000;

/** What effects work with. */
export interface EffectContext {
  readonly host: Host;
  readonly screen: FullScreen;
  readonly actor: Actor | undefined;
  readonly dispatch: (message: Message) => void;
  /** Takes over what must come to its end before the program does. */
  readonly underWay: UnderWay;
}

function outcome(ok: boolean, text: string, hint = ""): Message {
  return { type: "outcome", ok, text, hint };
}

function failure(what: string, error: unknown): Message {
  const text = error instanceof Error ? error.message : String(error);
  return outcome(
    false,
    `${what}: ${text.split("\n")[0] ?? ""}`,
    error instanceof SetupError ? error.hint : "",
  );
}

const NO_ACTOR = outcome(false, "This can only be done from rxdx-setup status.");

export function carryOut(context: EffectContext, effect: Effect): void {
  const { screen, actor, dispatch } = context;
  const owned = (what: string, task: Promise<void>) => {
    task.catch((error: unknown) => dispatch(failure(what, error)));
  };
  switch (effect.do) {
    case "quit":
      return screen.finish();
    case "suspend":
      return screen.suspend();
    case "redraw":
      return screen.redraw();
    case "mouse":
      return screen.mouse(effect.on);
    case "copy":
      return screen.tell(clipboard(effect.text));
  }
  if (actor === undefined) return dispatch(NO_ACTOR);
  switch (effect.do) {
    case "save":
      return owned("Not saved", save(context, actor, effect));
    case "preview":
      return owned("Nothing is known of it", preview(context, actor, effect.action));
    case "perform":
      return owned(
        `Could not ${actionTitle(effect.action)}`,
        perform(context, actor, effect.action),
      );
    case "shell":
      return owned("No shell", shell(context, actor, effect));
    case "doctor":
      return owned("Doctor could not look", doctor(context, actor, effect.service));
  }
}

function clipboard(text: string): string {
  const bytes = new TextEncoder().encode(text).subarray(0, MOST_COPIED);
  return toClipboard(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
}

async function save(
  { dispatch }: EffectContext,
  actor: Actor,
  { path, text }: Extract<Effect, { do: "save" }>,
): Promise<void> {
  const written = await actor.save(path, text);
  dispatch(outcome(true, `${text.split("\n").length - 1} lines are in ${written}`));
}

async function preview(
  { dispatch }: EffectContext,
  actor: Actor,
  action: StackAction,
): Promise<void> {
  try {
    dispatch({ type: "previewed", action, lines: await actor.preview(action), refused: false });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const lines = [
      ...error.message.split("\n"),
      ...error.problems.flatMap(({ key, value = "", rule }) => ["", `${key}: ${value}`, rule]),
    ];
    dispatch({ type: "previewed", action, lines, refused: true });
  }
}

async function perform(
  { dispatch, host, underWay }: EffectContext,
  actor: Actor,
  action: StackAction,
): Promise<void> {
  const began = host.clock.monotonic();
  await underWay.run(
    actionTitle(action),
    (signal) => actor.perform(action, (text) => dispatch({ type: "doing", text }), signal),
  );
  const seconds = ((host.clock.monotonic() - began) / 1000).toFixed(1);
  dispatch(outcome(true, `${actionDone(action)}, after ${seconds} s`));
}

async function shell(
  { screen, host, dispatch }: EffectContext,
  actor: Actor,
  { service, container }: Extract<Effect, { do: "shell" }>,
): Promise<void> {
  let code = 0;
  let took = 0;
  await screen.handOver(async (signal) => {
    host.terminal.out(`A shell in ${container}; exit comes back.\n`);
    const began = host.clock.monotonic();
    code = await host.process.interactive(actor.shell(service, container), { signal });
    took = host.clock.monotonic() - began;
  });
  const text = shellEnd(container, code, took);
  if (text !== undefined) {
    dispatch(outcome(false, text, code === 137 ? "" : `docker exec -it ${container} sh`));
  }
}

/**
 * What there is to say about how a shell ended: what Docker had to say about it is on the other
 * screen. 130 is Ctrl-C; whatever else a shell ends with is its last command's.
 */
function shellEnd(container: string, code: number, tookMs: number): string | undefined {
  if (code === 126 || code === 127) return `There is no shell in ${container}.`;
  if (code === 137) return `The shell in ${container} was killed, as when its container ends.`;
  return code !== 0 && code !== 130 && tookMs < AT_ONCE_MS
    ? `The shell in ${container} ended at once, with ${code}.`
    : undefined;
}

async function doctor(
  { dispatch }: EffectContext,
  actor: Actor,
  service: string | undefined,
): Promise<void> {
  const lines = await actor.doctor(service).catch((error: unknown) => {
    dispatch({ type: "diagnosed", service, lines: ["✗ doctor could not look"] });
    throw error;
  });
  dispatch({ type: "diagnosed", service, lines });
}
