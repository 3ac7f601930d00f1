/** What `doctor` says, as lines for the dashboard: the worst first, for there the reader begins above. */
import { createColors } from "picocolors";
import { Engine } from "../engine/client.ts";
import { needOwnStack } from "../operations/pinned.ts";
import type { CheckState } from "../plan/check.ts";
import { checksText } from "./checks_text.ts";
import type { CommandContext } from "./context.ts";
import { runDoctor } from "./doctor_look.ts";

const ORDER: readonly CheckState[] = ["fail", "warn", "unknown", "ok"];

export async function doctorLines(
  context: CommandContext,
  service: string | undefined,
): Promise<readonly string[]> {
  const { host, dir } = context;
  const install = await needOwnStack(host, new Engine(host), dir);
  const { checks } = await runDoctor(context, install, {
    services: service === undefined ? [] : [service],
  });
  const sorted = ORDER.flatMap((state) => checks.filter((each) => each.state === state));
  const shown = sorted.map(({ id, title, state, detail, hint }) => ({
    id,
    title,
    state,
    detail,
    ...(hint === null ? {} : { hint }),
  }));
  // A page of the dashboard has a blank at both sides.
  return checksText(shown, createColors(false), 78).split("\n");
}
