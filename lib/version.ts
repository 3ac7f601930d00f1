/** The one place that knows the version: `deno.json`. */
import configuration from "../deno.json" with { type: "json" };

export const VERSION: string = configuration.version;
