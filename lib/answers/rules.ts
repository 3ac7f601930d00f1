/**
 * One named rule a function: the text says what is expected, the predicate whether it holds.
 * Rules over one field stand here; rules over several fields or the machine stand in `plan/rules.ts`.
 */

import { isAgeRecipient } from "./rules_age.ts";
import * as suggest from "./rules_suggest.ts";

/** A named rule. `text` completes the sentence "must …". */
export interface Rule<T> {
  readonly text: string;
  readonly holds: (value: T) => boolean;
  /** What was probably meant; shown as the example when it holds itself. */
  readonly suggest?: (value: T) => string | undefined;
}

/**
 * Controls (C0, DEL, C1), line and paragraph separators, lone surrogates, marks that turn the direction of
 * the text around, and the byte order mark: a reader does not see them, or sees something else.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** True for one line of text that shows what it is; blanks and emoji included. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

function isIPv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIPv6(text: string): boolean {
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(":")) return false;
  return URL.canParse(`http://[${text}]/`);
}

/** True for an IPv4 or IPv6 literal without brackets. */
export function isIpAddress(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

/** RFC 1123 host name in ASCII, at most 253 characters, no trailing dot. */
export function isHostname(text: string): boolean {
  if (text.length > 253) return false;
  const labels = text.split(".");
  // A last label of digits only would be read as an IPv4 address by browsers (WHATWG URL).
  return labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? "");
}

export const projectName: Rule<string> = {
  text: "be 1 to 63 characters of a-z, 0-9, _ and -, beginning with a letter or digit",
  holds: (value) => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(value),
};

export const hostname: Rule<string> = {
  text:
    "be a host name (RFC 1123, ASCII; IDN in its xn-- form) or an IP address, without scheme, " +
    "port, path or trailing dot",
  holds: (value) => isIpAddress(value) || isHostname(value),
  suggest: (value) => suggest.hostname(value),
};

export const port: Rule<number> = {
  text: "be a whole number from 1 to 65535",
  holds: (value) => Number.isInteger(value) && value >= 1 && value <= 65535,
};

/** PostgreSQL folds unquoted names and cuts at 63 bytes; this subset needs no quoting anywhere. */
export const sqlIdentifier: Rule<string> = {
  text: "be 1 to 63 characters of a-z, 0-9 and _, beginning with a letter, not beginning with pg_",
  holds: (value) => /^[a-z][a-z0-9_]{0,62}$/.test(value) && !value.startsWith("pg_"),
  suggest: (value) => value.toLowerCase().replace(/[^a-z0-9_]+/g, "_"),
};

/** Apache AGE refuses graph names shorter than three characters. */
export const graphName: Rule<string> = {
  text: "be 3 to 63 characters of a-z, 0-9 and _, beginning with a letter, not with pg_",
  holds: (value) => /^[a-z][a-z0-9_]{2,62}$/.test(value) && !value.startsWith("pg_"),
};

export const memorySize: Rule<string> = {
  text: "be a size in whole M or G, at least 32M",
  holds: (value) => {
    const bytes = parseSize(value);
    return /^\d{1,7}[MG]$/.test(value) && bytes !== undefined && bytes >= 32 * 2 ** 20;
  },
  suggest: (value) => suggest.size(value)?.toUpperCase(),
};

export const bodySize: Rule<string> = {
  text: "be a size as nginx writes it: a whole number with k, m or g",
  holds: (value) => /^[1-9]\d{0,6}[kmg]$/.test(value),
  suggest: (value) => suggest.size(value)?.toLowerCase(),
};

export const requestRate: Rule<string> = {
  text: "be a rate as nginx writes it: a whole number with r/s or r/m",
  holds: (value) => /^[1-9]\d{0,5}r\/[sm]$/.test(value),
};

export const emailAddress: Rule<string> = {
  text: "be an e-mail address",
  holds: (value) =>
    value.length <= 254 &&
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([^@\s]+)$/.test(value) &&
    isHostname(value.slice(value.lastIndexOf("@") + 1)) &&
    !value.startsWith(".") && !value.includes("..") && !value.includes(".@"),
};

export const httpUrl: Rule<string> = {
  text: "be an http:// or https:// address without user name or password",
  holds: (value) => {
    if (value.length > 2048 || !isPrintable(value)) return false;
    if (!/^https?:\/\//.test(value) || /[\s"\\`<>{}]/.test(value) || !URL.canParse(value)) {
      return false;
    }
    const url = new URL(value);
    return url.username === "" && url.password === "" && url.hostname !== "" && url.port !== "0";
  },
};

/** Browsers compare origins letter by letter; one with a path or a trailing slash never matches. */
export const webOrigin: Rule<string> = {
  text: "be an origin: http:// or https://, a host name in ASCII, perhaps a port, and nothing more",
  holds: (value) => httpUrl.holds(value) && new URL(value).origin === value.toLowerCase(),
  suggest: (value) => suggest.origin(value),
};

/** Backups are encrypted to it; never the secret half of a key, and no SSH key, which the library cannot. */
export const ageRecipient: Rule<string> = {
  text:
    "be the public half of an age key: age1 and 58 more characters, the last of them a checksum",
  holds: isAgeRecipient,
};

/** Five fields as in cron(5): `*`, numbers, ranges, lists, steps. */
export const cronSchedule: Rule<string> = {
  text: "be five cron fields in numbers: minute, hour, day of month, month, day of week",
  suggest: (value) => suggest.schedule(value),
  holds: (value) => {
    const fields = value.trim().split(/\s+/);
    const ranges = [[0, 59], [0, 23], [1, 31], [1, 12], [0, 7]] as const;
    return fields.length === 5 && fields.every((field, index) => {
      const [low, high] = ranges[index] ?? [0, 0];
      return field.split(",").every((part) => isCronPart(part, low, high));
    });
  },
};

function isCronPart(part: string, low: number, high: number): boolean {
  const match = /^(\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
  if (match === null) return false;
  const from = match[2] === undefined ? low : Number(match[2]);
  const to = match[3] === undefined ? (match[2] === undefined ? high : from) : Number(match[3]);
  const step = match[4] === undefined ? 1 : Number(match[4]);
  return from >= low && to <= high && from <= to && step >= 1;
}

/** The days that a month has at most, from January. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A schedule of valid fields that never comes, such as the 30th of February. A day of the week beside it makes
 * it possible again: cron then takes either.
 */
export const schedulePossible: Rule<string> = {
  text: "name a day that exists",
  holds: (value) => {
    if (!cronSchedule.holds(value)) return true;
    const [, , days = "*", months = "*", weekdays = "*"] = value.trim().split(/\s+/);
    if (weekdays !== "*") return true;
    const first = Math.min(
      ...days.split(",").map((part) => part.startsWith("*") ? 1 : parseInt(part)),
    );
    return months.split(",").some((part) => {
      const [low = 1, high = part.startsWith("*") ? 12 : low] = part.startsWith("*")
        ? [1]
        : part.split("/")[0]?.split("-").map(Number) ?? [];
      return DAYS.slice(low - 1, high).some((most) => first <= most);
    });
  },
  suggest: () => "0 2 28 * *",
};

/** A path that can stand in a Compose file and a shell line without surprises. */
export const filePath: Rule<string> = {
  text: "be a path without control characters, colons or a leading ~",
  holds: (value) =>
    value !== "" && value.length <= 1024 && isPrintable(value) && !/[:]/.test(value) &&
    !value.startsWith("~"),
};

/** What Docker takes for the name of a volume. */
export const volumeName: Rule<string> = {
  text: "be the name of a Docker volume: letters, digits, _, . and -, at most 255",
  holds: (value) => /^[A-Za-z0-9][A-Za-z0-9_.-]{1,254}$/.test(value),
};

export const singleLine: Rule<string> = {
  text: "be one line of 1 to 1024 printable characters",
  holds: (value) => value.trim() !== "" && value.length <= 1024 && isPrintable(value),
};

/** What `git` takes for a revision, and never for an option of its own (git-check-ref-format). */
export const gitRevision: Rule<string> = {
  text:
    "be a branch, a tag or a commit: no blanks, not beginning with -, without .. ~ ^ : ? * [ \\",
  holds: (value) =>
    value.length <= 255 && /^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/.test(value) && isPrintable(value) &&
    !value.includes("..") && !value.includes("@{") && !/(^|\/)\.|\/\/|\/$|\.lock$|\.$/.test(value),
};

/** Registry reference without tag: host[:port]/path. */
export const imageRepository: Rule<string> = {
  text: "be a registry address such as registry.example.com/rxdx, without scheme or tag",
  holds: (value) =>
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(value),
};

/** A whole reference: repository with a tag, a digest, or both. */
export const imageReference: Rule<string> = {
  text: "be an image such as registry.example.com/python:3.11-slim",
  holds: (value) => {
    const match = /^(.*?)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@sha256:[0-9a-f]{64})?$/.exec(
      value,
    );
    return match !== null && value.length <= 512 && imageRepository.holds(match[1] ?? "");
  },
};

/** What `git clone` takes: https, ssh in both spellings, git, a file. No login in an address. */
export const gitAddress: Rule<string> = {
  text:
    "be a git address: https://…, ssh://…, git@host:path, or an absolute path; without password",
  holds: (value) => {
    // deno-lint-ignore no-control-regex
    if (/[\x00-\x20\x7f]/.test(value) || value.length > 1024 || value.startsWith("-")) return false;
    if (value.startsWith("/")) return true;
    if (/^[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[^\s:][^\s]*$/.test(value)) return true;
    if (!/^(https?|ssh|git|file):\/\//.test(value) || !URL.canParse(value)) return false;
    return new URL(value).password === "";
  },
};

/** Tag grammar of the OCI distribution specification. */
export const imageTag: Rule<string> = {
  text: "be an image tag: at most 128 characters of A-Z, a-z, 0-9, _, . and -",
  holds: (value) => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(value),
};

/** Names of certificate profiles (draft-ietf-acme-profiles). */
export const profileName: Rule<string> = {
  text: "be the name of a certificate profile: letters, digits, _, . and -, at most 64",
  holds: (value) => /^[A-Za-z0-9_.-]{1,64}$/.test(value),
};

export const cidr: Rule<string> = {
  text: "be an IP address or a network such as 10.0.0.0/8",
  holds: (value) => {
    const [address = "", bits, more] = value.split("/");
    if (more !== undefined || !isIpAddress(address)) return false;
    const most = address.includes(":") ? 128 : 32;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  },
};

/** A whole number between two bounds, both included. */
export function between(low: number, high: number): Rule<number> {
  return {
    text: `be a whole number from ${low} to ${high}`,
    holds: (value) => Number.isInteger(value) && value >= low && value <= high,
  };
}

/** CPUs with at most two decimals. */
export const cpuCount: Rule<number> = {
  text: "be a number of CPUs from 0.1 to 1024 with at most two decimals",
  holds: (value) =>
    value >= 0.1 && value <= 1024 && Math.abs(value * 100 - Math.round(value * 100)) < 1e-9,
};

/** Bytes of `512M`, `2G`, `20m`; `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)([kmg])$/i.exec(text);
  if (match === null) return undefined;
  const unit = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[(match[2] ?? "").toLowerCase()];
  return unit === undefined ? undefined : Number(match[1]) * unit;
}
