/**
 * What the dashboard can do to the stack, as values: `update.ts` makes them of keys and asks before,
 * `run.ts` has them done by the functions that the `status` command supplies. Pure.
 */

/** Something done to services. Scaling is kept in `rxdx.yml`; the others last until the next one. */
export type StackAction =
  | { readonly kind: "restart" | "stop" | "start"; readonly service: string | undefined }
  | { readonly kind: "scale"; readonly service: string; readonly replicas: number };

/** Supplied by the `status` command; the dashboard itself knows neither lock nor steps. */
export interface Actor {
  /** What would happen, line by line; asked before anything is done. */
  preview(action: StackAction): Promise<readonly string[]>;
  /**
   * Does it, under the lock of the install directory.
   *
   * @param report takes each step's title and detail as it goes
   * @param signal cancels it as Ctrl-C cancels a command: what can be undone is undone
   * @throws SetupError with a hint
   */
  perform(
    action: StackAction,
    report: (text: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Command line of a shell in a container of this service; it takes over the terminal. */
  shell(service: string, container: string): readonly string[];
  /** What `doctor` says of a service, or of everything; lines of plain text. */
  doctor(service: string | undefined): Promise<readonly string[]>;
  /** Writes a file that was not there; returns its absolute path. */
  save(path: string, text: string): Promise<string>;
}

/** `restart backend`, `stop everything`, `scale backend to 3`. */
export function actionTitle(action: StackAction): string {
  if (action.kind === "scale") return `scale ${action.service} to ${action.replicas}`;
  return `${action.kind} ${action.service ?? "everything"}`;
}

/** `backend is restarted`, for when it is done. */
export function actionDone(action: StackAction): string {
  const what = action.service ?? "everything";
  switch (action.kind) {
    case "restart":
      return `${what} is restarted and healthy`;
    case "start":
      return `${what} is started and healthy`;
    case "stop":
      return `${what} is stopped`;
    case "scale":
      return `${what} runs ${action.replicas}×`;
  }
}
