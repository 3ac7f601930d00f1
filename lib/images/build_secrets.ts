/**
 * Where packages come from on this machine, handed to builds as secrets: an address may hold a login,
 * and must be in no layer and no command line. Taken from the variables and settings that pip, uv and
 * npm themselves read.
 */
import type { Host } from "../host/types.ts";

/** Certificate authorities of the system: Debian and its derivatives, Red Hat and theirs. */
const AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
] as const;

async function setting(host: Host, argv: readonly string[]): Promise<string> {
  const found = await host.process.run(argv, { timeoutMs: 20_000 });
  return found.code === 0 ? found.stdout.trim() : "";
}

async function pythonIndex(host: Host): Promise<string> {
  for (const name of ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"]) {
    const value = host.env[name] ?? "";
    if (value !== "") return value;
  }
  return await setting(host, ["pip", "config", "get", "global.index-url"]);
}

async function npmRegistry(host: Host): Promise<string> {
  const value = host.env["NPM_CONFIG_REGISTRY"] ?? host.env["npm_config_registry"] ?? "";
  return value !== "" ? value : await setting(host, ["npm", "config", "get", "registry"]);
}

/** Id of each secret and the file that holds it, for the time of the body. */
export async function withBuildSecrets<T>(
  host: Host,
  dir: string,
  body: (secrets: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const shelf = `${dir}/.rxdx/tmp/build`;
  await host.files.remove(shelf, { recursive: true });
  await host.files.mkdir(shelf, 0o700);
  const secrets: Record<string, string> = {};
  try {
    const values = { python_index: await pythonIndex(host), npm_registry: await npmRegistry(host) };
    for (const [id, value] of Object.entries(values)) {
      if (!/^https?:\/\//.test(value)) continue;
      await host.files.writeAtomic(`${shelf}/${id}`, value, { mode: 0o600 });
      secrets[id] = `${shelf}/${id}`;
    }
    for (const path of [host.env["SSL_CERT_FILE"] ?? "", ...AUTHORITIES]) {
      if (path === "" || await host.files.stat(path) === undefined) continue;
      secrets["ca"] = path;
      break;
    }
    return await body(secrets);
  } finally {
    await host.files.remove(shelf, { recursive: true });
  }
}
