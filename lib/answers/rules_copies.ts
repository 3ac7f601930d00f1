/** Where copies of backups go: `backups.copy_to` in parts, and what is wrong with one that is none. Pure; part of `rules.ts`. */
import { isHostname, isIpAddress, isPrintable, type Rule } from "./rules.ts";

/** `text` is the target as it was written; it names the target everywhere. */
export type CopyTarget =
  | { readonly kind: "directory"; readonly text: string; readonly path: string }
  | {
    readonly kind: "sftp";
    readonly text: string;
    /** Empty: whom the configuration of ssh says. */
    readonly user: string;
    /** A name, an address, or an alias of the configuration of ssh. */
    readonly host: string;
    /** Absent: what the configuration of ssh says, else 22. */
    readonly port?: number;
    /** Absolute, or relative to the login's home. */
    readonly path: string;
  }
  | {
    readonly kind: "rclone";
    readonly text: string;
    /** A section of rclone's configuration. */
    readonly remote: string;
    /** May be empty; without a slash at its end. */
    readonly path: string;
  };

/** Letters that no shell, no option and no configuration of ssh reads as anything else. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const ALIAS = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;
const REMOTE = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$/;

function isHost(text: string): boolean {
  return isHostname(text) || isIpAddress(text) || ALIAS.test(text);
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
}

/** No step upwards: what the target is must be readable off it. */
function isPath(path: string): boolean {
  return path !== "" && !path.split("/").includes("..");
}

function parseUrl(text: string): CopyTarget | undefined {
  const match = /^sftp:\/\/(?:([^@/:]+)@)?(\[[^\]]+\]|[^:/@]+)(?::(\d{1,5}))?(\/.*)$/.exec(text);
  if (match === null) return undefined;
  const [, user = "", bracketed = "", digits, rest = ""] = match;
  const host = bracketed.replace(/^\[(.*)\]$/, "$1");
  const port = digits === undefined ? undefined : Number(digits);
  // As everywhere: `/~/` is the home of who logs in.
  const path = trimmed(rest.startsWith("/~/") ? rest.slice(3) : rest);
  const whole = (user === "" || USER.test(user)) && isHost(host) && isPath(path) &&
    (port === undefined || (port >= 1 && port <= 65_535));
  if (!whole) return undefined;
  return { kind: "sftp", text, user, host, path, ...(port === undefined ? {} : { port }) };
}

function parseScp(text: string): CopyTarget | undefined {
  const match = /^([^@/:]+)@(\[[^\]]+\]|[^:/@]+):(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, user = "", bracketed = "", path = ""] = match;
  const host = bracketed.replace(/^\[(.*)\]$/, "$1");
  return USER.test(user) && isHost(host) && isPath(path)
    ? { kind: "sftp", text, user, host, path: trimmed(path) }
    : undefined;
}

/**
 * `/mnt/nas/rxdx`, `sftp://user@host:22/path`, `user@host:path`, `rclone:remote:path`; `undefined` for
 * anything else. A password has no place in any of them: `rxdx.yml` holds no secrets.
 */
export function parseCopyTarget(text: string): CopyTarget | undefined {
  if (!isPrintable(text) || text.length > 500 || text.trim() !== text || text.includes(",")) {
    return undefined;
  }
  if (text.startsWith("/")) {
    const path = trimmed(text);
    return path !== "/" && isPath(path) ? { kind: "directory", text, path } : undefined;
  }
  if (text.startsWith("sftp://")) return parseUrl(text);
  if (text.startsWith("rclone:")) {
    const [, remote = "", path = ""] = /^rclone:([^:]*):(.*)$/.exec(text) ?? [];
    return REMOTE.test(remote) && (path === "" || isPath(path))
      ? { kind: "rclone", text, remote, path: trimmed(path) }
      : undefined;
  }
  return /^[a-z0-9+.-]+:\/\//i.test(text) ? undefined : parseScp(text);
}

/** What was probably meant. */
function guess(text: string): string | undefined {
  const [, scheme = "", rest = ""] = /^([a-z0-9+.-]+):\/\/(.*)$/i.exec(text) ?? [];
  const name = scheme.toLowerCase();
  if (["ssh", "scp", "sftp"].includes(name)) {
    return `sftp://${rest.replace(/^([^/@:]+):[^/@]*@/, "$1@").replace(/^([^/]+)$/, "$1/rxdx")}`;
  }
  if (name === "file") return rest;
  if (name !== "") return `rclone:${name}:${rest.replace(/^[^/]*@/, "")}`;
  if (/^[A-Za-z0-9.-]+:/.test(text) && !text.startsWith("rclone:")) return `backup@${text}`;
  if (/^[A-Za-z0-9.][^:@,]*$/.test(text)) return `/${text.replace(/^[./]+/, "")}`;
  return undefined;
}

export const copyTarget: Rule<string> = {
  text: "be a directory (/mnt/nas/rxdx), sftp://user@host:22/path, user@host:path or " +
    "rclone:remote:path, without a password or a comma in it",
  holds: (value) => parseCopyTarget(value) !== undefined,
  suggest: guess,
};

/** A file that ssh or rclone is pointed to; ssh would read blanks, quotes, % and $ in it as something else. */
export const plainPath: Rule<string> = {
  text: "be an absolute path without blanks, quotes, backslashes, % or $",
  holds: (value) =>
    /^\/[^\s"'\\%$]+$/.test(value) && value.length <= 500 && isPrintable(value) && isPath(value),
};

/** The targets of `backups.copy_to`, which is one text or a list of them. */
export function copyTargets(copyTo: string | readonly string[]): CopyTarget[] {
  const texts = typeof copyTo === "string" ? [copyTo] : copyTo;
  return texts.flatMap((text) => parseCopyTarget(text) ?? []);
}
