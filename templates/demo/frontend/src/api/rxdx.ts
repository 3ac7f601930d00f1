/** The endpoints of the RxDx API that this page uses, as functions. */

import { ApiError, request } from "./client";
import {
  type AccessToken,
  type Account,
  isAccessToken,
  isAccount,
  isReadiness,
  isRequirement,
  isVersion,
  type Readiness,
  type Requirement,
} from "./types";

function expect<T>(value: unknown, check: (value: unknown) => value is T): T {
  if (check(value)) return value;
  throw new ApiError(0, "The server answered something unexpected.");
}

/** State of database and graph; also when the answer is 503. */
export async function readiness(): Promise<Readiness> {
  return expect(await request("/health/ready", { accept: [503] }), isReadiness);
}

/** Version of the backend, or undefined when it does not tell. */
export async function backendVersion(): Promise<string | undefined> {
  const answer = await request("/version", { accept: [404] });
  return isVersion(answer) ? answer.version : undefined;
}

export async function login(email: string, password: string): Promise<AccessToken> {
  const body = { email, password };
  return expect(await request("/auth/login", { method: "POST", body }), isAccessToken);
}

export async function refresh(token: string): Promise<AccessToken> {
  return expect(await request("/auth/refresh", { method: "POST", token }), isAccessToken);
}

export async function logout(token: string): Promise<void> {
  await request("/auth/logout", { method: "POST", token });
}

export async function me(token: string): Promise<Account> {
  return expect(await request("/auth/me", { token }), isAccount);
}

/** How many requirements are fetched at most. */
export const LIST_LIMIT = 100;

/** The newest requirements. */
export async function listRequirements(token: string): Promise<readonly Requirement[]> {
  const answer = await request(`/requirements?limit=${LIST_LIMIT}`, { token });
  return Array.isArray(answer) ? answer.filter(isRequirement) : [];
}

export interface NewRequirement {
  readonly title: string;
  readonly description: string | null;
  readonly priority: number | null;
}

export async function addRequirement(token: string, body: NewRequirement): Promise<Requirement> {
  return expect(await request("/requirements", { method: "POST", token, body }), isRequirement);
}
