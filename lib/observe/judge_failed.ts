/** What a look says that could not see: Docker is silent, or the look itself failed. Pure. */
import type { StatusProblem } from "./status.ts";

export function engineUnreachable(): StatusProblem {
  return {
    code: "engine_unreachable",
    subject: "",
    severity: "critical",
    message: "Docker does not answer. Whether the containers run is not known.",
    hint: "systemctl status docker; rxdx-setup engine",
  };
}

/** @param why a sentence */
export function lookFailed(why: string, hint: string): StatusProblem {
  return {
    code: "look_failed",
    subject: "",
    severity: "critical",
    message: `The look at the stack failed: ${why}`,
    hint,
  };
}
