/** Where the state of certificates lies in an install directory. Pure. */

/** Private (0700): account keys and the key of an order under way. */
export function tlsStatePath(dir: string): string {
  return `${dir}/.rxdx/tls`;
}

/** `acme-v02.api.letsencrypt.org-directory`: one file a CA. */
function slug(directoryUrl: string): string {
  return directoryUrl.replace(/^https?:\/\//, "").replace(/[^A-Za-z0-9.-]+/g, "-").slice(0, 100);
}

export function accountPath(dir: string, directoryUrl: string): string {
  return `${tlsStatePath(dir)}/account-${slug(directoryUrl)}.json`;
}

export function pendingPath(dir: string, directoryUrl: string): string {
  return `${tlsStatePath(dir)}/order-${slug(directoryUrl)}.json`;
}

export function ledgerPath(dir: string): string {
  return `${tlsStatePath(dir)}/orders.jsonl`;
}

export function renewalStatePath(dir: string): string {
  return `${tlsStatePath(dir)}/renewal.json`;
}

/** Where nginx serves challenges from, on port 80 of every name. */
export function webrootPath(dir: string): string {
  return `${dir}/nginx/acme`;
}
