/**
 * The login of this browser tab: kept in sessionStorage so that a reload stays logged in, prolonged
 * before it expires, gone when the tab closes, the user logs out or the server refuses the token.
 */

import { useCallback, useEffect, useState } from "react";
import { ApiError } from "./api/client";
import * as api from "./api/rxdx";
import type { AccessToken, Account } from "./api/types";
import { log } from "./log";

const KEY = "rxdx.session";
/** Part of the token's life after which it is replaced. */
const REFRESH_AT = 0.66;
/** setTimeout fires at once above this. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

interface Stored {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly refreshAt: number;
}

export interface Session {
  readonly token: string | undefined;
  readonly account: Account | undefined;
  /** Why the last session ended, if the user did not end it. */
  readonly notice: string | undefined;
  readonly logIn: (email: string, password: string) => Promise<void>;
  readonly logOut: () => Promise<void>;
  /** To be called with the error of any request that used the token. */
  readonly refused: (error: unknown) => void;
}

function load(): Stored | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (typeof value !== "object" || value === null) return undefined;
    const { token, refreshAt } = value as Partial<Stored>;
    return typeof token === "string" && typeof refreshAt === "number"
      ? { token, refreshAt }
      : undefined;
  } catch {
    return undefined;
  }
}

function save(stored: Stored | undefined): void {
  try {
    if (stored === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(stored));
  } catch (error) {
    log("warn", "the session cannot be stored", error);
  }
}

function fromToken(token: AccessToken): Stored {
  const life = token.expires_in * 1000 * REFRESH_AT;
  return { token: token.access_token, refreshAt: Date.now() + life };
}

export function useSession(): Session {
  const [stored, setStored] = useState<Stored | undefined>(load);
  const [account, setAccount] = useState<Account>();
  const [notice, setNotice] = useState<string>();
  const token = stored?.token;

  const replace = useCallback((next: Stored | undefined) => {
    save(next);
    setStored(next);
    if (next === undefined) setAccount(undefined);
  }, []);

  const refused = useCallback((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401) return;
    replace(undefined);
    setNotice("Your session has ended. Log in again.");
  }, [replace]);

  useEffect(() => {
    if (token === undefined) return;
    let current = true;
    api.me(token).then(
      (found) => current && setAccount(found),
      (error) => current && refused(error),
    );
    return () => {
      current = false;
    };
  }, [token, refused]);

  useEffect(() => {
    if (stored === undefined) return;
    const wait = Math.min(Math.max(stored.refreshAt - Date.now(), 0), LONGEST_TIMEOUT_MS);
    const timer = setTimeout(() => {
      api.refresh(stored.token).then((next) => replace(fromToken(next)), refused);
    }, wait);
    return () => clearTimeout(timer);
  }, [stored, replace, refused]);

  const logIn = useCallback(async (email: string, password: string) => {
    replace(fromToken(await api.login(email, password)));
    setNotice(undefined);
  }, [replace]);

  const logOut = useCallback(async () => {
    const old = token;
    replace(undefined);
    setNotice(undefined);
    if (old !== undefined) await api.logout(old).catch((error) => log("info", "logout", error));
  }, [token, replace]);

  return { token, account, notice, logIn, logOut, refused };
}
