/**
 * The dashboard's actions, whose code is loaded when one is asked for: the first picture must not wait
 * for what few sessions ever use.
 */
import type { Actor } from "../tui/dashboard/actions.ts";
import type { CommandContext } from "./context.ts";

export function lazyActor(context: CommandContext): Actor {
  const real = async () => (await import("./stack_actor.ts")).stackActor(context);
  return {
    preview: async (action) => await (await real()).preview(action),
    perform: async (...words) => await (await real()).perform(...words),
    doctor: async (service) => await (await real()).doctor(service),
    save: async (path, text) => await (await real()).save(path, text),
    shell: (service, container) => [
      "docker",
      "exec",
      "--interactive",
      "--tty",
      container,
      "sh",
      "-c",
      // bash where it is there; a prompt that says where one is.
      `export PS1='${service}:\\w\\$ '; if command -v bash >/dev/null; then exec bash --norc; fi; exec sh`,
    ],
  };
}
