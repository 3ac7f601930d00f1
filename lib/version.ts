/** The one place that knows the version: `deno.json`. */
import configuration from "../deno.json" with { type: "json" };

export const VERSION: string = configuration.version;

/** ISO 8601. No clock that is right shows an earlier time: this version was made after it. */
export const MADE_AFTER = "2026-01-01T00:00:00Z";
