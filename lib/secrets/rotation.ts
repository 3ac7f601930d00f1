/**
 * Which secrets can be given a new value, by whom one is made, and what that ends; the file in which new
 * values wait until everything has taken them; when each was made. Pure.
 */
import { SECRET_NAMES } from "./secrets.ts";

/** Everything that `secrets rotate` takes: what stands in `.env`, and the keys of backups. */
export const ROTATABLE = [...SECRET_NAMES, "BACKUP_KEY", "BACKUP_RECIPIENT"] as const;
export type Rotatable = (typeof ROTATABLE)[number];

/** Those that wait in the file; the recovery key never lies on this machine. */
export type Kept = Exclude<Rotatable, "BACKUP_RECIPIENT">;

/** Made here when no value is given. The others are issued by somebody else. */
export const MADE_HERE: readonly Rotatable[] = [
  "POSTGRES_PASSWORD",
  "SECRET_KEY",
  "ADMIN_PASSWORD",
  "BACKUP_KEY",
  "BACKUP_RECIPIENT",
];

export interface Role {
  /** Who has to know it. */
  readonly usedBy: readonly string[];
  /** What a new value ends, in a sentence without its full stop. */
  readonly ends: string;
}

export const ROLES: Readonly<Record<Rotatable, Role>> = {
  POSTGRES_PASSWORD: {
    usedBy: ["postgres", "backend"],
    ends: "no login: backends are replaced one after the other; a request may fail meanwhile",
  },
  SECRET_KEY: {
    usedBy: ["backend"],
    ends: "every session: everybody has to log in again, tokens of other programs too",
  },
  ADMIN_PASSWORD: {
    usedBy: ["application"],
    ends: "the former password of the first administrator; open logins last until their token ends",
  },
  SMTP_PASSWORD: {
    usedBy: ["backend", "rxdx-setup"],
    ends: "nothing here; the mail server decides how long the former one is good",
  },
  IMAP_PASSWORD: {
    usedBy: ["backend"],
    ends: "nothing here; the mail server decides how long the former one is good",
  },
  REGISTRY_PASSWORD: {
    usedBy: ["rxdx-setup"],
    ends: "nothing here; the registry decides how long the former one is good",
  },
  ACME_EAB_KEY: {
    usedBy: ["rxdx-setup"],
    ends: "nothing: it is used when an account is made with the authority",
  },
  BACKUP_KEY: {
    usedBy: ["rxdx-setup"],
    ends: "nothing: every former key stays behind it",
  },
  BACKUP_RECIPIENT: {
    usedBy: ["rxdx-setup"],
    ends: "nothing: backups made so far open with the former recovery key, so keep that one too",
  },
};

/** Short and lower-case spellings are understood. */
export function rotatableNamed(word: string): Rotatable | undefined {
  const name = word.toUpperCase().replaceAll("-", "_");
  const short: Readonly<Record<string, Rotatable>> = {
    POSTGRES: "POSTGRES_PASSWORD",
    ADMIN: "ADMIN_PASSWORD",
    SMTP: "SMTP_PASSWORD",
    IMAP: "IMAP_PASSWORD",
    REGISTRY: "REGISTRY_PASSWORD",
    BACKUP: "BACKUP_KEY",
  };
  return ROTATABLE.find((each) => each === name) ?? short[name];
}

/** New values that not everything has taken yet; on disk before anything is changed. */
export interface Pending {
  readonly schema: 1;
  /** ISO 8601: when the rotation began. */
  readonly at: string;
  /** The new values. */
  readonly values: Readonly<Partial<Record<Kept, string>>>;
  /** What they replace, until the end. */
  readonly former: Readonly<Partial<Record<Kept, string>>>;
  /** Compose's hash of the database's container, where that container stays as it is. */
  readonly database?: string;
}

export function pendingNames(pending: Pick<Pending, "values">): Kept[] {
  return ROTATABLE.filter((name) => name !== "BACKUP_RECIPIENT")
    .filter((name) => pending.values[name] !== undefined);
}

/** `undefined` for what is no such file. */
export function parsePending(text: string): Pending | undefined {
  const isTexts = (value: unknown) =>
    typeof value === "object" && value !== null &&
    Object.values(value).every((each) => typeof each === "string");
  try {
    const value = JSON.parse(text) as Partial<Pending> | null;
    return value?.schema === 1 && typeof value.at === "string" && isTexts(value.values) &&
        isTexts(value.former)
      ? value as Pending
      : undefined;
  } catch {
    return undefined;
  }
}

/** When secrets were given their present value by a rotation: name → ISO 8601. */
export type Dates = Readonly<Partial<Record<Rotatable, string>>>;

export function parseDates(text: string | undefined): Dates {
  try {
    const value = JSON.parse(text ?? "{}") as { rotated?: Dates } | null;
    const rotated = Object.entries(value?.rotated ?? {})
      .filter(([, at]) => typeof at === "string" && !Number.isNaN(Date.parse(at)));
    return Object.fromEntries(rotated) as Dates;
  } catch {
    // Dates that are lost are unknown; nothing depends on them.
    return {};
  }
}

export function datesText(dates: Dates): string {
  return JSON.stringify({ schema: 1, rotated: dates }, null, 2) + "\n";
}
