/** Is the installation ready, and if not, which part is not. */

import type { Check } from "../api/types";
import type { Observation } from "../readiness";

type State = "good" | "bad" | "unknown";

export function StatusPanel({ observation }: { readonly observation: Observation }) {
  const { readiness, checkedAt } = observation;
  const summary = readiness === undefined
    ? "Checking…"
    : readiness === null
    ? "The backend cannot be reached"
    : readiness.status === "healthy"
    ? "All systems are ready"
    : "Something is not ready";
  const overall = readiness === undefined
    ? "unknown"
    : readiness?.status === "healthy"
    ? "good"
    : "bad";
  return (
    <section className="card status" aria-labelledby="status-title">
      <h2 id="status-title">System status</h2>
      <p className={`summary ${overall}`} role="status">
        <Dot state={overall} />
        {summary}
      </p>
      <dl>
        <Row
          name="Backend"
          state={readiness === undefined ? "unknown" : readiness === null ? "bad" : "good"}
        />
        <Row name="Database" {...stateOf(readiness?.checks.database)} />
        <Row name="Graph database" {...stateOf(readiness?.checks.graph_database)} />
      </dl>
      <p className="hint">
        {checkedAt === undefined
          ? "Not checked yet"
          : `Checked at ${checkedAt.toLocaleTimeString()}`}
        {readiness ? `, answered in ${Math.round(readiness.duration_seconds * 1000)}\u00a0ms` : ""}
      </p>
    </section>
  );
}

function stateOf(check: Check | undefined): { state: State; detail?: string } {
  if (check === undefined) return { state: "unknown" };
  if (check.status === "healthy") return { state: "good" };
  return { state: "bad", ...(check.error === undefined ? {} : { detail: check.error }) };
}

const WORDS: Record<State, string> = { good: "Ready", bad: "Not ready", unknown: "Unknown" };

function Row({ name, state, detail }: { name: string; state: State; detail?: string }) {
  return (
    <div className="row">
      <dt>{name}</dt>
      <dd className={state}>
        <Dot state={state} />
        {WORDS[state]}
        {detail !== undefined && <span className="detail">{detail}</span>}
      </dd>
    </div>
  );
}

/** Colour and shape both differ, so that the state is clear without seeing colours. */
function Dot({ state }: { state: State }) {
  const path = {
    good: "M3.2 6.3l2 2 3.6-4.4",
    bad: "M3.8 3.8l4.4 4.4M8.2 3.8l-4.4 4.4",
    unknown: "M3.5 6h5",
  };
  return (
    <svg className={`dot ${state}`} viewBox="0 0 12 12" width="16" height="16" aria-hidden="true">
      <circle cx="6" cy="6" r="6" />
      <path d={path[state]} />
    </svg>
  );
}
