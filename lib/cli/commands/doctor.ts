/** `doctor`: everything that can be checked without asking the outside, each with cause and remedy. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import type { StatusDocument } from "../../observe/status.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { type Check, worst } from "../../plan/check.ts";
import { lookAt } from "./check.ts";
import { checksText } from "../checks_text.ts";
import type { CommandContext } from "../context.ts";
import { lookAtStack, needEngine } from "../stack_look.ts";

/** Told by the checks of the certificate, line by line. */
const OF_CERTIFICATE = /^(certificate_|renewal_|https_silent|clock_off)/;

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const engine = new Engine(host);
  const install = await needOwnStack(host, engine, dir);
  await needEngine(engine);
  const document = await lookAtStack(context, install, engine);
  const checks = [
    ...await lookAt(context, install, ["machine", "names", "certificate"], {}),
    ...stackChecks(document),
  ];
  const result = worst(checks);
  if (out.json) out.resultJson({ schema: 1, result, checks });
  else out.result(checksText(checks, out.resultColors));
  return result === "fail" ? EXIT.unhealthy : EXIT.ok;
}

/** One line for each thing that is wrong with what runs; one for all when nothing is. */
export function stackChecks({ services, problems }: StatusDocument): Check[] {
  const found = problems.filter((each) => !OF_CERTIFICATE.test(each.code))
    .map((each): Check => ({
      id: each.code.replaceAll("_", "-"),
      title: "Stack",
      state: each.severity === "critical" ? "fail" : each.severity === "warning" ? "warn" : "ok",
      detail: each.message,
      hint: each.hint,
    }));
  const running = services.filter((each) => each.state === "running").length;
  return found.length > 0
    ? found
    : [{ id: "stack", title: "Stack", state: "ok", detail: `${running} containers, all healthy` }];
}
