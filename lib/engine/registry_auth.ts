/** A login as the daemon takes it for one request: JSON in base64url, kept by nobody. Pure. */

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** The header of a request, or none. */
export function registryAuth(login: RegistryLogin | undefined): Readonly<Record<string, string>> {
  if (login === undefined) return {};
  const bytes = new TextEncoder().encode(JSON.stringify(login));
  const text = btoa(String.fromCharCode(...bytes));
  return { "x-registry-auth": text.replaceAll("+", "-").replaceAll("/", "_") };
}
