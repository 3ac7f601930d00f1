/** The machine itself: `main.ts` gives this to `cli/`, tests give a fake. */
import { failpointFrom } from "./failpoint.ts";
import { filesHost } from "./files.ts";
import { netHost } from "./net.ts";
import { processHost } from "./process.ts";
import { systemHost } from "./system.ts";
import { terminalHost } from "./terminal.ts";
import type { Host } from "./types.ts";

/** Builds the real host. The environment is read once, here. */
export function theHost(): Host {
  const env = Deno.env.toObject();
  return {
    env,
    process: processHost,
    files: filesHost,
    terminal: terminalHost,
    clock: {
      now: () => new Date(),
      monotonic: () => performance.now(),
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          const timer = setTimeout(done, milliseconds);
          function done() {
            signal?.removeEventListener("abort", abort);
            resolve();
          }
          function abort() {
            clearTimeout(timer);
            reject(signal?.reason);
          }
          signal?.addEventListener("abort", abort, { once: true });
        }),
    },
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    net: netHost,
    mail: {
      send: async (message) => await (await import("./mail.ts")).sendMail(message),
      login: async (server) => await (await import("./mail.ts")).loginToMail(server),
    },
    system: systemHost,
    failpoint: failpointFrom(env["RXDX_FAILPOINT"]),
  };
}
