/**
 * The accounts of the application as its table has them. Columns differ between versions of the
 * application; the row is read as a whole, without its hash, and what is not there is `null`.
 */
import type { Host } from "../../host/types.ts";
import { query, type QueryTarget } from "../query.ts";
import { isSeeded } from "./checks.ts";

export interface Account {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly active: boolean;
  /** Made by the application's own seeding, with a public password. */
  readonly seeded: boolean;
  readonly failed_logins: number | null;
  /** ISO 8601, only while it is locked. */
  readonly locked_until: string | null;
  /** `null` also where this version of the application does not keep it. */
  readonly last_login: string | null;
  readonly created_at: string | null;
}

const ACCOUNTS = `SELECT coalesce(jsonb_agg(
    to_jsonb(u) - ARRAY['hashed_password', 'password_hash', 'password']
    ORDER BY u.role::text ILIKE 'admin' DESC, lower(u.email)), '[]') FROM public.users u;\n`;

/** Administrators first, then by address. */
export async function readAccounts(host: Host, target: QueryTarget): Promise<Account[]> {
  const rows = JSON.parse(await query(host, target, ACCOUNTS)) as Record<string, unknown>[];
  return rows.map((row) => accountOf(row, host.clock.now()));
}

export async function findAccount(
  host: Host,
  target: QueryTarget,
  email: string,
): Promise<Account | undefined> {
  return (await readAccounts(host, target))
    .find((each) => each.email.toLowerCase() === email.toLowerCase());
}

/** Accounts that can administer the application. */
export function administrators(accounts: readonly Account[]): Account[] {
  return accounts.filter((each) => each.active && each.role.toLowerCase() === "admin");
}

export function accountOf(row: Readonly<Record<string, unknown>>, now: Date): Account {
  const text = (...names: readonly string[]) => {
    const value = names.map((name) => row[name]).find((each) => typeof each === "string");
    return typeof value === "string" ? value : null;
  };
  const time = (...names: readonly string[]) => {
    const at = Date.parse(text(...names) ?? "");
    return Number.isNaN(at) ? null : new Date(at).toISOString();
  };
  const email = text("email") ?? "";
  const locked = time("locked_until");
  const failed = row["failed_login_attempts"];
  return {
    email,
    name: text("full_name", "name") ?? "",
    role: text("role") ?? "",
    active: row["is_active"] !== false,
    seeded: isSeeded(email),
    failed_logins: typeof failed === "number" ? failed : null,
    locked_until: locked !== null && Date.parse(locked) > now.getTime() ? locked : null,
    last_login: time("last_login_at", "last_login"),
    created_at: time("created_at"),
  };
}
