/** What kind of machine this is, as far as the runtime itself can tell. */
import { session } from "./session.ts";
import type { SystemHost } from "./types.ts";

function addresses(): string[] {
  const found = Deno.networkInterfaces().filter((each) =>
    !each.address.startsWith("127.") && each.address !== "::1" &&
    !each.address.toLowerCase().startsWith("fe80") &&
    // Bridges of container engines are addresses of this machine that nobody outside can reach.
    !/^(docker|br-|veth|virbr|cni|podman)/.test(each.name)
  );
  const rank = (family: string) => family === "IPv4" ? 0 : 1;
  return found.sort((a, b) => rank(a.family) - rank(b.family)).map((each) => each.address);
}

/**
 * Where this program lies. The stub of the portable form passes its own path on; a compiled program is
 * its own executable; sources that Deno runs have none.
 */
function program(): string | undefined {
  const told = (globalThis as { RXDX_SETUP_PROGRAM?: string }).RXDX_SETUP_PROGRAM;
  if (told !== undefined) return told.startsWith("/") ? told : undefined;
  return Deno.build.standalone ? Deno.execPath() : undefined;
}

/** The real `Host.system`. */
export const systemHost: SystemHost = {
  pid: Deno.pid,
  program: program(),
  uid: Deno.uid() ?? 0,
  gid: Deno.gid() ?? 0,
  arch: Deno.build.arch,
  hostname: () => Deno.hostname(),
  session,
  cpus: () => navigator.hardwareConcurrency,
  memoryBytes: () => Deno.systemMemoryInfo().total,
  addresses,
};
