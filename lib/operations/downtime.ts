/** How long users would be without the stack while a plan is applied, in a sentence. Pure. */
import type { Changes } from "./changes.ts";

/**
 * Seconds from stop to healthy of one service, rounded up; measured on the demo stack with 2 cores by
 * `docker compose up --detach --wait --force-recreate --no-deps SERVICE` (1.8 to 2.5 s). An order of
 * magnitude for people, not a promise: a large database takes longer to come up.
 */
const SECONDS: Readonly<Record<string, number>> = {
  postgres: 3,
  backend: 3,
  frontend: 2,
  nginx: 2,
};

/** What users see while it is being replaced. */
const WITHOUT: Readonly<Record<string, string>> = {
  postgres: "the application",
  backend: "the API",
  frontend: "the pages",
  nginx: "everything",
};

/** @param rolling services whose containers are replaced so that one always serves */
export function downtimeText(
  changes: Pick<Changes, "services" | "reload">,
  running: boolean,
  rolling: readonly string[] = [],
): string {
  if (!running) return "none: nothing runs yet";
  const replaced = changes.services.filter((each) =>
    each.action === "recreate" && !rolling.includes(each.service)
  );
  const named = replaced.filter(({ service }) => SECONDS[service] !== undefined);
  if (named.length === 0) {
    return changes.reload ? "none: nginx reloads while it serves" : "none";
  }
  const parts = named.map(({ service }) =>
    `${WITHOUT[service]} for about ${SECONDS[service]} s while ${service} is replaced`
  );
  return parts.join("; ");
}
