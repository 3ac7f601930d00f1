/** The one place that talks to the backend: JSON over fetch, errors as `ApiError`. */

import { log } from "../log";

const TIMEOUT_MS = 15_000;

/** An answer that is not 2xx, or none at all (`status` 0). The message may be shown to a user. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
    this.name = "ApiError";
  }
}

export interface RequestOptions {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly token?: string;
  /** Statuses besides 2xx whose body is the answer, not an error. */
  readonly accept?: readonly number[];
}

/** Sends a request to the API; returns the parsed body, `undefined` for an empty one. */
export async function request(path: string, options: RequestOptions = {}): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.token !== undefined) headers["Authorization"] = `Bearer ${options.token}`;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${import.meta.env.VITE_API_BASE_URL}/api/v1${path}`, {
      method: options.method ?? "GET",
      headers,
      signal: abort.signal,
      cache: "no-store",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    text = await response.text();
  } catch (cause) {
    log("warn", `no answer to ${path}`, cause);
    throw new ApiError(0, "The server cannot be reached.");
  } finally {
    clearTimeout(timer);
  }
  log("debug", `${options.method ?? "GET"} ${path} → ${response.status}`);
  const body = parse(text);
  if (response.ok || options.accept?.includes(response.status)) return body;
  throw new ApiError(response.status, explain(response.status, body));
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function explain(status: number, body: unknown): string {
  if (status === 429) return "Too many attempts. Wait a minute, then try again.";
  if (status >= 500) return "The server is not ready. Try again in a moment.";
  const detail = typeof body === "object" && body !== null && "detail" in body ? body.detail : null;
  if (typeof detail === "string") return detail;
  return status === 422
    ? "The server did not accept this input."
    : `The server answered ${status}.`;
}
