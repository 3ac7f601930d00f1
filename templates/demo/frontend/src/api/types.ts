/** What the endpoints answer, and the checks that an answer is what it should be. */

export interface Check {
  readonly status: string;
  readonly error?: string;
}

export interface Readiness {
  readonly status: string;
  readonly checks: { readonly database?: Check; readonly graph_database?: Check };
  readonly duration_seconds: number;
}

export interface Account {
  readonly email: string;
  readonly full_name: string;
  readonly role: string;
}

export interface AccessToken {
  readonly access_token: string;
  readonly expires_in: number;
}

export interface Requirement {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly status: string;
  readonly priority: number | null;
  readonly created_at: string;
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

export function isReadiness(value: unknown): value is Readiness {
  return isObject(value) && typeof value["status"] === "string" && isObject(value["checks"]) &&
    typeof value["duration_seconds"] === "number";
}

export function isAccount(value: unknown): value is Account {
  return isObject(value) &&
    ["email", "full_name", "role"].every((key) => typeof value[key] === "string");
}

export function isAccessToken(value: unknown): value is AccessToken {
  return isObject(value) && typeof value["access_token"] === "string" &&
    typeof value["expires_in"] === "number";
}

export function isRequirement(value: unknown): value is Requirement {
  return isObject(value) &&
    ["id", "title", "status", "created_at"].every((key) => typeof value[key] === "string");
}

export function isVersion(value: unknown): value is { readonly version: string } {
  return isObject(value) && typeof value["version"] === "string";
}
