/**
 * Making, changing and removing accounts, as steps. By the application's own service inside the backend's
 * container, which knows how it keeps passwords; they travel by standard input. Used by `admin`.
 */
import { composeExec } from "../../engine/compose.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import type { Secret } from "../../plan/secret.ts";
import { sha256 } from "../../steps/receipt.ts";
import type { Step } from "../../steps/step.ts";
import { createAccount, runInBackend } from "../database_steps.ts";
import { query, type QueryTarget } from "../query.ts";
import { findAccount } from "./read.ts";
import { REMOVE } from "./remove_sql.ts";

export interface NewAccount {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly password: Secret;
}

export function createAccountStep(host: Host, target: QueryTarget, account: NewAccount): Step {
  return {
    id: "admin-create",
    title: `Create the account ${account.email}`,
    isDone: async () => await findAccount(host, target, account.email) !== undefined,
    run: (_report, signal) => createAccount(host, target, account, signal),
  };
}

/** The service sets the password and leaves the lock; the address is compared as people mean it. */
const RESET_PASSWORD = `
import asyncio, json, sys
from sqlalchemy import func, select
from app.db.session import AsyncSessionLocal
from app.models.user import User
from app.services.auth_service import AuthService

async def main():
    given = json.load(sys.stdin)
    async with AsyncSessionLocal() as session:
        user = await session.scalar(
            select(User).where(func.lower(User.email) == given["email"].lower()))
        if user is None:
            sys.exit("no such account")
        await AuthService(session).reset_password(user, given["password"])
        for name, value in (("failed_login_attempts", 0), ("locked_until", None)):
            if hasattr(user, name):
                setattr(user, name, value)
        if given["activate"]:
            user.is_active = True
        await session.commit()

asyncio.run(main())
`;

export interface NewPassword {
  readonly email: string;
  readonly password: Secret;
  /** Also lets in an account that was deactivated. */
  readonly activate: boolean;
}

/** Sets a password and opens a locked account. */
export function resetPasswordStep(host: Host, target: QueryTarget, change: NewPassword): Step {
  const { email, password, activate } = change;
  return {
    id: "admin-reset-password",
    title: `Set the password of ${email}`,
    isDone: () => Promise.resolve(false),
    run: (_report, signal) =>
      runInBackend(host, target, {
        command: composeExec("backend", ["python", "-c", RESET_PASSWORD]),
        given: { email, password: password.reveal(), activate },
        secret: password,
        failure: `The password of ${email} could not be set`,
        signal,
      }),
  };
}

export type Removed = "deleted" | "deactivated";

/**
 * Removes an account. One that something in the database refers to is deactivated instead: who wrote what
 * is part of the evidence.
 *
 * @param told what became of it
 */
export function removeAccountStep(
  host: Host,
  target: QueryTarget,
  email: string,
  told: (what: Removed) => void,
): Step {
  return {
    id: `admin-remove-${sha256(email).slice(0, 8)}`,
    title: `Remove the account ${email}`,
    isDone: () => Promise.resolve(false),
    run: async (report) => {
      const outcome = await query(host, target, REMOVE, {
        email,
        graph: target.answers.database.graph,
      });
      if (outcome === "deleted" || outcome === "deactivated") {
        report.detail(outcome);
        told(outcome);
      } else if (outcome === "last-admin") throw lastAdmin(email);
      else throw noAccount(email);
    },
  };
}

export function lastAdmin(email: string): SetupError {
  return new SetupError({
    code: "last_admin",
    message: `${email} is the only account that can administer the application; it stays.`,
    hint: "Make another one first: rxdx-setup admin create ops@example.com",
    exit: EXIT.usage,
  });
}

export function noAccount(email: string): SetupError {
  return new SetupError({
    code: "no_account",
    message: `There is no account ${email}.`,
    hint: "rxdx-setup admin list",
    exit: EXIT.usage,
  });
}
