/**
 * One JSON log record as a line that people read: the request and its answer for an access log,
 * otherwise the message and then the remaining fields as `key=value`. Pure; called by
 * `log_line.ts` for the lines that are shown.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Already on the screen in a column of their own. */
const SHOWN_ELSEWHERE = new Set([
  "time",
  "timestamp",
  "ts",
  "@timestamp",
  "asctime",
  "level",
  "severity",
  "levelname",
  "lvl",
  "log.level",
  "log_level",
]);

const MESSAGE = ["message", "msg", "event"] as const;
const METHOD = ["request_method", "method"] as const;
const TARGET = ["request_uri", "uri", "path", "url"] as const;
const STATUS = ["status", "status_code"] as const;
/** nginx and most frameworks give seconds here. */
const SECONDS = ["request_time", "duration_seconds"] as const;

function pick(fields: Fields, names: readonly string[]): [name: string, value: string] | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return [name, value];
    if (typeof value === "number") return [name, String(value)];
  }
  return undefined;
}

function spell(value: unknown): string {
  if (typeof value === "string") return /[\s="]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value) ?? "";
}

/** `GET /api/v1/health 200 in 12 ms`, when the record describes a request. */
function access(fields: Fields): { text: string; used: string[] } | undefined {
  const method = pick(fields, METHOD);
  const target = pick(fields, TARGET);
  const status = pick(fields, STATUS);
  const whole = pick(fields, ["request"]);
  if (status === undefined || (whole === undefined && (method === undefined || !target))) {
    return undefined;
  }
  // nginx's $request is the whole first line: `GET /path HTTP/2.0`.
  const request = method !== undefined && target !== undefined
    ? `${method[1]} ${target[1]}`
    : (whole?.[1] ?? "").replace(/ HTTP\/[\d.]+$/, "");
  const used = [method, target, status, whole].flatMap((each) => each === undefined ? [] : each[0]);
  const seconds = pick(fields, SECONDS);
  const milliseconds = seconds === undefined ? Number.NaN : Number(seconds[1]) * 1000;
  if (seconds === undefined || Number.isNaN(milliseconds)) {
    return { text: `${request} ${status[1]}`, used };
  }
  return {
    text: `${request} ${status[1]} in ${Math.round(milliseconds)} ms`,
    used: [...used, seconds[0]],
  };
}

/** `undefined` when the text is not one JSON object. */
export function readableJson(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const fields = parsed as Fields;
  const request = access(fields);
  const message = pick(fields, MESSAGE);
  const used = new Set(request?.used);
  if (message !== undefined) used.add(message[0]);
  const rest = Object.entries(fields)
    .filter(([name, value]) =>
      !used.has(name) && !SHOWN_ELSEWHERE.has(name) && value !== "" && value !== null
    )
    .map(([name, value]) => `${name}=${spell(value)}`);
  const line = [message?.[1], request?.text, ...rest].filter((each) => each !== undefined);
  return line.length === 0 ? undefined : line.join(" ");
}
