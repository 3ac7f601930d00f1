/** A refusal of the daemon as an error, in the daemon's own words. Used by the client. */
import { EXIT, SetupError } from "../errors.ts";
import type { HttpRequest } from "../host/types.ts";

export function refused(request: HttpRequest, status: number, body: string): SetupError {
  let message = body.trim();
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) {
      message = String(parsed.message);
    }
  } catch {
    // Not JSON: the text itself is the message.
  }
  return new SetupError({
    code: "engine_refused",
    message: `Docker refused ${request.method ?? "GET"} ${request.path.split("?")[0]} ` +
      `(${status}): ${message}`,
    hint: "Look at the daemon's own log: journalctl -u docker, or `rxdx-setup doctor`.",
    exit: EXIT.apply,
  });
}
