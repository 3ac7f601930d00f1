/**
 * How serious a log line is, told from the formats this stack writes: JSON (application, nginx
 * access log), uvicorn, Python logging, nginx error log, PostgreSQL, logfmt. Pure; a line that
 * says nothing about it has no level.
 */

/** From least to most serious. */
export const LEVELS = ["debug", "info", "warning", "error", "critical"] as const;

/** One of {@link LEVELS}. */
export type Level = (typeof LEVELS)[number];

/** Position in {@link LEVELS}; lines without a level rank as `info`. */
export function rank(level: Level | undefined): number {
  return LEVELS.indexOf(level ?? "info");
}

/** Every spelling in use, in capitals. PostgreSQL's LOG is what others call info. */
const SPELLINGS: Readonly<Record<string, Level>> = {
  TRACE: "debug",
  DEBUG: "debug",
  DEBUG1: "debug",
  DEBUG2: "debug",
  DEBUG3: "debug",
  DEBUG4: "debug",
  DEBUG5: "debug",
  INFO: "info",
  INFORMATION: "info",
  LOG: "info",
  NOTICE: "info",
  STATEMENT: "info",
  DETAIL: "info",
  HINT: "info",
  CONTEXT: "info",
  WARN: "warning",
  WARNING: "warning",
  ERR: "error",
  ERROR: "error",
  CRIT: "critical",
  CRITICAL: "critical",
  ALERT: "critical",
  EMERG: "critical",
  EMERGENCY: "critical",
  FATAL: "critical",
  PANIC: "critical",
};

const JSON_LEVEL =
  /"(?:level|severity|levelname|lvl|log\.level|log_level)"\s*:\s*(?:"([A-Za-z]+)"|(\d+))/;
const JSON_STATUS = /"status(?:_code)?"\s*:\s*"?(\d{3})\b/;
const LOGFMT = /(?:^|\s)(?:level|lvl|severity)="?([A-Za-z]+)/;
const NGINX_ERROR = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[([a-z]+)\]/;
/** `INFO:     …` of uvicorn and Python's default format. */
const LEADING = /^\[?([A-Z]+)\]?\s?:/;
/** ` LOG:  ` with PostgreSQL's two spaces, after whatever log_line_prefix says. */
const POSTGRES =
  /(?:^|\s)(DEBUG[1-5]|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT): {2}/;
/** `… - ERROR - …`, `… [ERROR] …`, `… ERROR …` near the start. */
const WORD =
  /(?:^|[\s[|(])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC)(?=$|[\s\]|):])/;
/** A Python stack trace: its head, its frames, its last line. */
const TRACEBACK =
  /^(?:Traceback \(most recent call last\)|\s+File "[^"]*", line \d+|[A-Za-z_][\w.]*(?:Error|Exception)(?::|$))/;
/** Status of an access log in the combined format or uvicorn's: `"GET / HTTP/1.1" 502`. */
const ACCESS = /" (\d{3})(?:\s|$)/;

const NEAR_START = 96;

/** Node's pino and bunyan count in tens: 10 trace … 60 fatal. */
function fromNumber(value: number): Level | undefined {
  if (value < 10 || value > 60) return undefined;
  const position = Math.floor(value / 10) - 2;
  return LEVELS[Math.max(0, position)];
}

/** What an HTTP status says about a request: 5xx error, 4xx warning. */
function fromStatus(status: string): Level {
  if (status.startsWith("5")) return "error";
  return status.startsWith("4") ? "warning" : "info";
}

function fromJson(text: string): Level | undefined {
  const level = JSON_LEVEL.exec(text);
  if (level?.[1] !== undefined) return SPELLINGS[level[1].toUpperCase()];
  if (level?.[2] !== undefined) return fromNumber(Number(level[2]));
  const status = JSON_STATUS.exec(text);
  return status?.[1] === undefined ? undefined : fromStatus(status[1]);
}

/** The level of one line whose escape sequences are already gone. */
export function detectLevel(text: string): Level | undefined {
  if (text.startsWith("{")) return fromJson(text);
  const head = text.length > NEAR_START ? text.slice(0, NEAR_START) : text;
  const nginx = NGINX_ERROR.exec(head)?.[1];
  if (nginx !== undefined) return SPELLINGS[nginx.toUpperCase()];
  const named = LEADING.exec(head)?.[1] ?? POSTGRES.exec(head)?.[1];
  const level = named === undefined ? undefined : SPELLINGS[named];
  // An access line is written at INFO whatever the answer was; the answer is what matters.
  if (level === undefined || level === "info") {
    const status = ACCESS.exec(text)?.[1];
    if (status !== undefined) return fromStatus(status);
  }
  if (level !== undefined) return level;
  const logfmt = LOGFMT.exec(text)?.[1];
  if (logfmt !== undefined) return SPELLINGS[logfmt.toUpperCase()];
  if (TRACEBACK.test(head)) return "error";
  const word = WORD.exec(head)?.[1];
  return word === undefined ? undefined : SPELLINGS[word];
}
