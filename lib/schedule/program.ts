/** What a timer starts, and with which environment. Called where jobs are made. */
import type { Host } from "../host/types.ts";

/** Where `install.sh` puts the program. */
const USUAL_PLACES = ["/usr/local/bin/rxdx-setup", "/usr/bin/rxdx-setup"];

/** Proxies reach the timer too, but no login that stands in them: a unit can be read by everybody. */
export function proxyVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = env[name] ?? "";
    return value === "" || /@|[\s"'\\]/.test(value) ? [] : [[name, value]];
  }));
}

export async function programOf(host: Host): Promise<string | undefined> {
  const { program } = host.system;
  if (program !== undefined && await host.files.stat(program) !== undefined) return program;
  for (const path of USUAL_PLACES) if (await host.files.stat(path) !== undefined) return path;
  return undefined;
}

/** A daemon that is not where it usually is must be found by the timer too. */
export function dockerVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    ["DOCKER_HOST", "XDG_RUNTIME_DIR", "RXDX_ROOTLESS"].flatMap((name) => {
      const value = env[name] ?? "";
      const needed = name !== "XDG_RUNTIME_DIR" || env["RXDX_ROOTLESS"] === "1";
      return needed && /^[A-Za-z0-9_./:-]+$/.test(value) ? [[name, value]] : [];
    }),
  );
}
